/* Raw DEFLATE by zlib (https://zlib.net): the decoder that is always built in.
 *
 * zlib counts what it consumed to the byte and hands out every byte that it decoded before it meets damage, so
 * this is a thin wrapper: windowBits of -15 turn its own framing off, its memory comes from base/memory, and
 * counts are cut to what its 32-bit fields hold. Its 32 KiB window is allocated at the first call of run, which
 * can therefore run out of memory. */
#define ZLIB_CONST
#include <zlib.h>

#include "base/memory.h"
#include "pipeline/inflate.h"

#define MAX_COUNT ((size_t)1 << 30) /* bytes handed to zlib at once; avail_in and avail_out have 32 bits */

static void *zlib_alloc(void *opaque, unsigned n, unsigned item_bytes)
{
    (void)opaque;
    return hb_alloc(n, item_bytes);
}

static void zlib_free(void *opaque, void *memory)
{
    (void)opaque;
    hb_free(memory);
}

static void *new_state(void)
{
    z_stream *stream = hb_alloc_zero(1, sizeof *stream);
    if (stream == NULL) return NULL;
    stream->zalloc = zlib_alloc;
    stream->zfree = zlib_free;
    if (inflateInit2(stream, -15) == Z_OK) return stream;
    hb_free(stream);
    return NULL;
}

static void free_state(void *state)
{
    if (state == NULL) return;
    inflateEnd(state);
    hb_free(state);
}

static void reset(void *state)
{
    inflateReset(state);
}

static unsigned clamp(size_t n)
{
    return (unsigned)(n < MAX_COUNT ? n : MAX_COUNT);
}

static hb_status run(void *state, hb_inflate_io *io)
{
    z_stream *stream = state;
    stream->next_in = io->in;
    stream->avail_in = clamp(io->n_in);
    stream->next_out = io->out;
    stream->avail_out = clamp(io->n_out);
    int rc = inflate(stream, Z_NO_FLUSH);
    io->n_in -= (size_t)(stream->next_in - io->in);
    io->in = stream->next_in;
    io->n_out -= (size_t)(stream->next_out - io->out);
    io->out = stream->next_out;
    io->done = rc == Z_STREAM_END;
    if (rc == Z_MEM_ERROR) return HB_ERR_MEMORY;
    /* Z_BUF_ERROR: no progress for want of input or room, which is the caller's to see. */
    return rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR ? HB_OK : HB_ERR_DATA;
}

static uint32_t crc(uint32_t before, const uint8_t *bytes, size_t n)
{
    return (uint32_t)crc32_z(before, bytes, n);
}

const hb_inflater hb_inflater_zlib = { "zlib", new_state, free_state, reset, run, crc };
