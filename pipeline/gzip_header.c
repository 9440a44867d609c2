/* Enters: the bytes of a gzip member from its first on. Leaves: whether they are a header, and if not, which of them is
 * wrong and why. Method: RFC 1952 (https://www.rfc-editor.org/rfc/rfc1952), section 2.3, field by field:
 *
 *     1f 8b | CM = 8 | FLG | MTIME, XFL, OS (6) | FEXTRA: length (2), bytes | FNAME: text, NUL | FCOMMENT: text, NUL |
 *     FHCRC: the low 16 bits of the CRC-32 of all before it
 *
 * Of these nothing is kept: what matters is where the DEFLATE data begin, and that a damaged file is noticed here
 * rather than inflated.
 *
 * Invariant: crc and offset cover exactly the bytes consumed. Cost: a call and a CRC step a byte, some twenty a
 * member; no allocation. */
#include "pipeline/gzip_header.h"

enum { FHCRC = 0x02, FEXTRA = 0x04, FNAME = 0x08, FCOMMENT = 0x10, RESERVED = 0xe0 };

typedef struct reader {
    const hb_gzip_header_input *input;
    hb_gzip_header_fault *fault;
    uint64_t offset; /* bytes consumed */
    uint32_t crc;    /* of these */
} reader;

static hb_status fail(reader *r, uint64_t offset, const char *message)
{
    *r->fault = (hb_gzip_header_fault){ offset, message };
    return HB_ERR_DATA;
}

static hb_status next_byte(reader *r, uint8_t *byte)
{
    hb_status status = r->input->next(r->input->ctx, byte);
    if (status != HB_OK) return status;
    r->crc = r->input->crc32(r->crc, byte, 1);
    r->offset++;
    return HB_OK;
}

/* Two bytes, the lower first. */
static hb_status next_short(reader *r, uint32_t *value)
{
    hb_status status;
    uint8_t low, high;
    HB_TRY(next_byte(r, &low));
    HB_TRY(next_byte(r, &high));
    *value = (uint32_t)high << 8 | low;
out:
    return status;
}

static hb_status skip_extra(reader *r)
{
    hb_status status;
    uint8_t byte;
    uint32_t n;
    HB_TRY(next_short(r, &n));
    for (; n > 0; n--) HB_TRY(next_byte(r, &byte));
out:
    return status;
}

/* A file name or a comment, up to and with its NUL. */
static hb_status skip_text(reader *r)
{
    hb_status status;
    uint8_t byte;
    do
        HB_TRY(next_byte(r, &byte));
    while (byte != 0);
out:
    return status;
}

static hb_status check_crc(reader *r)
{
    hb_status status;
    uint64_t at = r->offset;
    uint32_t stored, expected = r->crc & 0xffff;
    HB_TRY(next_short(r, &stored));
    if (stored != expected) status = fail(r, at, "the CRC of a gzip header differs: the file is damaged");
out:
    return status;
}

static hb_status check_magic(reader *r)
{
    static const uint8_t magic[2] = { 0x1f, 0x8b };
    hb_status status = HB_OK;
    for (int i = 0; i < 2; i++) {
        uint8_t byte;
        HB_TRY(next_byte(r, &byte));
        if (byte != magic[i])
            return fail(r, 0, r->input->first ? "this is no gzip file: it does not begin with 1f 8b"
                                              : "bytes that are no gzip member follow");
    }
out:
    return status;
}

/* Method and flags, then six bytes that do not matter: MTIME, XFL, OS. */
static hb_status read_fixed_fields(reader *r, uint8_t *flags)
{
    hb_status status;
    uint8_t byte;
    uint64_t at = r->offset;
    HB_TRY(next_byte(r, &byte));
    if (byte != 8) return fail(r, at, "a gzip member is compressed by another method than DEFLATE");
    HB_TRY(next_byte(r, flags));
    if (*flags & RESERVED) return fail(r, at + 1, "a gzip header has reserved flags set");
    for (int i = 0; i < 6; i++) HB_TRY(next_byte(r, &byte));
out:
    return status;
}

hb_status hb_gzip_header_read(const hb_gzip_header_input *input, hb_gzip_header_fault *fault)
{
    hb_status status;
    /* cppcheck-suppress ctuuninitvar ; it is filled two lines below */
    reader r = { input, fault, 0, 0 };
    uint8_t flags = 0;
    *fault = (hb_gzip_header_fault){ 0, NULL };
    HB_TRY(check_magic(&r));
    HB_TRY(read_fixed_fields(&r, &flags));
    if (flags & FEXTRA) HB_TRY(skip_extra(&r));
    if (flags & FNAME) HB_TRY(skip_text(&r));
    if (flags & FCOMMENT) HB_TRY(skip_text(&r));
    if (flags & FHCRC) HB_TRY(check_crc(&r));
out:
    return status;
}
