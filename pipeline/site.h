/* An allocation site as one byte string, so that a table can intern it: the path, then the line as four bytes,
 * big-endian. */
#ifndef HB_PIPELINE_SITE_H
#define HB_PIPELINE_SITE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/status.h"
#include "pipeline/intern.h"

#define HB_SITE_LINE_BYTES 4

/* Writes the string of a path of n bytes to out, which has room for n + HB_SITE_LINE_BYTES. */
static inline void hb_site_pack(const char *path, size_t n, uint32_t line, char *out)
{
    memcpy(out, path, n);
    for (int i = 0; i < HB_SITE_LINE_BYTES; i++) out[n + (size_t)i] = (char)(line >> (24 - 8 * i));
}

/* The line of a site's string of *n bytes; *n becomes the length of the path, with which the string begins. */
static inline uint32_t hb_site_split(const char *site, size_t *n)
{
    uint32_t line = 0;
    *n -= HB_SITE_LINE_BYTES;
    for (size_t i = 0; i < HB_SITE_LINE_BYTES; i++) line = line << 8 | (unsigned char)site[*n + i];
    return line;
}

/* By site id, whether it is of that line and file: a whole path, or the end of one behind a slash. *out is allocated here. HB_ERR_MEMORY. */
hb_status hb_site_find(const hb_intern *sites, const char *file, size_t n_file, uint32_t line, uint8_t **out);

#endif
