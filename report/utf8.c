/* Bytes of a dump in, valid UTF-8 out.
 *
 * Well-formed sequences are those of table 3-7 of the Unicode Standard 15.0, chapter 3
 * (https://www.unicode.org/versions/Unicode15.0.0/ch03.pdf): the first byte fixes the length and the range of the
 * second byte, every later byte is in 80..BF. So overlong forms, surrogates and what lies above U+10FFFF fail at
 * their second byte. A sequence that breaks off is one maximal subpart, replaced by one U+FFFD; the byte that broke
 * it starts anew ("U+FFFD Substitution of Maximal Subparts", section 3.9). */
#include "report/utf8.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* The longest output for one byte of input: "\x1b" for a control byte. What grows more than that per character,
 * "\u202e", stands for three bytes. */
#define MOST_PER_BYTE 4

size_t hb_utf8_decode(const char *bytes, size_t n, uint32_t *code)
{
    const unsigned char *at = (const unsigned char *)bytes;
    unsigned first = at[0], low = 0x80, high = 0xbf;
    uint32_t value;
    size_t length;

    *code = HB_UTF8_BAD;
    if (first < 0x80) {
        *code = first;
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        length = 2;
        value = first & 0x1f;
    } else if (first >= 0xe0 && first <= 0xef) {
        length = 3;
        value = first & 0x0f;
        if (first == 0xe0) low = 0xa0;   /* overlong below */
        if (first == 0xed) high = 0x9f;  /* surrogates above */
    } else if (first >= 0xf0 && first <= 0xf4) {
        length = 4;
        value = first & 0x07;
        if (first == 0xf0) low = 0x90;   /* overlong below */
        if (first == 0xf4) high = 0x8f;  /* beyond U+10FFFF above */
    } else {
        return 1;
    }
    for (size_t i = 1; i < length; i++) {
        if (i >= n || at[i] < low || at[i] > high) return i;
        value = value << 6 | (at[i] & 0x3fu);
        low = 0x80;
        high = 0xbf;
    }
    *code = value;
    return length;
}

static int steers_terminal(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

static char *convert(const char *bytes, size_t n, int for_terminal, size_t *n_out)
{
    size_t room;
    if (__builtin_mul_overflow(n, (size_t)MOST_PER_BYTE, &room) || room == SIZE_MAX) return NULL;
    char *text = hb_alloc(room + 1, 1);
    if (text == NULL) return NULL;
    size_t used = 0;
    for (size_t i = 0; i < n;) {
        uint32_t code;
        size_t length = hb_utf8_decode(bytes + i, n - i, &code);
        if (code == HB_UTF8_BAD) {
            memcpy(text + used, REPLACEMENT, 3);
            used += 3;
        } else if (for_terminal && steers_terminal(code)) {
            char escape[16];
            int width = snprintf(escape, sizeof escape, code < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)code);
            memcpy(text + used, escape, (size_t)width);
            used += (size_t)width;
        } else {
            memcpy(text + used, bytes + i, length);
            used += length;
        }
        i += length;
    }
    assert(used <= room);
    text[used] = '\0';
    if (n_out != NULL) *n_out = used;
    return text;
}

char *hb_utf8_clean(const char *bytes, size_t n, size_t *n_clean)
{
    return convert(bytes, n, 0, n_clean);
}

char *hb_utf8_escape_terminal(const char *bytes, size_t n, size_t *n_escaped)
{
    return convert(bytes, n, 1, n_escaped);
}
