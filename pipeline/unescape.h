/* JSON string escapes (RFC 8259, section 7) back to bytes. */
#ifndef HB_PIPELINE_UNESCAPE_H
#define HB_PIPELINE_UNESCAPE_H

#include <stddef.h>

/* Writes the bytes that text[0..n) stands for to out, which has room for n bytes; returns how many. Code points
 * come out as UTF-8, surrogate pairs joined, a lone surrogate as U+FFFD; what is no escape stays as it is. */
size_t hb_unescape(const char *text, size_t n, char *out);

#endif
