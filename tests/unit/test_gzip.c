/* The gzip reader with both engines. The oracle is what went in: members are made here with zlib's raw deflate
 * and framed by hand, so that every field can be wrong on purpose. What a damaged stream delivers must be a
 * prefix of the truth wherever the CRC has not been reached; an undamaged one, all of it, whatever the portions
 * in which bytes come and go. Output buffers end in a canary, because ISA-L is assembly that
 * AddressSanitizer does not see into. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/memory.h"
#include "pipeline/gzip.h"
#include "tests/unit/suite.h"

#define ALL ((size_t)1 << 20) /* a portion as large as any file here */
#define CANARY 64
#define SEED 20240611u

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
static uint32_t random_state = SEED;

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
    r.status = hb_gzip_open(engine, read_feed, &f, "x.gz", &gzip, &r.err);
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

/* Every engine delivers exactly `want`, then HB_ERR_DATA at `byte` (HB_NO_BYTE: anywhere) with `words` in it. */
static void expect_damage(const bytes *file, const bytes *want, uint64_t byte, const char *words)
{
    for (size_t k = 0; k < n_engines * N_PORTIONS * N_PORTIONS; k++) {
        size_t step, cap;
        if (!pick_portions(k / n_engines, want->n, &step, &cap)) continue;
        result r = read_all(engines[k % n_engines], whole(file, step), cap);
        CU_ASSERT_EQUAL(r.status, HB_ERR_DATA);
        CU_ASSERT(byte == HB_NO_BYTE ? r.err.byte <= file->n : r.err.byte == byte);
        CU_ASSERT_PTR_NOT_NULL(strstr(r.err.message, words));
        CU_ASSERT(r.out.n == want->n && is_prefix(&r.out, want));
        release(&r.out);
    }
}

static void test_single(void)
{
    static const size_t sizes[] = { 0, 1, 100, 32768, 65536, 70000, 200000 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        bytes text = make_text(sizes[i]), file = { 0 };
        append_member(&file, text.at, text.n, (int)(i * 3 % 10), 0);
        expect(&file, &text);
        release(&text);
        release(&file);
    }
}

/* ISA-L's look-ahead fills at 64 KiB: members that end a few bytes past it, with bytes of the trailer loaded. */
static void test_end_at_lookahead(void)
{
    bytes text = make_text(65600);
    for (size_t n = 65530; n < 65570; n++) {
        bytes file = { 0 }, want = { text.at, n, 0 };
        append_member(&file, text.at, n, 6, 0);
        for (size_t k = 0; k < n_engines * 3; k++) {
            result r = read_all(engines[k % n_engines], whole(&file, ALL), portions[3 + k / n_engines]);
            CU_ASSERT_EQUAL(r.status, HB_OK);
            CU_ASSERT(r.out.n == n && is_prefix(&r.out, &want));
            release(&r.out);
        }
        release(&file);
    }
    release(&text);
}

static void test_levels(void)
{
    bytes text = make_text(90000);
    for (int level = 0; level <= 9; level += 3) {
        bytes file = { 0 };
        append_member(&file, text.at, text.n, level, 0);
        expect(&file, &text);
        release(&file);
    }
    release(&text);
}

/* Runs: matches that overlap themselves and are cut by the end of the output buffer. */
static void test_runs(void)
{
    bytes text = { 0 }, file = { 0 };
    while (text.n < 150000) {
        uint32_t r = random_u32();
        for (uint32_t i = 0; i < r % 700; i++) append(&text, &(uint8_t){ (uint8_t)(r >> 16) }, 1);
        append_word(&text, r, 3);
    }
    append_member(&file, text.at, text.n, 9, 0);
    expect(&file, &text);
    release(&text);
    release(&file);
}

static void test_members(void)
{
    bytes text = make_text(50000), file = { 0 };
    append_member(&file, NULL, 0, 6, 0);
    append_member(&file, text.at, 20000, 6, 8);
    append_member(&file, NULL, 0, 0, 2);
    append_member(&file, NULL, 0, 6, 0);
    append_member(&file, text.at + 20000, 30000, 0, 0);
    append_member(&file, NULL, 0, 6, 0);
    expect(&file, &text);
    release(&text);
    release(&file);
}

static void test_bgzf(void)
{
    bytes text = make_text(400000), file = { 0 };
    for (size_t at = 0; at < text.n; at += 100) append_member(&file, text.at + at, 100, 6, 4);
    append_member(&file, NULL, 0, 6, 4);
    for (size_t i = 0; i < n_engines * 2; i++) {
        result r = read_all(engines[i / 2], whole(&file, i % 2 ? ALL : 17), 65536);
        CU_ASSERT_EQUAL(r.status, HB_OK);
        CU_ASSERT(r.out.n == text.n && is_prefix(&r.out, &text));
        release(&r.out);
    }
    release(&text);
    release(&file);
}

