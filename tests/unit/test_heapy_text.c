/* heapy's lines where real dumps do not lead: rounding, widths, contents as Ruby writes them, classes added up, hostile names. */
#include <stdlib.h>
#include <string.h>

#include "report/text_compare.h"
#include "report/text_reading.h"
#include "tests/unit/suite.h"

/* What was written since the last call; the caller compares it. */
static char *written;
static size_t n_written;

static FILE *begin(void)
{
    free(written);
    written = NULL;
    return open_memstream(&written, &n_written);
}

static int ends(FILE *out, hb_status status)
{
    return fclose(out) == 0 && status == HB_OK;
}

static int has(const char *part)
{
    if (strstr(written, part) != NULL) return 1;
    printf("\n  not there: '%s' in:\n%s\n", part, written);
    return 0;
}

static void test_generations(void)
{
    hb_generation_row rows[] = { { -1, 5, 1000 }, { 0, 2, 3000 }, { 7, 3, 256 }, { 12345, 1, 51 } };
    hb_dump_report dump = { .objects = 11, .memsize = 4307, .roots = 4, .shapes = 2, .empty_slots = 1, .generations = rows, .n_generations = 4 };
    const hb_reading reading = { .series = { .dumps = &dump, .n_dumps = 1 } };
    FILE *out = begin();
    CU_ASSERT(ends(out, hb_text_heapy_generations(&reading, out)));
    /* 0.25 is 0.3, 0.0498 is 0.0; the first is without bytes, and so is the sum of 307. */
    CU_ASSERT_STRING_EQUAL(written, "\nAnalyzing Heap\n==============\n"
                           "Generation:   nil object count: 14, mem: 0.0 kb\n"
                           "Generation:     7 object count: 3, mem: 0.3 kb\n"
                           "Generation: 12345 object count: 1, mem: 0.0 kb\n"
                           "\nHeap total\n==============\nGenerations (active): 3\nCount: 18\nMemory: 0.3 kb\n");
}

static void test_places(void)
{
    static char a[] = "a.rb", b[] = "b\x1b[31m.rb";
    hb_place_row rows[] = { { a, 2, 9, 40, 0 }, { b, 0, 10, 800, 7 }, { a, 1, 9, 1000, 0 } };
    hb_reading reading = { .places = { rows, 3 } };
    FILE *out = begin();
    CU_ASSERT(ends(out, hb_text_heapy_reading(&reading, "3", 2, out)));
    CU_ASSERT_STRING_EQUAL(written, "\nAnalyzing Heap (Generation: 3)\n-------------------------------\n\n"
                           "allocated by memory (1840) (in bytes)\n==============================\n"
                           "  1000  a.rb:1\n   800  b\\x1b[31m.rb:\n"
                           "\nobject count (28)\n==============================\n  10  b\\x1b[31m.rb:\n   9  a.rb:1\n"
                           "\nHigh Ref Counts\n==============================\n\n   7  b\\x1b[31m.rb:\n");
}

static void test_contents(void)
{
    static const struct { const char *value, *shown; } ways[] = {
        { "", "\"\"" }, { "a\"b\\", "\"a\\\"b\\\\\"" }, { "#", "\"#\"" }, { "#{", "\"\\#{\"" }, { "##@x#a", "\"#\\#@x#a\"" },
        { "\a\b\t\n\v\f\r\x1b", "\"\\a\\b\\t\\n\\v\\f\\r\\e\"" }, { "\x01\x7f", "\"\\u0001\\u007F\"" },
        { "\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\"" }, { "\xe2\x80\xa8", "\"\\u2028\"" },
        { "\xe2\x80\xae", "\"\\u202e\"" }, { "\xff", "\"\xef\xbf\xbd\"" },
    };
    static char file[] = "a.rb";
    hb_place_row rows[] = { { file, 1, 12, 480, 0 } };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char value[32], line[64];
        snprintf(value, sizeof value, "%s", ways[i].value);
        hb_string_row string = { .bytes = strlen(value), .objects = 12, .value = value, .is_cut = i == 0 };
        hb_place_list places = { rows, 1 };
        hb_reading reading = { .series = { .equal = { .top = &string, .n_top = 1 } }, .places = { rows, 1 }, .strings = &places };
        FILE *out = begin();
        CU_ASSERT(ends(out, hb_text_heapy_reading(&reading, "all", 0, out)));
        snprintf(line, sizeof line, "\n\n 12  %s%s\n 12  a.rb:1\n\n", ways[i].shown, i == 0 ? "\xe2\x80\xa6" : "");
        CU_ASSERT(has(line));
        string.value = NULL;
        out = begin();
        CU_ASSERT(ends(out, hb_text_heapy_reading(&reading, "all", 0, out)));
        CU_ASSERT(has(strlen(value) == 1 ? " 12  (1 byte; --show-values shows them)\n" : "bytes; --show-values shows them)\n"));
    }
}

static void test_difference(void)
{
    static char a[] = "a.rb", b[] = "b.rb", one[] = "One", two[] = "Two";
    hb_site_row sites[] = { { { "STRING", one, a, 7 }, 5, 200, NULL }, { { "ARRAY", NULL, b, 1 }, 6, 240, NULL },
                            { { "STRING", two, a, 7 }, 3, 121, NULL }, { { "ARRAY", NULL, NULL, 0 }, 6, 1, NULL } };
    const hb_series_report series = { .sites = sites, .n_sites = 4, .retained_objects = 20, .retained_memsize = 562, .score = 100 };
    FILE *out = begin();
    CU_ASSERT(ends(out, hb_text_compare_heapy(&series, 0, out)));
    CU_ASSERT_STRING_EQUAL(written, "Allocated STRING 8 objects of size 321/562 (in bytes) at: a.rb:7\n"
                           "Allocated ARRAY 6 objects of size 1/562 (in bytes) at: :\n"
                           "Allocated ARRAY 6 objects of size 240/562 (in bytes) at: b.rb:1\n");
    out = begin();
    CU_ASSERT(ends(out, hb_text_compare(&series, 1, 2, out)));
    CU_ASSERT(has("Retained: 20 objects, 562 B\n") && has("STRING One") && has("  2 more sites: --top 0 shows all\n"));
    const hb_series_report none = { .score = 80 };
    out = begin();
    CU_ASSERT(ends(out, hb_text_compare_heapy(&none, 0, out)) && written[0] == '\0');
    out = begin();
    CU_ASSERT(ends(out, hb_text_compare(&none, 0, 20, out)));
    CU_ASSERT(has("New: 0 objects, 0 B\n") && has("trust in the difference: 80 of 100"));
}

int main(void)
{
    CU_TestInfo tests[] = { { "generations", test_generations }, { "places", test_places }, { "contents", test_contents },
                            { "difference", test_difference }, CU_TEST_INFO_NULL };
    const int status = hb_suite_run("heapy_text", tests);
    free(written);
    return status;
}
