/* The line scanner: every line goes through both scanners from a buffer that ends HB_SCAN_PADDING bytes after it,
 * once for each kind of hostile padding; all must agree. What is expected was found by other means: the real lines
 * by a JSON parser, the ends of strings by counting backslashes, the rest by hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "pipeline/scan.h"
#include "tests/unit/dialect_lines.h"
#include "tests/unit/scan_lines.h"
#include "tests/unit/suite.h"

#define N_OF(table) (sizeof(table) / sizeof *(table))
#define REAL_ADDRESS "{\"address\":\"0x7f0000000028\", \"type\":\"OBJECT\", "

static const char *const paddings[] = { "\"", "}", "0", "f\"]}", ", \"line\":9}", "\\", "\n", "\0" };

/* Text in a buffer of exactly n + HB_SCAN_PADDING bytes, so that AddressSanitizer sees a read too far. */
static char *padded(const char *text, size_t n, const char *padding)
{
    char *copy = malloc(n + HB_SCAN_PADDING);
    size_t cycle = padding[0] != '\0' ? strlen(padding) : 1;
    memcpy(copy, text, n);
    for (size_t i = 0; i < HB_SCAN_PADDING; i++) copy[n + i] = padding[i % cycle];
    return copy;
}

static int same_view(hb_view a, hb_view b, const char *a_text, const char *b_text)
{
    if (a.text == NULL || b.text == NULL) return a.text == b.text && a.n == b.n;
    return a.n == b.n && a.text - a_text == b.text - b_text;
}

static int same_line(const hb_line *a, const hb_line *b, const char *a_text, const char *b_text)
{
    return a->kind == b->kind && a->type == b->type && a->address == b->address &&
           a->class_address == b->class_address && a->memsize == b->memsize && a->size == b->size &&
           a->ivars == b->ivars && a->shape_id == b->shape_id && a->slot_size == b->slot_size && a->parent_id == b->parent_id &&
           a->generation == b->generation && a->line == b->line && a->flags == b->flags &&
           same_view(a->file, b->file, a_text, b_text) && same_view(a->method, b->method, a_text, b_text) &&
           same_view(a->name, b->name, a_text, b_text) &&
           same_view(a->struct_name, b->struct_name, a_text, b_text) &&
           same_view(a->real_class_name, b->real_class_name, a_text, b_text) &&
           same_view(a->imemo_type, b->imemo_type, a_text, b_text) &&
           same_view(a->shape_type, b->shape_type, a_text, b_text) &&
           same_view(a->edge_name, b->edge_name, a_text, b_text) &&
           same_view(a->value, b->value, a_text, b_text) &&
           same_view(a->root, b->root, a_text, b_text) && a->n_refs == b->n_refs &&
           (a->n_refs == 0 || memcmp(a->refs, b->refs, a->n_refs * sizeof *a->refs) == 0);
}

/* Whether this scanner on this padding gives what the first scan gave. */
static int agrees(const hb_scanner *scanner, const char *text, size_t n, const char *padding, hb_status status,
                  const char *reason, const hb_line *expected, const char *expected_text)
{
    hb_line line;
    const char *why = NULL;
    hb_line_init(&line);
    char *copy = padded(text, n, padding);
    int same = scanner->line(copy, n, &line, &why) == status;
    if (same) same = status == HB_OK ? same_line(&line, expected, copy, expected_text) : strcmp(why, reason) == 0;
    free(copy);
    hb_line_fini(&line);
    if (!same) printf("\n%s, padding %s: %.*s\n", scanner->name, padding, (int)(n < 1000 ? n : 1000), text);
    return same;
}

/* Scans with the portable scanner, then compares all others. *copy is what views point into; the caller frees it. */
static hb_status scan_padded(const char *text, size_t n, size_t n_paddings, hb_line *line, const char **reason,
                             char **copy)
{
    const hb_scanner *portable = hb_scanner_named("portable"), *avx2 = hb_scanner_named("avx2");
    *reason = "";
    *copy = padded(text, n, "\"");
    hb_status status = portable->line(*copy, n, line, reason);
    int same = 1;
    for (size_t i = 0; i < n_paddings; i++) {
        same &= agrees(portable, text, n, paddings[i], status, *reason, line, *copy);
        if (avx2 != NULL) same &= agrees(avx2, text, n, paddings[i], status, *reason, line, *copy);
    }
    CU_ASSERT_TRUE(same);
    return status;
}

