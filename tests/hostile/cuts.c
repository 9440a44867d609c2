/* Dumps that are cut off at every byte, and dumps with wrong bits: cuts [EVERY [FLIPS [SEED]]]
 *
 * Ten small dumps, some lines of real ones of five kinds in tests/data, go through all of heapbatch (tests/hostile/whole.h), plain and gzipped: cut after each EVERY-th byte (1),
 * and then FLIPS times (20,000) with up to three bits wrong, in places drawn with SEED. What precedes the damage has to be analysed: what that is, is told by
 * counting lines here, and for gzip by zlib. Nothing may be taken for whole that is not, and --validate has to hold. Prints how much
 * was tried; ends in abort() when something does not hold. */
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/hostile/whole.h"

enum { TEXT_BYTES = 3000, LINE_BYTES = 420, N_DUMPS = 10, GZIP_BYTES = TEXT_BYTES + 200 };

typedef struct small_dump {
    char text[TEXT_BYTES];
    size_t n;
    uint64_t objects_to[TEXT_BYTES + 1];   /* objects whose lines end within so many bytes, their newline aside */
    uint8_t gzipped[GZIP_BYTES];
    size_t n_gzipped;
} small_dump;

static whole program;
static char path[64], place[200];
static uint64_t seed;

/* That `holds`, of what `place` says. */
static void must(int holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "%s: does not hold: %s; the file is kept: %s\n", place, what, path);
    abort();
}

