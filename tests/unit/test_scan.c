/* What the line scanners make of a line. What is expected was found by other means: of the real lines by a JSON parser, the
 * rest by hand. */
#include "tests/unit/dialect_lines.h"
#include "tests/unit/scan_check.h"
#include "tests/unit/scan_lines.h"

static void check_cases(const scan_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) check_text(cases[i].text, strlen(cases[i].text), cases[i].expected);
}

static void test_real_lines(void)
{
    check_cases(real_lines, N_OF(real_lines));
}

static void check_dialects(const dialect_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) check_text(cases[i].text, strlen(cases[i].text), cases[i].expected);
}

static void test_dialects(void)
{
    check_dialects(dialect_keys, N_OF(dialect_keys));
    check_dialects(dialect_defects, N_OF(dialect_defects));
}

static void test_embedded_nul(void)
{
    static const char text[] = ON("HASH") "\"file\":\"/srv/a\0b.rb\", \"value\":\"\0\", \"line\":7}";
    check_text(text, sizeof text - 1, FOUND("HASH") " line=7 file=[/srv/a]");
}

static void test_forms(void)
{
    static const scan_case cases[] = {
        { "{\"type\":\"ARRAY\",\"address\":\"0xAbC\"}", "OBJECT ARRAY address=abc" },
        { " \t{ \"address\" : \"0x1\" ,\t\"type\" :\t\"HASH\" , \"line\" : 3 , \"flags\" : { } } \r",
          "OBJECT HASH address=1 line=3" },
        { "{\"address\":\"0x1\", \"type\":\"ARRAY\", \"references\" : [ \"0x2\" ,\"0x3\"\t, \"0x4\" ] , \"size\":5 }",
          "OBJECT ARRAY address=1 size=5 refs=2,3,4" },
        { "{\"address\":\"0x1\", \"type\":\"ARRAY\", \"references\":[ ]}", "OBJECT ARRAY address=1" },
        { "{\"address\":\"0x1\", \"type\":\"ARRAY\", \"references\":null, \"class\":null, \"file\":null, \"name\":8}",
          "OBJECT ARRAY address=1" },
        { "{\"address\":\"0x1\", \"type\":\"DATA\", \"type\":\"FILE\", \"address\":\"0x2\", \"frozen\":true, "
          "\"frozen\":false, \"references\":[\"0x5\", \"0x6\"], \"references\":[\"0x7\"], "
          "\"name\":\"a\", \"name\":null}",
          "OBJECT FILE address=2 refs=7" },
        { "{\"address\":\"0x1\", \"x\":[{\"}\":\"]\\\"{[\", \"y\":[]}, -1.5e+3, null], "
          "\"type\":\"NIL\", \"\":{\"a\":[1]}, "
          "\"v\":-0.5E-7, \"addressx\":true, \"addres\":false, \"adx\":\"\\\\\", \"memsize\":7}",
          "OBJECT NIL address=1 memsize=7" },
        { REAL_ADDRESS "\"memsize\":18446744073709551615, \"size\":18446744073709551616, \"line\":4294967296, "
          "\"generation\":9223372036854775808, \"ivars\":12345678, \"slot_size\":1234567}",
          "OBJECT OBJECT address=7f0000000028 memsize=18446744073709551615 size=18446744073709551615 ivars=12345678 "
          "slot=1234567 generation=9223372036854775807 line=4294967295" },
        { REAL_ADDRESS "\"bytesize\":1, \"length\":2}", "OBJECT OBJECT address=7f0000000028 size=2" },
        { REAL_ADDRESS "\"id\":\"x\", \"shape_id\":4}", "OBJECT OBJECT address=7f0000000028 shape=4" },
        { "{\"address\":\"0x8\", \"id\" : 5, \"type\":\"SHAPE\", \"references\":[\"0x9\"]}",
          "SHAPE SHAPE address=8 shape=5 refs=9" },
        { "{\"parent_id\":7, \"edge_name\":\"@a\\u00e9\", \"shape_type\" :\"IVAR\", \"address\":\"0x8\", "
          "\"type\":\"SHAPE\", \"parent_id\" : 0, \"shape_typ\":1, \"shape_types\":2, \"par\":[3], \"shape_ix\":4}",
          "SHAPE SHAPE address=8 parent=0 shape_type=[IVAR] edge_name=[@a\\u00e9]" },
        { REAL_ADDRESS "\"parent_id\":\"x\"}", "OBJECT OBJECT address=7f0000000028" },
        { "{\"address\":\"0x8\", \"type\":\"NONE\", \"slot_size\":40}", "NONE NONE address=8 slot=40" },
        { "{\"type\":\"ROOT\", \"address\":\"0x8\", \"root\":\"vm\"}", "ROOT ROOT root=[vm]" },
        { "{\"address\":\"0x8\", \"type\":\"RATIONAL\"}", "OBJECT RATIONAL address=8" },
        { "{\"address\":\"0x8\", \"type\":\"RATIONALS\"}", "OBJECT UNKNOWN address=8" },
        { "{\"address\":\"0x8\", \"type\":\"\"}", "OBJECT UNKNOWN address=8" },
        { "{\"address\":\"0x8\", \"type\":\"(none)\", \"name\":\"a\\\"\\\\\"}",
          "OBJECT UNKNOWN address=8 name=[a\\\"\\\\]" },
        { REAL_ADDRESS "\"value\":\"\001\t\200\377\", \"line\":1}", "OBJECT OBJECT address=7f0000000028 line=1" },
    };
    check_cases(cases, N_OF(cases));
}