static void render_view(FILE *out, const char *name, hb_view view)
{
    if (view.text != NULL) fprintf(out, " %s=[%.*s]", name, (int)view.n, view.text);
}

static void render_number(FILE *out, const char *name, uint64_t number, uint64_t absent)
{
    if (number != absent) fprintf(out, " %s=%llu", name, (unsigned long long)number);
}

static void render(FILE *out, const hb_line *line)
{
    static const char *const kinds[] = { "OBJECT", "ROOT", "SHAPE", "NONE" };
    static const char *const flags[] = { "frozen", "embedded", "shared", "fstring", "singleton", "broken" };
    fprintf(out, "%s %s", kinds[line->kind], hb_type_name(line->type));
    if (line->address != 0) fprintf(out, " address=%llx", (unsigned long long)line->address);
    if (line->class_address != 0) fprintf(out, " class=%llx", (unsigned long long)line->class_address);
    render_number(out, "memsize", line->memsize, 0);
    render_number(out, "size", line->size, 0);
    render_number(out, "ivars", line->ivars, 0);
    render_number(out, "shape", line->shape_id, UINT64_MAX);
    render_number(out, "parent", line->parent_id, UINT64_MAX);
    render_number(out, "slot", line->slot_size, 0);
    render_number(out, "generation", (uint64_t)line->generation, UINT64_MAX);
    render_number(out, "line", line->line, 0);
    for (size_t i = 0; i < N_OF(flags); i++)
        if (line->flags >> i & 1) fprintf(out, " %s", flags[i]);
    render_view(out, "file", line->file);
    render_view(out, "method", line->method);
    render_view(out, "name", line->name);
    render_view(out, "struct", line->struct_name);
    render_view(out, "real_class_name", line->real_class_name);
    render_view(out, "imemo_type", line->imemo_type);
    render_view(out, "root", line->root);
    render_view(out, "shape_type", line->shape_type);
    render_view(out, "edge_name", line->edge_name);
    for (size_t i = 0; i < line->n_refs; i++)
        fprintf(out, "%s%llx", i == 0 ? " refs=" : ",", (unsigned long long)line->refs[i]);
}

/* A line rendered, or the reason why there is none. */
static void check_text(const char *text, size_t n, const char *expected)
{
    hb_line line;
    const char *reason;
    char *copy, rendered[4096] = "";
    hb_line_init(&line);
    FILE *out = fmemopen(rendered, sizeof rendered, "w");
    if (scan_padded(text, n, N_OF(paddings), &line, &reason, &copy) == HB_OK)
        render(out, &line);
    else
        fputs(reason, out);
    fclose(out);
    if (strcmp(rendered, expected) != 0) printf("\n%s\n  is       %s\n  expected %s\n", text, rendered, expected);
    CU_ASSERT_STRING_EQUAL(rendered, expected);
    free(copy);
    hb_line_fini(&line);
}

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

static void test_choice(void)
{
    const hb_scanner *avx2 = hb_scanner_named("avx2");
    CU_ASSERT_PTR_NULL(hb_scanner_named("sse9"));
    setenv("HB_SCAN", "portable", 1);
    CU_ASSERT_STRING_EQUAL(hb_scanner_best()->name, "portable");
    setenv("HB_SCAN", "sse9", 1);
    CU_ASSERT_STRING_EQUAL(hb_scanner_best()->name, avx2 != NULL ? "avx2" : "portable");
    unsetenv("HB_SCAN");
    CU_ASSERT_STRING_EQUAL(hb_scanner_best()->name, avx2 != NULL ? "avx2" : "portable");
}

/* {"a":[[[...]]], "type":"ROOT", "root":"r"} */
static void test_depth(void)
{
    for (int depth = 1; depth <= 66; depth++) {
        char text[256], open[80], shut[80];
        memset(open, '[', (size_t)depth);
        memset(shut, ']', (size_t)depth);
        int n = snprintf(text, sizeof text, "{\"a\":%.*s%.*s, \"type\":\"ROOT\", \"root\":\"r\"}", depth, open, depth,
                         shut);
        check_text(text, (size_t)n, depth <= 64 ? "ROOT ROOT root=[r]" : "nested too deep");
    }
}

