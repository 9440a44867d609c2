/* When dumps were taken: every source by example, days against the C library's calendar, and hostile sidecars. */
#include "fleet/times.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "fleet/moment.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 20240307u
#define MORNING INT64_C(1709806500000) /* 2024-03-07T10:15:00Z */

static char folder[] = "/tmp/hb-test-times-XXXXXX";

static void put_file(const char *name, const char *bytes, size_t n)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, n, file) != n || fclose(file) != 0) abort();
}

static void put_text(const char *name, const char *text)
{
    put_file(name, text, strlen(text));
}

static void set_mtime(const char *name, int64_t ms)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    struct timespec at = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 }, both[] = { at, at };
    if (utimensat(AT_FDCWD, path, both, 0) != 0) abort();
}

/* A list of one series, of n files in the folder; a name with a slash is taken as it is. */
static hb_series_list series_of(size_t n, const char *const *names)
{
    hb_series_list list = { hb_alloc_zero(1, sizeof *list.items), 1 };
    list.items[0].name = hb_copy_text("s", 1);
    list.items[0].paths = hb_alloc_zero(n, sizeof *list.items[0].paths);
    list.items[0].n_paths = n;
    for (size_t i = 0; i < n; i++) {
        char path[256];
        int bare = strchr(names[i], '/') == NULL && strcmp(names[i], "-") != 0;
        snprintf(path, sizeof path, "%s%s%s", bare ? folder : "", bare ? "/" : "", names[i]);
        list.items[0].paths[i] = hb_copy_text(path, strlen(path));
    }
    return list;
}

static void expect(hb_time_source source, size_t n, const char *const *names, const int64_t *wanted)
{
    hb_series_list list = series_of(n, names);
    CU_ASSERT_EQUAL(hb_times_find(&list), HB_OK);
    for (size_t i = 0; i < n; i++) {
        const hb_dump_time *time = &list.items[0].times[i];
        CU_ASSERT_EQUAL(time->source, source);
        CU_ASSERT_EQUAL(time->has_time, source != HB_TIME_NONE);
        CU_ASSERT_EQUAL(time->at_ms, wanted[i]);
        if (time->source != source || time->at_ms != wanted[i])
            printf("\n  %s: %s %lld\n", names[i], hb_time_source_name(time->source), (long long)time->at_ms);
    }
    hb_series_list_fini(&list);
}

#define LIST(...) ((const char *const[]){ __VA_ARGS__ })
#define MS(...) ((const int64_t[]){ __VA_ARGS__ })

static void test_names(void)
{
    expect(HB_TIME_NAME, 1, LIST("d/web-2024-03-07T10:15:00.json.gz"), MS(MORNING));
    expect(HB_TIME_NAME, 1, LIST("d/web-20240307-101500-2.json"), MS(MORNING));
    expect(HB_TIME_NAME, 1, LIST("d/2024-03-07T11:15:00+01:00-heap.0.dump"), MS(MORNING));
    expect(HB_TIME_NAME, 1, LIST("d/2024-03-07T05:15:00.250-05:00.json"), MS(MORNING + 250));
    expect(HB_TIME_NAME, 1, LIST("d/2024-03-07T15:45:00+0530.json"), MS(MORNING));
    expect(HB_TIME_NAME, 1, LIST("d/2024-03-07T101500.0009Z.json"), MS(MORNING));
    expect(HB_TIME_NAME, 1, LIST("d/web-2024-03-07.json"), MS(MORNING - 36900000));
    expect(HB_TIME_NAME, 1, LIST("d/heap-1709806500.json"), MS(MORNING));
    expect(HB_TIME_NAME, 1, LIST("d/heap-1709806500123.json"), MS(MORNING + 123));
    expect(HB_TIME_NAME, 2, LIST("d/web-2024-03-07.1.json", "d/web-2024-03-07.2.json"),
           MS(MORNING - 36900000, MORNING - 36900000));
}

