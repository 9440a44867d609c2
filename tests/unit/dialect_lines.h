/* A line for every key that Ruby has written into dumps and for every known defect of what it wrote, by the names that
 * docs/FORMAT.md has for them (tests/e2e/test_dialects.rb holds the two lists against each other), and what the scanner has to
 * find, as scan_check.h renders it. */
#ifndef HB_TESTS_UNIT_DIALECT_LINES_H
#define HB_TESTS_UNIT_DIALECT_LINES_H

typedef struct dialect_case {
    const char *name, *text, *expected;
} dialect_case;

#define ON(type) "{\"address\":\"0x8\", \"type\":\"" type "\", "
#define FOUND(type) "OBJECT " type " address=8"
#define SHAPE_LINE "{\"address\":\"0x8\", \"type\":\"SHAPE\", \"id\":7, "

static const dialect_case dialect_keys[] = {
    { "address", "{\"address\":\"0x7f51e75c4eb0\", \"type\":\"STRING\"}", "OBJECT STRING address=7f51e75c4eb0" },
    { "type", ON("IMEMO") "\"memsize\":40}", FOUND("IMEMO") " memsize=40" },
    { "class", ON("STRING") "\"class\":\"0x7f51e759e440\"}", FOUND("STRING") " class=7f51e759e440" },
    { "references", ON("ARRAY") "\"references\":[\"0x9\", \"0xa\"]}", FOUND("ARRAY") " refs=9,a" },
    { "memsize", ON("HASH") "\"memsize\":168}", FOUND("HASH") " memsize=168" },
    { "generation", ON("HASH") "\"generation\":0}", FOUND("HASH") " generation=0" },
    { "file", ON("HASH") "\"file\":\"/srv/a.rb\"}", FOUND("HASH") " file=[/srv/a.rb]" },
    { "line", ON("HASH") "\"line\":12}", FOUND("HASH") " line=12" },
    { "method", ON("HASH") "\"method\":\"<top (required)>\"}", FOUND("HASH") " method=[<top (required)>]" },
    { "flags", ON("HASH") "\"flags\":{\"wb_protected\":true, \"old\":true, \"marked\":true}}", FOUND("HASH") },
    { "flags", ON("HASH") "\"flags\":{\"age\":3, \"shareable\":true}}", FOUND("HASH") },
    { "frozen", ON("STRING") "\"frozen\":true}", FOUND("STRING") " frozen" },
    { "embedded", ON("STRING") "\"embedded\":true}", FOUND("STRING") " embedded" },
    { "associated", ON("STRING") "\"associated\":true}", FOUND("STRING") },
    { "broken", ON("STRING") "\"broken\":true}", FOUND("STRING") " broken" },
    { "fstring", ON("STRING") "\"fstring\":true}", FOUND("STRING") " fstring" },
    { "chilled", ON("STRING") "\"chilled\":true}", FOUND("STRING") },
    { "shared", ON("ARRAY") "\"shared\":true}", FOUND("ARRAY") " shared" },
    { "bytesize", ON("SYMBOL") "\"bytesize\":6}", FOUND("SYMBOL") " size=6" },
    { "capacity", ON("STRING") "\"capacity\":191}", FOUND("STRING") },
    { "value", ON("STRING") "\"value\":\"a \\\"b\\\", \\\"line\\\":7\"}", FOUND("STRING") },
    { "value", ON("FLOAT") "\"value\":\"4.86000e-117\"}", FOUND("FLOAT") },
    { "encoding", ON("STRING") "\"encoding\":\"UTF-8\"}", FOUND("STRING") },
    { "coderange", ON("STRING") "\"coderange\":\"7bit\"}", FOUND("STRING") },
    { "size", ON("HASH") "\"size\":5}", FOUND("HASH") " size=5" },
    { "default", ON("HASH") "\"default\":\"0x9\"}", FOUND("HASH") },
    { "length", ON("ARRAY") "\"length\":2}", FOUND("ARRAY") " size=2" },
    { "name", ON("CLASS") "\"name\":\"Gem::Version\"}", FOUND("CLASS") " name=[Gem::Version]" },
    { "superclass", ON("CLASS") "\"superclass\":\"0x9\"}", FOUND("CLASS") },
    { "real_class_name", ON("CLASS") "\"real_class_name\":\"Class\"}", FOUND("CLASS") " real_class_name=[Class]" },
    { "singleton", ON("CLASS") "\"singleton\":true}", FOUND("CLASS") " singleton" },
    { "variation_count", ON("CLASS") "\"variation_count\":0}", FOUND("CLASS") },
    { "struct", ON("DATA") "\"struct\":\"proc\"}", FOUND("DATA") " struct=[proc]" },
    { "free_immediately", ON("DATA") "\"free_immediately\":false}", FOUND("DATA") },
    { "ivars", ON("OBJECT") "\"ivars\":3}", FOUND("OBJECT") " ivars=3" },
    { "too_complex_shape", ON("OBJECT") "\"too_complex_shape\":true}", FOUND("OBJECT") },
    { "fd", ON("FILE") "\"fd\":-1}", FOUND("FILE") },
    { "imemo_type", ON("IMEMO") "\"imemo_type\":\"callcache\"}", FOUND("IMEMO") " imemo_type=[callcache]" },
    { "mid", ON("IMEMO") "\"mid\":\"[]=\"}", FOUND("IMEMO") },
    { "called_id", ON("IMEMO") "\"called_id\":\"ID_INTERNAL(5)\"}", FOUND("IMEMO") },
    { "receiver_class", ON("IMEMO") "\"receiver_class\":\"0x9\"}", FOUND("IMEMO") },
    { "node_type", ON("NODE") "\"node_type\":\"NODE_SCOPE\"}", FOUND("NODE") },
    { "shape_id", ON("OBJECT") "\"shape_id\":13}", FOUND("OBJECT") " shape=13" },
    { "slot_size", ON("OBJECT") "\"slot_size\":40}", FOUND("OBJECT") " slot=40" },
    { "object_id", ON("OBJECT") "\"object_id\":16}", FOUND("OBJECT") },
    { "root", "{\"type\":\"ROOT\", \"root\":\"machine_context\", \"references\":[\"0x9\"]}",
      "ROOT ROOT root=[machine_context] refs=9" },
    { "id", "{\"address\":\"0x8\", \"type\":\"SHAPE\", \"id\":7}", "SHAPE SHAPE address=8 shape=7" },
    { "parent_id", SHAPE_LINE "\"parent_id\":5}", "SHAPE SHAPE address=8 shape=7 parent=5" },
    { "depth", SHAPE_LINE "\"depth\":3}", "SHAPE SHAPE address=8 shape=7" },
    { "shape_type", SHAPE_LINE "\"shape_type\":\"ROOT\"}", "SHAPE SHAPE address=8 shape=7 shape_type=[ROOT]" },
    { "edge_name", SHAPE_LINE "\"shape_type\":\"IVAR\",\"edge_name\":\"@items\"}",
      "SHAPE SHAPE address=8 shape=7 shape_type=[IVAR] edge_name=[@items]" },
    { "edges", SHAPE_LINE "\"edges\":0}", "SHAPE SHAPE address=8 shape=7" },
};

