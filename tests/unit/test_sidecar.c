/* The time in a captured dump's sidecar: by example, in what is no such object, and in one cut off at every byte. */
#include "fleet/sidecar.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/suite.h"

/* In a buffer of the exact size: one byte over is seen. NULL: nothing is found. */
static void expect_of(const char *json, size_t n, const char *wanted)
{
    char *copy = malloc(n + (n == 0));
    hb_span text = { "", 0 };
    memcpy(copy, json, n);
    const int found = hb_sidecar_find_time((hb_span){ copy, n }, &text);
    CU_ASSERT_EQUAL(found, wanted != NULL);
    if (found && wanted != NULL) CU_ASSERT_TRUE(text.n == strlen(wanted) && memcmp(text.at, wanted, text.n) == 0);
    if (found != (wanted != NULL)) printf("\n  %.*s\n", (int)n, json);
    free(copy);
}

static void expect(const char *json, const char *wanted)
{
    expect_of(json, strlen(json), wanted);
}

static void test_found(void)
{
    expect("{\"taken_at\":\"T\"}", "T");
    expect(" \n{ \"a\" : [1, {\"b\": \"}\"}], \"taken_at\" :\t\"T\" , \"c\": 1}", "T");
    expect("{\"gc_stat\":{\"taken_at\":\"X\"},\"taken_at\":\"T\"}", "T");
    expect("{\"command\":\"\\\",\\\"taken_at\\\":\\\"X\\\"\",\"taken_at\":\"T\"}", "T");
    expect("{\"x\":\"taken_at\",\"taken_at\":\"T\"}", "T");
    expect("{\"taken_at\":\"\"}", "");
    expect("{\"taken_at\":\"T\", and then something else", "T");
}

static void test_not_found(void)
{
    static const char *const none[] = { "", " ", "{", "{}", "[]", "taken_at", "\"taken_at\":\"T\"", "[\"taken_at\",\"T\"]", "[{\"taken_at\":\"T\"}]",
                                        "{\"taken_at\":1}", "{\"taken_at\" \"T\"}", "{\"taken_at\":{\"taken_at\":\"T\"}}", "{\"taken_at\":\"T",
                                        "{\"a\":\"taken_at\"}", "{\"a\":[\"taken_at\",\"T\"]}", "{\"taken_at\":\"\\u0054\"}", "{}{\"taken_at\":\"T\"}",
                                        "{\"taken_at\":\"T\\", "{\"a\\", "{\"Taken_at\":\"T\"}" };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) expect(none[i], NULL);
    expect_of("{\0\"taken_at\"}", 13, NULL);
}

static void test_cut_off(void)
{
    static const char whole[] = "{\"pid\": 7, \"gc_stat\": {\"count\": 3}, \"taken_at\": \"T\"}";
    for (size_t n = 0; n + 1 < sizeof whole - 1; n++) expect_of(whole, n, NULL);
    expect_of(whole, sizeof whole - 2, "T");
}

/* The figures of a text of the exact size, as a list of those that are known: "0=5 3=7 ". */
static const char *figures_of(const char *json, size_t n)
{
    static char list[512];
    hb_symptoms found;
    char *copy = malloc(n + (n == 0));
    size_t at = 0;
    memcpy(copy, json, n);
    hb_sidecar_find_figures((hb_span){ copy, n }, &found);
    free(copy);
    list[0] = '\0';
    for (hb_symptom i = 0; i < HB_N_SYMPTOMS; i++) {
        if (hb_symptoms_know(&found, i)) at += (size_t)sprintf(list + at, "%d=%llu ", (int)i, (unsigned long long)found.of[i]);
        else CU_ASSERT_EQUAL(found.of[i], 0);
    }
    return list;
}

static void expect_figures(const char *json, const char *wanted)
{
    const char *found = figures_of(json, strlen(json));
    CU_ASSERT_STRING_EQUAL(found, wanted);
    if (strcmp(found, wanted) != 0) printf("\n  %s\n", json);
}

#define STAT "\"heap_live_slots\":7,\"heap_allocated_pages\":2,\"old_objects\": 6 ,\"heap_available_slots\":9"

