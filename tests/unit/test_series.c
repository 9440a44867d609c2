/* Grouping: every rule of fleet/series.h by example, then properties on random names (seed printed). */
#include "fleet/series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/memory.h"
#include "tests/unit/suite.h"

enum { MAX_WORDS = 128 };

/* Groups the words of `line`, split at '|'. */
static hb_status group(hb_series_mode mode, const char *regex, const char *line, hb_series_list *out, hb_error *err)
{
    char *buffer = strdup(line);
    const char *words[MAX_WORDS];
    size_t n = 0;
    for (char *word = strtok(buffer, "|"); word != NULL && n < MAX_WORDS; word = strtok(NULL, "|")) words[n++] = word;
    hb_error_clear(err);
    hb_status status = hb_series_group(mode, regex, words, n, out, err);
    free(buffer); /* the result must hold copies */
    return status;
}

/* The list as "name: path path; name: path". */
static void write_out(const hb_series_list *list, char *text, size_t room)
{
    size_t end = 0;
    text[0] = '\0';
    for (size_t i = 0; i < list->n; i++) {
        end += (size_t)snprintf(text + end, room - end, "%s%s:", i != 0 ? "; " : "", list->items[i].name);
        for (size_t k = 0; k < list->items[i].n_paths; k++)
            end += (size_t)snprintf(text + end, room - end, " %s", list->items[i].paths[k]);
    }
}

static void expect_in(hb_series_mode mode, const char *regex, const char *line, const char *wanted)
{
    hb_series_list list;
    hb_error err;
    char text[4096];
    CU_ASSERT_EQUAL(group(mode, regex, line, &list, &err), HB_OK);
    CU_ASSERT_EQUAL(err.code, HB_OK);
    write_out(&list, text, sizeof text);
    CU_ASSERT_STRING_EQUAL(text, wanted);
    if (strcmp(text, wanted) != 0) printf("\n  %s\n    got    %s\n    wanted %s\n", line, text, wanted);
    hb_series_list_fini(&list);
    hb_series_list_fini(&list);
}

static void expect_auto(const char *line, const char *wanted)
{
    expect_in(HB_SERIES_AUTO, NULL, line, wanted);
}

static void refuse(hb_series_mode mode, const char *regex, const char *line, const char *part, const char *path)
{
    hb_series_list list;
    hb_error err;
    CU_ASSERT_EQUAL(group(mode, regex, line, &list, &err), HB_ERR_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, part));
    if (strstr(err.message, part) == NULL) printf("\n  got '%s', not '%s'\n", err.message, part);
    CU_ASSERT_STRING_EQUAL(err.path, path);
    CU_ASSERT_PTR_NULL(list.items);
    CU_ASSERT_EQUAL(list.n, 0);
}

static void test_auto_counts(void)
{
    expect_auto("dumps/web-1.4211.0015.json.gz", "dumps/web-1.4211: dumps/web-1.4211.0015.json.gz");
    expect_auto("heap_0.json", "heap: heap_0.json");
    expect_auto("heap-10.json|heap-9.json|heap-0.json", "heap: heap-0.json heap-9.json heap-10.json");
    expect_auto("w.2.2.json|w.1.2.json|w.1.10.json|w.10.1.json",
                "w.1: w.1.2.json w.1.10.json; w.2: w.2.2.json; w.10: w.10.1.json");
    expect_auto("a/x.1.json|b/x.1.json|a/x.2.json", "a/x: a/x.1.json a/x.2.json; b/x: b/x.1.json");
    expect_auto("heap-2-web.json|heap-1-web.json", "heap-web: heap-1-web.json heap-2-web.json");
    expect_auto("2-heap.json|1-heap.json", "heap: 1-heap.json 2-heap.json");
    expect_auto("h.99999999999999999999999999.json|h.100000000000000000000000000.json|h.18446744073709551616.json",
                "h: h.18446744073709551616.json h.99999999999999999999999999.json h.100000000000000000000000000.json");
}

