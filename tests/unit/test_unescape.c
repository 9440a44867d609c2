/* JSON escapes back to bytes: cases by hand, every code point by another way round, and cuts at every byte. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/unescape.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 5u

/* Into a buffer of exactly n bytes, from one of exactly n bytes. */
static size_t unescape(const char *text, size_t n, char *to)
{
    char *in = must_alloc(n, 1), *out = malloc(n != 0 ? n : 1);
    memcpy(in, text, n);
    size_t m = hb_unescape(in, n, out);
    CU_ASSERT_FATAL(m <= n);
    memcpy(to, out, m);
    free(in);
    free(out);
    return m;
}

static void test_cases(void)
{
    static const struct { const char *from, *to; } cases[] = {
        { "", "" }, { "plain", "plain" }, { "a\\\"b", "a\"b" }, { "\\\\", "\\" }, { "\\/", "/" },
        { "\\b\\f\\n\\r\\t", "\b\f\n\r\t" }, { "\\u0041", "A" }, { "\\u00e9", "\xc3\xa9" },
        { "\\u20AC\\u20ac", "\xe2\x82\xac\xe2\x82\xac" }, { "\\ud83d\\ude00!", "\xf0\x9f\x98\x80!" },
        { "\\uDBFF\\uDFFF", "\xf4\x8f\xbf\xbf" }, { "\\ud800", "\xef\xbf\xbd" }, { "\\udc00x", "\xef\xbf\xbdx" },
        { "\\ud800\\ud800", "\xef\xbf\xbd\xef\xbf\xbd" }, { "\\ud800\\u0041", "\xef\xbf\xbd" "A" },
        { "\\ud800\\n", "\xef\xbf\xbd\n" }, { "\\ud83d\\ude0", "\xef\xbf\xbd\\ude0" },
        { "\\u12", "\\u12" }, { "\\u12g4", "\\u12g4" }, { "\\u", "\\u" }, { "\\", "\\" }, { "\\x41", "\\x41" },
        { "\\\\u0041", "\\u0041" }, { "\\\\\\u0041", "\\A" }, { "\\\\\\\\", "\\\\" }, { "\\u+123", "\\u+123" },
        { "Foo::Bar", "Foo::Bar" }, { "\xff\xfe\x01", "\xff\xfe\x01" }, { "\\U0041", "\\U0041" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[100];
        size_t n = unescape(cases[i].from, strlen(cases[i].from), out);
        int same = n == strlen(cases[i].to) && memcmp(out, cases[i].to, n) == 0;
        CU_ASSERT_TRUE(same);
        if (!same) printf("\n  %s became %.*s\n", cases[i].from, (int)n, out);
    }
}

static void test_nul(void)
{
    char out[16];
    CU_ASSERT(unescape("a\\u0000b", 8, out) == 3 && memcmp(out, "a\0b", 3) == 0);
    CU_ASSERT(unescape("\\\0n", 3, out) == 3 && memcmp(out, "\\\0n", 3) == 0);
}

/* Decodes UTF-8 by the bits of the lead byte; UINT32_MAX when it is not n bytes of it. */
static uint32_t decode(const char *bytes, size_t n)
{
    const unsigned char *b = (const unsigned char *)bytes;
    size_t length = b[0] < 0x80 ? 1 : b[0] >> 5 == 6 ? 2 : b[0] >> 4 == 14 ? 3 : b[0] >> 3 == 30 ? 4 : 0;
    if (length != n) return UINT32_MAX;
    uint32_t code = length == 1 ? b[0] : b[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) code = code << 6 | (b[i] & 0x3f);
    return code;
}

static void test_every_code_point(void)
{
    size_t wrong = 0;
    for (uint32_t code = 0; code < 0x110000; code += code < 0x11000 ? 1 : 37) {
        char text[16], out[16];
        int surrogate = code >= 0xd800 && code < 0xe000;
        if (code < 0x10000) snprintf(text, sizeof text, code & 1 ? "\\u%04x" : "\\u%04X", code);
        else
            snprintf(text, sizeof text, "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10),
                     0xdc00 + ((code - 0x10000) & 0x3ff));
        size_t n = hb_unescape(text, strlen(text), out);
        wrong += decode(out, n) != (surrogate ? 0xfffd : code);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* Nothing is read or written past the ends, whatever the text; and what has no backslash stays. */
static void test_noise(void)
{
    static const char alphabet[] = "\\\\\\\\uuudD89aAcCfF0\"n/x";
    dice d = dice_of(SEED);
    for (int k = 0; k < 20000; k++) {
        char text[40], out[40];
        size_t n = roll(&d, sizeof text + 1);
        for (size_t i = 0; i < n; i++) text[i] = alphabet[roll(&d, sizeof alphabet - 1)];
        unescape(text, n, out);
        for (size_t i = 0; i < n; i++) text[i] = text[i] == '\\' ? '-' : text[i];
        CU_ASSERT_FATAL(unescape(text, n, out) == n && memcmp(text, out, n) == 0);
    }
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "cases", test_cases }, { "NUL", test_nul }, { "every code point", test_every_code_point },
        { "noise", test_noise }, CU_TEST_INFO_NULL
    };
    printf("seed %u\n", SEED);
    return hb_suite_run("unescape", tests);
}
