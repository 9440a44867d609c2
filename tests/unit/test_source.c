/* Sources of chunks: for every number of parts and chunk sizes from one byte up, the chunks put one behind the other are
 * the file, each ends where a line ends, and each line comes from the part in which it begins. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "pipeline/scan.h"
#include "pipeline/source.h"
#include "pipeline/source_kind.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 31337u

static char folder[] = "/tmp/hb-test-source-XXXXXX";

typedef struct text {
    char *bytes;
    size_t n;
} text;

/* One assertion a comparison would be millions: failures are told, and asserted once. */
static int wrong;

static int expect(int ok, const char *what)
{
    if (!ok && wrong++ < 10) printf("\n  %s\n", what);
    return ok;
}
#define EXPECT(ok) expect((ok) != 0, #ok)

static void write_file(const char *name, const void *bytes, size_t n, char path[1024])
{
    snprintf(path, 1024, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, n, file) != n || fclose(file) != 0) abort();
}

static void write_gzip(const char *name, const text *t, char path[1024])
{
    snprintf(path, 1024, "%s/%s", folder, name);
    gzFile file = gzopen(path, "wb6");
    if (file == NULL || gzwrite(file, t->bytes, (unsigned)t->n) != (int)t->n || gzclose(file) != Z_OK) abort();
}

typedef struct style {
    size_t lines, longest;
    int giant, crlf, last_newline, blank;
} style;

static text random_text(dice *d, const style *s)
{
    text t = { must_alloc(s->lines * (s->longest + 2) + 70000, 1), 0 };
    for (size_t i = 0; i < s->lines; i++) {
        size_t n = s->blank && chance(d, 3) ? 0 : roll(d, s->longest + 1);
        if (s->giant && i == s->lines / 2) n = 60000;
        for (size_t k = 0; k < n; k++) t.bytes[t.n++] = (char)('a' + roll(d, 26));
        if (s->crlf) t.bytes[t.n++] = '\r';
        if (i + 1 < s->lines || s->last_newline) t.bytes[t.n++] = '\n';
    }
    if (t.n == 0) t.bytes[t.n++] = 'x';
    return t;
}

/* Lines that a chunk holds begin in [begin, end). */
static void check_lines(const hb_chunk *chunk, uint64_t begin, uint64_t end)
{
    const char *bytes = hb_chunk_text(chunk);
    for (size_t at = 0; at < chunk->n;) {
        if (!EXPECT(chunk->byte + at >= begin && chunk->byte + at < end)) return;
        const char *newline = memchr(bytes + at, '\n', chunk->n - at);
        at = newline == NULL ? chunk->n : (size_t)(newline - bytes) + 1;
    }
}

/* Reads a part; *at: where the text is that it must give next. */
static void read_part(const char *path, const text *t, size_t chunk_bytes, int part, int n_parts, size_t *at)
{
    hb_source *source;
    hb_error err;
    hb_chunk chunk = { 0 };
    hb_error_clear(&err);
    const hb_source_plan plan = { path, hb_inflater_best(), chunk_bytes, part, n_parts, t->n, &hb_limits_default };
    if (!EXPECT(hb_source_open(&plan, &source, &err) == HB_OK)) return;
    const uint64_t begin = t->n * (uint64_t)part / (uint64_t)n_parts;
    const uint64_t end = t->n * ((uint64_t)part + 1) / (uint64_t)n_parts;
    for (;;) {
        EXPECT(hb_source_next(source, &chunk) == HB_OK);
        if (chunk.n == 0) break;
        const char *bytes = hb_chunk_text(&chunk);
        if (!EXPECT(chunk.byte == *at && chunk.n <= t->n - *at)) break;
        if (!EXPECT(memcmp(bytes, t->bytes + *at, chunk.n) == 0)) break;
        for (size_t i = 0; i < HB_SCAN_PADDING; i++) EXPECT(bytes[chunk.n + i] == 0);
        *at += chunk.n;
        EXPECT(bytes[chunk.n - 1] == '\n' || (chunk.final && *at == t->n));
        EXPECT(!chunk.final || *at == t->n);
        check_lines(&chunk, begin, end);
    }
    EXPECT(hb_source_next(source, &chunk) == HB_OK && chunk.n == 0);
    EXPECT(hb_source_damage(source) == NULL);
    hb_chunk_fini(&chunk);
    hb_source_close(source);
}