static void test_auto_extensions(void)
{
    expect_auto("h.3.json|h.1.NDJSON.GZ|h.2.jsonl.zst|h.4.dump|h.5.gz|h.6",
                "h: h.1.NDJSON.GZ h.2.jsonl.zst h.3.json h.4.dump h.5.gz h.6");
    expect_auto("h.1.json.txt", "h.json.txt: h.1.json.txt");
    expect_auto(".json", "json: .json");
    expect_auto("dir.7/heap.json", "dir.7/heap: dir.7/heap.json");
}

static void test_auto_without_digits(void)
{
    expect_auto("heap.json", "heap: heap.json");
    expect_auto("b.json|a.json.gz|d/c", "a: a.json.gz; b: b.json; d/c: d/c");
    expect_auto("heap.json|heap.1.json", "heap.1.json: heap.1.json; heap.json: heap.json");
    expect_auto("a.json|a.1.json|a.json.1.json", "a.1.json: a.1.json; a.json: a.json; a.json.1.json: a.json.1.json");
}

static void test_auto_glued_digits(void)
{
    expect_auto("ruby31.json", "ruby31: ruby31.json");
    expect_auto("ruby31.2.json.gz", "ruby31: ruby31.2.json.gz");
    expect_auto("ruby31.2.json.gz|ruby31.10.json.gz", "ruby31: ruby31.2.json.gz ruby31.10.json.gz");
    expect_auto("heap2.json|heap1.json|heap10.json", "heap: heap1.json heap2.json heap10.json");
    expect_auto("d/v2-heap.json", "d/v2-heap: d/v2-heap.json");
    expect_auto("2nd.json", "2nd: 2nd.json");
    expect_auto("ruby31.json|ruby31.1.json", "ruby31.1.json: ruby31.1.json; ruby31.json: ruby31.json");
}

static void test_auto_timestamps(void)
{
    expect_auto("2024-03-07T10:15:00-heap-2.ndjson|2024-03-07T10:15:00-heap-10.ndjson|2024-03-06T23:00:00-heap-11.ndjson",
                "heap: 2024-03-06T23:00:00-heap-11.ndjson 2024-03-07T10:15:00-heap-2.ndjson "
                "2024-03-07T10:15:00-heap-10.ndjson");
    expect_auto("web-1-20240307-101500.json|web-1-20240307-091500.json|web-2-20240307-101500.json",
                "web-1: web-1-20240307-091500.json web-1-20240307-101500.json; web-2: web-2-20240307-101500.json");
    expect_auto("w-2024-03-07.json|w-2024-02-28.json|w-2023-12-31.json",
                "w: w-2023-12-31.json w-2024-02-28.json w-2024-03-07.json");
    expect_auto("w.20240307101500.json|w.20231231235959.json", "w: w.20231231235959.json w.20240307101500.json");
    expect_auto("w-2024-03-07T10:15:00Z.json|w-2024-03-07T09:15:00Z.json|w-20240307T095959Z.json",
                "w: w-2024-03-07T09:15:00Z.json w-20240307T095959Z.json w-2024-03-07T10:15:00Z.json");
    expect_auto("w-2024-03-07T10:15:00+01:00.json|w-2024-03-07T10:14:00+0100.json",
                "w: w-2024-03-07T10:14:00+0100.json w-2024-03-07T10:15:00+01:00.json");
    expect_auto("w-2024-03-07T10:15:00.25Z.json|w-2024-03-07T10:15:00.5Z.json|w-2024-03-07T10:15:00.123456789123Z.json",
                "w: w-2024-03-07T10:15:00.123456789123Z.json w-2024-03-07T10:15:00.25Z.json w-2024-03-07T10:15:00.5Z.json");
    expect_auto("w-20240307-101500.10.json|w-20240307-101500.2.json", "w: w-20240307-101500.2.json w-20240307-101500.10.json");
    expect_auto("w_2024-03-07_10-15-00_x.json|w_2024-03-07_09-15-00_x.json",
                "w_x: w_2024-03-07_09-15-00_x.json w_2024-03-07_10-15-00_x.json");
    expect_auto("w-2024-03-07T10:15.json|w-2024-03-07T1014.json", "w: w-2024-03-07T1014.json w-2024-03-07T10:15.json");
    expect_auto("w-2024-03-07-0015.json|w-2024-03-07-9.json", "w: w-2024-03-07-9.json w-2024-03-07-0015.json");
}