static void test_header_fields(void)
{
    bytes text = make_text(300);
    for (unsigned flags = 0; flags < 32; flags++) {
        bytes file = { 0 };
        append_member(&file, text.at, text.n, 6, (uint8_t)flags);
        expect(&file, &text);
        release(&file);
    }
    release(&text);
}

static void test_header_damage(void)
{
    bytes text = make_text(300), file = { 0 }, none = { 0 };
    append_member(&file, text.at, text.n, 6, 2);
    file.at[11] ^= 0x40;
    expect_damage(&file, &none, 10, "header");
    file.at[11] ^= 0x40;
    file.at[3] = 0x22;
    expect_damage(&file, &none, 3, "reserved");
    file.at[2] = 7;
    expect_damage(&file, &none, 2, "method");
    file.at[1] = 0x8c;
    expect_damage(&file, &none, 0, "no gzip file");
    release(&text);
    release(&file);
}

/* A cut at the end of the first of two members leaves a valid file; at 0, an empty one; elsewhere, damage. */
static void check_cut(const bytes *file, const bytes *text, size_t boundary, size_t n, const hb_inflater *engine)
{
    static const size_t few[] = { 1, 5, ALL };
    for (int k = 0; k < 9; k++) {
        uint8_t *copy = malloc(n + 1);
        if (copy == NULL) abort();
        memcpy(copy, file->at, n);
        result r = read_all(engine, (feed){ .at = copy, .left = n, .step = few[k % 3] }, few[k / 3]);
        CU_ASSERT_EQUAL(r.status, n == boundary ? HB_OK : HB_ERR_DATA);
        if (n != boundary) CU_ASSERT_PTR_NOT_NULL(strstr(r.err.message, n == 0 ? "empty" : "cut off"));
        if (n != boundary) CU_ASSERT_EQUAL(r.err.byte, n);
        CU_ASSERT_EQUAL(r.consumed, n);
        CU_ASSERT(is_prefix(&r.out, text));
        if (n >= boundary) CU_ASSERT(r.out.n >= 250);
        release(&r.out);
        free(copy);
    }
}

static void test_every_cut(void)
{
    bytes text = make_text(500), file = { 0 };
    append_member(&file, text.at, 250, 6, 0x1e);
    size_t boundary = file.n;
    append_member(&file, text.at + 250, 250, 9, 4);
    for (size_t n = 0; n < file.n; n++)
        for (size_t e = 0; e < n_engines; e++) check_cut(&file, &text, boundary, n, engines[e]);
    release(&text);
    release(&file);
}

/* What a cut file delivers does not depend on the portions of the output, and both engines give the same. */
static void test_cut_is_complete(void)
{
    bytes text = make_text(150000), file = { 0 };
    append_member(&file, text.at, text.n, 6, 0);
    file.n = file.n * 2 / 3;
    result r = read_all(&hb_inflater_zlib, whole(&file, ALL), ALL);
    CU_ASSERT(r.out.n > 90000 && is_prefix(&r.out, &text));
    CU_ASSERT_EQUAL(r.err.byte, file.n);
    for (size_t k = 0; k < N_PORTIONS * n_engines; k++) {
        result s = read_all(engines[k % n_engines], whole(&file, 1000), portions[k / n_engines]);
        CU_ASSERT_EQUAL(s.err.byte, file.n);
        CU_ASSERT(s.out.n + 3 >= r.out.n && is_prefix(&s.out, &text));
        release(&s.out);
    }
    release(&r.out);
    release(&text);
    release(&file);
}

static void test_trailer_damage(void)
{
    bytes text = make_text(70000), file = { 0 };
    append_member(&file, text.at, text.n, 6, 0);
    for (size_t i = 1; i <= 8; i++) {
        file.at[file.n - i] ^= 0x10;
        expect_damage(&file, &text, i <= 4 ? file.n - 4 : file.n - 8, i <= 4 ? "length" : "CRC");
        file.at[file.n - i] ^= 0x10;
    }
    release(&text);
    release(&file);
}

