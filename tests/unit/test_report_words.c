/* What reports are made of: clean UTF-8, labels of objects, and a suspect in a sentence. */
#include <math.h>

#include "base/clock.h"
#include "report/object_label.h"
#include "report/text_rate.h"
#include "report/utf8.h"
#include "tests/unit/demo_report.h"

static void check_clean(const char *bytes, const char *expected)
{
    size_t n = strlen(bytes), n_clean;
    char *exact = malloc(n);  /* no NUL: AddressSanitizer sees one byte over */
    memcpy(exact, bytes, n);
    char *clean = hb_utf8_clean(exact, n, &n_clean);
    CU_ASSERT_PTR_NOT_NULL_FATAL(clean);
    CU_ASSERT_STRING_EQUAL(clean, expected);
    CU_ASSERT_EQUAL(n_clean, strlen(expected));
    hb_free(clean);
    free(exact);
}

/* Tables 3-8 to 3-11 of the Unicode Standard 15.0. */
static void test_utf8_maximal_subparts(void)
{
    check_clean("a\xc2\xa2\xe2\x82\xac\xf0\x9f\x92\xa9z", "a\xc2\xa2\xe2\x82\xac\xf0\x9f\x92\xa9z");
    check_clean("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82" "A", R R R R R R R R "A");
    check_clean("\xed\xa0\x80\xed\xbf\xbf\xed\xaf" "A", R R R R R R R R "A");
    check_clean("\xf4\x91\x92\x93\xff" "A\x80\xbf" "B", R R R R R "A" R R "B");
    check_clean("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf" "A", R R R R "A");
    check_clean("\xf0\x9f\x92", R);
    check_clean("\xe2\x82", R);
    check_clean("\xc2", R);
    check_clean("\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80", "\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80");
}

/* Every code point, encoded the long way by another method, passes; every surrogate does not. */
static void test_utf8_all_code_points(void)
{
    for (uint32_t code = 0; code < 0x110000; code++) {
        unsigned char bytes[4];
        size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
        for (size_t i = 0; i < n; i++)
            bytes[i] = (unsigned char)(0x80 | (code >> 6 * (n - 1 - i) & 0x3f));
        bytes[0] = (unsigned char)(lead[n] | code >> 6 * (n - 1));
        uint32_t decoded;
        size_t used = hb_utf8_decode((const char *)bytes, n, &decoded);
        int surrogate = code >= 0xd800 && code < 0xe000;
        if (surrogate ? decoded != HB_UTF8_BAD || used != 1 : decoded != code || used != n) {
            CU_FAIL("code point decoded wrongly");
            return;
        }
    }
}

static void test_utf8_terminal(void)
{
    static const char raw[] = "a\0\x1b[2J\n\x7f\xc2\x80\xc2\x9f\xc2\xa0"
                              "\xe2\x80\xaa\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa\xff\\";
    size_t n;
    char *escaped = hb_utf8_escape_terminal(raw, sizeof raw - 1, &n);
    CU_ASSERT_PTR_NOT_NULL_FATAL(escaped);
    CU_ASSERT_STRING_EQUAL(escaped, "a\\x00\\x1b[2J\\x0a\\x7f\\x80\\x9f\xc2\xa0"
                                    "\\u202a\\u202e\\u2066\\u2069\xe2\x81\xaa" R "\\");
    CU_ASSERT_EQUAL(n, strlen(escaped));
    hb_free(escaped);
    escaped = hb_utf8_escape_terminal("", 0, NULL);
    CU_ASSERT_STRING_EQUAL(escaped, "");
    hb_free(escaped);
}

static void check_label(char *label, const char *expected)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(label);
    if (strcmp(label, expected) != 0) printf("\n  %s, not %s\n", label, expected);
    CU_ASSERT_STRING_EQUAL(label, expected);
    hb_free(label);
}

static void test_object_labels(void)
{
    const hb_object_words hash = { .type = HB_TYPE_HASH, .class_name = "Hash", .via = "@cache", .has_size = 1,
                                   .size = 26666, .file = "app.rb", .line = 15 };
    const hb_object_words array = { .type = HB_TYPE_ARRAY, .has_size = 1, .size = 1 };
    const hb_object_words made = { .type = HB_TYPE_CLASS, .class_name = "Class", .file = "app.rb", .line = 3 };
    const hb_object_words of_foo = { .type = HB_TYPE_CLASS, .own_name = "Foo", .is_singleton = 1, .file = "app.rb" };
    const hb_object_words of_other = { .type = HB_TYPE_CLASS, .is_singleton = 1, .file = "app.rb", .line = 9 };
    const hb_object_words data = { .type = HB_TYPE_DATA, .class_name = "Proc", .own_name = "proc" };
    check_label(hb_object_label(&hash), "HASH Hash (26,666 entries) in @cache, app.rb:15");
    check_label(hb_step_label(&hash, 0), "@cache HASH Hash");
    check_label(hb_object_label(&array), "ARRAY (1 element)");
    check_label(hb_object_label(&made), "CLASS at app.rb:3");
    check_label(hb_step_label(&made, 1), "CLASS (anonymous) (class)");
    check_label(hb_object_label(&of_foo), "CLASS #<Class:Foo>, app.rb:0");
    check_label(hb_object_label(&of_other), "CLASS (singleton), app.rb:9");
    check_label(hb_object_label(&data), "DATA proc");
}

