/* A dump as a stream of chunks, whatever it is stored as: plain, gzip, standard input. Local. */
#ifndef HB_PIPELINE_SOURCE_H
#define HB_PIPELINE_SOURCE_H

#include <stdint.h>

#include "base/status.h"
#include "pipeline/chunk.h"
#include "pipeline/inflate.h"
#include "pipeline/limits.h"

typedef struct hb_source hb_source;

/* Part `part` of `n_parts` equal byte ranges of a file of `size` bytes, as hb_source_probe found it: the lines whose
 * first byte lies in the range. All parts must go by one size, or their ranges do not join: a file that is still being
 * written has another one each time it is asked. The last part reads to the end of the file. n_parts is 1 for a
 * stream, and size does not matter then. */
typedef struct hb_source_plan {
    const char *path;
    const hb_inflater *inflater;  /* for gzip; standard input, which cannot be read again, is always inflated by zlib */
    size_t chunk_bytes;           /* the size of a chunk; one line longer than that makes a longer chunk */
    int part, n_parts;
    uint64_t size;
    const hb_limits *limits;      /* copied; of a line longer than they allow the chunk has the first byte alone */
} hb_source_plan;

/* HB_ERR_DATA as hb_source_probe, HB_ERR_MEMORY. */
hb_status hb_source_open(const hb_source_plan *plan, hb_source **out, hb_error *err);

/* The next chunk into *chunk, whose memory is reused; chunk->n = 0 at the end. A read error or damaged gzip ends
 * the stream early: what came before is delivered, then hb_source_damage tells. Returns HB_ERR_MEMORY or HB_OK. */
hb_status hb_source_next(hb_source *source, hb_chunk *chunk);

/* NULL, or what ended the stream early. */
const hb_error *hb_source_damage(const hb_source *source);

/* Whether a gzip stream was damaged and another decoder than zlib read it. How much decoders deliver before the damage
 * differs by some bytes, which can make a last line whole or not; so that there is one answer, the text of a damaged
 * stream is what zlib makes of it: open it again with that. */
int hb_source_needs_zlib(const hb_source *source);

/* Bytes of the file consumed so far, for progress. */
uint64_t hb_source_position(const hb_source *source);

void hb_source_close(hb_source *source);

#endif
