/* The gzip reader: ISA-L against zlib. The first byte says in what portions it reads, and whether what follows is a file as it stands or
 * the DEFLATE data of one. */
#include <string.h>

#include "pipeline/gzip.h"
#include "tests/fuzz/fuzz.h"

#define MOST_OUT ((size_t)1 << 20)

typedef struct feed {
    const uint8_t *bytes;
    size_t n, portion;
} feed;

static long next_bytes(void *ctx, void *buffer, size_t n)
{
    feed *f = ctx;
    if (n > f->portion) n = f->portion;
    if (n > f->n) n = f->n;
    if (n != 0) memcpy(buffer, f->bytes, n);
    f->bytes += n;
    f->n -= n;
    return (long)n;
}

typedef struct result {
    char *out;
    size_t n;
    hb_status status;
} result;

/* At most MOST_OUT bytes. */
static result inflate_all(const hb_inflater *inflater, const uint8_t *bytes, size_t n, size_t portion, size_t room)
{
    feed f = { bytes, n, portion };
    result r = { malloc(MOST_OUT + room), 0, HB_OK };
    hb_gzip *gzip;
    hb_error error;
    hb_error_clear(&error);
    DEMAND(r.out != NULL && hb_gzip_open(inflater, next_bytes, &f, "f", &hb_limits_default, &gzip, &error) == HB_OK);
    for (size_t got = 1; got != 0 && r.status == HB_OK && r.n < MOST_OUT; r.n += got) {
        got = 0;
        r.status = hb_gzip_read(gzip, r.out + r.n, room, &got, &error);
        DEMAND(got <= room);
    }
    hb_gzip_close(gzip);
    return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const uint8_t header[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3 };
    if (n == 0) return 0;
    const size_t portion = (size_t)1 << (bytes[0] & 15), room = (size_t)1 << (bytes[0] >> 5 << 1);
    const size_t n_header = (bytes[0] & 16) != 0 ? sizeof header : 0;
    uint8_t *file = malloc(n_header + n);
    DEMAND(file != NULL);
    memcpy(file, header, n_header);
    memcpy(file + n_header, bytes + 1, n - 1);
    result zlib = inflate_all(&hb_inflater_zlib, file, n_header + n - 1, portion, room);
#ifndef HB_NO_ISAL
    result isal = inflate_all(&hb_inflater_isal, file, n_header + n - 1, portion, room);
    /* Where a file is damaged, one may have come further; what both have is the same. */
    const size_t both = zlib.n < isal.n ? zlib.n : isal.n;
    DEMAND(memcmp(zlib.out, isal.out, both) == 0);
    DEMAND(zlib.status == isal.status);
    if (zlib.status == HB_OK) DEMAND(zlib.n == isal.n);
    free(isal.out);
#endif
    free(zlib.out);
    free(file);
    return 0;
}
