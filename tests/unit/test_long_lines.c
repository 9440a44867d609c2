/* Lines longer than may be: whatever the size of chunks, the number of parts and the compression, a source and a collector
 * together find the same ones, count every byte and line, and hold no more of a line than may be. Lines are blanks here: too
 * long is the only thing that can be wrong with them. The oracle looks for newlines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "pipeline/collect.h"
#include "pipeline/source.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 4711u
#define MOST_TEXT 20000

static char folder[] = "/tmp/hb-test-long-lines-XXXXXX";
static char plain[64], packed[64];
static int wrong;

/* What there is to know of a text. */
typedef struct found {
    uint64_t bytes, lines, long_lines, cut_off;
    uint64_t first[HB_INVALID_EXAMPLES], number[HB_INVALID_EXAMPLES];   /* of the first long lines: offset, lines before it */
} found;

static found look(const char *text, size_t n, uint64_t limit)
{
    found f = { .bytes = n };
    for (size_t at = 0; at < n; f.lines++) {
        const char *newline = memchr(text + at, '\n', n - at);
        const size_t length = newline == NULL ? n - at : (size_t)(newline - text) - at;
        if (length > limit) {
            if (f.long_lines < HB_INVALID_EXAMPLES) {
                f.first[f.long_lines] = at;
                f.number[f.long_lines] = f.lines;
            }
            f.long_lines++;
            if (newline == NULL) f.cut_off = at + 1;
        }
        at += length + 1;
    }
    return f;
}

typedef struct reading {
    const char *path;
    const hb_inflater *inflater;
    size_t chunk_bytes;
    int n_parts;
    uint64_t size, limit;
} reading;

static void add_examples(const hb_collector *c, found *f)
{
    for (size_t i = 0; i < c->n_invalid; i++) {
        const size_t at = f->long_lines - c->counts.invalid_lines + i;
        const uint64_t key = c->invalid[i].chunk_byte;
        uint64_t before = 0;
        if (strcmp(c->invalid[i].reason, "longer than --max line allows") != 0) wrong++;
        for (size_t k = 0; k < c->chunk_lines.n; k++)
            if (hb_table_row(&c->chunk_lines, k)[0] < key) before += hb_table_values(&c->chunk_lines, k)[0];
        if (at >= HB_INVALID_EXAMPLES) break;
        f->first[at] = c->invalid[i].byte;
        f->number[at] = f->lines - c->counts.lines + before + c->invalid[i].line;
    }
}

static void read_part(const reading *r, int part, found *f, int *damaged)
{
    hb_limits limits = hb_limits_default;
    hb_error err;
    hb_source *source;
    hb_collector c;
    hb_chunk chunk = { 0 };
    hb_error_clear(&err);
    limits.line = r->limit;
    const hb_source_plan plan = { r->path, r->inflater, r->chunk_bytes, part, r->n_parts, r->size, &limits };
    if (hb_source_open(&plan, &source, &err) != HB_OK) abort();
    hb_collector_init(&c, HB_COLLECT_IDENTITY, HB_IDENTITY_STRICT, &limits, 0);
    const size_t most = r->chunk_bytes > r->limit + 1 ? r->chunk_bytes : r->limit + 1;
    for (;;) {
        if (hb_source_next(source, &chunk) != HB_OK) abort();
        if (chunk.n == 0) break;
        if (chunk.cap > most + 1) wrong++;
        if (hb_collect_chunk(&c, &chunk) != HB_OK) abort();
    }
    f->bytes += c.counts.bytes;
    f->lines += c.counts.lines;
    f->long_lines += c.counts.invalid_lines;
    if (c.counts.cut_off != 0) f->cut_off = c.counts.cut_off;
    add_examples(&c, f);
    *damaged |= hb_source_damage(source) != NULL;
    hb_chunk_fini(&chunk);
    hb_collector_fini(&c);
    hb_source_close(source);
}

static void check(const reading *r, const char *text, size_t n, int is_cut)
{
    const found expected = look(text, n, r->limit);
    found f = { 0 };
    int damaged = 0;
    for (int part = 0; part < r->n_parts; part++) read_part(r, part, &f, &damaged);
    if (memcmp(&f, &expected, sizeof f) == 0 && damaged == is_cut) return;
    if (wrong++ < 5)
        printf("\n  %zu bytes, limit %llu, chunks of %zu, %d parts: %llu bytes, %llu of %llu long lines, cut off %llu (%llu)\n", n,
               (unsigned long long)r->limit, r->chunk_bytes, r->n_parts, (unsigned long long)f.bytes,
               (unsigned long long)f.long_lines, (unsigned long long)expected.long_lines, (unsigned long long)f.cut_off,
               (unsigned long long)expected.cut_off);
}

static void write_plain(const char *text, size_t n)
{
    FILE *file = fopen(plain, "wb");
    if (file == NULL || fwrite(text, 1, n, file) != n || fclose(file) != 0) abort();
}

