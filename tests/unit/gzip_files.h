/* gzip files that are made here, and a reader's answers to them: members from zlib's raw deflate, framed by hand, so that
 * every field can be wrong on purpose, read with each engine in all portions in which bytes come and go. The oracle
 * is what went in. Output buffers end in a canary, because ISA-L is assembly that AddressSanitizer does not see
 * into. */
#ifndef HB_TESTS_UNIT_GZIP_FILES_H
#define HB_TESTS_UNIT_GZIP_FILES_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "pipeline/gzip.h"
#include "tests/unit/suite.h"

#define ALL ((size_t)1 << 20) /* a portion as large as any file here */
#define CANARY 64

typedef struct bytes {
    uint8_t *at;
    size_t n, cap;
} bytes;

typedef struct feed {
    const uint8_t *at;
    size_t left, step; /* bytes a call gives at most */
    int error;         /* errno at the end instead of 0 */
    int interrupts;    /* every other call fails with EINTR */
    unsigned n_calls;
} feed;

typedef struct result {
    hb_status status;
    hb_error err;
    bytes out;
    uint64_t consumed;
} result;

static const hb_inflater *engines[2];
static size_t n_engines;
static uint32_t random_state;
static hb_limits limits;   /* of read_all; the default ones unless a test changes them */

static uint32_t random_u32(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    return random_state ^= random_state << 5;
}

static void append(bytes *b, const void *more, size_t n)
{
    if (b->n + n > b->cap) {
        b->cap = (b->n + n) * 2;
        b->at = realloc(b->at, b->cap);
        if (b->at == NULL) abort();
    }
    if (n != 0) memcpy(b->at + b->n, more, n);
    b->n += n;
}

static void append_word(bytes *b, uint32_t word, int n_bytes)
{
    for (int i = 0; i < n_bytes; i++) append(b, &(uint8_t){ (uint8_t)(word >> (8 * i)) }, 1);
}

static void release(bytes *b)
{
    free(b->at);
    *b = (bytes){ 0 };
}

/* Lines like a dump's, with a run of noise now and then. */
static bytes make_text(size_t n)
{
    bytes b = { 0 };
    while (b.n < n) {
        char line[128];
        int len = snprintf(line, sizeof line, "{\"address\":\"0x7f%08x\", \"type\":\"STRING\", \"memsize\":%u}\n",
                           random_u32() & 0xfffff8, random_u32() % 4096);
        append(&b, line, (size_t)len);
        if (random_u32() % 8 == 0)
            for (int i = 0; i < 40; i++) append_word(&b, random_u32(), 4);
    }
    b.n = n;
    return b;
}

