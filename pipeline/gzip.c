/* A gzip stream, from compressed bytes to plain ones.
 *
 * Enters: compressed bytes from a callback, in whatever portions it likes. Leaves: the concatenated contents of all
 * members, each checked against its CRC-32 and its length. Method: RFC 1952 (https://www.rfc-editor.org/rfc/rfc1952)
 * read from the file's side, because zlib's gzread takes an empty file, plain text and trailing garbage without a
 * word, and neither it nor ISA-L says at which byte a stream broke.
 *
 *     BETWEEN  --header-->  IN_MEMBER  --last block, trailer-->  BETWEEN  --end of file-->  AT_END
 *
 * Headers (gzip_header.c) and trailers are a few bytes each and are read byte by byte with next_byte(), which refills
 * the block and so makes block boundaries nobody's concern. Only IN_MEMBER is left with work undone, when the caller's
 * buffer is full; what is pending then is inside the decoder. A block is refilled only when the decoder, given no
 * more input, still has room: what it has decoded already comes out before the source is asked, or found dry.
 *
 * Invariant: n_read - left is the offset in the file of the next byte to consume; when a decoder is done, and in
 * headers and trailers, it is exact. Within a member it may stand a few bytes (ISA-L: what 64 KiB of output
 * needs) past what the delivered bytes came from.
 *
 * Every failure goes through fail(), which keeps the record: data decoded before the damage is delivered with it,
 * and every later call repeats it.
 *
 * After a member: zero bytes are padding (tape blocks, preallocated files); a further member may follow them, as
 * in Python's gzip. Anything else is damage: a dump whose tail is garbage is reported, not
 * taken for whole.
 *
 * Bombs: DEFLATE compresses at most 1032 times, dumps 17 to 23 times. Past the first 64 MiB, more than limits.ratio times
 * is an error. It is checked at fixed offsets of the output (64 MiB + 1, then every 16 MiB), so that it does not
 * depend on the sizes of the caller's buffers where a bomb is stopped. Nor does it with limits.inflated: a piece ends one
 * byte behind that limit at the latest, and that byte, which shows that there is more, is not handed on.
 *
 * Cost: 256 KiB and the decoder's state a stream, nothing a member. */
#include "pipeline/gzip.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "pipeline/gzip_header.h"

#define BLOCK_BYTES ((size_t)256 << 10)
#define PIECE_BYTES ((size_t)1 << 20) /* decoded at once, then summed while it is in the cache */
#define BOMB_FREE_BYTES ((uint64_t)64 << 20)
#define BOMB_STEP_BYTES ((uint64_t)16 << 20)

typedef enum place { BETWEEN, IN_MEMBER, AT_END } place;

struct hb_gzip {
    const hb_inflater *inflater;
    void *state; /* of the inflater */
    hb_gzip_source source;
    void *ctx;
    char *path;
    hb_limits limits;
    uint8_t *block;         /* BLOCK_BYTES */
    const uint8_t *next;    /* in block */
    size_t left;            /* bytes at next */
    uint64_t n_read;        /* bytes that the source has given */
    uint64_t n_out;         /* bytes decompressed */
    uint64_t next_check;    /* the value of n_out at which the ratio is looked at next */
    uint64_t n_members;     /* begun */
    uint32_t crc;           /* of this member's bytes so far */
    uint32_t n_member_out;  /* this member's bytes so far, mod 2^32 */
    place place;
    hb_error error;         /* what every call returns from now on */
};

uint64_t hb_gzip_consumed(const hb_gzip *gzip)
{
    return gzip->n_read - gzip->left;
}

static hb_status fail(hb_gzip *gzip, hb_status code, uint64_t byte, const char *message)
{
    return hb_error_set(&gzip->error, code, gzip->path, byte, "%s", message);
}

/* Gets at least one byte; at the end of the file leaves left = 0. */
static hb_status refill(hb_gzip *gzip)
{
    assert(gzip->left == 0);
    long n;
    do
        n = gzip->source(gzip->ctx, gzip->block, BLOCK_BYTES);
    while (n < 0 && errno == EINTR);
    if (n < 0) return fail(gzip, HB_ERR_IO, gzip->n_read, strerror(errno));
    assert((size_t)n <= BLOCK_BYTES);
    gzip->next = gzip->block;
    gzip->left = (size_t)n;
    gzip->n_read += (uint64_t)n;
    return HB_OK;
}

