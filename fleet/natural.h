/* Pieces of names, and the natural order of names. No function here allocates or can fail. */
#ifndef HB_FLEET_NATURAL_H
#define HB_FLEET_NATURAL_H

#include <stddef.h>

/* Borrowed text: n bytes, no NUL at its end. */
typedef struct hb_span {
    const char *at; /* never NULL, even when n is 0 */
    size_t n;
} hb_span;

/* The whole text without its NUL. */
hb_span hb_span_of(const char *text);

/* Whether the span ends with `end`, in upper or lower case. */
int hb_span_ends_with(hb_span text, const char *end);

/* ASCII only, whatever the locale. */
static inline int hb_natural_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The run of digits that begins at byte i <= text.n; empty when there is none. */
hb_span hb_natural_digits(hb_span text, size_t i);

/* <0, 0, >0 as a comes before, with, or after b: runs of digits compare as numbers of any length ("1" and "01" are
 * equal), all else as unsigned bytes; where one ends, it comes first. */
int hb_natural_compare(hb_span a, hb_span b);

#endif
