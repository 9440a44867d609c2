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
        { "names", test_names },
        CU_TEST_INFO_NULL,
    };
    return hb_suite_run("sidecar", tests);
}