static void test_names_that_tell_nothing(void)
{
    static const char *const none[] = { "d/heap.3.json", "d/heap-17098065001.json", "d/heap-9999999999.json", "-",
                                        "d/heap-1709806500-1.json", "d/web-2024-02-30T10:15:00.json", "d/20240307.json",
                                        "d/heap-9999999999999.json", "d/1709806500/heap.json" };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) expect(HB_TIME_NONE, 1, &none[i], MS(0));
}

/* Mixed sources, and times that contradict the order, are passed over. */
static void test_falls_through(void)
{
    put_text("f.1.json", ""), put_text("f.2.json", ""), put_text("f-1709806500.json", "");
    put_text("f.1.json.time", "1709806400"), put_text("f.2.json.time", "1709806400.5\n");
    set_mtime("f.1.json", 1000), set_mtime("f.2.json", 2000), set_mtime("f-1709806500.json", 1700000000123);
    expect(HB_TIME_SIDECAR, 2, LIST("f.1.json", "f.2.json"), MS(MORNING - 100000, MORNING - 99500));
    expect(HB_TIME_MTIME, 2, LIST("f.1.json", "f-1709806500.json"), MS(1000, 1700000000123));
    expect(HB_TIME_NONE, 2, LIST("f-1709806500.json", "f.1.json"), MS(0, 0));
    expect(HB_TIME_NONE, 2, LIST("d/2024-03-07T10:15:00Z.json", "d/2024-03-07T10:15:00+01:00.json"), MS(0, 0));
    expect(HB_TIME_NONE, 2, LIST("f.1.json", "-"), MS(0, 0));
}

static void test_mtimes(void)
{
    put_text("m.1.json", ""), put_text("m.2.json", ""), put_text("m.3.json", "");
    set_mtime("m.1.json", 5000), set_mtime("m.2.json", 6000), set_mtime("m.3.json", 6999);
    expect(HB_TIME_MTIME, 2, LIST("m.1.json", "m.2.json"), MS(5000, 6000));
    expect(HB_TIME_NONE, 3, LIST("m.1.json", "m.2.json", "m.3.json"), MS(0, 0, 0)); /* copied */
    expect(HB_TIME_NONE, 2, LIST("m.2.json", "m.1.json"), MS(0, 0));
    expect(HB_TIME_NONE, 2, LIST("m.1.json", "m.missing.json"), MS(0, 0));
}

/* What heapbatch-capture writes; DUMP.time comes first. */
static void test_meta(void)
{
    put_text("s.1.json", ""), put_text("s.2.json.gz", ""), put_text("s.3.ndjson", "");
    put_text("s.1.meta.json", "{\n  \"taken_at\": \"2024-03-07T10:15:00.250Z\",\n  \"pid\": 7\n}\n");
    put_text("s.2.meta.json", "{\"pid\":7,\"taken_at\":\"2024-03-07T11:15:01+01:00\"}");
    put_text("s.3.meta.json", "{\"taken_at\": \"1709806502\"}");
    expect(HB_TIME_SIDECAR, 3, LIST("s.1.json", "s.2.json.gz", "s.3.ndjson"), MS(MORNING + 250, MORNING + 1000, MORNING + 2000));
    put_text("s.2.json.gz.time", "1709806501.5");
    expect(HB_TIME_SIDECAR, 2, LIST("s.1.json", "s.2.json.gz"), MS(MORNING + 250, MORNING + 1500));
    set_mtime("s.3.ndjson", 7000);
    put_text("s.3.meta.json", "{\"taken_at\": \"yesterday\"}");
    expect(HB_TIME_MTIME, 1, LIST("s.3.ndjson"), MS(7000));
    put_text("s.3.meta.json", "");
    expect(HB_TIME_MTIME, 1, LIST("s.3.ndjson"), MS(7000));
}

