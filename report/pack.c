#include "report/pack.h"

#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "report/pack_series.h"

#define MAGIC UINT64_C(0x0000074b43415048)   /* "HPACK", and the version of the format */

enum { HEAD_MAGIC, HEAD_BYTES, HEAD_HASH, HEAD_WORDS };

static void put_head(hb_codec *c, uint64_t head[HEAD_WORDS])
{
    for (int i = 0; i < HEAD_WORDS; i++) hb_codec_word(c, &head[i]);
}

hb_status hb_pack_series(const hb_series_report *series, uint8_t **bytes, size_t *n)
{
    hb_series_report copy = *series;   /* packing changes nothing, but the description is for both ways */
    hb_codec body = { 0 }, whole = { 0 };
    hb_pack_put_series(&body, &copy);
    if (body.status == HB_OK) {
        uint64_t head[HEAD_WORDS] = { MAGIC, body.n, hb_hash_bytes(body.bytes, body.n, 0) };
        put_head(&whole, head);
        if (whole.status == HB_OK) whole.status = hb_grow(&whole.bytes, &whole.cap, whole.n + body.n, 1);
        if (whole.status == HB_OK) memcpy(whole.bytes + whole.n, body.bytes, body.n);
    }
    hb_free(body.bytes);
    if (body.status != HB_OK || whole.status != HB_OK) {
        hb_free(whole.bytes);
        return body.status != HB_OK ? body.status : whole.status;
    }
    *bytes = whole.bytes;
    *n = whole.n + body.n;
    return HB_OK;
}

hb_status hb_unpack_series(const uint8_t *bytes, size_t n, hb_series_report *out, hb_error *err)
{
    hb_codec c = { .reads = 1, .bytes = (uint8_t *)bytes, .n = n };
    uint64_t head[HEAD_WORDS] = { 0 };
    memset(out, 0, sizeof *out);
    put_head(&c, head);
    if (c.status == HB_OK && (head[HEAD_MAGIC] != MAGIC || head[HEAD_BYTES] != n - c.at ||
                              head[HEAD_HASH] != hb_hash_bytes(bytes + c.at, n - c.at, 0)))
        hb_codec_refuse(&c);
    if (c.status == HB_OK) hb_pack_put_series(&c, out);
    if (c.status == HB_OK && c.at != n) hb_codec_refuse(&c);
    if (c.status == HB_OK) return HB_OK;
    hb_series_report_fini(out);
    return hb_error_set(err, c.status, NULL, HB_NO_BYTE,
                        c.status == HB_ERR_MEMORY ? "out of memory" : "no whole report of this version of heapbatch");
}
