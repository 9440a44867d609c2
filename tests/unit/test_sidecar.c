/* What a captured dump's sidecar tells: by example, in what is no such object, in one cut off at every byte, in texts that want much
 * memory, and where there is none. */
#include "fleet/sidecar.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/unit/suite.h"

#define T "1709806500"
#define T_MS INT64_C(1709806500000)

/* In a buffer of the exact size: one byte over is seen. */
static hb_sidecar parse_of(const char *json, size_t n)
{
    hb_sidecar found = { .has_time = -1 };
    char *copy = malloc(n + (n == 0));
    memcpy(copy, json, n);
    CU_ASSERT_EQUAL(hb_sidecar_parse((hb_span){ copy, n }, &found), HB_OK);
    free(copy);
    return found;
}

static void expect_of(const char *json, size_t n, int has_time)
{
    const hb_sidecar found = parse_of(json, n);
    CU_ASSERT_EQUAL(found.has_time, has_time);
    CU_ASSERT_EQUAL(found.at_ms, has_time ? T_MS : 0);
    if (found.has_time != has_time) printf("\n  %.*s\n", (int)n, json);
}

static void test_found(void)
{
    static const char *const some[] = {
        "{\"taken_at\":\"" T "\"}", "{\"taken_at\":\" 2024-03-07T10:15:00Z \"}", "{\"taken_at\":\"\\u0031709806500\"}\n",
        " \n{ \"a\" : [1, {\"b\": \"}\"}], \"taken_at\" :\t\"" T "\" , \"c\": 1}", "{\"\\u0074aken_at\":\"" T "\"}",
        "{\"gc_stat\":{\"taken_at\":\"1\"},\"taken_at\":\"" T "\"}", "{\"x\":\"taken_at\",\"taken_at\":\"" T "\"}",
        "{\"command\":\"\\\",\\\"taken_at\\\":\\\"1\\\"\",\"taken_at\":\"" T "\"}",
        "{\"command\":\"a\\u0000b\",\"taken_at\":\"" T "\"}", "{\"taken_at\":1,\"taken_at\":\"" T "\"}",
    };
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) expect_of(some[i], strlen(some[i]), 1);
}

static void test_not_found(void)
{
    static const char *const none[] = {
        "", " ", "{", "{}", "[]", "taken_at", "\"taken_at\":\"" T "\"", "[\"taken_at\",\"" T "\"]", "[{\"taken_at\":\"" T "\"}]",
        "{\"taken_at\":" T "}", "{\"taken_at\" \"" T "\"}", "{\"taken_at\":{\"taken_at\":\"" T "\"}}", "{\"taken_at\":\"" T,
        "{\"a\":\"taken_at\"}", "{\"a\":[\"taken_at\",\"" T "\"]}", "{\"taken_at\":\"\"}", "{}{\"taken_at\":\"" T "\"}",
        "{\"taken_at\":\"" T "\\", "{\"a\\", "{\"Taken_at\":\"" T "\"}", "{\"taken_at\":\"yesterday\"}",
        "{\"taken_at\":\"" T "\\u0000\"}", "{\"taken_at\":\"" T "\"} and more", "{\"taken_at\":\"" T "\",}",
        "{\"taken_at\":\"" T "\",\"a\":18446744073709551616}", "{\"taken_at\":\"" T "\",\"a\":1e999}",
        "{\"taken_at\":\"" T "\",\"a\":\"\xff\"}", "{\"taken_at\":\"" T "\",\"a\\u0000\":1}", "{\"taken_at\":\"" T "\",\"taken_at\":1}",
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) expect_of(none[i], strlen(none[i]), 0);
    expect_of("{\0\"taken_at\":\"" T "\"}", 27, 0);
    expect_of("{\"taken_at\":\"" T "\"}\0", 26, 0);
}

static void test_cut_off(void)
{
    static const char whole[] = "{\"pid\": 7, \"gc_stat\": {\"count\": 3}, \"taken_at\": \"" T "\"}";
    for (size_t n = 0; n < sizeof whole - 1; n++) expect_of(whole, n, 0);
    expect_of(whole, sizeof whole - 1, 1);
}