static void test_raw_texts(void)
{
    static const scan_case cases[] = {
        { REAL_ADDRESS "\"file\":\"a\\\", \"line\":7}", "OBJECT OBJECT address=7f0000000028 line=7 file=[a\\]" },
        { REAL_ADDRESS "\"file\":\"\", \"line\":7}", "OBJECT OBJECT address=7f0000000028 line=7 file=[]" },
        { REAL_ADDRESS "\"file\":\"a\"}\"}", "OBJECT OBJECT address=7f0000000028 file=[a\"}]" },
        { REAL_ADDRESS "\"file\":\"a\", \"B\":\"c\" , \"line\" :7}",
          "OBJECT OBJECT address=7f0000000028 line=7 file=[a\", \"B\":\"c]" },
        { REAL_ADDRESS "\"file\":\"a\", \"B\":1}", "OBJECT OBJECT address=7f0000000028 file=[a]" },
        { REAL_ADDRESS "\"file\":\"a\"\t,\"line\":7}", "OBJECT OBJECT address=7f0000000028 line=7 file=[a]" },
        { REAL_ADDRESS "\"struct\":\"x\"y\\\", \"real_class_name\":\"\"\"\"\" }",
          "OBJECT OBJECT address=7f0000000028 struct=[x\"y\\] real_class_name=[\"\"\"]" },
        { REAL_ADDRESS "\"name\":\"A\\\", \"method\":\"\"\\u\", \"called_id\":\"\"\", \"generation\":1}",
          "OBJECT OBJECT address=7f0000000028 generation=1 method=[\"\\u] name=[A\\]" },
        { REAL_ADDRESS "\"name\":\"a\\\", \\\"line\\\":7\", \"line\":8}",
          "OBJECT OBJECT address=7f0000000028 line=8 name=[a\\\", \\\"line\\\":7]" },
    };
    check_cases(cases, N_OF(cases));
}