/* Up to 64 KiB. */
static void test_large_meta(void)
{
    static char text[65537];
    static const char told[] = "{\"taken_at\": \"1709806500\"}";
    put_text("l.1.json", "");
    set_mtime("l.1.json", 7000);
    memset(text, ' ', sizeof text);
    memcpy(text, told, sizeof told - 1);
    put_file("l.1.meta.json", text, sizeof text - 1);
    expect(HB_TIME_SIDECAR, 1, LIST("l.1.json"), MS(MORNING));
    put_file("l.1.meta.json", text, sizeof text);
    expect(HB_TIME_MTIME, 1, LIST("l.1.json"), MS(7000));
}

static void test_no_memory(void)
{
    uint64_t nth = 0;
    hb_status status = HB_ERR_MEMORY;
    put_text("n.1.json", ""), put_text("n.1.meta.json", "{\"taken_at\": \"1709806500\"}");
    while (status != HB_OK && nth < 10) {
        hb_series_list list = series_of(1, LIST("n.1.json"));
        hb_memory_fail_at(++nth, 1);
        status = hb_times_find(&list);
        hb_memory_fail_at(0, 0);
        CU_ASSERT(status == HB_OK || status == HB_ERR_MEMORY);
        hb_series_list_fini(&list);
    }
    CU_ASSERT_EQUAL(nth, 3); /* the times, and what a sidecar takes */
}

static void test_hostile_sidecars(void)
{
    static const char *const bad[] = { "", "\n\n", "yesterday", "2024-03-07T10:15:00Z and more", "-5", "1709806500\n1709806501",
                                       "2024-03-07T10:15:00+99:00", "2024-13-07", "99999999999999999999999999999999" };
    char long_one[400];
    put_text("h.1.json", "");
    set_mtime("h.1.json", 7000);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put_text("h.1.json.time", bad[i]);
        expect(HB_TIME_MTIME, 1, LIST("h.1.json"), MS(7000));
    }
    memset(long_one, ' ', sizeof long_one);
    memcpy(long_one, "1709806500", 10);
    put_file("h.1.json.time", long_one, 65);
    expect(HB_TIME_MTIME, 1, LIST("h.1.json"), MS(7000));
    put_file("h.1.json.time", long_one, 64);
    expect(HB_TIME_SIDECAR, 1, LIST("h.1.json"), MS(MORNING));
    put_file("h.1.json.time", "1709806500\0", 11);
    expect(HB_TIME_MTIME, 1, LIST("h.1.json"), MS(7000));
}

static void test_sidecar_that_is_no_file(void)
{
    char path[256];
    put_text("p.1.json", ""), put_text("q.1.json", "");
    set_mtime("p.1.json", 8000), set_mtime("q.1.json", 9000);
    snprintf(path, sizeof path, "%s/p.1.json.time", folder);
    CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
    expect(HB_TIME_MTIME, 1, LIST("p.1.json"), MS(8000));
    snprintf(path, sizeof path, "%s/q.1.json.time", folder);
    CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
    expect(HB_TIME_MTIME, 1, LIST("q.1.json"), MS(9000));
}

static void test_manifest_comes_first(void)
{
    for (int both = 0; both < 2; both++) {
        hb_series_list list = series_of(2, LIST("d/heap-1709806500.json", "d/heap-1709806600.json"));
        list.items[0].times = hb_alloc_zero(2, sizeof *list.items[0].times);
        list.items[0].times[0] = (hb_dump_time){ 1, 5, HB_TIME_MANIFEST };
        if (both) list.items[0].times[1] = (hb_dump_time){ 1, 5, HB_TIME_MANIFEST };
        CU_ASSERT_EQUAL(hb_times_find(&list), HB_OK);
        for (size_t i = 0; i < 2; i++) CU_ASSERT_EQUAL(list.items[0].times[i].source, both ? HB_TIME_MANIFEST : HB_TIME_NAME);
        CU_ASSERT_EQUAL(list.items[0].times[1].at_ms, both ? 5 : MORNING + 100000);
        hb_series_list_fini(&list);
    }
}

