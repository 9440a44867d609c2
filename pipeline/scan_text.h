/* Strings and what is skipped, for the line scanner: included by scan_template.h, which says what a block is.
 *
 * Vectors are used here and nowhere else in the kernel, since these alone can be long: a STRING that holds another
 * dump is tens of megabytes. A block of BLOCK bytes becomes two masks, quotes and backslashes; a quote is the closing
 * one unless an odd number of backslashes stands before it, which an addition finds for the whole block (Langdale and
 * Lemire 2019, doi:10.1007/s00778-019-00578-5). The first block of a string is tried without that.
 *
 * Raw strings, which Ruby writes unescaped, end at the first quote that is followed by the end of the line or by
 * the next key. Each look past a quote ends at the third quote from there at the latest, so that they too cost
 * time in proportion to their length.
 *
 * Values of keys that nobody asks for are skipped with no more checking than is needed to find their end: brackets
 * must match, hb_line.most_nesting of them at most, strings must close. */
#ifndef HB_PIPELINE_SCAN_TEXT_H
#define HB_PIPELINE_SCAN_TEXT_H

#include "pipeline/scan_tables.h"

#ifdef BLOCK

typedef struct scan {
    const char *last;    /* the brace that ends the text */
    hb_line *out;
    const char *id;      /* where the value of the key `id` begins; NULL when absent */
    const char *parent_id;
    const char *reason;  /* why it failed */
    hb_status status;
    int typed;           /* the key `type` was there */
    int no_raw;          /* an unescaped text had no end: none behind it on this line has one */
} scan;

#define COMMA_QUOTE HB_SCAN_THREE(',', ' ', '"')

static const char *fail(scan *s, const char *reason)
{
    s->status = HB_ERR_DATA;
    s->reason = reason;
    return NULL;
}

static hb_status invalid(scan *s, const char *reason)
{
    fail(s, reason);
    return s->status;
}

HB_SCAN_INLINE int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

HB_SCAN_INLINE const char *skip_blanks(const char *p)
{
    while (is_blank(*p)) p++;
    return p;
}

/* Strings: p is at the byte after the opening quote, the result at the closing one, or NULL. */

/* The bytes of a block that a backslash before them makes literal; *carry, 0 or 1, is whether its first byte is one,
 * on return whether the next block's is. */
HB_SCAN_INLINE uint64_t escaped(uint64_t slashes, uint64_t *carry)
{
    const uint64_t even = UINT64_C(0x5555555555555555);
    slashes &= ~*carry;
    uint64_t follows = slashes << 1 | *carry;
    uint64_t sum = (slashes & ~even & ~follows) + slashes;
    *carry = sum >> BLOCK & 1;
    return (even ^ sum << 1) & follows;
}

static const char *string_end_slow(const char *p, const char *last)
{
    uint64_t carry = 0;
    for (; p < last; p += BLOCK) {
        block b = load(p);
        uint64_t quotes = match(b, '"'), slashes = match(b, '\\');
        if ((slashes | carry) != 0) quotes &= ~escaped(slashes, &carry);
        if (quotes == 0) continue;
        p += __builtin_ctzll(quotes);
        return p < last ? p : NULL;
    }
    return NULL;
}

HB_SCAN_INLINE const char *string_end(const char *p, const char *last)
{
    block b = load(p);
    uint64_t quotes = match(b, '"'), slashes = match(b, '\\');
    if (quotes == 0 || (slashes & (quotes - 1)) != 0) return string_end_slow(p, last);
    p += __builtin_ctzll(quotes);
    return p < last ? p : NULL;
}

/* "[a-z_]+" and a colon. */
static int starts_key(const char *p)
{
    if (*p++ != '"') return 0;
    const char *key = p;
    while ((*p >= 'a' && *p <= 'z') || *p == '_') p++;
    return p != key && *p == '"' && *skip_blanks(p + 1) == ':';
}

static int ends_raw_slow(const char *p, const char *last)
{
    p = skip_blanks(p);
    return p == last || (*p == ',' && starts_key(skip_blanks(p + 1)));
}

/* Whether an unescaped string can end at this quote. */
HB_SCAN_INLINE int ends_raw(const char *quote, const char *last)
{
    const uint64_t usual = HB_SCAN_WORD(',', ' ', '"', 'l', 'i', 'n', 'e', '"');
    return (hb_scan_word(quote + 1) == usual && quote[9] == ':') || ends_raw_slow(quote + 1, last);
}

/* Whether a text that holds quotes runs over the contents of a string: the line was torn, and lost its middle. */
static int runs_over_value(const char *first_quote, const char *end)
{
    return first_quote != NULL && memmem(first_quote, (size_t)(end - first_quote), "\"value\"", 7) != NULL;
}

