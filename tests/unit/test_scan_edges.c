/* Where scanners could go wrong whatever a line means: at the ends of blocks, of lines and of memory, in lines that are cut
 * off, broken or huge. The ends of strings are found by counting backslashes. */
#include "base/hash.h"
#include "base/memory.h"
#include "tests/unit/scan_check.h"
#include "tests/unit/scan_lines.h"

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
        check_text(text, (size_t)n, depth <= 64 ? "ROOT ROOT root=[r]" : "nested deeper than --max nesting allows");
    }
}

/* Both scanners, from padding that is hostile: NULL or the reason why there is no line. Each scans twice into the same hb_line. */
static void check_limited(const char *text, size_t n, const hb_limits *limits, const char *expected)
{
    static const char *const names[] = { "portable", "avx2" };
    char *copy = padded(text, n, "\"");
    for (size_t i = 0; i < 4; i++) {
        const hb_scanner *scanner = hb_scanner_named(names[i / 2]);
        hb_line line;
        const char *reason = NULL;
        if (scanner == NULL) continue;
        hb_line_init(&line, limits);
        for (int round = 0; round < 2; round++) {
            CU_ASSERT_EQUAL(scanner->line(copy, n, &line, &reason), expected == NULL ? HB_OK : HB_ERR_DATA);
            CU_ASSERT((reason == NULL) == (expected == NULL));
            if (reason != NULL && expected != NULL) CU_ASSERT_STRING_EQUAL(reason, expected);
        }
        hb_line_fini(&line);
    }
    free(copy);
}

/* {"a":[{"b":[{"b":...}]}], "type":"ROOT", "root":"r"}, and the same with one bracket that does not match. */
static size_t write_nested(char *text, size_t depth, size_t wrong)
{
    size_t n = (size_t)sprintf(text, "{\"a\":");
    for (size_t i = 0; i < depth; i++) n += (size_t)sprintf(text + n, i % 2 == 0 ? "[" : "{\"b\":");
    n += (size_t)sprintf(text + n, "1");
    for (size_t i = depth; i-- > 0;) text[n++] = (i % 2 == 0) != (i == wrong) ? ']' : '}';
    return n + (size_t)sprintf(text + n, ", \"type\":\"ROOT\", \"root\":\"r\"}");
}

static void test_nesting(void)
{
    static const size_t most[] = { 1, 2, 63, 64, 65, 128, 700, HB_NESTING_MOST };
    char *text = malloc(10 * HB_NESTING_MOST);
    hb_limits limits = hb_limits_default;
    for (size_t i = 0; i < N_OF(most); i++) {
        limits.nesting = most[i];
        for (size_t depth = most[i] > 3 ? most[i] - 3 : 1; depth <= most[i] + 2; depth++)
            check_limited(text, write_nested(text, depth, SIZE_MAX), &limits,
                          depth <= most[i] ? NULL : "nested deeper than --max nesting allows");
        for (size_t wrong = 0; wrong < most[i]; wrong++)
            check_limited(text, write_nested(text, most[i], wrong), &limits, "brackets that do not match");
    }
    free(text);
}

static void test_many_references(void)
{
    static const char too_many[] = "more references than --max references allows";
    static const size_t most[] = { 1, 2, 7, 8, 9, 100 };
    hb_limits limits = hb_limits_default;
    for (size_t i = 0; i < N_OF(most); i++) {
        limits.references = most[i];
        for (size_t n = 0; n <= 2 * most[i] + 1; n++)
            for (int root = 0; root < 2; root++) {
                char text[4096];
                size_t at = (size_t)sprintf(text, root ? "{\"type\":\"ROOT\", \"root\":\"r\", \"references\":[" :
                                                         "{\"address\":\"0x8\", \"type\":\"ARRAY\", \"references\":[");
                for (size_t k = 0; k < n; k++) at += (size_t)sprintf(text + at, "%s\"0x%zx\"", k == 0 ? "" : ", ", 8 * k);
                at += (size_t)sprintf(text + at, "]}");
                check_limited(text, at, &limits, n <= most[i] ? NULL : too_many);
            }
    }
}

/* A line is refused although the array is there that a longer one, or a default hb_line, left. */
static void test_fewer_references_than_room(void)
{
    static const char three[] = "{\"address\":\"0x8\", \"type\":\"ARRAY\", \"references\":[\"0x8\", \"0x10\", \"0x18\"]}";
    char *copy = padded(three, sizeof three - 1, "0");
    hb_line line;
    const char *reason = NULL;
    hb_line_init(&line, &hb_limits_default);
    CU_ASSERT_EQUAL(hb_scanner_best()->line(copy, sizeof three - 1, &line, &reason), HB_OK);
    CU_ASSERT(line.n_refs == 3 && line.refs_cap >= 3);
    line.most_refs = 2;
    CU_ASSERT_EQUAL(hb_scanner_best()->line(copy, sizeof three - 1, &line, &reason), HB_ERR_DATA);
    CU_ASSERT_EQUAL(line.n_refs, 0);
    hb_line_fini(&line);
    free(copy);
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
            hb_line_init(&line, &hb_limits_default);
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
        hb_line_init(&line, &hb_limits_default);
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
    hb_line_init(&line, &hb_limits_default);
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
    hb_line_init(&line, &hb_limits_default);
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

int main(void)
{
    CU_TestInfo tests[] = {
        { "choice", test_choice }, { "depth", test_depth }, { "nesting", test_nesting },
        { "many references", test_many_references }, { "fewer references than room", test_fewer_references_than_room },
        { "hex lengths", test_hex_lengths },
        { "block boundaries", test_block_boundaries }, { "truncations", test_truncations },
        { "mutations", test_mutations }, { "large", test_large }, { "no memory", test_no_memory },
        { "newline", test_newline }, CU_TEST_INFO_NULL
    };
    return hb_suite_run("scan_edges", tests);
}