static void read_all(const char *path, const text *t, size_t chunk_bytes, int n_parts)
{
    size_t at = 0;
    for (int part = 0; part < n_parts; part++) read_part(path, t, chunk_bytes, part, n_parts, &at);
    if (!EXPECT(at == t->n)) printf("  %zu of %zu bytes, %d parts, chunks of %zu\n", at, t->n, n_parts, chunk_bytes);
}

static const size_t chunk_sizes[] = { 1, 2, 3, 4, 5, 7, 8, 13, 64, 100, 1000, 65536 };
#define N_CHUNK_SIZES (sizeof chunk_sizes / sizeof *chunk_sizes)

static void check_text(const text *t, int gzip_too)
{
    char path[1024], gz_path[1024];
    write_file("plain", t->bytes, t->n, path);
    if (gzip_too) write_gzip("packed.gz", t, gz_path);
    for (size_t c = 0; c < N_CHUNK_SIZES; c++) {
        for (int n_parts = 1; n_parts <= 9; n_parts++) read_all(path, t, chunk_sizes[c], n_parts);
        if (gzip_too) read_all(gz_path, t, chunk_sizes[c], 1);
    }
}

static void test_random_texts(void)
{
    wrong = 0;
    for (uint64_t k = 0; k < 30; k++) {
        dice d = dice_of(SEED + k);
        style s = { .lines = 1 + roll(&d, 60), .longest = 1 + roll(&d, 80), .crlf = chance(&d, 4),
                    .last_newline = chance(&d, 2), .blank = chance(&d, 3) };
        text t = random_text(&d, &s);
        check_text(&t, k % 4 == 0);
        free(t.bytes);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* A line longer than any chunk and than many parts, which are then empty. */
static void test_long_line(void)
{
    wrong = 0;
    for (int last_newline = 0; last_newline < 2; last_newline++)
        for (size_t lines = 1; lines <= 5; lines += 2) {
            dice d = dice_of(SEED + 100 + lines);
            style s = { .lines = lines, .longest = 10, .giant = 1, .last_newline = last_newline };
            text t = random_text(&d, &s);
            check_text(&t, 1);
            free(t.bytes);
        }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* Every file of up to seven bytes that are 'a' or a newline: all cuts of all shapes, and parts without a byte. */
static void test_tiny_files(void)
{
    wrong = 0;
    for (size_t n = 1; n <= 7; n++)
        for (unsigned bits = 0; bits < 1u << n; bits++) {
            char bytes[7], path[1024];
            for (size_t i = 0; i < n; i++) bytes[i] = bits >> i & 1 ? '\n' : 'a';
            text t = { bytes, n };
            write_file("tiny", bytes, n, path);
            for (int n_parts = 1; n_parts <= 9; n_parts++)
                for (size_t chunk = 1; chunk <= 3; chunk++) read_all(path, &t, chunk, n_parts);
        }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void test_standard_input(void)
{
    dice d = dice_of(SEED + 200);
    style s = { .lines = 50, .longest = 50 };
    text t = random_text(&d, &s);
    char paths[2][1024];
    int saved = dup(0);
    wrong = 0;
    write_file("stdin", t.bytes, t.n, paths[0]);
    write_gzip("stdin.gz", &t, paths[1]);
    for (int i = 0; i < 2; i++) {
        int fd = open(paths[i], O_RDONLY);
        dup2(fd, 0);
        close(fd);
        read_all("-", &t, 100, 1);
    }
    dup2(saved, 0);
    close(saved);
    free(t.bytes);
    CU_ASSERT_EQUAL(wrong, 0);
}

static void test_probe(void)
{
    hb_source_kind kind;
    uint64_t size;
    hb_error err;
    char path[1024];
    text t = { (char[]){ "{}\n{}\n" }, 6 };
    hb_error_clear(&err);
    write_file("a.json", t.bytes, t.n, path);
    CU_ASSERT_EQUAL(hb_source_probe(path, &kind, &size, &err), HB_OK);
    CU_ASSERT(kind == HB_SOURCE_PLAIN && size == 6);
    write_gzip("b", &t, path);
    CU_ASSERT_EQUAL(hb_source_probe(path, &kind, &size, &err), HB_OK);
    CU_ASSERT(kind == HB_SOURCE_STREAM && size > 6);
    CU_ASSERT_EQUAL(hb_source_probe("-", &kind, &size, &err), HB_OK);
    CU_ASSERT(kind == HB_SOURCE_STREAM && size == 0);
    write_file("one", "x", 1, path);
    CU_ASSERT_EQUAL(hb_source_probe(path, &kind, &size, &err), HB_OK);
    CU_ASSERT(kind == HB_SOURCE_PLAIN && size == 1);
    CU_ASSERT_EQUAL(err.code, HB_OK);
}

static void check_refused(const char *path, const char *why)
{
    hb_source_kind kind;
    uint64_t size;
    hb_source *source;
    hb_error err;
    hb_error_clear(&err);
    CU_ASSERT_EQUAL(hb_source_probe(path, &kind, &size, &err), HB_ERR_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, why));
    CU_ASSERT_STRING_EQUAL(err.path, path);
    hb_error_clear(&err);
    const hb_source_plan plan = { path, hb_inflater_best(), 100, 0, 1, 0, &hb_limits_default };
    CU_ASSERT_EQUAL(hb_source_open(&plan, &source, &err), HB_ERR_DATA);
    CU_ASSERT_PTR_NULL(source);
    CU_ASSERT_EQUAL(err.code, HB_ERR_DATA);
}

static void test_refused(void)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/nowhere", folder);
    check_refused(path, "cannot be opened");
    check_refused(folder, "is a directory");
    check_refused("/dev/null", "not a regular file");
    write_file("empty", "", 0, path);
    check_refused(path, "empty");
    write_file("z.zst", "\x28\xb5\x2f\xfd....", 8, path);
    check_refused(path, "zstd");
    write_file("plain.gz", "{}\n", 3, path);
    check_refused(path, "no gzip header");
    snprintf(path, sizeof path, "%s/pipe", folder);
    if (mkfifo(path, 0600) == 0) check_refused(path, "not a regular file");
}

/* What came before the damage is delivered. */
static void test_cut_gzip(void)
{
    dice d = dice_of(SEED + 300);
    style s = { .lines = 3000, .longest = 80 };
    text t = random_text(&d, &s);
    char path[1024], cut[1024], *packed = must_alloc(t.n + 1000, 1);
    write_gzip("whole.gz", &t, path);
    FILE *file = fopen(path, "rb");
    size_t n = fread(packed, 1, t.n + 1000, file);
    fclose(file);
    wrong = 0;
    for (size_t keep = n / 5; keep < n; keep += n / 5) {
        hb_source *source;
        hb_error err;
        hb_chunk chunk = { 0 };
        size_t at = 0;
        hb_error_clear(&err);
        write_file("cut.gz", packed, keep, cut);
        const hb_source_plan plan = { cut, hb_inflater_best(), 777, 0, 1, 0, &hb_limits_default };
        if (!EXPECT(hb_source_open(&plan, &source, &err) == HB_OK)) break;
        do {
            EXPECT(hb_source_next(source, &chunk) == HB_OK);
            EXPECT(chunk.byte == at && memcmp(hb_chunk_text(&chunk), t.bytes + at, chunk.n) == 0);
            at += chunk.n;
        } while (chunk.n > 0);
        EXPECT(at > 0 && at <= t.n);
        EXPECT(hb_source_damage(source) != NULL && hb_source_damage(source)->code == HB_ERR_DATA);
        EXPECT(hb_source_position(source) <= keep);
        EXPECT(hb_source_needs_zlib(source) == (plan.inflater != &hb_inflater_zlib));
        hb_chunk_fini(&chunk);
        hb_source_close(source);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    free(packed);
    free(t.bytes);
}

static void remove_folder(void)
{
    static const char *const names[] = { "plain", "packed.gz", "tiny", "stdin", "stdin.gz", "a.json", "b", "one", "empty",
                                         "z.zst", "plain.gz", "pipe", "whole.gz", "cut.gz" };
    char path[1024];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "random texts", test_random_texts }, { "a long line", test_long_line }, { "tiny files", test_tiny_files },
        { "standard input", test_standard_input }, { "probe", test_probe }, { "refused", test_refused },
        { "a cut gzip", test_cut_gzip }, CU_TEST_INFO_NULL
    };
    printf("seeds from %u\n", SEED);
    if (mkdtemp(folder) == NULL) return 2;
    int failed = hb_suite_run("source", tests);
    remove_folder();
    return failed;
}