static void append_deflate(bytes *to, const uint8_t *data, size_t n, int level, int flush)
{
    z_stream z = { 0 };
    if (deflateInit2(&z, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK) abort();
    z.next_in = (Bytef *)data;
    z.avail_in = (uInt)n;
    uint8_t chunk[4096];
    do {
        z.next_out = chunk;
        z.avail_out = sizeof chunk;
        deflate(&z, flush);
        append(to, chunk, sizeof chunk - z.avail_out);
    } while (z.avail_out == 0);
    deflateEnd(&z);
}

static void append_header(bytes *to, uint8_t flags)
{
    size_t start = to->n;
    append(to, (uint8_t[]){ 0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 3 }, 10);
    if (flags & 4) append(to, "\6\0BC\2\0\x12\x34", 8);
    if (flags & 8) append(to, "heap.json", 10);
    if (flags & 16) append(to, "a comment", 10);
    if (flags & 2) append_word(to, (uint32_t)crc32(0, to->at + start, (uInt)(to->n - start)), 2);
}

static void append_member(bytes *to, const uint8_t *data, size_t n, int level, uint8_t flags)
{
    append_header(to, flags);
    append_deflate(to, data, n, level, Z_FINISH);
    append_word(to, (uint32_t)crc32_z(0, data, n), 4);
    append_word(to, (uint32_t)n, 4);
}

static long read_feed(void *ctx, void *buffer, size_t n)
{
    feed *f = ctx;
    if (f->n_calls++ % 2 == 0 && f->interrupts) {
        errno = EINTR;
        return -1;
    }
    if (f->left == 0 && f->error != 0) {
        errno = f->error;
        return -1;
    }
    if (n > f->step) n = f->step;
    if (n > f->left) n = f->left;
    memcpy(buffer, f->at, n);
    f->at += n;
    f->left -= n;
    return (long)n;
}

static uint8_t *new_output(size_t cap)
{
    uint8_t *buffer = malloc(cap + CANARY);
    if (buffer == NULL) abort();
    memset(buffer + cap, 0xa5, CANARY);
    return buffer;
}

static int canary_sings(const uint8_t *buffer, size_t cap)
{
    for (size_t i = 0; i < CANARY; i++)
        if (buffer[cap + i] != 0xa5) return 0;
    return 1;
}

/* After the end or an error: nothing more, and the same status and record again. */
static void check_sticky(hb_gzip *gzip, const result *r)
{
    uint8_t byte;
    size_t n = 1;
    hb_error again;
    hb_error_clear(&again);
    CU_ASSERT_EQUAL(hb_gzip_read(gzip, &byte, 1, &n, &again), r->status);
    CU_ASSERT_EQUAL(n, 0);
    CU_ASSERT_EQUAL(again.code, r->err.code);
    CU_ASSERT_EQUAL(again.byte, r->err.byte);
    CU_ASSERT_STRING_EQUAL(again.message, r->err.message);
    CU_ASSERT_EQUAL(hb_gzip_read(gzip, &byte, 1, &n, NULL), r->status);
}

static result read_all(const hb_inflater *engine, feed f, size_t cap)
{
    result r = { 0 };
    hb_gzip *gzip;
    hb_error_clear(&r.err);
    r.status = hb_gzip_open(engine, read_feed, &f, "x.gz", &limits, &gzip, &r.err);
    if (r.status != HB_OK) return r;
    uint8_t *buffer = new_output(cap);
    size_t n;
    do {
        r.status = hb_gzip_read(gzip, buffer, cap, &n, &r.err);
        append(&r.out, buffer, n);
    } while (r.status == HB_OK && n != 0);
    CU_ASSERT(canary_sings(buffer, cap));
    check_sticky(gzip, &r);
    r.consumed = hb_gzip_consumed(gzip);
    if (r.status != HB_OK) CU_ASSERT_STRING_EQUAL(r.err.path, "x.gz");
    free(buffer);
    hb_gzip_close(gzip);
    return r;
}

static feed whole(const bytes *file, size_t step)
{
    return (feed){ .at = file->at, .left = file->n, .step = step };
}

static int is_prefix(const bytes *part, const bytes *of)
{
    return part->n <= of->n && (part->n == 0 || memcmp(part->at, of->at, part->n) == 0);
}

static const size_t portions[] = { 1, 2, 13, 1000, 40000, 66000, ALL };
#define N_PORTIONS (sizeof portions / sizeof portions[0])

/* The k-th pair of portions for n bytes of text; 0 where the calls would be too many (ISA-L moves its 64 KiB of
 * look-ahead each time), unless the two are equal and the text just long enough to fill the look-ahead. */
static int pick_portions(size_t k, size_t n, size_t *step, size_t *cap)
{
    *step = portions[k % N_PORTIONS];
    *cap = portions[k / N_PORTIONS];
    return n / (*step < *cap ? *step : *cap) < 8000 || (*step == *cap && n <= 70000);
}

/* Every engine gives exactly `want`, in all portions. */
static void expect(const bytes *file, const bytes *want)
{
    for (size_t k = 0; k < n_engines * N_PORTIONS * N_PORTIONS; k++) {
        size_t step, cap;
        if (!pick_portions(k / n_engines, want->n, &step, &cap)) continue;
        result r = read_all(engines[k % n_engines], whole(file, step), cap);
        CU_ASSERT_EQUAL(r.status, HB_OK);
        CU_ASSERT_EQUAL(r.consumed, file->n);
        CU_ASSERT(r.out.n == want->n && is_prefix(&r.out, want));
        release(&r.out);
    }
}

/* Every engine delivers exactly `want`, then HB_ERR_DATA at `byte` (HB_NO_BYTE: anywhere, or at none) with `words` in it. */
static void expect_damage(const bytes *file, const bytes *want, uint64_t byte, const char *words)
{
    for (size_t k = 0; k < n_engines * N_PORTIONS * N_PORTIONS; k++) {
        size_t step, cap;
        if (!pick_portions(k / n_engines, want->n, &step, &cap)) continue;
        result r = read_all(engines[k % n_engines], whole(file, step), cap);
        CU_ASSERT_EQUAL(r.status, HB_ERR_DATA);
        CU_ASSERT(byte == HB_NO_BYTE ? r.err.byte <= file->n || r.err.byte == HB_NO_BYTE : r.err.byte == byte);
        CU_ASSERT_PTR_NOT_NULL(strstr(r.err.message, words));
        CU_ASSERT(r.out.n == want->n && is_prefix(&r.out, want));
        release(&r.out);
    }
}

/* What comes first in each program. */
static void begin(uint32_t seed)
{
    printf("seed %u\n", seed);
    random_state = seed;
    limits = hb_limits_default;
    if (hb_inflater_named("isal") != NULL) engines[n_engines++] = hb_inflater_named("isal");
    engines[n_engines++] = hb_inflater_named("zlib");
}

#endif