static void test_hex_lengths(void)
{
    for (int n = 1; n <= 16; n++) {
        char text[128], expected[128];
        int length = snprintf(text, sizeof text,
                              "{\"type\":\"HASH\", \"address\":\"0x%.*s\", \"references\":[\"0x%.*s\"]}", n,
                              "fEdCbA9876543210", n, "123456789abcdef0");
        snprintf(expected, sizeof expected, "OBJECT HASH address=%.*s refs=%.*s", n, "fedcba9876543210", n,
                 "123456789abcdef0");
        check_text(text, (size_t)length, expected);
    }
}

/* A quote closes a string when an even number of backslashes stands before it, wherever the blocks begin. */
static void test_block_boundaries(void)
{
    for (int offset = 0; offset <= 70; offset++) {
        for (int n_slashes = 0; n_slashes <= 70; n_slashes += n_slashes < 5 ? 1 : 13) {
            char text[512], expected[512], fill[80], slashes[80];
            memset(fill, '-', sizeof fill);
            memset(slashes, '\\', sizeof slashes);
            int even = n_slashes & ~1, odd = n_slashes | 1;
            int n = snprintf(text, sizeof text,
                             REAL_ADDRESS "\"value\":\"%.*s%.*s\", \"line\":1, \"method\":\"%.*s%.*s\"-\"}", offset,
                             fill, even, slashes, offset, fill, odd, slashes);
            snprintf(expected, sizeof expected, "OBJECT OBJECT address=7f0000000028 line=1 method=[%.*s%.*s\"-]",
                     offset, fill, odd, slashes);
            check_text(text, (size_t)n, expected);
        }
    }
}

static void test_truncations(void)
{
    for (size_t i = 0; i < N_OF(real_lines); i++) {
        for (size_t n = 1; n < strlen(real_lines[i].text); n++) {
            hb_line line;
            const char *reason;
            char *copy;
            hb_line_init(&line);
            CU_ASSERT_EQUAL(scan_padded(real_lines[i].text, n, N_OF(paddings), &line, &reason, &copy), HB_ERR_DATA);
            CU_ASSERT_STRING_EQUAL(reason, "cut off");
            free(copy);
            hb_line_fini(&line);
        }
    }
}

static void mutate(char *text, size_t *n, uint64_t *random)
{
    static const char likely[] = "\"\"\"\\\\{}[],: \t\r01289afxX-.e_|\001\200";
    uint64_t word = *random = hb_hash_word(*random);
    size_t at = (size_t)(word >> 8) % *n, other = (size_t)(word >> 24) % *n;
    switch (word % 4) {
    case 0: text[at] = likely[(word >> 40) % (sizeof likely - 1)]; break;
    case 1: text[at] = text[other]; break;
    case 2: memmove(text + at, text + at + 1, *n - at - 1), *n -= *n > 1; break;
    default: memmove(text + at + 1, text + at, *n - at), *n += 1; break;
    }
}

static void test_mutations(void)
{
    const uint64_t seed = 20240607;
    uint64_t random = seed;
    size_t n_valid = 0;
    printf("seed %llu ", (unsigned long long)seed);
    for (int round = 0; round < 60000; round++) {
        const char *original = real_lines[(size_t)round % N_OF(real_lines)].text;
        char text[1024], *copy;
        size_t n = strlen(original);
        memcpy(text, original, n);
        for (int i = 0; i <= round % 5; i++) mutate(text, &n, &random);
        hb_line line;
        const char *reason;
        hb_line_init(&line);
        n_valid += scan_padded(text, n, 2, &line, &reason, &copy) == HB_OK;
        free(copy);
        hb_line_fini(&line);
    }
    CU_ASSERT_TRUE(n_valid > 1000 && n_valid < 59000);
}