/* The figures of a text of the exact size, as a list of those that are known: "0=5 3=7 ". */
static const char *figures_of(const char *json, size_t n)
{
    static char list[512];
    const hb_symptoms found = parse_of(json, n).symptoms;
    size_t at = 0;
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
    expect_figures("{\"rss_bytes\":5,\"rss_bytes\":6}", "0=6 ");
    expect_figures("{\"gc_stat\":{\"old_objects\":7},\"rss_bytes\":5,\"gc_stat\":{}}", "0=5 ");
    expect_figures("{\"rss_bytes\":\"x\",\"gc_count\":1}", "8=1 ");
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

static void test_figures_cut_off(void)
{
    static const char whole[] = "{\"rss_bytes\": 512, \"ruby_version\": \"3.1.2\", \"gc_stat\": {\"old_objects\":77}, \"gc_count\": 31}";
    for (size_t n = 0; n < sizeof whole - 1; n++) CU_ASSERT_STRING_EQUAL(figures_of(whole, n), "");
    CU_ASSERT_STRING_EQUAL(figures_of(whole, sizeof whole - 1), "0=512 5=77 8=31 ");
}

static size_t live_blocks, live_bytes, most_bytes;  /* of jansson's */

enum { BEFORE = 2 * sizeof(size_t) };   /* a block's size stands before it, about as malloc's own does */

static void *counted_alloc(size_t n)
{
    size_t *block = malloc(n + BEFORE);
    if (block == NULL) abort();
    *block = n + BEFORE;
    live_blocks++;
    live_bytes += *block;
    if (live_bytes > most_bytes) most_bytes = live_bytes;
    return (char *)block + BEFORE;
}

static void counted_free(void *memory)
{
    if (memory == NULL) return;
    size_t *block = (void *)((char *)memory - BEFORE);
    live_blocks--;
    live_bytes -= *block;
    free(block);
}

/* What one text takes, of jansson and in all: no more than was made sure of. */
static void expect_bounded(const char *json, size_t n)
{
    most_bytes = 0;
    (void)parse_of(json, n);
    CU_ASSERT(most_bytes < (n + 64) * 100);
    CU_ASSERT_EQUAL(live_blocks, 0);
}

/* A list that holds one text again and again, 64 KiB of it. */
static void expect_bounded_list(const char *piece)
{
    enum { MOST = 65536 };
    char *json = malloc(MOST);
    const size_t n = strlen(piece);
    size_t at = 0;
    json[at++] = '[';
    while (at + n + 1 < MOST) {
        memcpy(json + at, piece, n);
        at += n;
        json[at++] = ',';
    }
    json[at - 1] = ']';
    expect_bounded(json, at);
    CU_ASSERT(most_bytes > 100000);
    free(json);
}

static void test_memory(void)
{
    static const char *const pieces[] = { "1", "{}", "[]", "\"\"", "{\"\":1}", "{\"\":{}}", "[1]", "[{}]", "1.5", "true" };
    static const char *const small[] = { "{}", "[]", "[{}]", "{\"\":{}}", "\"", "1", "{\"rss_bytes\":1125899906842624}" };
    enum { DEEP = 20000 };
    char *nested = malloc(5 * (size_t)DEEP);
    json_malloc_t plain_alloc;
    json_free_t plain_free;
    json_get_alloc_funcs(&plain_alloc, &plain_free);
    json_set_alloc_funcs(counted_alloc, counted_free);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) expect_bounded_list(pieces[i]);
    for (size_t i = 0; i < sizeof small / sizeof *small; i++) expect_bounded(small[i], strlen(small[i]));
    memset(nested, '[', DEEP);
    memset(nested + DEEP, ']', DEEP);
    expect_bounded(nested, 2 * (size_t)DEEP);
    for (size_t i = 0; i < DEEP; i++) memcpy(nested + 5 * i, "{\"a\":", 5);
    expect_bounded(nested, 5 * (size_t)DEEP);
    json_set_alloc_funcs(plain_alloc, plain_free);
    free(nested);
}

static void test_no_memory(void)
{
    static const char json[] = "{\"taken_at\":\"" T "\",\"rss_bytes\":5}";
    for (int persistent = 0; persistent < 2; persistent++) {
        hb_sidecar found = { .has_time = 1, .at_ms = 1, .symptoms.known = 1 };
        hb_memory_fail_at(1, persistent);
        CU_ASSERT_EQUAL(hb_sidecar_parse((hb_span){ json, sizeof json - 1 }, &found), HB_ERR_MEMORY);
        hb_memory_fail_at(0, 0);
        CU_ASSERT(!found.has_time && found.at_ms == 0 && found.symptoms.known == 0);
    }
    CU_ASSERT_STRING_EQUAL(figures_of(json, sizeof json - 1), "0=5 ");
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
        { "memory", test_memory },
        { "no memory", test_no_memory },
        { "names", test_names },
        CU_TEST_INFO_NULL,
    };
    return hb_suite_run("sidecar", tests);
}
