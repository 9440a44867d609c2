/* The header of one gzip member (RFC 1952, section 2.3), read byte by byte from a callback. */
#ifndef HB_PIPELINE_GZIP_HEADER_H
#define HB_PIPELINE_GZIP_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct hb_gzip_header_input {
    hb_status (*next)(void *ctx, uint8_t *byte); /* the next byte; where the file ends, an error that it has recorded */
    void *ctx;
    uint32_t (*crc32)(uint32_t crc, const uint8_t *bytes, size_t n); /* CRC-32 of RFC 1952, start from 0 */
    int first;                                   /* no member stands before this one: what is no magic is no gzip */
} hb_gzip_header_input;

typedef struct hb_gzip_header_fault {
    uint64_t offset;      /* of the wrong byte, from where the header begins */
    const char *message;  /* static; NULL: the header is sound, or next() failed */
} hb_gzip_header_fault;

/* Consumes a header and not a byte more, from the magic to the header's CRC; its contents are checked and dropped.
 * HB_ERR_DATA with *fault filled: wrong magic, a method that is not DEFLATE, reserved flags, a CRC that differs.
 * Otherwise fault->message is NULL, and an error is what next() returned. */
hb_status hb_gzip_header_read(const hb_gzip_header_input *input, hb_gzip_header_fault *fault);

#endif