static void test_auto_no_timestamps(void)
{
    expect_auto("w-2024-13-07.json", "w-2024-13: w-2024-13-07.json");
    expect_auto("w-20240307.json|w-20240306.json", "w: w-20240306.json w-20240307.json");
    expect_auto("w-20240307-2.json", "w-20240307: w-20240307-2.json");
    expect_auto("w-202403071015001.json", "w: w-202403071015001.json");
    expect_auto("w-20240307-251500.json", "w-20240307: w-20240307-251500.json");
}

static void test_auto_nothing_left(void)
{
    expect_auto("d/2.json|d/1.json", "d: d/1.json d/2.json");
    expect_auto("1.json|./0.json", "series: ./0.json 1.json");
    expect_auto("/1.json", "series: /1.json");
    expect_auto("a/b/_-3-.json", "a/b: a/b/_-3-.json");
    expect_auto("d/1.json|d.1.json", "d.1.json: d.1.json; d/1.json: d/1.json");
    expect_auto("20240307-101500.json", "series: 20240307-101500.json");
}

static void test_auto_alike_but_apart(void)
{
    expect_auto("a-1-b.json|a-b-1.json", "a-1-b.json: a-1-b.json; a-b-1.json: a-b-1.json");
    expect_auto("heap_0.json|heap-1.json|heap.2.json", "heap: heap_0.json heap-1.json heap.2.json");
}

static void test_stdin(void)
{
    expect_auto("-|a.1.json", "a: a.1.json; stdin: -");
    expect_auto("stdin.json|-", "-: -; stdin.json: stdin.json");
    expect_in(HB_SERIES_EACH, NULL, "-|a.json", "a: a.json; stdin: -");
    expect_in(HB_SERIES_ONE, NULL, "-|a.json", "series: - a.json");
    expect_auto("-|-", "stdin: -");
}

static void test_equal_keys_keep_their_order(void)
{
    expect_auto("h.1.json.gz|h.01.json|h.1.json|h.0.json", "h: h.0.json h.1.json.gz h.01.json h.1.json");
}

static void test_left_out(void)
{
    expect_auto("h.2.json|h.1.json|h.2.json|./h.2.json", "h: h.1.json h.2.json");
    expect_auto("h.1.json.tmp|h.2.json|h.3.TMP", "h: h.2.json");
    expect_auto("h.1.json.time|h.1.json|./h.2.json.time|h.2.json|h.2.json.gz", "h: h.1.json h.2.json h.2.json.gz");
    expect_auto("h.1.json.time|h.2.json|h.1.json.time.time|.time", "h: h.2.json; h.json.time: h.1.json.time; time: .time");
    expect_auto("h.1.json.gz|h.1.meta.json|h.2.json|./h.2.META.JSON|x.meta.json", "h: h.1.json.gz h.2.json");
    expect_auto("meta.json|h.1.meta.jsonl", "h.meta: h.1.meta.jsonl; meta: meta.json");
    expect_in(HB_SERIES_REGEX, "(h)[.](.)[.]json", "h.1.meta.json|h.2.json|h.1.json", "h: h.1.json h.2.json");
    expect_in(HB_SERIES_ONE, NULL, "x-b|x-a|x-b|y.tmp", "x: x-b x-a");
    expect_in(HB_SERIES_EACH, NULL, "b.json|b.json", "b: b.json");
    refuse(HB_SERIES_AUTO, NULL, "a.tmp|b.json.tmp", "no dump to read", "");
    refuse(HB_SERIES_AUTO, NULL, "a.meta.json|b.json.tmp", "nor in .meta.json", "");
    refuse(HB_SERIES_AUTO, NULL, "", "no dump to read", "");
}

