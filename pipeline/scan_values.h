/* Values that the line scanner reads: included by scan_template.h, which says what hex() is.
 *
 * A number's digits are found and joined eight at a time in a word (D. Lemire, "Quickly parsing eight digits",
 * https://lemire.me/blog/2018/10/03/quickly-parsing-eight-digits/); longer ones, which are rare, one by one. A number
 * that is too large becomes the largest, so that a sum over a damaged dump stays defined. */
#ifndef HB_PIPELINE_SCAN_VALUES_H
#define HB_PIPELINE_SCAN_VALUES_H

#include "base/memory.h"
#include "pipeline/scan_text.h"

#ifdef BLOCK

/* Values that are read: p is at the value or NULL, the result after it, or NULL. */

/* No digit, or eight and more. */
static const char *take_digits_slow(const char *p, uint64_t *out)
{
    const char *begin = p;
    uint64_t number = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (__builtin_mul_overflow(number, 10u, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*p - '0'), &number))
            number = UINT64_MAX;
    }
    *out = number;
    return p != begin ? p : NULL;
}

HB_SCAN_INLINE const char *take_digits(const char *p, uint64_t *out)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t w = hb_scan_word(p) ^ ones * '0';
    uint64_t stop = (((w & ones * 0x7f) + ones * 0x76) | w) & ones * 0x80;
    unsigned n = stop != 0 ? (unsigned)__builtin_ctzll(stop) >> 3 : 0;
    if (n == 0) return take_digits_slow(p, out);
    w <<= 64 - 8 * n;
    w = (w * 10 + (w >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
    w = (w * 100 + (w >> 16)) & UINT64_C(0x0000ffff0000ffff);
    *out = (w * 10000 + (w >> 32)) & UINT64_C(0xffffffff);
    return p + n;
}

HB_SCAN_INLINE const char *take_number(scan *s, const char *p, uint64_t *out)
{
    if (p == NULL) return NULL;
    p = take_digits(p, out);
    if (p == NULL || !(*p == ',' || *p == '}' || is_blank(*p))) return fail(s, "not an unsigned number");
    return p;
}

HB_SCAN_INLINE const char *take_line(scan *s, const char *p)
{
    uint64_t line = 0;
    p = take_number(s, p, &line);
    s->out->line = line > UINT32_MAX ? UINT32_MAX : (uint32_t)line;
    return p;
}

HB_SCAN_INLINE const char *take_generation(scan *s, const char *p)
{
    uint64_t generation = 0;
    p = take_number(s, p, &generation);
    s->out->generation = generation > INT64_MAX ? INT64_MAX : (int64_t)generation;
    return p;
}

/* `"0x7f.."`; NULL when it is something else. */
HB_SCAN_INLINE const char *take_hex(const char *p, uint64_t *out)
{
    unsigned n = hex(p + 3, out);
    if (n == 12) {
        n = 12; /* as nearly always: what follows need not wait for the decoding */
        __asm__("" : "+r"(n)); /* or the compiler would see that this changes nothing */
    }
    return hb_scan_three(p) == HB_SCAN_THREE('"', '0', 'x') && n != 0 && p[3 + n] == '"' ? p + n + 4 : NULL;
}

HB_SCAN_INLINE int is_null(const char *p)
{
    return (uint32_t)hb_scan_word(p) == (uint32_t)HB_SCAN_WORD('n', 'u', 'l', 'l', 0, 0, 0, 0);
}

HB_SCAN_INLINE const char *take_address(scan *s, const char *p, uint64_t *out, const char *reason)
{
    if (p == NULL) return NULL;
    const char *end = take_hex(p, out);
    if (end != NULL) return end;
    *out = 0;
    return is_null(p) ? p + 4 : fail(s, reason);
}

HB_SCAN_INLINE const char *take_flag(scan *s, const char *p, uint32_t bit)
{
    if (p == NULL) return NULL;
    s->out->flags &= ~bit;
    if ((uint32_t)hb_scan_word(p) != (uint32_t)HB_SCAN_WORD('t', 'r', 'u', 'e', 0, 0, 0, 0)) return skip_value(s, p);
    s->out->flags |= bit;
    return p + 4;
}

HB_SCAN_INLINE const char *take_text(scan *s, const char *p, hb_view *view,
                                    const char *(*end)(scan *s, const char *p))
{
    if (p == NULL) return NULL;
    *view = (hb_view){ NULL, 0 };
    if (*p != '"') return skip_other(s, p);
    const char *quote = end(s, p + 1);
    if (quote == NULL) return fail(s, "cut off");
    *view = (hb_view){ p + 1, (size_t)(quote - p - 1) };
    return quote + 1;
}

HB_SCAN_INLINE const char *take_type(scan *s, const char *p)
{
    if (p == NULL) return NULL;
    s->typed = *p == '"';
    if (!s->typed) return skip_other(s, p);
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t word = hb_scan_word(++p), x = word ^ ones * '"';
    uint64_t quote = (x - ones) & ~x & ones * 0x80; /* exact up to the first quote */
    unsigned n = quote != 0 ? (unsigned)__builtin_ctzll(quote) >> 3 : 8;
    s->out->type = hb_scan_type(word & (((quote & -quote) >> 7) - 1));
    if (s->out->type != HB_TYPE_UNKNOWN && p[n] == '"') return p + n + 1;
    s->out->type = HB_TYPE_UNKNOWN;
    return skip_string(s, p - 1);
}

/* What a string holds; what a SYMBOL, a FLOAT or anybody else's object does, too. */
HB_SCAN_INLINE const char *take_value(scan *s, const char *p)
{
    if (p == NULL) return NULL;
    s->out->value = (hb_view){ NULL, 0 };
    if (*p != '"') return skip_other(s, p);
    const char *end = string_end(p + 1, s->last);
    if (end == NULL) return fail(s, "cut off");
    s->out->value = (hb_view){ p + 1, (size_t)(end - p - 1) };
    return end + 1;
}

static const char *too_many(scan *s)
{
    return fail(s, "more references than --max references allows");
}

/* The references of a line; an array that occurs again replaces the one before. Whether there are too many is looked at
 * when the array has to grow, and at their end. */
HB_SCAN_INLINE const char *take_references(scan *s, const char *p)
{
    if (p == NULL) return NULL;
    hb_line *out = s->out;
    size_t n = out->n_refs = 0;
    if (is_null(p)) return p + 4;
    if (*p != '[') return fail(s, "bad reference");
    if (*(p = skip_blanks(p + 1)) == ']') return p + 1;
    for (;;) {
        if (n == out->refs_cap) {
            if (n >= out->most_refs) return too_many(s);
            if (hb_grow(&out->refs, &out->refs_cap, n + 1, sizeof *out->refs) != HB_OK) {
                s->status = HB_ERR_MEMORY;
                s->reason = "out of memory";
                return NULL;
            }
        }
        p = take_hex(p, &out->refs[n]);
        if (p == NULL) return fail(s, "bad reference");
        n++;
        if (hb_scan_three(p) == COMMA_QUOTE) {
            p += 2;
            continue;
        }
        p = skip_blanks(p);
        if (*p != ',') break;
        p = skip_blanks(p + 1);
    }
    if (n > out->most_refs) return too_many(s);
    out->n_refs = n;
    return *p == ']' ? p + 1 : fail(s, p == s->last ? "cut off" : "bad reference");
}

#endif
#endif
