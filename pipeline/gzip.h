/* A gzip stream (RFC 1952) framed by ourselves: magic, header, CRC and length of every member, what trails. */
#ifndef HB_PIPELINE_GZIP_H
#define HB_PIPELINE_GZIP_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "pipeline/inflate.h"
#include "pipeline/limits.h"

typedef struct hb_gzip hb_gzip;

/* Reads up to n compressed bytes into buffer; returns how many, 0 at the end, -1 with errno on failure. */
typedef long (*hb_gzip_source)(void *ctx, void *buffer, size_t n);

/* Opens a stream over a source. path, which is for messages, and limits are copied. Reads nothing yet. */
hb_status hb_gzip_open(const hb_inflater *inflater, hb_gzip_source source, void *ctx, const char *path,
                       const hb_limits *limits, hb_gzip **out, hb_error *err);

/* Fills buffer with up to cap decompressed bytes; *n = 0 only at the end of the stream. Members follow one
 * another; zero bytes after the last one are padding. Errors, with the exact compressed byte in err->byte:
 * HB_ERR_DATA for a missing or wrong header, a damaged DEFLATE stream, a CRC or length that differs, a stream
 * that is cut off, other bytes after a member, and a stream that exceeds one of the limits (ratio, inflated,
 * members); HB_ERR_IO for a failed read; HB_ERR_MEMORY. With an error, *n bytes of
 * buffer still hold what came out before the damage. After an error or the end, further calls give
 * *n = 0 and the same status. */
hb_status hb_gzip_read(hb_gzip *gzip, void *buffer, size_t cap, size_t *n, hb_error *err);

/* Compressed bytes consumed so far. */
uint64_t hb_gzip_consumed(const hb_gzip *gzip);

void hb_gzip_close(hb_gzip *gzip);

#endif
