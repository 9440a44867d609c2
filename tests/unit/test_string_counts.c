/* Strings by their contents: what is equal, which line is the first, whatever the order of lines; and which contents are kept, how much
 * of them. */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "pipeline/collect.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 6180u
#define KEY UINT64_C(0x5eed)

/* A line of a dump in a chunk of its own, as long as it is and no longer. */
static hb_status put(hb_collector *c, uint64_t byte, const char *text, size_t n)
{
    hb_chunk chunk = { .base = must_alloc(HB_CHUNK_HEADER + n + HB_SCAN_PADDING, 1), .cap = n, .n = n, .byte = byte };
    memcpy(hb_chunk_text(&chunk), text, n);
    memset(hb_chunk_text(&chunk) + n, '"', HB_SCAN_PADDING);
    hb_status status = hb_collect_chunk(c, &chunk);
    free(chunk.base);
    return status;
}

/* A STRING with these contents as they are written; NULL: without. Its address tells the offset. */
static hb_status put_string(hb_collector *c, uint64_t byte, const char *written, size_t n, unsigned memsize)
{
    char *line = must_alloc(n + 200, 1);
    int used = snprintf(line, 200, "{\"address\":\"0x%llx\", \"type\":\"STRING\"", 0x1000 + (unsigned long long)byte);
    if (written != NULL) {
        used += snprintf(line + used, 100, ", \"value\":\"");
        memcpy(line + used, written, n);
        used += (int)n;
        line[used++] = '"';
    }
    used += snprintf(line + used, 60, ", \"memsize\":%u}\n", memsize);
    hb_status status = put(c, byte, line, (size_t)used);
    free(line);
    return status;
}

static const uint64_t *row_of(const hb_collector *c, const char *contents, size_t n)
{
    const uint64_t key[HB_STRING_KEY] = { hb_hash_bytes(contents, n, c->strings.key), n };
    return hb_table_find(&c->strings.counts, key);
}

static hb_collector collector_of(hb_collect_mode mode)
{
    hb_collector c;
    hb_collector_init(&c, mode, HB_IDENTITY_STRICT, &hb_limits_default, 0);
    c.strings.key = KEY;
    return c;
}

static void test_what_is_equal(void)
{
    static const struct { const char *written, *meant; size_t n; } ways[] = {
        { "A", "A", 1 }, { "\\u0041", "A", 1 }, { "A\\n", "A\n", 2 }, { "A\\u000a", "A\n", 2 }, { "A\\u000A", "A\n", 2 },
        { "a/b", "a/b", 3 }, { "a\\/b", "a/b", 3 }, { "\\u00e9", "\xc3\xa9", 2 }, { "\xc3\xa9", "\xc3\xa9", 2 },
        { "\\ud83d\\ude00", "\xf0\x9f\x98\x80", 4 }, { "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", 4 }, { "\\u0000", "\0", 1 },
        { "", "", 0 }, { "\\\"", "\"", 1 }, { "\\u0022", "\"", 1 }, { "\\\\u0041", "\\u0041", 6 }, { "\\ud800", "\xef\xbf\xbd", 3 },
        { "\xff", "\xff", 1 }, { "A ", "A ", 2 }
    };
    const size_t n = sizeof ways / sizeof *ways;
    hb_collector c = collector_of(HB_COLLECT_STRINGS);
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++) CU_ASSERT_EQUAL(put_string(&c, 100 * i, ways[i].written, strlen(ways[i].written), 40), HB_OK);
    for (size_t i = 0; i < n; i++) {
        uint64_t objects = 0, first = UINT64_MAX;
        for (size_t k = 0; k < n; k++) {
            if (ways[k].n != ways[i].n || memcmp(ways[k].meant, ways[i].meant, ways[i].n) != 0) continue;
            if (objects++ == 0) first = k;
        }
        distinct += first == i;
        const uint64_t *row = row_of(&c, ways[i].meant, ways[i].n);
        CU_ASSERT_PTR_NOT_NULL_FATAL(row);
        CU_ASSERT(row[HB_STRING_OBJECTS] == objects && row[HB_STRING_MEMSIZE] == 40 * objects);
        CU_ASSERT(row[HB_STRING_WHERE] == 100 * first && row[HB_STRING_ADDRESS] == 0x1000 + 100 * first);
    }
    CU_ASSERT(c.strings.counts.n == distinct && c.strings.without_value == 0);
    CU_ASSERT(c.records.n == 0 && c.idents.n == 0 && c.refs.n == 0 && c.names.n == 0 && c.sites.n == 0 && c.strings.contents.n == 0);
    hb_collector_fini(&c);
}