static void check_sentence(hb_suspect_report *s, const char *held_by, const char *by, const char *root, int n_analysed,
                           const char *expected)
{
    s->held_by = held_by;
    char *text = hb_suspect_text(s, by, root, n_analysed);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    if (strcmp(text, expected) != 0) printf("\n  %s\n  %s\n", text, expected);
    CU_ASSERT_STRING_EQUAL(text, expected);
    hb_free(text);
}

static void test_suspect_sentences(void)
{
    hb_suspect_report s = { 0 };
    set_suspect(&s, 3);
#define BELOW "95 % of what is retained (2,280 objects, 91.2 kB) hangs below HASH Hash (9,000 entries) in @cache, "
#define GAIN "; freeing it frees 400.0 kB; it grows by 1,140 objects (45.6 kB) from dump to dump."
    check_sentence(&s, "global", NULL, "global_tbl", 3, BELOW "held by a global variable" GAIN);
    check_sentence(&s, "thread", "DATA VM/thread", "vm", 3, BELOW "held by the locals or the stack of DATA VM/thread" GAIN);
    check_sentence(&s, "c_extension", "DATA queue", "vm", 3, BELOW "held by DATA queue, a struct of C code" GAIN);
    check_sentence(&s, "c_extension", "", "vm", 3, BELOW "a struct of C code" GAIN);
    check_sentence(&s, "tracing", "DATA tracer", "vm", 3,
                   BELOW "held by DATA tracer, Ruby's record of allocations, which goes when tracing stops" GAIN);
    check_sentence(&s, "unknown", NULL, "new_root", 3, BELOW "held by ROOT new_root" GAIN);
    check_sentence(&s, "constant_or_ivar", "", "vm", 3,
                   BELOW "in its constants or instance variables; it retains 400.0 kB in all; it grows by 1,140 objects "
                         "(45.6 kB) from dump to dump.");
    check_sentence(&s, "global", NULL, "global_tbl", 1,
                   "95 % of what is reachable hangs below HASH Hash (9,000 entries) in @cache, held by a global "
                   "variable; freeing it frees 400.0 kB (10,000 objects).");
    s.growth_objects = 0;
    s.share_permille = 9;
    s.has_holder = 0;
    check_sentence(&s, "constant_or_ivar", "CLASS Registry", "vm", 3,
                   "Less than 1 % of what is retained (2,280 objects, 91.2 kB) has no single holder, but is all reached "
                   "through @cache HASH Hash, held by a constant or instance variable of CLASS Registry; it grows by less "
                   "than an object from dump to dump.");
    s.has_holder = 1;
    s.objects = s.holder.retained_objects = 1;
    s.share_permille = 1000;
    check_sentence(&s, "unknown", NULL, NULL, 1,
                   "100 % of what is reachable is HASH Hash (9,000 entries) in @cache; freeing it frees 400.0 kB (1 "
                   "object).");
    hb_suspect_report_fini(&s);
}

static void test_moments(void)
{
    static const struct { int64_t ms; const char *text; } cases[] = {
        { 0, "1970-01-01T00:00:00Z" }, { 1709806500000, "2024-03-07T10:15:00Z" }, { 1709806500250, "2024-03-07T10:15:00.250Z" },
        { -1, "1969-12-31T23:59:59.999Z" }, { -1000, "1969-12-31T23:59:59Z" }, { 253402300799999, "9999-12-31T23:59:59.999Z" },
        { 253402300800000, "" }, { INT64_MAX, "" }, { INT64_MIN, "" }
    };
    char text[HB_CLOCK_MOMENT];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_STRING_EQUAL(hb_clock_moment(text, cases[i].ms), cases[i].text);
}

static void test_durations(void)
{
    static const struct { uint64_t ms; const char *text; } cases[] = {
        { 0, "0 s" }, { 499, "0 s" }, { 500, "1 s" }, { 59000, "59 s" }, { 60000, "1 min" }, { 61000, "1 min 1 s" },
        { 3600000, "1 h" }, { 7500000, "2 h 5 min" }, { 86400000, "1 d" }, { 277200000, "3 d 5 h" },
        { UINT64_MAX, "213503982334 d 14 h" }
    };
    char text[HB_TEXT_NUMBER];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_STRING_EQUAL(hb_text_duration(text, cases[i].ms), cases[i].text);
}

static void test_rates(void)
{
    char text[HB_TEXT_INTERVAL];
    CU_ASSERT_STRING_EQUAL(hb_text_rate(text, 61.2e6), "+61.2 MB");
    CU_ASSERT_STRING_EQUAL(hb_text_rate(text, -999.6), "-1.0 kB");
    CU_ASSERT_STRING_EQUAL(hb_text_rate(text, 0.2), "0 B");
    CU_ASSERT_STRING_EQUAL(hb_text_rate(text, 1e300), "+9.0 EB");
    CU_ASSERT_STRING_EQUAL(hb_text_interval(text, -1e3, 2e6), "-1.0 kB to +2.0 MB");
    CU_ASSERT_STRING_EQUAL(hb_text_interval(text, -INFINITY, INFINITY), "too few dumps");
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "UTF-8: maximal subparts", test_utf8_maximal_subparts },
        { "UTF-8: every code point", test_utf8_all_code_points },
        { "UTF-8: terminal", test_utf8_terminal },
        { "object labels", test_object_labels },
        { "suspects in a sentence", test_suspect_sentences },
        { "moments", test_moments },
        { "durations", test_durations },
        { "rates", test_rates },
        CU_TEST_INFO_NULL,
    };
    return hb_suite_run("report, words", tests);
}
