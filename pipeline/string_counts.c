/* What enters: STRING lines. What leaves: a row for each different contents: 56 bytes, and 4 to 8 for the index.
 *
 * Contents are compared without their escapes, since JSON has several ways of writing one text. Most have none and are hashed where
 * they stand. */
#include "pipeline/string_counts.h"

#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "pipeline/unescape.h"

void hb_string_counts_init(hb_string_counts *counts)
{
    *counts = (hb_string_counts){ .key = hb_hash_secret[0] };
    hb_table_init(&counts->counts, HB_STRING_KEY, HB_STRING_VALUES);
    hb_table_init(&counts->contents, 1, HB_CONTENTS_VALUES);
}

void hb_string_counts_fini(hb_string_counts *counts)
{
    hb_table_fini(&counts->counts);
    hb_table_fini(&counts->contents);
    hb_free(counts->scratch);
    counts->scratch = NULL;
    counts->cap_scratch = 0;
}

/* *contents: good until the next call. */
static hb_status contents_of(hb_string_counts *c, hb_view value, hb_view *contents)
{
    *contents = value;
    if (memchr(value.text, '\\', value.n) == NULL) return HB_OK;
    if (hb_grow(&c->scratch, &c->cap_scratch, value.n, 1) != HB_OK) return HB_ERR_MEMORY;
    *contents = (hb_view){ c->scratch, hb_unescape(value.text, value.n, c->scratch) };
    return HB_OK;
}

hb_status hb_string_counts_add_rows(hb_table *to, const uint64_t *rows, size_t n)
{
    for (size_t r = 0; r < n; r++) {
        const uint64_t *key = rows + r * HB_STRING_WORDS, *values = key + HB_STRING_KEY;
        int fresh;
        uint64_t *row = hb_table_put(to, key, &fresh);
        if (row == NULL) return HB_ERR_MEMORY;
        if (fresh || values[HB_STRING_WHERE] < row[HB_STRING_WHERE])
            for (int i = HB_STRING_WHERE; i < HB_STRING_VALUES; i++) row[i] = values[i];
        row[HB_STRING_OBJECTS] += values[HB_STRING_OBJECTS];
        row[HB_STRING_MEMSIZE] += values[HB_STRING_MEMSIZE];
    }
    return HB_OK;
}

hb_status hb_string_counts_add(hb_string_counts *c, const hb_line *line, uint64_t byte)
{
    hb_view contents;
    if (line->value.text == NULL) {
        c->without_value++;
        return HB_OK;
    }
    if (contents_of(c, line->value, &contents) != HB_OK) return HB_ERR_MEMORY;
    const uint64_t row[HB_STRING_WORDS] = { hb_hash_bytes(contents.text, contents.n, c->key), contents.n, 1, line->memsize, byte,
                                            line->address, line->memsize };
    return hb_string_counts_add_rows(&c->counts, row, 1);
}

hb_status hb_string_counts_hash(hb_string_counts *c, const hb_line *line, uint64_t *hash, uint64_t *bytes)
{
    hb_view contents;
    if (contents_of(c, line->value, &contents) != HB_OK) return HB_ERR_MEMORY;
    *hash = hb_hash_bytes(contents.text, contents.n, c->key);
    *bytes = contents.n;
    return HB_OK;
}

/* How much of n bytes is shown: no character of UTF-8 is cut in two. */
static size_t shown(const char *text, size_t n)
{
    if (n <= HB_STRING_SHOWN) return n;
    for (size_t at = HB_STRING_SHOWN; at > HB_STRING_SHOWN - 4; at--)
        if (((unsigned char)text[at] & 0xc0) != 0x80) return at;
    return HB_STRING_SHOWN;   /* it is not UTF-8 */
}

hb_status hb_string_counts_keep(hb_string_counts *c, const hb_line *line, uint64_t byte)
{
    const uint64_t *wanted = hb_table_find(c->wanted, &byte);
    hb_view contents;
    if (wanted == NULL || line->value.text == NULL) return HB_OK;
    if (contents_of(c, line->value, &contents) != HB_OK) return HB_ERR_MEMORY;
    const uint64_t hash = hb_hash_bytes(contents.text, contents.n, c->key);
    if (wanted[HB_STRING_HASH] != hash || wanted[HB_STRING_BYTES] != contents.n) return HB_OK;
    uint64_t *row = hb_table_put(&c->contents, &byte, NULL);
    if (row == NULL) return HB_ERR_MEMORY;
    const size_t n = shown(contents.text, contents.n);
    row[HB_CONTENTS_BYTES] = n;
    row[HB_CONTENTS_IS_CUT] = n < contents.n;
    memcpy(&row[HB_CONTENTS_TEXT], contents.text, n);
    return HB_OK;
}