static const dialect_case dialect_defects[] = {
    { "unescaped path", ON("HASH") "\"file\":\"odd \"dir\"/pa\\th.rb\", \"line\":7}",
      FOUND("HASH") " line=7 file=[odd \"dir\"/pa\\th.rb]" },
    { "unescaped struct", ON("DATA") "\"struct\":\"a\"b\\\", \"memsize\":80}", FOUND("DATA") " memsize=80 struct=[a\"b\\]" },
    { "unescaped name", ON("CLASS") "\"name\":\"#<Class:\"x\">\", \"memsize\":544}",
      FOUND("CLASS") " memsize=544 name=[#<Class:\"x\">]" },
    { "unescaped method", ON("HASH") "\"method\":\"say \"hi\"\", \"generation\":3}",
      FOUND("HASH") " generation=3 method=[say \"hi\"]" },
    { "leftovers in a method", ON("HASH") "\"method\":\"\\u00ff\":\"0x7\\u00ff, \"typ\", \"generation\":3}",
      FOUND("HASH") " generation=3 method=[\\u00ff\":\"0x7\\u00ff, \"typ]" },
    { "decimal escapes", ON("STRING") "\"value\":\"a\\u0027\\u-016b\", \"memsize\":40}", FOUND("STRING") " memsize=40" },
    { "bytes that are not UTF-8", ON("HASH") "\"file\":\"/srv/\xff\xe9.rb\", \"line\":7}",
      FOUND("HASH") " line=7 file=[/srv/\xff\xe9.rb]" },
    { "a string that holds a dump",
      ON("STRING") "\"value\":\"{\\\"address\\\":\\\"0x9\\\", \\\"type\\\":\\\"ROOT\\\"}\\n\", \"memsize\":40}",
      FOUND("STRING") " memsize=40" },
    { "torn by two writers", "{\"address\":\"0x8\", \"type\":\"STRI{\"address\":\"0x9\", \"type\":\"HASH\"}", "no comma between two fields" },
    { "cut off", "{\"address\":\"0x8\", \"type\":\"STRING\", \"val", "cut off" },
    { "a zombie without fields", "{\"address\":\"0x8\", \"type\":\"ZOMBIE\", \"class\":\"0x0\"}", FOUND("ZOMBIE") },
};

#endif