static void test_figures(void)
{
    expect_figures("{\"rss_bytes\": 5}", "0=5 ");
    expect_figures("{ \"pss_bytes\" : 1125899906842624 , \"gc_count\":0}", "1=1125899906842624 8=0 ");
    expect_figures("{\"gc_stat\":{" STAT "}}", "2=9 3=7 5=6 ");
    expect_figures("{\"gc_stat\":{" STAT "},\"ruby_version\":\"3.1.2\"}", "2=9 3=7 4=32768 5=6 ");
    expect_figures("{\"ruby_version\":\"3.2.0\",\"gc_stat\":{" STAT "}}", "2=9 3=7 4=131072 5=6 ");
    expect_figures("{\"ruby_version\":\"2.7.8\",\"gc_stat\":{" STAT "}}", "2=9 3=7 4=32768 5=6 ");
    expect_figures("{\"ruby_version\":\"3.10.1\",\"gc_stat\":{" STAT "}}", "2=9 3=7 4=131072 5=6 ");
    expect_figures("{\"ruby_version\":\"4.1.0dev\",\"gc_stat\":{" STAT "}}", "2=9 3=7 4=131072 5=6 ");
    expect_figures("{\"gc_stat\":{\"malloc_increase_bytes\":3,\"oldmalloc_increase_bytes\":4}}", "6=3 7=4 ");
    expect_figures("{\"rss_bytes\":5,\"rss_bytes\":6}", "0=5 ");
}

static void test_no_figures(void)
{
    static const char *const none[] = {
        "", "{", "[]", "{}", "{\"rss_bytes\"", "{\"rss_bytes\":", "{\"rss_bytes\":5", "{\"rss_bytes\":-5}", "{\"rss_bytes\":5.0}", "{\"rss_bytes\":5e3}",
        "{\"rss_bytes\":\"5\"}", "{\"rss_bytes\":null}", "{\"rss_bytes\":[5]}", "{\"rss_bytes\":+5}", "{\"rss_bytes\":1125899906842625}",
        "{\"rss_bytes\":99999999999999999999999999999999999999999999}", "{\"gc_stat\":{\"rss_bytes\":5}}", "[{\"rss_bytes\":5}]",
        "{\"gc_stat\":\"old_objects\",\"old_objects\":5}", "{\"gc_stat\":[{\"old_objects\":5}]}", "{\"old_objects\":5}",
        "{\"gc_stat\":{},\"old_objects\":5}", "{\"gc_stat\":{\"heap_live_slots\":5}}", "{\"gc_stat\":{\"heap_allocated_pages\":5}}",
        "{\"ruby_version\":\"3.\",\"gc_stat\":{\"heap_allocated_pages\":5}}", "{\"ruby_version\":\"\",\"gc_stat\":{\"heap_allocated_pages\":5}}",
        "{\"ruby_version\":3.1,\"gc_stat\":{\"heap_allocated_pages\":5}}",
        "{\"ruby_version\":\"3.2\",\"gc_stat\":{\"heap_allocated_pages\":17179869185}}",
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) expect_figures(none[i], "");
    expect_figures("{\"gc_stat\":{\"heap_live_slots\":8,\"heap_available_slots\":7}}", "2=7 ");   /* more than there are */
}

/* Cut off anywhere, each figure is right or not known. */
static void test_figures_cut_off(void)
{
    static const char whole[] = "{\"rss_bytes\": 512, \"ruby_version\": \"3.1.2\", \"gc_stat\": {\"old_objects\":77}, \"gc_count\": 31}";
    for (size_t n = 0; n < sizeof whole; n++) {
        const char *found = figures_of(whole, n);
        CU_ASSERT(strcmp(found, "") == 0 || strcmp(found, "0=512 ") == 0 || strcmp(found, "0=512 5=77 ") == 0 ||
                  (n >= sizeof whole - 1 && strcmp(found, "0=512 5=77 8=31 ") == 0));
    }
    CU_ASSERT_STRING_EQUAL(figures_of(whole, sizeof whole - 1), "0=512 5=77 8=31 ");
}

static void test_names(void)
{
    CU_ASSERT_TRUE(hb_sidecar_is_meta("d/web.7.20240307T101500Z.meta.json"));
    CU_ASSERT_TRUE(hb_sidecar_is_meta("WEB.META.JSON"));
    CU_ASSERT_FALSE(hb_sidecar_is_meta("web.meta.json.gz"));
    CU_ASSERT_FALSE(hb_sidecar_is_meta("meta.json"));
    CU_ASSERT_FALSE(hb_sidecar_is_meta(""));
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "found", test_found },
        { "not found", test_not_found },
        { "cut off", test_cut_off },
        { "figures", test_figures },
        { "no figures", test_no_figures },
        { "figures cut off", test_figures_cut_off },
        { "names", test_names },
        CU_TEST_INFO_NULL,
    };
    return hb_suite_run("sidecar", tests);
}