static void test_one(void)
{
    expect_in(HB_SERIES_ONE, NULL, "d/h-10.json|d/h-9.json|d/h-11.json", "d/h: d/h-10.json d/h-9.json d/h-11.json");
    expect_in(HB_SERIES_ONE, NULL, "h-10.json|h-11.json", "h: h-10.json h-11.json");
    expect_in(HB_SERIES_ONE, NULL, "h-1.json|h-10.json", "h: h-1.json h-10.json");
    expect_in(HB_SERIES_ONE, NULL, "v2-a.json|v2-b.json", "v2: v2-a.json v2-b.json");
    expect_in(HB_SERIES_ONE, NULL, "d/a.json|d/b.json", "d: d/a.json d/b.json");
    expect_in(HB_SERIES_ONE, NULL, "before.json|after.json", "series: before.json after.json");
    expect_in(HB_SERIES_ONE, NULL, "a.1.json.gz", "a.1: a.1.json.gz");
    expect_in(HB_SERIES_ONE, NULL, "x\xc3\xa9.json|x\xc3\xa8.json", "x: x\xc3\xa9.json x\xc3\xa8.json");
}

static void test_each(void)
{
    expect_in(HB_SERIES_EACH, NULL, "d/h-10.json|d/h-9.json.gz|./z", "d/h-9: d/h-9.json.gz; d/h-10: d/h-10.json; z: ./z");
    expect_in(HB_SERIES_EACH, NULL, "a.json|a.json.gz|b.json", "a.json: a.json; a.json.gz: a.json.gz; b: b.json");
    expect_in(HB_SERIES_EACH, NULL, "a.json.json|a.json|a.json.gz",
              "a.json: a.json; a.json.gz: a.json.gz; a.json.json: a.json.json");
}

static void test_regex(void)
{
    const char *regex = "([a-z]+)/([0-9]+)-";
    expect_in(HB_SERIES_REGEX, regex, "web/10-x.json|web/9-y.json|job/1-x.json", "job: job/1-x.json; web: web/9-y.json web/10-x.json");
    expect_in(HB_SERIES_REGEX, "^([a-z]+)", "b-1|a-10|a-9", "a: a-10 a-9; b: b-1");
    expect_in(HB_SERIES_REGEX, "^([a-z]+)(-[0-9]+)?", "a-10|a-9|a", "a: a a-9 a-10");
    refuse(HB_SERIES_REGEX, regex, "web/1-x.json|other.json", "does not match", "other.json");
    refuse(HB_SERIES_REGEX, "(web)?", "web|job", "group 1", "job");
    refuse(HB_SERIES_REGEX, "atuo", "web", "is not auto, one or each", "");
    refuse(HB_SERIES_REGEX, "(web", "web", "is none", "");
}

static void test_natural_order(void)
{
    static const char *const sorted[] = { "", "-", "0", "1", "9", "10", "18446744073709551616", "a", "a0b", "a1", "a1-2", "a1-10",
                                          "a2", "a10", "a10b", "b" };
    size_t n = sizeof sorted / sizeof *sorted;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            int order = hb_series_compare_natural(sorted[i], sorted[k]);
            CU_ASSERT_EQUAL((order > 0) - (order < 0), (i > k) - (i < k));
        }
    CU_ASSERT_EQUAL(hb_series_compare_natural("a01", "a1"), 0);
    CU_ASSERT_EQUAL(hb_series_compare_natural("000", "0"), 0);
    CU_ASSERT(hb_series_compare_natural("a01", "a1b") < 0);
    CU_ASSERT(hb_series_compare_natural("z", "\xc3\xa9") < 0);
}

/* Of random names: every distinct path is in exactly one series, names are unique, not empty and ascend; and
 * the order of the command line changes neither names nor, where no keys are equal, anything else. */
