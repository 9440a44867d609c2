#include "pipeline/unescape.h"

#include <stdint.h>
#include <string.h>

/* Four hex digits, or -1. */
static int32_t hex4(const char *text)
{
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = text[i];
        if (c >= '0' && c <= '9') value = value * 16 + (c - '0');
        else if (c >= 'a' && c <= 'f') value = value * 16 + (c - 'a' + 10);
        else if (c >= 'A' && c <= 'F') value = value * 16 + (c - 'A' + 10);
        else return -1;
    }
    return value;
}

static size_t put_utf8(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    out[0] = (char)(lead[n] | code);
    return n;
}

/* A \u escape at text (at least 6 bytes of left): writes it, returns the bytes read, 0 when it is none. */
static size_t unicode_escape(const char *text, size_t left, char *out, size_t *written)
{
    int32_t high = left >= 6 ? hex4(text + 2) : -1;
    if (high < 0) return 0;
    uint32_t code = (uint32_t)high;
    size_t read = 6;
    if (high >= 0xd800 && high < 0xe000) {
        int32_t low = high < 0xdc00 && left >= 12 && text[6] == '\\' && text[7] == 'u' ? hex4(text + 8) : -1;
        int pair = low >= 0xdc00 && low < 0xe000;
        code = pair ? 0x10000 + (((uint32_t)high - 0xd800) << 10) + ((uint32_t)low - 0xdc00) : 0xfffd;
        if (pair) read = 12;
    }
    *written = put_utf8(code, out);
    return read;
}

size_t hb_unescape(const char *text, size_t n, char *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    size_t at = 0, used = 0;
    while (at < n) {
        const char *known = text[at] == '\\' && at + 1 < n && text[at + 1] != '\0' ? strchr(from, text[at + 1]) : NULL;
        size_t written = 0, read = 0;
        if (known != NULL) {
            out[used++] = to[known - from];
            at += 2;
            continue;
        }
        if (text[at] == '\\' && at + 1 < n && text[at + 1] == 'u')
            read = unicode_escape(text + at, n - at, out + used, &written);
        if (read == 0) {
            out[used++] = text[at++];
            continue;
        }
        at += read;
        used += written;
    }
    return used;
}
