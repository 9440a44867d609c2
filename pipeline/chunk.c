#include "pipeline/chunk.h"

#include <string.h>

#include "base/memory.h"
#include "pipeline/scan.h"

hb_status hb_chunk_reserve(hb_chunk *chunk, size_t cap)
{
    if (chunk->base != NULL && cap <= chunk->cap) return HB_OK;
    if (cap > SIZE_MAX - HB_CHUNK_HEADER - HB_SCAN_PADDING) return HB_ERR_MEMORY;
    char *base = hb_realloc(chunk->base, HB_CHUNK_HEADER + cap + HB_SCAN_PADDING, 1);
    if (base == NULL) return HB_ERR_MEMORY;
    if (chunk->base == NULL) memset(base, 0, HB_CHUNK_HEADER);
    chunk->base = base;
    chunk->cap = cap;
    return HB_OK;
}

hb_status hb_chunk_start(hb_chunk *chunk, size_t cap)
{
    if (chunk->cap / 2 > cap) {
        hb_free(chunk->base);
        chunk->base = NULL;
        chunk->cap = 0;
    }
    chunk->n = 0;
    chunk->skipped = 0;
    return hb_chunk_reserve(chunk, cap);
}

/* A scanner does not mind what is behind the text, but memcheck does when it was never written. */
void hb_chunk_end(hb_chunk *chunk, size_t n)
{
    chunk->n = n;
    memset(hb_chunk_text(chunk) + n, 0, HB_SCAN_PADDING);
}

void hb_chunk_seal(hb_chunk *chunk)
{
    uint64_t header[3] = { chunk->byte, (uint64_t)chunk->final, chunk->skipped };
    memcpy(chunk->base, header, sizeof header);
}

void hb_chunk_unseal(hb_chunk *chunk)
{
    uint64_t header[3];
    memcpy(header, chunk->base, sizeof header);
    chunk->byte = header[0];
    chunk->final = header[1] != 0;
    chunk->skipped = header[2];
}

void hb_chunk_fini(hb_chunk *chunk)
{
    hb_free(chunk->base);
    *chunk = (hb_chunk){ 0 };
}
