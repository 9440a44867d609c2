/* Raw DEFLATE by ISA-L (https://github.com/intel/isa-l), the hot path.
 *
 * isal_inflate streams, but three of its habits do not fit the contract of inflate.h (read in igzip_inflate.c of 2.30):
 *
 * 1. It loads up to eight bytes ahead into read_in. The bytes past the end of the last block belong to the gzip
 *    trailer, and the caller may have dropped the buffer that they came from by the time they are missed. So
 *    give_back() returns whole bytes as soon as a call ends for another reason than want of input. Why they are
 *    always bytes of this very call: a call that ends for want of input has decoded every symbol that was
 *    complete, so what it leaves lies before the end of a symbol that needs later bytes; every other call gave
 *    back all but a part of a byte. Within a block header (ISAL_BLOCK_HDR) nothing is given back: the bytes in
 *    tmp_in_buffer come after those in read_in, and an incomplete header needs later bytes too.
 * 2. It decodes up to 64 KiB ahead of a small output buffer, into tmp_out_buffer. When it then meets damage it
 *    returns the error at once and never delivers the rest. Here the error waits until drain() has delivered it.
 * 3. The state can be ISAL_BLOCK_INPUT_DONE (last block decoded, output pending) before it is
 *    ISAL_BLOCK_FINISH; only the latter is `done`. The output buffer is full then, so that bytes were given back.
 *
 * Each call copies the 32 KiB history twice, so output buffers of 256 KiB and more are what it likes.
 * ISA-L's own CRC (crc_flag) is not used: its decoding of the gzip wrapper reports neither where a stream broke
 * nor which of CRC and length it was. crc32_gzip_refl over bytes still in the cache costs no more:
 * with it, a stream takes as long as `igzip -dc`. */
#ifndef HB_NO_ISAL
#include <isa-l.h>
#include <string.h>

#include "base/memory.h"
#include "pipeline/inflate.h"

#define MAX_COUNT ((size_t)1 << 30) /* bytes handed to ISA-L at once; avail_in and avail_out have 32 bits */

typedef struct isal_state {
    struct inflate_state stream;
    int broken; /* the stream is not DEFLATE; isal_inflate must not be called again */
} isal_state;

static void *new_state(void)
{
    isal_state *state = hb_alloc_zero(1, sizeof *state);
    if (state != NULL) isal_inflate_init(&state->stream);
    return state;
}

static void free_state(void *state)
{
    hb_free(state);
}

static void reset(void *memory)
{
    isal_state *state = memory;
    isal_inflate_reset(&state->stream);
    state->broken = 0;
}

static uint32_t clamp(size_t n)
{
    return (uint32_t)(n < MAX_COUNT ? n : MAX_COUNT);
}

/* Moves whole bytes of read_in back to the input that began at `in`; leaves the bits of a part of a byte. */
static void give_back(struct inflate_state *stream, const uint8_t *in)
{
    size_t consumed = (size_t)(stream->next_in - in);
    size_t surplus = stream->read_in_length > 0 ? (size_t)stream->read_in_length / 8 : 0;
    if (surplus > consumed) surplus = consumed;
    if (surplus == 0) return;
    stream->next_in -= surplus;
    stream->avail_in += (uint32_t)surplus;
    stream->read_in_length -= (int32_t)(8 * surplus);
    stream->read_in &= ((uint64_t)1 << stream->read_in_length) - 1;
}

/* Whether the call ended for another reason than want of input. */
static int has_surplus(const isal_state *state)
{
    const struct inflate_state *stream = &state->stream;
    if (state->broken || stream->block_state == ISAL_BLOCK_FINISH) return 1;
    return stream->avail_out == 0 && stream->block_state != ISAL_BLOCK_HDR;
}

/* Delivers what was decoded before the damage; the error comes with the last of it. */
static hb_status drain(struct inflate_state *stream, hb_inflate_io *io)
{
    size_t pending = (size_t)(stream->tmp_out_valid - stream->tmp_out_processed);
    size_t n = pending < io->n_out ? pending : io->n_out;
    memcpy(io->out, stream->tmp_out_buffer + stream->tmp_out_processed, n);
    stream->tmp_out_processed += (int32_t)n;
    io->out += n;
    io->n_out -= n;
    return n == pending ? HB_ERR_DATA : HB_OK;
}

static hb_status run(void *memory, hb_inflate_io *io)
{
    isal_state *state = memory;
    struct inflate_state *stream = &state->stream;
    io->done = 0;
    if (state->broken) return drain(stream, io);
    stream->next_in = (uint8_t *)io->in; /* never written through */
    stream->avail_in = clamp(io->n_in);
    stream->next_out = io->out;
    stream->avail_out = clamp(io->n_out);
    state->broken = isal_inflate(stream) != ISAL_DECOMP_OK;
    if (has_surplus(state)) give_back(stream, io->in);
    io->n_in -= (size_t)(stream->next_in - io->in);
    io->in = stream->next_in;
    io->n_out -= (size_t)(stream->next_out - io->out);
    io->out = stream->next_out;
    if (state->broken) return drain(stream, io);
    io->done = stream->block_state == ISAL_BLOCK_FINISH;
    return HB_OK;
}

static uint32_t crc(uint32_t before, const uint8_t *bytes, size_t n)
{
    return crc32_gzip_refl(before, bytes, n);
}

const hb_inflater hb_inflater_isal = { "isal", new_state, free_state, reset, run, crc };

#endif