static void test_random_names(void)
{
    static const char *const parts[] = { "a", "web", "-", ".", "_", "1", "2", "10", "007", "2024-03-07", "T10:15:00", "20240307-101500",
                                         "/", ".json", ".gz", "Z", "+01:00", "\xc3\xa9", ":" };
    unsigned seed = (unsigned)time(NULL);
    printf("(seed %u) ", seed);
    srand(seed);
    for (int round = 0; round < 3000; round++) {
        char names[12][128];
        const char *paths[12];
        size_t n = 1 + (size_t)rand() % 12, n_distinct = 0, n_found = 0;
        for (size_t i = 0; i < n; i++) {
            names[i][0] = '\0';
            for (int k = 1 + rand() % 7; k > 0; k--) strcat(names[i], parts[(size_t)rand() % (sizeof parts / sizeof *parts)]);
            char *exact = strdup(names[i]); /* AddressSanitizer sees a byte over */
            paths[i] = exact;
            size_t k = 0;
            while (strcmp(paths[k], exact) != 0) k++;
            n_distinct += k == i;
        }
        hb_series_mode mode = (hb_series_mode)(rand() % 3);
        hb_series_list list;
        hb_error err;
        hb_error_clear(&err);
        CU_ASSERT_EQUAL_FATAL(hb_series_group(mode, NULL, paths, n, &list, &err), HB_OK);
        for (size_t i = 0; i < list.n; i++) {
            n_found += list.items[i].n_paths;
            CU_ASSERT(list.items[i].name[0] != '\0');
            CU_ASSERT(strpbrk(list.items[i].name, "\x01") == NULL);
            if (i == 0) continue;
            CU_ASSERT(hb_series_compare_natural(list.items[i - 1].name, list.items[i].name) <= 0);
            CU_ASSERT_STRING_NOT_EQUAL(list.items[i - 1].name, list.items[i].name);
        }
        CU_ASSERT(n_found <= n_distinct);
        if (n_found != n_distinct) /* "./x" and "x" are one */
            for (size_t i = 0; i < n; i++) n_found += strncmp(paths[i], "./", 2) == 0;
        CU_ASSERT(n_found >= n_distinct);
        hb_series_list_fini(&list);
        for (size_t i = 0; i < n; i++) free((char *)(size_t)paths[i]);
    }
}

static void sweep(hb_series_mode mode, const char *regex, const char *line)
{
    hb_series_list list;
    hb_error err;
    hb_status status = HB_ERR_MEMORY;
    uint64_t nth = 1;
    for (; status == HB_ERR_MEMORY && nth < 1000; nth++) {
        hb_memory_fail_at(nth, (int)(nth & 1));
        status = group(mode, regex, line, &list, &err);
        hb_memory_fail_at(0, 0);
        CU_ASSERT_EQUAL(err.code, status);
        if (status == HB_ERR_MEMORY) CU_ASSERT_PTR_NULL(list.items);
    }
    CU_ASSERT_EQUAL(status, HB_OK);
    CU_ASSERT(nth > 10);
    hb_series_list_fini(&list);
}

static void test_memory_fails(void)
{
    const char *line = "d/h-1.json|d/h-2.json|ruby31.json|a.json|a.1.json|-|2024-03-07T10:15:00-x-2.json|h-1-w.json";
    sweep(HB_SERIES_AUTO, NULL, line);
    sweep(HB_SERIES_ONE, NULL, line);
    sweep(HB_SERIES_EACH, NULL, line);
    sweep(HB_SERIES_REGEX, "(.)", line);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "auto: counters", test_auto_counts },
        { "auto: extensions", test_auto_extensions },
        { "auto: no digits", test_auto_without_digits },
        { "auto: digits at letters", test_auto_glued_digits },
        { "auto: timestamps", test_auto_timestamps },
        { "auto: no timestamps", test_auto_no_timestamps },
        { "auto: nothing left of the name", test_auto_nothing_left },
        { "auto: alike but apart", test_auto_alike_but_apart },
        { "standard input", test_stdin },
        { "equal keys keep their order", test_equal_keys_keep_their_order },
        { "left out", test_left_out },
        { "one", test_one },
        { "each", test_each },
        { "regex", test_regex },
        { "natural order", test_natural_order },
        { "random names", test_random_names },
        { "memory fails", test_memory_fails },
        CU_TEST_INFO_NULL,
    };
    hb_log_init(HB_LOG_ERROR, -1);
    return hb_suite_run("series", tests);
}
