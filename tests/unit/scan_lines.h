/* Real lines of the four Rubies' dumps, and what a slow reader (Ruby's or Python's JSON, after the unescaped texts
 * were escaped) finds in them, as scan_check.h renders an hb_line: fields that are absent are left out. */
#ifndef HB_TESTS_UNIT_SCAN_LINES_H
#define HB_TESTS_UNIT_SCAN_LINES_H

typedef struct scan_case {
    const char *text, *expected;
} scan_case;

static const scan_case real_lines[] = {
    /* 2.7 */
    { "{\"type\":\"ROOT\", \"root\":\"global_list\", \"references\":[\"0x55f52e851320\", \"0x55f52e851320\"]}",
      "ROOT ROOT root=[global_list] refs=55f52e851320,55f52e851320" },
    /* 2.7 */
    { "{\"address\":\"0x55f52e8383e8\", \"type\":\"STRING\", \"class\":\"0x55f52e88f5a8\", \"embedded\":true, "
      "\"bytesize\":13, \"value\":\"tab\\t\\\"quote\\\"\\\\4\", \"encoding\":\"UTF-8\", "
      "\"file\":\"/srv/workload.rb\", \"line\":11, \"method\":\"initialize\", \"generation\":17, \"memsize\":40, "
      "\"flags\":{\"wb_protected\":true, \"old\":true, \"uncollectible\":true, \"marked\":true}}",
      "OBJECT STRING address=55f52e8383e8 class=55f52e88f5a8 memsize=40 size=13 generation=17 line=11 embedded "
      "file=[/srv/workload.rb] method=[initialize]" },
    /* 2.7 */
    { "{\"address\":\"0x55f52ebe5a18\", \"type\":\"STRING\", \"class\":\"0x55f52e88f5a8\", \"embedded\":true, "
      "\"bytesize\":2, \"value\":\"x1\", \"encoding\":\"UTF-8\", \"file\":\"odd \"dir\"/pa\\th.rb\", \"line\":7, "
      "\"method\":\"set\", \"generation\":14, \"memsize\":40, \"flags\":{\"wb_protected\":true, \"old\":true, "
      "\"uncollectible\":true, \"marked\":true}}",
      "OBJECT STRING address=55f52ebe5a18 class=55f52e88f5a8 memsize=40 size=2 generation=14 line=7 embedded "
      "file=[odd \"dir\"/pa\\th.rb] method=[set]" },
    /* 2.7 */
    { "{\"address\":\"0x55f52eb676b8\", \"type\":\"STRING\", \"class\":\"0x55f52e88f5a8\", \"frozen\":true, "
      "\"embedded\":true, \"broken\":true, \"fstring\":true, \"bytesize\":1, \"encoding\":\"UTF-8\", "
      "\"memsize\":40, \"flags\":{\"wb_protected\":true, \"old\":true, \"uncollectible\":true, \"marked\":true}}",
      "OBJECT STRING address=55f52eb676b8 class=55f52e88f5a8 memsize=40 size=1 frozen embedded fstring broken" },
    /* 2.7 */
    { "{\"address\":\"0x55f52e839d38\", \"type\":\"STRING\", \"class\":\"0x55f52e88f5a8\", \"shared\":true, "
      "\"encoding\":\"UTF-8\", \"references\":[\"0x55f52e83b840\"], \"memsize\":40, "
      "\"flags\":{\"wb_protected\":true, \"old\":true, \"uncollectible\":true, \"marked\":true}}",
      "OBJECT STRING address=55f52e839d38 class=55f52e88f5a8 memsize=40 shared refs=55f52e83b840" },
    /* 2.7 */
    { "{\"address\":\"0x55f52e839c70\", \"type\":\"DATA\", \"class\":\"0x55f52e86a438\", \"struct\":\"proc\", "
      "\"references\":[\"0x55f52e891d58\", \"0x55f52eb674d8\", \"0x55f52e839c98\"], "
      "\"file\":\"/srv/workload.rb\", \"line\":15, \"method\":\"on\", \"generation\":17, \"memsize\":80, "
      "\"flags\":{\"wb_protected\":true, \"old\":true, \"uncollectible\":true, \"marked\":true}}",
      "OBJECT DATA address=55f52e839c70 class=55f52e86a438 memsize=80 generation=17 line=15 "
      "file=[/srv/workload.rb] method=[on] struct=[proc] refs=55f52e891d58,55f52eb674d8,55f52e839c98" },
    /* 3.1 */
    { "{\"address\":\"0x7fc102fe01a8\", \"type\":\"CLASS\", \"class\":\"0x7fc0ff2e7f80\", "
      "\"superclass\":\"0x7fc102fe0518\", \"real_class_name\":\"Class\", \"singleton\":true, "
      "\"references\":[\"0x7fc102fe0518\", \"0x7fc0ff2e7eb8\", \"0x7fc1027a2568\", \"0x7fc0ff2e7e90\", "
      "\"0x7fc1027a2310\", \"0x7fc0ff2e7fd0\", \"0x7fc1027a10a0\", \"0x7fc102fe00e0\", \"0x7fc102fe01f8\"], "
      "\"memsize\":752, \"flags\":{\"wb_protected\":true, \"old\":true, \"uncollectible\":true, \"marked\":true}}",
      "OBJECT CLASS address=7fc102fe01a8 class=7fc0ff2e7f80 memsize=752 singleton real_class_name=[Class] "
      "refs=7fc102fe0518,7fc0ff2e7eb8,7fc1027a2568,7fc0ff2e7e90,7fc1027a2310,7fc0ff2e7fd0,7fc1027a10a0,7fc102fe00"
      "e0,7fc102fe01f8" },
    /* 3.1 */
    { "{\"address\":\"0x7fc102fe01f8\", \"type\":\"CLASS\", \"class\":\"0x7fc102fe01a8\", "
      "\"superclass\":\"0x7fc102fe0540\", \"name\":\"Gem::UnknownCommandError\", "
      "\"references\":[\"0x7fc102fe0540\", \"0x7fc102fe0040\", \"0x7fc0ff2e7fa8\", \"0x7fc102fe0130\"], "
      "\"memsize\":544, \"flags\":{\"wb_protected\":true, \"old\":true, \"uncollectible\":true, \"marked\":true}}",
      "OBJECT CLASS address=7fc102fe01f8 class=7fc102fe01a8 memsize=544 name=[Gem::UnknownCommandError] "
      "refs=7fc102fe0540,7fc102fe0040,7fc0ff2e7fa8,7fc102fe0130" },
    /* 3.1 */
    { "{\"address\":\"0x7fc1027ca3b0\", \"type\":\"HASH\", \"class\":\"0x7fc1027b6770\", \"size\":0, "
      "\"default\":\"0x7fc1027c9fc8\", \"references\":[\"0x7fc1027c9fc8\"], \"memsize\":40, "
      "\"flags\":{\"wb_protected\":true, \"old\":true, \"uncollectible\":true, \"marked\":true}}",
      "OBJECT HASH address=7fc1027ca3b0 class=7fc1027b6770 memsize=40 refs=7fc1027c9fc8" },
    /* 3.1 */
    { "{\"address\":\"0x7fc102fdba18\", \"type\":\"OBJECT\", \"class\":\"0x7fc0ff2cef80\", \"ivars\":3, "
      "\"references\":[\"0x7fc102fdc918\", \"0x7fc102fdc530\"], \"file\":\"workload.rb\", \"line\":19, "
      "\"method\":\"new\", \"generation\":9, \"memsize\":40, \"flags\":{\"wb_protected\":true, \"old\":true, "
      "\"uncollectible\":true, \"marked\":true}}",
      "OBJECT OBJECT address=7fc102fdba18 class=7fc0ff2cef80 memsize=40 ivars=3 generation=9 line=19 "
      "file=[workload.rb] method=[new] refs=7fc102fdc918,7fc102fdc530" },
    /* 3.1, untraced */
    { "{\"address\":\"0x7f48b4010050\", \"type\":\"ARRAY\", \"class\":\"0x7f48b3fcbf90\", \"length\":1, "
      "\"embedded\":true, \"references\":[\"0x7f48b4008bc0\"], \"memsize\":40, \"flags\":{\"wb_protected\":true, "
      "\"old\":true, \"uncollectible\":true, \"marked\":true}}",
      "OBJECT ARRAY address=7f48b4010050 class=7f48b3fcbf90 memsize=40 size=1 embedded refs=7f48b4008bc0" },
    /* 3.3 */
    { "{\"address\":\"0x7f958ac00208\", \"type\":\"SHAPE\", \"id\":13, \"parent_id\":5, \"depth\":3, "
      "\"shape_type\":\"IVAR\",\"edge_name\":\"mesg\", \"edges\":1, \"memsize\":40}",
      "SHAPE SHAPE address=7f958ac00208 memsize=40 shape=13 parent=5 shape_type=[IVAR] edge_name=[mesg]" },
    /* 3.3 */
    { "{\"address\":\"0x7f958c010828\", \"type\":\"IMEMO\", \"shape_id\":0, \"slot_size\":40, "
      "\"imemo_type\":\"callcache\", \"called_id\":\"set\", \"receiver_class\":\"0x7f9570edff00\", "
      "\"file\":\"odd \"dir\"/pa\\th.rb\", \"line\":7, \"generation\":15, \"memsize\":40, "
      "\"flags\":{\"wb_protected\":true, \"old\":true, \"uncollectible\":true, \"marked\":true}}",
      "OBJECT IMEMO address=7f958c010828 memsize=40 shape=0 slot=40 generation=15 line=7 file=[odd "
      "\"dir\"/pa\\th.rb] imemo_type=[callcache]" },
    /* 3.3 */
    { "{\"address\":\"0x7f958c122400\", \"type\":\"STRING\", \"shape_id\":10, \"slot_size\":40, "
      "\"class\":\"0x7f958c0aec58\", \"frozen\":true, \"embedded\":true, \"fstring\":true, \"bytesize\":8, "
      "\"value\":\"job:1422\", \"encoding\":\"UTF-8\", \"coderange\":\"7bit\", \"file\":\"/srv/workload.rb\", "
      "\"line\":20, \"method\":\"work\", \"generation\":18, \"memsize\":40, \"flags\":{\"wb_protected\":true, "
      "\"old\":true, \"uncollectible\":true, \"marked\":true}}",
      "OBJECT STRING address=7f958c122400 class=7f958c0aec58 memsize=40 size=8 shape=10 slot=40 generation=18 "
      "line=20 frozen embedded fstring file=[/srv/workload.rb] method=[work]" },
    /* 3.3 */
    { "{\"address\":\"0x7f958c055748\", \"type\":\"IMEMO\", \"shape_id\":0, \"slot_size\":40, "
      "\"imemo_type\":\"callinfo\", \"mid\":\"new\", \"memsize\":40, \"flags\":{\"wb_protected\":true, "
      "\"old\":true, \"uncollectible\":true, \"marked\":true}}",
      "OBJECT IMEMO address=7f958c055748 memsize=40 shape=0 slot=40 imemo_type=[callinfo]" },
    /* 4.1 */
    { "{\"address\":\"0x7f0ab5691b20\", \"type\":\"OBJECT\", \"shape_id\":14, \"slot_size\":32, "
      "\"class\":\"0x7f0a9a8f31c0\", \"embedded\":true, \"ivars\":2, \"references\":[\"0x7f0a9a90dcc8\"], "
      "\"file\":\"odd \"dir\"/pa\\th.rb\", \"line\":7, \"generation\":0, \"memsize\":32, "
      "\"flags\":{\"wb_protected\":true, \"age\":3, \"old\":true, \"uncollectible\":true, \"marked\":true}}",
      "OBJECT OBJECT address=7f0ab5691b20 class=7f0a9a8f31c0 memsize=32 ivars=2 shape=14 slot=32 generation=0 "
      "line=7 embedded file=[odd \"dir\"/pa\\th.rb] refs=7f0a9a90dcc8" },
    /* 4.1 */
    { "{\"address\":\"0x7f0ab56b0028\", \"type\":\"DATA\", \"shape_id\":0, \"slot_size\":40, "
      "\"struct\":\"VM/shape_tree\", \"free_immediately\":false, \"references\":[\"0x7f0ab56f10c0\"], "
      "\"memsize\":40, \"flags\":{\"wb_protected\":true, \"age\":3, \"old\":true, \"uncollectible\":true, "
      "\"marked\":true}}",
      "OBJECT DATA address=7f0ab56b0028 memsize=40 shape=0 slot=40 struct=[VM/shape_tree] refs=7f0ab56f10c0" },
    /* 4.1 */
    { "{\"address\":\"0x7f0ab5690660\", \"type\":\"FILE\", \"shape_id\":0, \"slot_size\":32, "
      "\"class\":\"0x7f0ab5640700\", \"fd\":0, \"references\":[\"0x7f0ab5690660\", \"0x7f0ab56587b0\"], "
      "\"memsize\":280, \"flags\":{\"age\":0}}",
      "OBJECT FILE address=7f0ab5690660 class=7f0ab5640700 memsize=280 shape=0 slot=32 "
      "refs=7f0ab5690660,7f0ab56587b0" },
};

#endif