static void expect_moment(const char *text, int64_t wanted)
{
    int64_t at_ms = -1;
    CU_ASSERT_EQUAL(hb_moment_parse(hb_span_of(text), &at_ms), 1);
    CU_ASSERT_EQUAL(at_ms, wanted);
    if (at_ms != wanted) printf("\n  '%s' gave %lld\n", text, (long long)at_ms);
}

static void test_moments(void)
{
    expect_moment("2024-03-07T10:15:00Z", MORNING);
    expect_moment(" 2024-03-07T10:15Z\r\n", MORNING);
    expect_moment("20240307T101500", MORNING);
    expect_moment("2024-03-07 10:15:00", MORNING);
    expect_moment("2024-03-07 10:15:00 UTC", MORNING);
    expect_moment("2024-03-07 05:15:00 -0500", MORNING);
    expect_moment("2024-03-07 05:15:00.5 -0500", MORNING + 500);
    expect_moment("2024-03-07T11:15:00,123456789+01:00", MORNING + 123);
    expect_moment("2024-03-07", MORNING - 36900000);
    expect_moment("2016-12-31T23:59:60Z", 1483228800000);
    expect_moment("1969-12-31T23:59:59.999Z", -1);
    expect_moment("1709806500", MORNING);
    expect_moment("1709806500.25", MORNING + 250);
    expect_moment("1709806500250", MORNING + 250);
}

static void test_no_moments(void)
{
    static const char *const bad[] = { "", " ", "Z", "20240307", "2024-03-07Z", "2024-03-07T10:15:00 +", "2024-03-07T10:15:00.Z",
                                       "2024-03-07T24:00:00Z", "2023-02-29", "1709806500250.5", "17098065", "1709806500.",
                                       "2024-03-07T10:15:00 PST", "2024-03-07T10:15:00+01:00:00" };
    int64_t at_ms;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CU_ASSERT_EQUAL(hb_moment_parse(hb_span_of(bad[i]), &at_ms), 0);
        if (hb_moment_parse(hb_span_of(bad[i]), &at_ms)) printf("\n  '%s' is taken for a moment\n", bad[i]);
    }
}

/* Against gmtime_r, over all years that a stamp can have. */
static void test_calendar(void)
{
    dice d = dice_of(SEED);
    int wrong = 0;
    for (int i = 0; i < 20000; i++) {
        time_t at = (time_t)-2208988800 + (time_t)(roll(&d, 34713) * 1000000 + roll(&d, 1000000));
        struct tm tm;
        char stamp[64];
        int64_t at_ms = 0;
        strftime(stamp, sizeof stamp, "%Y%m%d%H%M%S", gmtime_r(&at, &tm));
        if (!hb_moment_of_stamp(stamp, 0, &at_ms) || at_ms != (int64_t)at * 1000) wrong++;
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void test_out_of_memory(void)
{
    hb_series_list list = series_of(1, LIST("d/heap-1709806500.json"));
    hb_memory_fail_at(1, 1);
    CU_ASSERT_EQUAL(hb_times_find(&list), HB_ERR_MEMORY);
    hb_memory_fail_at(0, 0);
    hb_series_list_fini(&list);
}

int main(void)
{
    if (mkdtemp(folder) == NULL) return 2;
    hb_log_init(HB_LOG_ERROR, -1); /* the warnings are meant */
    CU_TestInfo tests[] = {
        { "names", test_names },
        { "names that tell nothing", test_names_that_tell_nothing },
        { "falls through", test_falls_through },
        { "mtimes", test_mtimes },
        { "beside a captured dump", test_meta },
        { "large meta", test_large_meta },
        { "no memory", test_no_memory },
        { "hostile sidecars", test_hostile_sidecars },
        { "sidecar that is no file", test_sidecar_that_is_no_file },
        { "manifest comes first", test_manifest_comes_first },
        { "moments", test_moments },
        { "no moments", test_no_moments },
        { "calendar", test_calendar },
        { "out of memory", test_out_of_memory },
        CU_TEST_INFO_NULL,
    };
    int failed = hb_suite_run("times", tests);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) != 0 || failed;
}