/* A STRING that holds a dump, and as many references as it takes to grow often. */
static void test_large(void)
{
    const size_t n_escaped = 1000000, n_refs = 100000;
    size_t n = 0;
    char *text = malloc(5 * n_escaped + 12 * n_refs + 200);
    n += (size_t)sprintf(text, REAL_ADDRESS "\"value\":\"");
    for (size_t i = 0; i < n_escaped; i++, n += 5) memcpy(text + n, i % 3 == 0 ? "\\\"ab}" : "\\\\{c,", 5);
    n += (size_t)sprintf(text + n, "\", \"references\":[");
    for (size_t i = 1; i <= n_refs; i++) n += (size_t)sprintf(text + n, i == 1 ? "\"0x%zx\"" : ",\"0x%zx\"", i);
    n += (size_t)sprintf(text + n, "], \"line\":5}");
    hb_line line;
    const char *reason;
    char *copy;
    hb_line_init(&line);
    CU_ASSERT_EQUAL(scan_padded(text, n, 1, &line, &reason, &copy), HB_OK);
    CU_ASSERT_EQUAL(line.line, 5);
    CU_ASSERT_EQUAL(line.n_refs, n_refs);
    for (size_t i = 0; i < line.n_refs; i++)
        if (line.refs[i] != i + 1) CU_FAIL("reference");
    free(text);
    free(copy);
    hb_line_fini(&line);
}

static void test_no_memory(void)
{
    hb_line line;
    const char *reason = "";
    char *copy = padded(real_lines[0].text, strlen(real_lines[0].text), "\"");
    hb_line_init(&line);
    hb_memory_fail_at(1, 0);
    CU_ASSERT_EQUAL(hb_scanner_best()->line(copy, strlen(real_lines[0].text), &line, &reason), HB_ERR_MEMORY);
    CU_ASSERT_STRING_EQUAL(reason, "out of memory");
    hb_memory_fail_at(0, 0);
    CU_ASSERT_EQUAL(hb_scanner_best()->line(copy, strlen(real_lines[0].text), &line, &reason), HB_OK);
    free(copy);
    hb_line_fini(&line);
}

static void test_newline(void)
{
    static const char *const names[] = { "portable", "avx2" };
    for (size_t s = 0; s < N_OF(names); s++) {
        const hb_scanner *scanner = hb_scanner_named(names[s]);
        for (size_t n = 0; scanner != NULL && n <= 300; n++) {
            char text[301];
            memset(text, 0x8a, sizeof text);
            for (size_t at = 0; at <= n; at += at < n && n - at > 40 ? 7 : 1) {
                if (at < n) text[at] = '\n';
                char *copy = padded(text, n, at % 2 == 0 ? "\n" : "x");
                CU_ASSERT_EQUAL(scanner->newline(copy, n), at);
                free(copy);
                text[at] = 'x';
            }
        }
    }
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
    static const char *const names[] = { "portable", "avx2" };
    for (size_t i = 0; i < N_OF(cases) * N_OF(names); i++) {
        const hb_scanner *scanner = hb_scanner_named(names[i % N_OF(names)]);
        const char *const wanted = cases[i / N_OF(names)].value, *reason;
        const size_t n = strlen(cases[i / N_OF(names)].text);
        hb_line line;
        if (scanner == NULL) continue;
        char *text = padded(cases[i / N_OF(names)].text, n, "\"");
        hb_line_init(&line);
        CU_ASSERT(scanner->line(text, n, &line, &reason) == HB_OK);
        CU_ASSERT((line.value.text == NULL) == (wanted == NULL));
        if (wanted != NULL) CU_ASSERT(line.value.n == strlen(wanted) && memcmp(line.value.text, wanted, line.value.n) == 0);
        hb_line_fini(&line);
        free(text);
    }
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "real lines", test_real_lines }, { "dialects", test_dialects }, { "embedded NUL", test_embedded_nul },
        { "forms of JSON", test_forms }, { "raw texts", test_raw_texts },
        { "reasons", test_reasons }, { "choice", test_choice }, { "depth", test_depth },
        { "hex lengths", test_hex_lengths }, { "block boundaries", test_block_boundaries },
        { "truncations", test_truncations }, { "mutations", test_mutations }, { "large", test_large },
        { "no memory", test_no_memory }, { "newline", test_newline }, { "value", test_value }, CU_TEST_INFO_NULL
    };
    return hb_suite_run("scan", tests);
}