/* Refills an empty block where more must follow. `where` is the message for a file that ends here. */
static hb_status need_input(hb_gzip *gzip, const char *where)
{
    if (gzip->left != 0) return HB_OK;
    hb_status status = refill(gzip);
    if (status == HB_OK && gzip->left == 0) return fail(gzip, HB_ERR_DATA, gzip->n_read, where);
    return status;
}

static hb_status next_byte(hb_gzip *gzip, const char *where, uint8_t *byte)
{
    hb_status status = need_input(gzip, where);
    if (status != HB_OK) return status;
    *byte = *gzip->next++;
    gzip->left--;
    return HB_OK;
}

static hb_status next_header_byte(void *ctx, uint8_t *byte)
{
    return next_byte(ctx, "the file is cut off inside a gzip header", byte);
}

static hb_status read_header(hb_gzip *gzip)
{
    uint64_t at = hb_gzip_consumed(gzip);
    hb_gzip_header_input input = { next_header_byte, gzip, gzip->inflater->crc32, gzip->n_members == 0 };
    hb_gzip_header_fault fault;
    hb_status status = hb_gzip_header_read(&input, &fault);
    return fault.message == NULL ? status : fail(gzip, status, at + fault.offset, fault.message);
}

/* Leaves next at a byte that is not padding, or left = 0 at the end of the file. */
static hb_status skip_padding(hb_gzip *gzip)
{
    for (;;) {
        if (gzip->left == 0) {
            hb_status status = refill(gzip);
            if (status != HB_OK || gzip->left == 0) return status;
        }
        if (gzip->n_members == 0 || *gzip->next != 0) return HB_OK;
        gzip->next++;
        gzip->left--;
    }
}

static hb_status begin_member(hb_gzip *gzip)
{
    hb_status status;
    HB_TRY(skip_padding(gzip));
    if (gzip->left == 0) {
        if (gzip->n_members == 0) return fail(gzip, HB_ERR_DATA, 0, "the file is empty");
        gzip->place = AT_END;
        return HB_OK;
    }
    const uint64_t at = hb_gzip_consumed(gzip);
    HB_TRY(read_header(gzip));
    if (gzip->n_members == gzip->limits.members)
        return hb_error_set(&gzip->error, HB_ERR_DATA, gzip->path, at,
                            "the file has more than %" PRIu64 " gzip members: the rest is not read; --max members=N allows more",
                            gzip->limits.members);
    gzip->inflater->reset(gzip->state);
    gzip->n_members++;
    gzip->crc = 0;
    gzip->n_member_out = 0;
    gzip->place = IN_MEMBER;
out:
    return status;
}

static hb_status read_word(hb_gzip *gzip, uint32_t *word)
{
    hb_status status = HB_OK;
    *word = 0;
    for (unsigned shift = 0; shift < 32; shift += 8) {
        uint8_t byte;
        HB_TRY(next_byte(gzip, "the file is cut off inside a gzip trailer", &byte));
        *word |= (uint32_t)byte << shift;
    }
out:
    return status;
}

static hb_status end_member(hb_gzip *gzip)
{
    hb_status status;
    uint32_t crc, n;
    uint64_t at = hb_gzip_consumed(gzip);
    HB_TRY(read_word(gzip, &crc));
    if (crc != gzip->crc)
        return fail(gzip, HB_ERR_DATA, at, "the CRC of a gzip member differs: the file is damaged somewhere before");
    HB_TRY(read_word(gzip, &n));
    if (n != gzip->n_member_out)
        return fail(gzip, HB_ERR_DATA, at + 4, "the length of a gzip member differs from what its trailer says");
    gzip->place = BETWEEN;
out:
    return status;
}

static hb_status check_ratio(hb_gzip *gzip)
{
    if (gzip->n_out < gzip->next_check) return HB_OK;
    gzip->next_check += BOMB_STEP_BYTES;
    if ((gzip->n_out - 1) / gzip->limits.ratio < hb_gzip_consumed(gzip)) return HB_OK;
    return hb_error_set(&gzip->error, HB_ERR_DATA, gzip->path, hb_gzip_consumed(gzip),
                        "the file inflates to more than %" PRIu64 " times its size: taken for a gzip bomb, the rest is not read; "
                        "--max ratio=N allows more", gzip->limits.ratio);
}