/* Bits of MTIME, XFL and OS, and FTEXT, do not matter; any other is noticed or changes nothing. */
static void test_every_bit(void)
{
    bytes text = make_text(600), file = { 0 };
    append_member(&file, text.at, text.n, 6, 0);
    for (size_t bit = 0; bit < 8 * file.n * n_engines; bit++) {
        size_t at = bit / n_engines / 8;
        file.at[at] ^= (uint8_t)(1u << bit / n_engines % 8);
        for (size_t k = 0; k < 4; k++) {
            result r = read_all(engines[bit % n_engines], whole(&file, k % 2 ? 1 : ALL), k / 2 ? 7 : ALL);
            if (r.status == HB_OK) CU_ASSERT(r.out.n == text.n && is_prefix(&r.out, &text));
            if (at >= 4 && at < 10) CU_ASSERT_EQUAL(r.status, HB_OK);
            if (r.status != HB_OK) CU_ASSERT(r.status == HB_ERR_DATA && r.err.byte <= file.n);
            release(&r.out);
        }
        file.at[at] ^= (uint8_t)(1u << bit / n_engines % 8);
    }
    release(&text);
    release(&file);
}

static void test_noise(void)
{
    bytes text = make_text(100000), file = { 0 };
    append_member(&file, text.at, text.n, 6, 0);
    for (int round = 0; round < 300; round++) {
        bytes bad = { 0 };
        append(&bad, file.at, file.n);
        for (uint32_t i = random_u32() % 4 + 1; i > 0; i--) bad.at[random_u32() % bad.n] ^= (uint8_t)random_u32();
        for (size_t k = 0; k < n_engines; k++) {
            result r = read_all(engines[k], whole(&bad, portions[3 + round % 4]), portions[3 + round / 4 % 4]);
            CU_ASSERT(r.status == HB_ERR_DATA || is_prefix(&r.out, &text));
            release(&r.out);
        }
        release(&bad);
    }
    release(&text);
    release(&file);
}

/* Blocks that end on a byte, then one of the reserved type: all that was decoded before it comes out. */
static void test_delivers_before_damage(void)
{
    for (size_t n = 100; n < 300000; n = n * 3 + 1) {
        bytes text = make_text(n), file = { 0 };
        append_header(&file, 0);
        append_deflate(&file, text.at, text.n, 6, Z_FULL_FLUSH);
        append(&file, "\7 and so on and so on", 21);
        expect_damage(&file, &text, HB_NO_BYTE, "DEFLATE");
        release(&text);
        release(&file);
    }
}

static void test_what_trails(void)
{
    bytes text = make_text(5000), file = { 0 };
    append_member(&file, text.at, text.n, 6, 0);
    size_t end = file.n;
    append(&file, "garbage", 7);
    expect_damage(&file, &text, end, "bytes that are no gzip member follow");
    file.n = end;
    append(&file, (uint8_t[2000]){ 0 }, 2000);
    expect(&file, &text);
    append(&file, "\x1f\x8c", 2);
    expect_damage(&file, &text, end + 2000, "bytes that are no gzip member follow");
    file.n--;
    expect_damage(&file, &text, end + 2001, "cut off");
    file.n--;
    append_member(&file, text.at, 100, 6, 0);
    bytes twice = { 0 };
    append(&twice, text.at, text.n);
    append(&twice, text.at, 100);
    expect(&file, &twice);
    release(&twice);
    release(&text);
    release(&file);
}

static void test_no_gzip(void)
{
    bytes none = { 0 }, file = { 0 };
    append(&file, "", 0);
    file.at = malloc(1);
    expect_damage(&file, &none, 0, "empty");
    append(&file, "{\"type\":\"ROOT\"}\n", 16);
    expect_damage(&file, &none, 0, "no gzip file");
    file.n = 1;
    expect_damage(&file, &none, 0, "no gzip file");
    memset(file.at, 0, 10);
    file.n = 10;
    expect_damage(&file, &none, 0, "no gzip file");
    release(&file);
}

static uint64_t count_out(const hb_inflater *engine, const bytes *file, size_t cap, hb_status *status, hb_error *err)
{
    feed f = whole(file, ALL);
    hb_gzip *gzip;
    uint64_t total = 0;
    size_t n = 0;
    uint8_t *buffer = malloc(cap);
    hb_error_clear(err);
    if (buffer == NULL || hb_gzip_open(engine, read_feed, &f, "x.gz", &gzip, err) != HB_OK) abort();
    do {
        *status = hb_gzip_read(gzip, buffer, cap, &n, err);
        total += n;
    } while (*status == HB_OK && n != 0);
    hb_gzip_close(gzip);
    free(buffer);
    return total;
}