static void write_packed(const char *text, size_t n)
{
    gzFile file = gzopen(packed, "wb1");
    if (file == NULL || gzwrite(file, text, (unsigned)n) != (int)n || gzclose(file) != Z_OK) abort();
}

/* Every file of up to eight bytes that are blanks or newlines. */
static void test_tiny_files(void)
{
    wrong = 0;
    for (size_t n = 1; n <= 8; n++)
        for (unsigned bits = 0; bits < 1u << n; bits++) {
            char text[8];
            for (size_t i = 0; i < n; i++) text[i] = bits >> i & 1 ? '\n' : ' ';
            write_plain(text, n);
            for (uint64_t limit = 1; limit <= 4; limit++)
                for (size_t chunk = 1; chunk <= 5; chunk++)
                    for (int parts = 1; parts <= 4; parts++)
                        check(&(reading){ plain, &hb_inflater_zlib, chunk, parts, n, limit }, text, n, 0);
        }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* Lines around the limit, and some of many times its length, several in a row. */
static size_t make_text(char *text, uint64_t limit, dice *d)
{
    size_t n = 0;
    while (n < 3000) {
        static const size_t times[] = { 0, 1, 1, 1, 1, 2, 3, 9 };
        size_t length = times[roll(d, 8)] * limit + roll(d, 3);
        if (length > 0 && chance(d, 2)) length--;
        memset(text + n, ' ', length);
        n += length;
        text[n++] = '\n';
    }
    return chance(d, 2) ? n - 1 : n;
}

static void test_every_chunk_size(void)
{
    char *text = must_alloc(MOST_TEXT, 1);
    wrong = 0;
    for (uint64_t k = 0; k < 6; k++) {
        dice d = dice_of(SEED + k);
        const uint64_t limit = (uint64_t[]){ 1, 7, 100, 128, 500, 1000 }[k];
        const size_t n = make_text(text, limit, &d);
        write_plain(text, n);
        write_packed(text, n);
        for (size_t chunk = 1; chunk <= 300; chunk += chunk < 20 ? 1 : 9) {
            for (int parts = 1; parts <= 4; parts++)
                check(&(reading){ plain, &hb_inflater_zlib, chunk, parts, n, limit }, text, n, 0);
            check(&(reading){ packed, hb_inflater_best(), chunk, 1, 0, limit }, text, n, 0);
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(text);
}

/* A gzip file that is cut off, mostly within a line that is too long. */
static void test_damage(void)
{
    char *text = must_alloc(MOST_TEXT, 1), *kept = must_alloc(MOST_TEXT, 1);
    dice d = dice_of(SEED + 100);
    const size_t n = make_text(text, 500, &d);
    wrong = 0;
    write_packed(text, n);
    FILE *file = fopen(packed, "rb");
    if (file == NULL) abort();
    const size_t size = fread(kept, 1, MOST_TEXT, file);
    fclose(file);
    for (size_t keep = size - 1; keep > 12; keep--) {
        uint64_t left = 0;
        if (truncate(packed, (off_t)keep) != 0) abort();
        gzFile in = gzopen(packed, "rb");
        for (int got; (got = gzread(in, kept, 1)) > 0;) left++;
        gzclose(in);
        for (size_t chunk = 1; chunk <= 1000; chunk *= 10)
            check(&(reading){ packed, &hb_inflater_zlib, chunk, 1, 0, 500 }, text, left, 1);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(text);
    free(kept);
}

/* A chunk as it travels to another rank. */
static void test_seal(void)
{
    hb_chunk chunk = { 0 }, other = { 0 };
    CU_ASSERT_EQUAL_FATAL(hb_chunk_start(&chunk, 100), HB_OK);
    CU_ASSERT_EQUAL_FATAL(hb_chunk_start(&other, 100), HB_OK);
    chunk.byte = UINT64_C(1) << 40;
    chunk.skipped = UINT64_C(3) << 40;
    chunk.final = 1;
    hb_chunk_seal(&chunk);
    memcpy(other.base, chunk.base, HB_CHUNK_HEADER);
    hb_chunk_unseal(&other);
    CU_ASSERT(other.byte == chunk.byte && other.skipped == chunk.skipped && other.final == 1);
    CU_ASSERT(hb_chunk_start(&chunk, 60) == HB_OK && chunk.cap == 100 && chunk.skipped == 0);
    CU_ASSERT(hb_chunk_start(&chunk, 49) == HB_OK && chunk.cap == 49);
    hb_chunk_fini(&chunk);
    hb_chunk_fini(&other);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "tiny files", test_tiny_files }, { "every chunk size", test_every_chunk_size }, { "damage", test_damage },
        { "seal", test_seal }, CU_TEST_INFO_NULL
    };
    printf("seeds from %u\n", SEED);
    if (mkdtemp(folder) == NULL) return 2;
    snprintf(plain, sizeof plain, "%s/plain", folder);
    snprintf(packed, sizeof packed, "%s/packed.gz", folder);
    int failed = hb_suite_run("long lines", tests);
    unlink(plain);
    unlink(packed);
    rmdir(folder);
    return failed;
}