/* Only STRING lines, and of these only such as tell their contents. */
static void test_what_is_compared(void)
{
    static const char other[] = "{\"address\":\"0x8\", \"type\":\"SYMBOL\", \"value\":\"A\", \"references\":[\"0x10\"], \"memsize\":40}\n";
    static const char null[] = "{\"address\":\"0x18\", \"type\":\"STRING\", \"value\":null, \"references\":[\"0x10\"], \"memsize\":40}\n";
    hb_collector c = collector_of(HB_COLLECT_STRINGS);
    CU_ASSERT_EQUAL(put(&c, 0, other, sizeof other - 1), HB_OK);
    CU_ASSERT_EQUAL(put(&c, 200, null, sizeof null - 1), HB_OK);
    CU_ASSERT_EQUAL(put_string(&c, 400, NULL, 0, 40), HB_OK);
    CU_ASSERT_EQUAL(put_string(&c, 600, "A", 1, 40), HB_OK);
    CU_ASSERT(c.counts.objects == 4 && c.counts.type_objects[HB_TYPE_STRING] == 3 && c.counts.references == 2);
    CU_ASSERT(c.strings.without_value == 2 && c.strings.counts.n == 1 && c.refs.n == 0);
    hb_collector_fini(&c);
}

/* The same rows from lines in any order, in one collector or dealt to several and added up. */
static void test_any_order(void)
{
    enum { LINES = 300, CONTENTS = 40, PARTS = 3 };
    dice d = dice_of(SEED);
    hb_collector whole = collector_of(HB_COLLECT_STRINGS), parts[PARTS];
    hb_table sum;
    size_t what[LINES] = { 0 }, order[LINES] = { 0 }, wrong = 0;
    char text[16];
    for (size_t p = 0; p < PARTS; p++) parts[p] = collector_of(HB_COLLECT_STRINGS);
    for (size_t i = 0; i < LINES; i++) {
        const size_t at = roll(&d, i + 1);
        what[i] = roll(&d, CONTENTS);
        order[i] = order[at];
        order[at] = i;
    }
    for (size_t i = 0; i < LINES; i++) {
        const size_t n = (size_t)snprintf(text, sizeof text, "%zu", what[i]);
        CU_ASSERT_EQUAL(put_string(&whole, 100 * i, text, n, 40 + (unsigned)i), HB_OK);
    }
    for (size_t k = 0; k < LINES; k++) {
        const size_t i = order[k];
        const size_t n = (size_t)snprintf(text, sizeof text, "%zu", what[i]);
        CU_ASSERT_EQUAL(put_string(&parts[roll(&d, PARTS)], 100 * i, text, n, 40 + (unsigned)i), HB_OK);
    }
    hb_table_init(&sum, HB_STRING_KEY, HB_STRING_VALUES);
    for (size_t p = 0; p < PARTS; p++) {
        const hb_table *counts = &parts[p].strings.counts;
        CU_ASSERT_EQUAL(hb_string_counts_add_rows(&sum, counts->rows, counts->n), HB_OK);
    }
    CU_ASSERT_EQUAL(sum.n, whole.strings.counts.n);
    for (size_t i = 0; i < sum.n; i++) {
        const uint64_t *found = hb_table_find(&whole.strings.counts, hb_table_row(&sum, i));
        if (found == NULL || memcmp(found, hb_table_values(&sum, i), HB_STRING_VALUES * sizeof *found) != 0) wrong++;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    hb_table_fini(&sum);
    hb_collector_fini(&whole);
    for (size_t p = 0; p < PARTS; p++) hb_collector_fini(&parts[p]);
}

/* What is kept of `written`, which means n bytes; SIZE_MAX: nothing. */
static size_t kept(const char *written, const char *meant, size_t n, const char **text, int *is_cut, hb_collector *c)
{
    hb_table wanted;
    hb_table_init(&wanted, 1, HB_STRING_KEY);
    uint64_t *key = hb_table_put(&wanted, &(uint64_t){ 100 }, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(key);
    key[HB_STRING_HASH] = hb_hash_bytes(meant, n, KEY);
    key[HB_STRING_BYTES] = n;
    *c = collector_of(HB_COLLECT_CONTENTS);
    c->strings.wanted = &wanted;
    CU_ASSERT_EQUAL(put_string(c, 0, written, strlen(written), 40), HB_OK);   /* the same contents, but nobody asked for that line */
    CU_ASSERT_EQUAL(put_string(c, 100, written, strlen(written), 40), HB_OK);
    CU_ASSERT_EQUAL(put_string(c, 400, "other", 5, 40), HB_OK);
    CU_ASSERT(c->strings.counts.n == 0 && c->strings.contents.n <= 1);
    const uint64_t *row = hb_table_find(&c->strings.contents, &(uint64_t){ 100 });
    hb_table_fini(&wanted);
    if (row == NULL) return SIZE_MAX;
    *text = (const char *)&row[HB_CONTENTS_TEXT];
    *is_cut = (int)row[HB_CONTENTS_IS_CUT];
    return (size_t)row[HB_CONTENTS_BYTES];
}

/* `before` letters, a character of several bytes, and `after` letters. */
static void check_cut(size_t before, const char *character, size_t after, size_t want)
{
    char written[600];
    const size_t length = strlen(character), n = before + length + after;
    const char *text = NULL;
    int is_cut = -1;
    hb_collector c;
    memset(written, 'x', n);
    memcpy(written + before, character, length);
    written[n] = '\0';
    CU_ASSERT_EQUAL(kept(written, written, n, &text, &is_cut, &c), want);
    CU_ASSERT_EQUAL(is_cut, want < n);
    CU_ASSERT(text != NULL && memcmp(text, written, want) == 0);
    hb_collector_fini(&c);
}

static void test_cut(void)
{
    static const char *const characters[] = { "y", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };
    for (size_t k = 0; k < 4; k++)
        for (size_t before = HB_STRING_SHOWN - 6; before < HB_STRING_SHOWN + 3; before++)
            for (size_t after = 0; after < 6; after++) {
                const size_t n = before + k + 1 + after;
                const int splits = before < HB_STRING_SHOWN && before + k + 1 > HB_STRING_SHOWN;
                check_cut(before, characters[k], after, n <= HB_STRING_SHOWN ? n : splits ? before : HB_STRING_SHOWN);
            }
    /* What is no UTF-8 is cut anywhere. */
    check_cut(HB_STRING_SHOWN - 5, "\x80\x80\x80\x80\x80\x80\x80\x80\x80", 9, HB_STRING_SHOWN);
}

static void test_kept(void)
{
    const char *text = NULL;
    int is_cut = -1;
    hb_collector c;
    CU_ASSERT_EQUAL(kept("a\\u0000\\n\\u00e9", "a\0\n\xc3\xa9", 5, &text, &is_cut, &c), 5);
    CU_ASSERT(text != NULL && memcmp(text, "a\0\n\xc3\xa9", 5) == 0 && is_cut == 0);
    hb_collector_fini(&c);
    CU_ASSERT_EQUAL(kept("", "", 0, &text, &is_cut, &c), 0);
    CU_ASSERT_EQUAL(is_cut, 0);
    hb_collector_fini(&c);
    /* The file has changed: what stands there is not what was counted. */
    CU_ASSERT_EQUAL(kept("new", "old", 3, &text, &is_cut, &c), SIZE_MAX);
    hb_collector_fini(&c);
}

static void test_memory(void)
{
    static const char written[] = "a long string with an escape \\n, so that there is scratch memory";
    for (uint64_t nth = 1;; nth++) {
        hb_collector c = collector_of(HB_COLLECT_STRINGS);
        hb_memory_fail_at(nth, 1);
        hb_status status = put_string(&c, 0, written, sizeof written - 1, 40);
        hb_memory_fail_at(0, 0);
        hb_collector_fini(&c);
        if (status == HB_OK) {
            CU_ASSERT(nth > 3);
            break;
        }
        CU_ASSERT_EQUAL_FATAL(status, HB_ERR_MEMORY);
    }
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "what is equal", test_what_is_equal }, { "what is compared", test_what_is_compared }, { "any order", test_any_order },
        { "cut", test_cut }, { "kept", test_kept }, { "out of memory", test_memory }, CU_TEST_INFO_NULL
    };
    printf("seeds from %u\n", SEED);
    return hb_suite_run("string counts", tests);
}