/* xorshift64* (S. Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016). */
static size_t draw(size_t n)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (size_t)((seed * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

/* --- the dumps --- */

static int is_root(const char *line)
{
    return strstr(line, "\"type\":\"ROOT\"") != NULL;
}

static int is_object(const char *line)
{
    return !is_root(line) && strstr(line, "\"type\":\"SHAPE\"") == NULL;
}

/* Each `step`-th line of those that are short, and all of these that are ROOT lines. */
static void take_lines(small_dump *d, const char *real, unsigned step)
{
    static char line[1 << 20];
    gzFile in = gzopen(real, "rb");
    must(in != NULL, real);
    for (unsigned i = 0, objects = 0; gzgets(in, line, sizeof line) != NULL; i++) {
        const size_t n = strlen(line);
        if (n > LINE_BYTES || (i % step != 0 && !is_root(line))) continue;
        if (d->n + n > TEXT_BYTES) break;
        memcpy(d->text + d->n, line, n);
        objects += (unsigned)is_object(line);
        for (size_t at = d->n; at < d->n + n - 1; at++) d->objects_to[at] = objects - (unsigned)is_object(line);
        d->objects_to[d->n + n - 1] = d->objects_to[d->n + n] = objects;
        d->n += n;
    }
    gzclose(in);
    must(d->objects_to[d->n] >= 5, "some objects");
}

static void deflate_all(small_dump *d)
{
    z_stream z = { .next_in = (uint8_t *)d->text, .avail_in = (unsigned)d->n, .next_out = d->gzipped, .avail_out = sizeof d->gzipped };
    must(deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib starts");
    must(deflate(&z, Z_FINISH) == Z_STREAM_END, "zlib deflates");
    d->n_gzipped = sizeof d->gzipped - z.avail_out;
    deflateEnd(&z);
}

/* Bytes of text that zlib gets out of the first n. */
static size_t inflate_some(const uint8_t *bytes, size_t n)
{
    uint8_t text[TEXT_BYTES + 64];
    z_stream z = { .next_in = (uint8_t *)bytes, .avail_in = (unsigned)n, .next_out = text, .avail_out = sizeof text };
    must(inflateInit2(&z, MAX_WBITS + 16) == Z_OK, "zlib starts");
    inflate(&z, Z_SYNC_FLUSH);
    inflateEnd(&z);
    return sizeof text - z.avail_out;
}

/* --- one try --- */

static hb_report analyse(const void *bytes, size_t n)
{
    char *paths[] = { path };
    hb_report report;
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    must(fd >= 0 && write(fd, bytes, n) == (ssize_t)n && close(fd) == 0, "a file to write");
    whole_analyse(&program, paths, 1, &report);
    must(report.series[0].n_dumps == 1, "one dump");
    return report;
}

static void cut_plain(const small_dump *d, size_t n)
{
    hb_report report = analyse(d->text, n);
    const hb_dump_report *dump = &report.series[0].dumps[0];
    const int at_end_of_line = n == d->n || (n > 0 && (d->text[n - 1] == '\n' || d->text[n] == '\n'));
    must(dump->objects == d->objects_to[n], "the objects before the cut");
    must((dump->status == HB_DUMP_OK) == at_end_of_line, "truncated, unless a line ends there");
    must(dump->status == HB_DUMP_OK || dump->error != NULL, "a reason");
    hb_report_fini(&report);
}

/* ISA-L gives up to two bytes less of a stream that is cut off than zlib. */
static void cut_gzip(const small_dump *d, size_t n)
{
    hb_report report = analyse(d->gzipped, n);
    const hb_dump_report *dump = &report.series[0].dumps[0];
    const size_t text = inflate_some(d->gzipped, n);
    must(dump->objects <= d->objects_to[text] && dump->objects >= d->objects_to[text < 2 ? 0 : text - 2], "the objects before the cut");
    must((dump->status == HB_DUMP_OK) == (n == d->n_gzipped), "truncated, unless all is there");
    must(dump->status == HB_DUMP_OK || dump->error != NULL, "a reason");
    hb_report_fini(&report);
}

static void flip(const void *bytes, size_t n, const small_dump *d, int is_gzip)
{
    uint8_t copy[GZIP_BYTES];
    memcpy(copy, bytes, n);
    for (size_t times = 1 + draw(3); times > 0; times--) copy[draw(n)] ^= (uint8_t)(1u << draw(8));
    hb_report report = analyse(copy, n);
    const hb_dump_report *dump = &report.series[0].dumps[0];
    must(dump->status == HB_DUMP_OK || dump->error != NULL, "a reason");
    if (is_gzip) must(dump->status != HB_DUMP_OK || dump->objects == d->objects_to[d->n], "whole, or not taken for it");
    else if (dump->status == HB_DUMP_OK)
        must(dump->objects + dump->roots + dump->shapes + dump->empty_slots + dump->invalid_lines <= dump->lines, "each line counts once");
    hb_report_fini(&report);
}

static void prepare(small_dump dumps[N_DUMPS])
{
    static const char *const kinds[] = { "ruby27", "ruby31", "ruby31-untraced", "ruby33", "ruby41" };
    for (unsigned i = 0; i < N_DUMPS; i++) {
        char real[64];
        snprintf(real, sizeof real, "tests/data/%s.%u.json.gz", kinds[i / 2], i % 2);
        snprintf(place, sizeof place, "%s", real);
        take_lines(&dumps[i], real, 331 + 100 * (i % 2));
        deflate_all(&dumps[i]);
    }
}

int main(int argc, char **argv)
{
    static small_dump dumps[N_DUMPS];
    static char *args[] = { (char *)"--validate", (char *)"--min-retained", (char *)"0" };
    const size_t every = argc > 1 ? strtoul(argv[1], NULL, 10) : 1, flips = argc > 2 ? strtoul(argv[2], NULL, 10) : 20000;
    size_t plain = 0, gzip = 0;
    seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    snprintf(path, sizeof path, "%s/hb-cuts-%d", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (int)getpid());
    whole_open(&program, sizeof args / sizeof *args, args);
    prepare(dumps);
    for (int i = 0; i < N_DUMPS; i++) {
        const small_dump *d = &dumps[i];
        for (size_t n = 0; n <= d->n; n += every, plain++) {
            snprintf(place, sizeof place, "dump %d, plain, cut after %zu of %zu bytes", i, n, d->n);
            cut_plain(d, n);
        }
        for (size_t n = 0; n <= d->n_gzipped; n += every, gzip++) {
            snprintf(place, sizeof place, "dump %d, gzip, cut after %zu of %zu bytes", i, n, d->n_gzipped);
            cut_gzip(d, n);
        }
    }
    for (size_t k = 0; k < flips; k++) {
        const small_dump *d = &dumps[draw(N_DUMPS)];
        snprintf(place, sizeof place, "flip %zu", k);
        if (k % 2 == 0) flip(d->text, d->n, d, 0);
        else flip(d->gzipped, d->n_gzipped, d, 1);
    }
    unlink(path);
    printf("cuts: %d dumps, cut at %zu bytes of text and %zu of gzip, %zu with wrong bits: all as they have to be\n", N_DUMPS, plain, gzip, flips);
    whole_close(&program);
    return 0;
}