/* How much of the caller's room to fill before the CRC and the limits are looked at. */
static size_t piece_bytes(const hb_gzip *gzip, size_t room)
{
    uint64_t until_check = gzip->next_check - gzip->n_out;
    size_t piece = room < PIECE_BYTES ? room : PIECE_BYTES;
    if (piece > until_check) piece = (size_t)until_check;
    const uint64_t until_limit = gzip->limits.inflated - gzip->n_out;
    return piece <= until_limit ? piece : (size_t)until_limit + 1;
}

static void account(hb_gzip *gzip, const hb_inflate_io *io, const uint8_t *out, size_t n)
{
    gzip->next = io->in;
    gzip->left = io->n_in;
    gzip->crc = gzip->inflater->crc32(gzip->crc, out, n);
    gzip->n_member_out += (uint32_t)n;
    gzip->n_out += n;
}

/* One call of the decoder and what follows from it; *n grows by the bytes written. */
static hb_status inflate_piece(hb_gzip *gzip, uint8_t *out, size_t room, size_t *n)
{
    hb_inflate_io io = { gzip->next, gzip->left, out, piece_bytes(gzip, room), 0 };
    hb_status status = gzip->inflater->run(gzip->state, &io);
    size_t written = (size_t)(io.out - out);
    account(gzip, &io, out, written);
    *n += written;
    if (status == HB_ERR_MEMORY) return fail(gzip, status, HB_NO_BYTE, "out of memory while inflating");
    if (gzip->n_out > gzip->limits.inflated) {
        --*n;
        return hb_error_set(&gzip->error, HB_ERR_DATA, gzip->path, HB_NO_BYTE,
                            "the file inflates to more than %" PRIu64 " bytes: the rest is not read; --max inflated=BYTES allows more",
                            gzip->limits.inflated);
    }
    if (status == HB_OK) status = check_ratio(gzip);
    else fail(gzip, status, hb_gzip_consumed(gzip), "the DEFLATE data of a gzip member are damaged");
    if (status != HB_OK) return status;
    if (io.done) return end_member(gzip);
    return io.n_out == 0 ? HB_OK : need_input(gzip, "the file is cut off inside the data of a gzip member");
}

hb_status hb_gzip_read(hb_gzip *gzip, void *buffer, size_t cap, size_t *n, hb_error *err)
{
    assert(cap > 0);
    uint8_t *out = buffer;
    hb_status status = gzip->error.code;
    *n = 0;
    while (status == HB_OK && *n < cap && gzip->place != AT_END)
        status = gzip->place == IN_MEMBER ? inflate_piece(gzip, out + *n, cap - *n, n) : begin_member(gzip);
    if (status == HB_OK) return HB_OK;
    return hb_error_set(err, status, gzip->path, gzip->error.byte, "%s", gzip->error.message);
}

hb_status hb_gzip_open(const hb_inflater *inflater, hb_gzip_source source, void *ctx, const char *path,
                       const hb_limits *limits, hb_gzip **out, hb_error *err)
{
    *out = NULL;
    hb_gzip *gzip = hb_alloc_zero(1, sizeof *gzip);
    if (gzip == NULL) goto out_of_memory;
    hb_error_clear(&gzip->error);
    gzip->inflater = inflater;
    gzip->source = source;
    gzip->ctx = ctx;
    gzip->limits = *limits;
    gzip->next_check = BOMB_FREE_BYTES + 1;
    gzip->path = hb_copy_text(path, strlen(path));
    gzip->block = hb_alloc(BLOCK_BYTES, 1);
    gzip->next = gzip->block;
    gzip->state = inflater->new_state();
    if (gzip->path == NULL || gzip->block == NULL || gzip->state == NULL) goto out_of_memory;
    *out = gzip;
    return HB_OK;
out_of_memory:
    hb_gzip_close(gzip);
    return hb_error_set(err, HB_ERR_MEMORY, path, HB_NO_BYTE, "out of memory for a gzip stream");
}

void hb_gzip_close(hb_gzip *gzip)
{
    if (gzip == NULL) return;
    gzip->inflater->free_state(gzip->state);
    hb_free(gzip->block);
    hb_free(gzip->path);
    hb_free(gzip);
}
