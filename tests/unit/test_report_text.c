/* The text report: what it says, in which order, and what it does with hostile text. */
#include "report/text.h"
#include "tests/unit/demo_report.h"

/* No line is wider than 100 characters; returns the number of lines. */
static size_t check_lines(const char *text)
{
    size_t n_lines = 0, column = 0;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '\n') {
            CU_ASSERT(column <= 100);
            column = 0;
            n_lines++;
        } else if (((unsigned char)*p & 0xc0) != 0x80) {
            column++;
        }
    }
    CU_ASSERT_EQUAL(column, 0);
    return n_lines;
}

static void test_text_demo(void)
{
    hb_report report = demo_report(1);
    char *text = printed(hb_text_write, &report);
    CU_ASSERT(check_lines(text) <= 45);
    CU_ASSERT(has(text, "No suspect: no place holds 5 % or more of what is retained"));
    CU_ASSERT(has(text, "\nWhy they are held (") && !has(text, "Who retains most"));
    CU_ASSERT(has(text, "Series leak: 3 dumps\n"));
    CU_ASSERT(has(text, "leak-2.json") && !has(text, "/tmp/demo"));
    CU_ASSERT(has(text, "+1,155") && has(text, "+65.4 kB"));
    CU_ASSERT(has(text, "Retained: 2,400 objects, 96.0 kB\n"
                        "  allocated after dump leak-1.json and before dump leak-3.json, still there\n"));
    CU_ASSERT(has(text, "+2280") && has(text, "STRING String") && has(text, "app/models/leak.rb:15\n"));
    CU_ASSERT(!has(text, "more sites"));
    CU_ASSERT(has(text, "96 %        2,200  ROOT vm -> Leaky (class) -> Hash\n"));
    CU_ASSERT(has(text, "66 %        1,500    Array -> Struct Entry (x 150,000)\n"));
    CU_ASSERT(has(text, "0 %            5    \xe2\x80\xa6 1 more (5 objects, 200 B)\n") && !has(text, "Proc"));
    CU_ASSERT(has(text, "30  no root reaches these"));
    CU_ASSERT(has(text, "ROOT global -> Node1 -> Node2 -> Node3 -> \xe2\x80\xa6 32 more \xe2\x80\xa6 -> Node36"));
    CU_ASSERT(has(text, "unreachable: 700;") && has(text, "5.0 hops on average, 44 at most"));
    CU_ASSERT(!has(text, "Trust") && !has(text, "Problems") && !has(text, "Fleet"));
    CU_ASSERT(!has(text, "no allocation sites"));
    free(text);
    hb_report_fini(&report);
}

/* The line of the text in which a part begins, from 1; 0: none. */
static size_t line_of(const char *text, const char *part)
{
    const char *found = strstr(text, part);
    size_t line = found != NULL;
    for (const char *p = text; found != NULL && p < found; p++) line += *p == '\n';
    return line;
}

static void test_text_suspects(void)
{
    hb_report report = demo_report(1);
    add_suspects(&report.series[0], 1);
    char *text = printed(hb_text_write, &report);
    check_lines(text);
    CU_ASSERT(has(text, "\nSuspect\n"
                        "  1. 95 % of what is retained (2,280 objects, 91.2 kB) hangs below HASH Hash (9,000 entries) in\n"
                        "     @cache, held by a constant or instance variable of CLASS Registry; freeing it frees 400.0 kB;\n"
                        "     it grows by 1,140 objects (45.6 kB) from dump to dump.\n"
                        "     path     ROOT vm -> CLASS Object -> OBJECT Node (x 12,345) -> @cache HASH Hash\n"
                        "     classes  2,280 STRING String (91.2 kB)\n"
                        "     sites    2,280 at app/models/leak.rb:15 (91.2 kB)\n\n"));
    CU_ASSERT(line_of(text, "     sites    2,280") <= 24);
    CU_ASSERT(has(text, "  1. HASH Hash (9,000 entries) in @cache: 2,280 objects, 91.2 kB\n"
                        "   100 %        2,280  ROOT vm -> @cache HASH Hash -> STRING String\n"));
    /* Its site is explained, the other is not. */
    CU_ASSERT(has(text, "Why others are held") && has(text, "OBJECT Node, lib/list.rb:3: ") && !has(text, "leak.rb:15: "));
    CU_ASSERT(has(text, "       10,001   400.0 kB  CLASS Registry\n"));
    CU_ASSERT(has(text, "       10,100   410.0 kB  12     HASH Hash\n"));
    CU_ASSERT(has(text, "        9,000   360.0 kB  9,000  app/models/leak.rb:15\n"));
    CU_ASSERT(has(text, "       10,000   400.0 kB  4.0 kB        HASH Hash (9,000 entries) in @cache\n"));
    CU_ASSERT(!has(text, "outlive"));
    free(text);
    hb_report_fini(&report);
}