static void test_reasons(void)
{
    static const scan_case cases[] = {
        { "", "not a JSON object" }, { " ", "not a JSON object" }, { "[]", "not a JSON object" },
        { "x}", "not a JSON object" }, { "}", "not a JSON object" }, { "{", "cut off" }, { "{}", "no type" },
        { "{\"type\":\"ROOT\"}", "no root name" }, { "{\"type\":\"STRING\"}", "no address" },
        { "{\"type\":\"STRING\", \"address\":\"0x0\"}", "no address" },
        { "{\"type\":\"STRING\", \"address\":null}", "no address" },
        { "{\"type\":7, \"address\":\"0x8\"}", "no type" }, { "{\"type\":{}, \"address\":\"0x8\"}", "no type" },
        { "{\"address\":8}", "bad address" }, { "{\"address\":\"8\"}", "bad address" },
        { "{\"address\":\"0x\"}", "bad address" }, { "{\"address\":\"0x12345678123456781\"}", "bad address" },
        { "{\"address\":\"0x8g\"}", "bad address" }, { "{\"class\":[]}", "bad class" },
        { "{\"references\":{}}", "bad reference" }, { "{\"references\":[\"0x1\", null]}", "bad reference" },
        { "{\"references\":[\"0x1\",]}", "bad reference" }, { "{\"references\":[\"0x1\" \"0x2\"]}", "bad reference" },
        { "{\"references\":[\"0x1\"}", "cut off" }, { "{\"references\":[\"0x1\", }", "bad reference" },
        { "{\"memsize\":-1}", "not an unsigned number" }, { "{\"memsize\":1.5}", "not an unsigned number" },
        { "{\"line\":1e3}", "not an unsigned number" }, { "{\"generation\":\"1\"}", "not an unsigned number" },
        { "{\"type\":\"SHAPE\", \"address\":\"0x8\", \"id\":null}", "not an unsigned number" },
        { "{\"type\":\"SHAPE\", \"address\":\"0x8\", \"parent_id\":\"1\"}", "not an unsigned number" },
        { "{\"a\":1, }", "a key without quotes" }, { "{a:1}", "a key without quotes" },
        { "{\"a\" 1}", "a key without a colon" }, { "{\"type\" \"A\"}", "a key without a colon" },
        { "{\"a\":1 \"b\":2}", "no comma between two fields" }, { "{\"a\":,\"b\":2}", "a key without a value" },
        { "{\"a\":}", "cut off" }, { "{\"a}", "cut off" }, { "{\"a\"}", "cut off" }, { "{\"a\":\"}", "cut off" },
        { "{\"a\":{}", "cut off" }, { "{\"a\":[}}", "brackets that do not match" },
        { "{\"a\":[{]}}", "brackets that do not match" }, { "{\"a\":{\"}\"}", "cut off" },
        { "{\"type\":\"ROOT\", \"root\":\"vm\"} x", "bytes after the closing brace" },
        { "{\"type\":\"ROOT\", \"root\":\"vm\"}}", "bytes after the closing brace" },
        { "{} {}", "bytes after the closing brace" },
        { "{\"type\":\"ROOT\", \"root\":\"v", "cut off" },
    };
    check_cases(cases, N_OF(cases));
    CU_ASSERT_STRING_EQUAL(hb_type_name(HB_TYPE_ZOMBIE), "ZOMBIE");
    CU_ASSERT_STRING_EQUAL(hb_type_name(HB_N_TYPES), "UNKNOWN");
}

/* The contents of a string, as the line has them. */
static void test_value(void)
{
    static const struct { const char *text, *value; } cases[] = {
        { REAL_ADDRESS "\"value\":\"a\\n\\\"b\\\"\", \"memsize\":40}", "a\\n\\\"b\\\"" },
        { REAL_ADDRESS "\"value\" : \"\"}", "" },
        { REAL_ADDRESS "\"value\":\"a\", \"value\":\"bc\"}", "bc" },
        { REAL_ADDRESS "\"value\":\"a\", \"value\":1.5}", NULL },
        { REAL_ADDRESS "\"value\":[\"a\"]}", NULL },
        { REAL_ADDRESS "\"memsize\":40}", NULL },
    };
    for (size_t i = 0; i < N_OF(cases); i++) {
        const char *const wanted = cases[i].value, *reason;
        hb_line line;
        char *copy;
        hb_line_init(&line, &hb_limits_default);
        CU_ASSERT(scan_padded(cases[i].text, strlen(cases[i].text), N_OF(paddings), &line, &reason, &copy) == HB_OK);
        CU_ASSERT((line.value.text == NULL) == (wanted == NULL));
        if (wanted != NULL) CU_ASSERT(line.value.n == strlen(wanted) && memcmp(line.value.text, wanted, line.value.n) == 0);
        free(copy);
        hb_line_fini(&line);
    }
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "real lines", test_real_lines }, { "dialects", test_dialects }, { "embedded NUL", test_embedded_nul },
        { "forms of JSON", test_forms }, { "raw texts", test_raw_texts }, { "reasons", test_reasons },
        { "value", test_value }, CU_TEST_INFO_NULL
    };
    return hb_suite_run("scan", tests);
}