static void test_bomb(void)
{
    size_t mib64 = (size_t)64 << 20, sizes[] = { mib64, mib64 + 1, 100 * ALL };
    uint8_t *zeros = calloc(sizes[2], 1);
    for (size_t i = 0; i < 3; i++) {
        bytes file = { 0 };
        append_member(&file, zeros, sizes[i], 6, 0);
        for (size_t k = 0; k < n_engines * 3; k++) {
            hb_status status;
            hb_error err;
            size_t cap = (size_t[]){ 65536, 1000003, 200 * ALL }[k % 3];
            uint64_t n = count_out(engines[k / 3], &file, cap, &status, &err);
            CU_ASSERT_EQUAL(status, i == 0 ? HB_OK : HB_ERR_DATA);
            CU_ASSERT_EQUAL(n, i == 0 ? mib64 : mib64 + 1);
            if (i != 0) CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "bomb"));
        }
        release(&file);
    }
    free(zeros);
}

static void test_source_fails(void)
{
    bytes text = make_text(9000), file = { 0 };
    append_member(&file, text.at, text.n, 6, 0);
    for (size_t n = 0; n <= file.n; n += 41) {
        feed f = { .at = file.at, .left = n, .step = 100, .error = EIO };
        result r = read_all(engines[n % n_engines], f, 50);
        CU_ASSERT_EQUAL(r.status, HB_ERR_IO);
        CU_ASSERT_EQUAL(r.err.byte, n);
        CU_ASSERT_STRING_EQUAL(r.err.message, strerror(EIO));
        CU_ASSERT(is_prefix(&r.out, &text));
        release(&r.out);
    }
    feed f = whole(&file, 100);
    f.interrupts = 1;
    result r = read_all(engines[0], f, 50);
    CU_ASSERT(r.status == HB_OK && r.out.n == text.n && is_prefix(&r.out, &text));
    release(&r.out);
    release(&text);
    release(&file);
}

/* With 0, 1, 2... allocations allowed: HB_ERR_MEMORY until it succeeds, and nothing leaks. */
static void test_memory(void)
{
    bytes text = make_text(9000), file = { 0 };
    append_member(&file, text.at, text.n, 6, 0);
    for (size_t e = 0; e < n_engines; e++) {
        uint64_t nth = 1;
        hb_status status;
        do {
            hb_memory_fail_at(nth, 1);
            result r = read_all(engines[e], whole(&file, ALL), 50);
            hb_memory_fail_at(0, 0);
            status = r.status;
            CU_ASSERT(status == HB_OK || (status == HB_ERR_MEMORY && r.err.code == HB_ERR_MEMORY));
            release(&r.out);
        } while (status != HB_OK && nth++ < 20);
        CU_ASSERT(nth > 3 && nth < 20);
    }
    release(&text);
    release(&file);
}

static void test_choice(void)
{
    CU_ASSERT_PTR_EQUAL(hb_inflater_named("zlib"), &hb_inflater_zlib);
    CU_ASSERT_PTR_NULL(hb_inflater_named("rot13"));
    setenv("HB_INFLATE", "zlib", 1);
    CU_ASSERT_PTR_EQUAL(hb_inflater_best(), &hb_inflater_zlib);
    setenv("HB_INFLATE", "rot13", 1);
    CU_ASSERT_PTR_EQUAL(hb_inflater_best(), engines[0]);
    unsetenv("HB_INFLATE");
    CU_ASSERT_PTR_EQUAL(hb_inflater_best(), engines[0]);
    for (size_t e = 0; e < n_engines; e++)
        CU_ASSERT_EQUAL(engines[e]->crc32(0, (const uint8_t *)"123456789", 9), 0xcbf43926u);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "one member", test_single }, { "end at the look-ahead", test_end_at_lookahead },
        { "compression levels", test_levels }, { "runs", test_runs },
        { "many members", test_members }, { "BGZF", test_bgzf }, { "header fields", test_header_fields },
        { "header damage", test_header_damage }, { "every cut", test_every_cut },
        { "a cut file is read to the end", test_cut_is_complete }, { "trailer damage", test_trailer_damage },
        { "every bit", test_every_bit }, { "noise", test_noise },
        { "data before damage", test_delivers_before_damage }, { "what trails", test_what_trails },
        { "no gzip", test_no_gzip }, { "bomb", test_bomb }, { "the source fails", test_source_fails },
        { "out of memory", test_memory }, { "choice of engine", test_choice }, CU_TEST_INFO_NULL
    };
    printf("seed %u\n", SEED);
    if (hb_inflater_named("isal") != NULL) engines[n_engines++] = hb_inflater_named("isal");
    engines[n_engines++] = hb_inflater_named("zlib");
    return hb_suite_run("gzip", tests);
}