static void test_text_many_suspects(void)
{
    hb_report report = demo_report(1);
    hb_series_report *series = &report.series[0];
    add_suspects(series, 7);
    for (size_t i = 0; i < 7; i++) series->suspects[i].share_permille = 140;
    series->suspects[1].survival_permille = 123;
    hb_suspect_report *s = &series->suspects[2];
    hb_free(s->sites[0].file);
    hb_free(s->sites);
    s->n_sites = 9;
    s->sites = zeroed(9, sizeof *s->sites);
    for (uint32_t i = 0; i < 9; i++) s->sites[i] = (hb_part_row){ NULL, NULL, copy("app/models/a.rb"), i + 1, 10, 400 };
    char *text = printed(hb_text_write, &report);
    check_lines(text);
    CU_ASSERT(has(text, "  5. ") && !has(text, "  6. "));
    CU_ASSERT(has(text, "  \xe2\x80\xa6 2 more suspects, with 28 % of what is retained: --json FILE has all\n"));
    CU_ASSERT(has(text, "but      only 12 % of such objects outlive the next dump"));
    CU_ASSERT(has(text, "     sites    10 at app/models/a.rb:1 (400 B), 10 at app/models/a.rb:2 (400 B),\n"
                        "              10 at app/models/a.rb:3 (400 B), 10 at app/models/a.rb:4 (400 B), "
                        "\xe2\x80\xa6 5 more\n"));
    free(text);
    hb_report_fini(&report);
}

static void check_none(hb_report *report, const char *expected)
{
    char *text = printed(hb_text_write, report);
    check_lines(text);
    CU_ASSERT(has(text, expected));
    free(text);
}

static void test_text_no_suspect(void)
{
    hb_report report = demo_report(1);
    hb_series_report *series = &report.series[0];
    check_none(&report, "\nNo suspect: no place holds 5 % or more of what is retained");
    series->retained_objects = 0;
    check_none(&report, "\nNo suspect: nothing is retained.\n");
    series->has_retained = 0;
    check_none(&report, "\nNo suspect: no place holds 10 % or more of what is reachable.\n");
    series->has_reachability = 0;
    check_none(&report, "\nNo suspects: no ROOT lines (a `since:` dump?)");
    hb_report_fini(&report);
}

static void test_text_strings(void)
{
    hb_report report = demo_report(2);
    set_strings(&report.series[0], "two\nlines ");
    set_strings(&report.series[1], NULL);
    report.series[1].equal.without_value = 1;
    report.series[1].equal.duplicate_objects = 1;
    char *text = printed(hb_text_write, &report);
    check_lines(text);
    CU_ASSERT(has(text, "\nEqual strings: 688 of 5,000 strings (55.1 kB) repeat what an earlier one of the dump holds\n"
                        "  12 do not tell their contents\n"));
    CU_ASSERT(has(text, "      objects       size  length  first object  contents\n"
                        "          600    48.0 kB  3       0x7f58        \n"
                        "           90     7.2 kB  2,048   0x7f80        \"two\\x0alines \"\xe2\x80\xa6\n"));
    CU_ASSERT(has(text, "\nEqual strings: 1 of 5,000 strings (55.1 kB) repeats what an earlier one of the dump holds\n"
                        "  1 does not tell its contents\n"
                        "      objects       size  length  first object\n"));
    free(text);
    hb_report_fini(&report);
}

static void test_text_symptoms(void)
{
    hb_report report = demo_report(1);
    hb_series_report *series = &report.series[0];
    char *text = printed(hb_text_write, &report);
    CU_ASSERT(!has(text, "Symptoms"));
    free(text);
    for (hb_symptom s = 0; s < HB_N_SYMPTOMS; s++) hb_symptoms_set(&series->dumps[0].symptoms, s, 20000000);
    hb_symptoms_set(&series->dumps[1].symptoms, HB_SYMPTOM_RSS, 90000000);
    hb_symptoms_set(&series->dumps[2].symptoms, HB_SYMPTOM_RSS, 90000000);
    hb_symptoms_set(&series->dumps[2].symptoms, HB_SYMPTOM_AVAILABLE_SLOTS, 20001000);
    hb_symptoms_set(&series->dumps[2].symptoms, HB_SYMPTOM_LIVE_SLOTS, 20000000);
    text = printed(hb_text_write, &report);
    check_lines(text);
    CU_ASSERT(has(text, "\nSymptoms: memory grows outside the Ruby heap\n  What is outside the Ruby heap gained "));
    CU_ASSERT(has(text, "   90.0 MB         -         -         -            -            -\n"));
    CU_ASSERT(has(text, "  the Ruby heap went from 20,000,000 slots to 20,001,000, which no GC before a dump gave back\n"));
    const char *verdict = strstr(text, "Symptoms"), *growth = strstr(text, "  objects       size");
    CU_ASSERT(verdict != NULL && growth != NULL && verdict < growth);
    free(text);
    hb_report_fini(&report);
}