/* Whether a quote can end an unescaped text depends on what follows it alone; so after one search that failed the rest
 * of the line has no such quote, and is not searched again: a line costs in proportion to its length. Nor is it in a
 * line that was torn. */
static const char *raw_end(scan *s, const char *p)
{
    const char *last = s->last, *first_quote = NULL;
    for (; p < last && !s->no_raw; p += BLOCK) {
        for (uint64_t quotes = match(load(p), '"'); quotes != 0; quotes &= quotes - 1) {
            const char *quote = p + __builtin_ctzll(quotes);
            if (quote >= last) break;
            if (ends_raw(quote, last)) {
                if (!runs_over_value(first_quote, quote)) return quote;
                goto none;
            }
            if (first_quote == NULL) first_quote = quote;
        }
    }
none:
    s->no_raw = 1;
    return NULL;
}

static int ends_value_slow(const char *p)
{
    p = skip_blanks(p);
    return *p == '}' || (*p == ',' && *skip_blanks(p + 1) == '"');
}

/* Whether what follows this quote may follow a value. */
HB_SCAN_INLINE int ends_value(const char *quote)
{
    return hb_scan_three(quote + 1) == COMMA_QUOTE || ends_value_slow(quote + 1);
}

/* Of a name that some versions of Ruby write with escapes and others without. */
HB_SCAN_INLINE const char *name_end(scan *s, const char *p)
{
    const char *quote = string_end(p, s->last);
    if (quote != NULL && ends_value(quote)) return quote;
    const char *raw = raw_end(s, p);
    return raw != NULL ? raw : quote;
}

/* Of a text that Ruby writes unescaped; of another writer's when that finds no end. */
HB_SCAN_INLINE const char *file_end(scan *s, const char *p)
{
    const char *raw = raw_end(s, p);
    return raw != NULL ? raw : string_end(p, s->last);
}

/* Values that are skipped: p is at the value, the result after it, or NULL. */

/* Any nesting: the open brackets are bits, 1 for '{'. */
static const char *skip_nested_slow(scan *s, const char *p)
{
    uint64_t open[HB_NESTING_MOST / 64] = { 0 };
    unsigned depth = 0;
    while (p < s->last) {
        block b = load(p);
        uint64_t found = match(b, '"') | match_brackets(b);
        if (found == 0) {
            p += BLOCK;
            continue;
        }
        p += __builtin_ctzll(found);
        if (p >= s->last) break;
        char c = *p++;
        if (c == '"') {
            p = string_end(p, s->last);
            if (p == NULL) break;
            p++;
        } else if (c == '{' || c == '[') {
            if (depth == s->out->most_nesting) return fail(s, "nested deeper than --max nesting allows");
            const uint64_t bit = UINT64_C(1) << depth % 64;
            open[depth / 64] = c == '{' ? open[depth / 64] | bit : open[depth / 64] & ~bit;
            depth++;
        } else if (c == '}' || c == ']') {
            depth--;
            if ((open[depth / 64] >> depth % 64 & 1) != (c == '}')) return fail(s, "brackets that do not match");
            if (depth == 0) return p;
        }
    }
    return fail(s, "cut off");
}

/* An object with no bracket and no backslash in it, such as `flags`, ends at its first brace outside of strings,
 * that is after an even number of quotes. */
HB_SCAN_INLINE const char *skip_nested(scan *s, const char *p)
{
    unsigned quotes = 0;
    if (*p == '{') {
        for (const char *q = p + 1; q < s->last; q += BLOCK) {
            block b = load(q);
            uint64_t found = match_brackets(b), before = (found - 1) & ~found;
            quotes += (unsigned)__builtin_popcountll(match(b, '"') & before);
            if (found == 0) continue;
            q += __builtin_ctzll(found);
            if (*q == '}' && quotes % 2 == 0 && q < s->last) return q + 1;
            break;
        }
    }
    return skip_nested_slow(s, p);
}

/* true, false, null, or a number of any form. */
static const char *skip_scalar(scan *s, const char *p)
{
    const char *begin = p;
    while ((*p >= '0' && *p <= '9') || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z') || *p == '-' || *p == '+' ||
           *p == '.')
        p++;
    return p != begin ? p : fail(s, p == s->last ? "cut off" : "a key without a value");
}

HB_SCAN_INLINE const char *skip_string(scan *s, const char *p)
{
    p = string_end(p + 1, s->last);
    return p != NULL ? p + 1 : fail(s, "cut off");
}

static const char *skip_other(scan *s, const char *p)
{
    return *p == '{' || *p == '[' ? skip_nested(s, p) : skip_scalar(s, p);
}

HB_SCAN_INLINE const char *skip_value(scan *s, const char *p)
{
    return *p == '"' ? skip_string(s, p) : skip_other(s, p);
}

#endif
#endif
