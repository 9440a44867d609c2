/* Enters: names, as spans. Leaves: their order. The method is a walk over both at once, byte by byte; where both stand
 * at a digit, the two runs of digits are compared as a whole, as text, so that no number is too long. Time linear. */
#include "fleet/natural.h"

#include <string.h>
#include <strings.h>

hb_span hb_span_of(const char *text)
{
    return (hb_span){ text, strlen(text) };
}

int hb_span_ends_with(hb_span text, const char *end)
{
    size_t n = strlen(end);
    return text.n >= n && strncasecmp(text.at + text.n - n, end, n) == 0;
}

hb_span hb_natural_digits(hb_span text, size_t i)
{
    size_t end = i;
    while (end < text.n && hb_natural_is_digit(text.at[end])) end++;
    return (hb_span){ text.at + i, end - i };
}

/* Numbers of any length: leading zeros off, then the longer is the larger. */
static int compare_digits(hb_span a, hb_span b)
{
    while (a.n > 0 && *a.at == '0') a.at++, a.n--;
    while (b.n > 0 && *b.at == '0') b.at++, b.n--;
    if (a.n != b.n) return a.n < b.n ? -1 : 1;
    return a.n == 0 ? 0 : memcmp(a.at, b.at, a.n);
}

int hb_natural_compare(hb_span a, hb_span b)
{
    size_t i = 0, j = 0;
    while (i < a.n && j < b.n) {
        if (hb_natural_is_digit(a.at[i]) && hb_natural_is_digit(b.at[j])) {
            hb_span left = hb_natural_digits(a, i), right = hb_natural_digits(b, j);
            int order = compare_digits(left, right);
            if (order != 0) return order;
            i += left.n;
            j += right.n;
            continue;
        }
        unsigned char x = (unsigned char)a.at[i++], y = (unsigned char)b.at[j++];
        if (x != y) return x < y ? -1 : 1;
    }
    return (i < a.n) - (j < b.n);
}