static void test_text_hostile(void)
{
    hb_report report = hostile_report(200000);
    char *text = printed(hb_text_write, &report);
    for (const char *p = text; *p != '\0'; p++) CU_ASSERT(((unsigned char)*p >= 0x20 && *p != 0x7f) || *p == '\n');
    CU_ASSERT(!has(text, "\xc2\x9b") && !has(text, "\xe2\x80\xae") && !has(text, "\xff"));
    CU_ASSERT(has(text, "evil\\x1b[31m\"\\\\x01\\x09\\x0a"));
    CU_ASSERT(strlen(text) < 20000);
    CU_ASSERT(has(text, "Trust in the difference: 40 of 100"));
    CU_ASSERT(has(text, "12 addresses") && has(text, "3 objects seem"));
    CU_ASSERT(has(text, "6,000   240.0 kB  +5,000 +200.0 kB  OBJECT evil"));
    CU_ASSERT(has(text, "0x7f80        \"evil\\x1b[31m"));
    CU_ASSERT(has(text, "truncated") && has(text, "\nProblems\n"));
    CU_ASSERT(has(text, "2 lines could not be read") && has(text, "line 1,234, byte 99,887: no type"));
    CU_ASSERT(has(text, "Fleet: 2 series, 6 dumps"));
    strstr(text, "\nProblems\n")[1] = '\0';   /* these have long lines */
    check_lines(text);
    free(text);
    hb_report_fini(&report);
}

static void test_text_empty_and_failed(void)
{
    hb_report report = { .identity = "strict" };
    char *text = printed(hb_text_write, &report);
    CU_ASSERT(has(text, "Nothing was analysed."));
    free(text);

    report = new_report(1);
    report.series[0].name = copy("gone");
    report.series[0].n_dumps = 1;
    report.series[0].dumps = zeroed(1, sizeof(hb_dump_report));
    fail_dump(&report.series[0].dumps[0], "gone.json", "no such file");
    text = printed(hb_text_write, &report);
    CU_ASSERT(has(text, "Series gone: 1 dump\n") && has(text, "failed     no such file"));
    CU_ASSERT(has(text, "No dump of this series could be analysed.") && !has(text, "Why they are held"));
    free(text);
    json_t *document = parsed(&report);
    CU_ASSERT_STRING_EQUAL(text_at(document, "series.0.dumps.0.status"), "failed");
    CU_ASSERT_STRING_EQUAL(text_at(document, "series.0.dumps.0.error"), "no such file");
    json_decref(document);
    hb_report_fini(&report);
}

static void make_single(hb_series_report *series)
{
    series->name = copy("one");
    series->n_dumps = 1;
    series->dumps = zeroed(1, sizeof *series->dumps);
    set_dump(&series->dumps[0], "one.json", 9040, 361600);
    series->has_last = 1;
    series->score = 100;
}

static void test_text_single(void)
{
    hb_report report = new_report(1);
    make_single(&report.series[0]);
    set_live(&report.series[0], 1);
    char *text = printed(hb_text_write, &report);
    check_lines(text);
    CU_ASSERT(has(text, "A second dump") && has(text, "app/live.rb:8") && has(text, "(no name)"));
    CU_ASSERT(has(text, "no ROOT lines (a `since:` dump?): no retention paths"));
    CU_ASSERT(!has(text, "Retained") && !has(text, "no allocation sites"));
    CU_ASSERT(strstr(text, "STRING") < strstr(text, "HASH"));
    free(text);
    hb_report_fini(&report);
}

static void test_text_untraced(void)
{
    hb_report report = new_report(1);
    make_single(&report.series[0]);
    set_live(&report.series[0], 0);
    char *text = printed(hb_text_write, &report);
    CU_ASSERT(has(text, "no allocation sites: call ObjectSpace.trace_object_allocations_start"));
    free(text);
    hb_report_fini(&report);
}

