/* A piece of a dump's text that ends where a line ends: the unit that readers hand to scanners. */
#ifndef HB_PIPELINE_CHUNK_H
#define HB_PIPELINE_CHUNK_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* Room before the text, so that a chunk travels to another rank as one message. */
#define HB_CHUNK_HEADER 32

typedef struct hb_chunk {
    char *base;      /* HB_CHUNK_HEADER bytes, then cap bytes of text, then HB_SCAN_PADDING bytes */
    size_t cap;
    size_t n;        /* bytes of text; whole lines, unless `final` */
    uint64_t skipped;  /* 0; or the text is the first byte of a line that is longer than may be, and that is the rest of it */
    uint64_t byte;   /* offset of the text in the uncompressed dump */
    int final;       /* the dump ends here; its last line may lack the newline */
} hb_chunk;

static inline char *hb_chunk_text(const hb_chunk *chunk)
{
    return chunk->base + HB_CHUNK_HEADER;
}

/* Room for cap bytes of text; keeps what is there. */
hb_status hb_chunk_reserve(hb_chunk *chunk, size_t cap);

/* Empties the chunk, but for its offset, and makes room for cap bytes of text; gives memory back that is more than twice as
 * much. */
hb_status hb_chunk_start(hb_chunk *chunk, size_t cap);

/* The text is n bytes, of which there is room for; scanners find zeros behind it. */
void hb_chunk_end(hb_chunk *chunk, size_t n);

/* Writes byte, skipped and final into the header, and reads them back. */
void hb_chunk_seal(hb_chunk *chunk);
void hb_chunk_unseal(hb_chunk *chunk);

void hb_chunk_fini(hb_chunk *chunk);

#endif
