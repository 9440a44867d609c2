/* Raw DEFLATE (RFC 1951) decoders behind one interface: ISA-L where it is built in, zlib always. */
#ifndef HB_PIPELINE_INFLATE_H
#define HB_PIPELINE_INFLATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct hb_inflate_io {
    const uint8_t *in;   /* advanced past what was consumed */
    size_t n_in;         /* bytes left to consume */
    uint8_t *out;        /* advanced past what was written */
    size_t n_out;        /* bytes of room left */
    int done;            /* set when the final block has ended; in/n_in then stand just past it */
} hb_inflate_io;

typedef struct hb_inflater {
    const char *name;                                    /* "isal", "zlib" */
    void *(*new_state)(void);                            /* NULL when out of memory */
    void (*free_state)(void *state);
    void (*reset)(void *state);                          /* before each member */
    hb_status (*run)(void *state, hb_inflate_io *io);    /* HB_ERR_DATA when the stream is not DEFLATE */
    uint32_t (*crc32)(uint32_t crc, const uint8_t *bytes, size_t n);  /* CRC-32 of RFC 1952, start from 0 */
} hb_inflater;

extern const hb_inflater hb_inflater_zlib;
#ifndef HB_NO_ISAL
extern const hb_inflater hb_inflater_isal;
#endif

/* ISA-L unless it is not built in (make ISAL=0) or HB_INFLATE=zlib is set in the environment. */
const hb_inflater *hb_inflater_best(void);

/* "isal" or "zlib"; NULL when not built in. */
const hb_inflater *hb_inflater_named(const char *name);

#endif
