/* Arbitrary bytes to text that is safe to hand on: valid UTF-8 for JSON, and without control characters for a
 * terminal. */
#ifndef HB_REPORT_UTF8_H
#define HB_REPORT_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define HB_UTF8_BAD UINT32_MAX  /* what hb_utf8_decode makes of bytes that are no character */

/* Decodes the first character of bytes[0..n), n > 0. Returns how many bytes it takes, at least 1. Where they are
 * ill-formed *code is HB_UTF8_BAD and the bytes are the maximal subpart of Unicode 15, section 3.9. */
size_t hb_utf8_decode(const char *bytes, size_t n, uint32_t *code);

/* A copy with U+FFFD for each maximal subpart that is ill-formed: at most 3 n bytes and a NUL. *n_clean is its
 * length (n_clean may be NULL; bytes may hold NULs, which stay). NULL when out of memory; hb_free it. */
char *hb_utf8_clean(const char *bytes, size_t n, size_t *n_clean);

/* The same, and in place of what steers a terminal a visible escape in lower-case hex: "\x1b" for C0, DEL and C1,
 * "\u202e" for the bidirectional embeddings, overrides and isolates. A backslash of the text stays one backslash:
 * the result is for reading, not for decoding. At most 4 n bytes and a NUL. */
char *hb_utf8_escape_terminal(const char *bytes, size_t n, size_t *n_escaped);

#endif