/* 40 dumps, the third failed: the middle of the table and of the histogram are left out. */
static void test_text_many_dumps(void)
{
    hb_report report = new_report(1);
    hb_series_report *series = &report.series[0];
    series->name = copy("long");
    series->n_dumps = 40;
    series->dumps = zeroed(40, sizeof *series->dumps);
    for (unsigned i = 0; i < 40; i++) {
        char path[64];
        snprintf(path, sizeof path, "/d%u/x.json", i);
        if (i == 2)
            fail_dump(&series->dumps[i], path, "unreadable");
        else
            set_dump(&series->dumps[i], path, 1000 + 10 * i, 40000);
    }
    for (unsigned i = 0; i < 40; i++) hb_symptoms_set(&series->dumps[i].symptoms, HB_SYMPTOM_RSS, 1000000);
    series->has_last = series->has_retained = 1;
    series->last = 39;
    series->score = 100;
    series->n_sites = 1;
    series->sites = zeroed(1, sizeof *series->sites);
    set_site(&series->sites[0], key_of("STRING", NULL, "a.rb", 1), 40, 7);
    char *text = printed(hb_text_write, &report);
    check_lines(text);
    CU_ASSERT(has(text, "34 more\n"));
    CU_ASSERT(has(text, "  d1/x.json     1.0 MB") && !has(text, "  d5/x.json"));
    CU_ASSERT(has(text, "d1/x.json") && has(text, "d39/x.json") && !has(text, "d5/x.json"));
    CU_ASSERT(has(text, "+7 +7 \xe2\x80\xa6 +7 +7  STRING"));
    free(text);
    hb_report_fini(&report);
}

static void test_text_two_dumps(void)
{
    hb_report report = new_report(1);
    hb_series_report *series = &report.series[0];
    series->name = copy("two");
    series->n_dumps = 2;
    series->dumps = zeroed(2, sizeof *series->dumps);
    set_dump(&series->dumps[0], "a.json", 5000, 1000000);
    set_dump(&series->dumps[1], "b.json", 4000, 900000);
    series->has_last = series->has_retained = 1;
    series->last = 1;
    series->score = 100;
    series->retained_objects = 9;
    series->n_sites = 1;
    series->sites = zeroed(1, sizeof *series->sites);
    set_site(&series->sites[0], key_of("STRING", "String", "a.rb", 1), 2, 9);
    char *text = printed(hb_text_write, &report);
    check_lines(text);
    CU_ASSERT(has(text, "-1,000") && has(text, "-100.0 kB") && has(text, "+9 "));
    CU_ASSERT(has(text, "allocated after dump a.json, there in dump b.json"));
    CU_ASSERT(has(text, "a third dump"));
    free(text);
    hb_report_fini(&report);
}

/* A hundred branches of one percent each, each of two: the threshold rises until they fit, the first root stays. */
static void test_text_wide_tree(void)
{
    hb_report report = new_report(1);
    hb_series_report *series = &report.series[0];
    make_single(series);
    set_reachability(series);
    series->n_paths = 1;
    series->paths = zeroed(1, sizeof *series->paths);
    hb_path_report *path = &series->paths[0];
    path->site = key_of("STRING", NULL, NULL, 0);
    path->objects = 100;
    path->n_nodes = 200;
    path->nodes = zeroed(200, sizeof *path->nodes);
    for (uint32_t i = 0; i < 200; i++) set_node(&path->nodes[i], i % 2 == 0 ? "ROOT r" : "leaf", 1, i % 2, 1 - i % 2);
    char *text = printed(hb_text_write, &report);
    CU_ASSERT(has(text, "\xe2\x80\xa6 99 more (99 objects, 4.0 kB)\n") && has(text, "1 %            1  ROOT r\n"));
    CU_ASSERT(check_lines(text) < 30);
    free(text);
    hb_report_fini(&report);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "text: demo", test_text_demo },
        { "text: suspects", test_text_suspects },
        { "text: many suspects", test_text_many_suspects },
        { "text: no suspect", test_text_no_suspect },
        { "strings", test_text_strings }, { "symptoms", test_text_symptoms }, { "text: hostile text", test_text_hostile },
        { "text: empty and failed", test_text_empty_and_failed },
        { "text: single dump", test_text_single },
        { "text: no tracing", test_text_untraced },
        { "text: many dumps", test_text_many_dumps },
        { "text: two dumps", test_text_two_dumps },
        { "text: wide tree", test_text_wide_tree },
        CU_TEST_INFO_NULL,
    };
    return hb_suite_run("report, text", tests);
}
