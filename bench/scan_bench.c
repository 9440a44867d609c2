/* Times the program's line scanner against simdjson's On Demand parser (bench/scan_simdjson.h), on one thread, on the
 * text of one real dump in memory.
 *
 *   scan_bench [--rounds N] [--mib N] DUMP.json
 *
 * Enters: the first N MiB (512) of a plain dump, cut to whole lines. Leaves: speeds and their ratio as a line of text,
 * and as a last line of JSON what each round took.
 *
 * Method: the text is cut into chunks of whole lines, of 1 MiB or one longer line, as the program's readers hand them
 * to its scanner, and simdjson gets the same chunks as batches of documents. Both sides fill an hb_line with all fields
 * of each line and add it to a checksum (bench/scan_fields.h). A first round, which is not counted, compares the
 * checksums chunk by chunk, every other round the sums of all lines. Who goes first changes from round to round.
 *
 * Exit status: 0; 1 when something failed or the checksums differ. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "bench/scan_simdjson.h"
#include "pipeline/scan.h"

#define CHUNK_BYTES ((size_t)1 << 20)

enum { OURS, SIMDJSON, N_SIDES };

typedef struct bench {
    const char *path;
    size_t most_bytes;
    int n_rounds;
    char *text;               /* whole lines, then HB_SCAN_PADDING bytes */
    size_t n;
    const hb_scanner *scanner;
    hb_line line;
    scan_simdjson *simdjson;
    uint64_t *ns[N_SIDES];    /* by round */
} bench;

static int complain(const bench *b, const char *what)
{
    fprintf(stderr, "scan_bench: %s: %s\n", b->path != NULL ? b->path : "no dump", what);
    return -1;
}

/* --- the text --- */

static int load_text(bench *b)
{
    FILE *file = fopen(b->path, "rb");
    if (file == NULL) return complain(b, "cannot be opened");
    b->text = hb_alloc(b->most_bytes + HB_SCAN_PADDING, 1);
    if (b->text != NULL) b->n = fread(b->text, 1, b->most_bytes, file);
    int failed = ferror(file);
    fclose(file);
    if (b->text == NULL) return complain(b, "out of memory");
    while (b->n > 0 && b->text[b->n - 1] != '\n') b->n--;
    if (failed || b->n == 0) return complain(b, "no line could be read");
    memset(b->text + b->n, 0, HB_SCAN_PADDING);
    return 0;
}

/* Bytes of the chunk that begins here: it ends with the last newline within CHUNK_BYTES, or the first one after. */
static size_t chunk_at(const bench *b, size_t at)
{
    const size_t left = b->n - at;
    if (left <= CHUNK_BYTES) return left;
    const char *begin = b->text + at, *end = memrchr(begin, '\n', CHUNK_BYTES);
    if (end == NULL) end = memchr(begin + CHUNK_BYTES, '\n', left - CHUNK_BYTES);
    return (size_t)(end - begin) + 1;
}

static size_t longest_chunk(const bench *b)
{
    size_t longest = 0;
    for (size_t at = 0, n; at < b->n; at += n) {
        n = chunk_at(b, at);
        if (n > longest) longest = n;
    }
    return longest;
}

/* --- the two sides --- */

static int scan_ours(bench *b, const char *text, size_t n, scan_sum *sum)
{
    for (size_t at = 0; at < n;) {
        const size_t end = b->scanner->newline(text + at, n - at);
        const char *reason = "out of memory";
        if (b->scanner->line(text + at, end, &b->line, &reason) != HB_OK) return complain(b, reason);
        scan_sum_add(sum, &b->line);
        at += end + 1;
    }
    return 0;
}

static int scan_theirs(bench *b, const char *text, size_t n, scan_sum *sum)
{
    const char *reason;
    return scan_simdjson_lines(b->simdjson, text, n, sum, &reason) == 0 ? 0 : complain(b, reason);
}

static int scan_chunk(bench *b, int side, size_t at, size_t n, scan_sum *sum)
{
    return side == OURS ? scan_ours(b, b->text + at, n, sum) : scan_theirs(b, b->text + at, n, sum);
}

static int scan_all(bench *b, int side, scan_sum *sum)
{
    int failed = 0;
    *sum = (scan_sum){ 0 };
    for (size_t at = 0, n; at < b->n && !failed; at += n) {
        n = chunk_at(b, at);
        failed = scan_chunk(b, side, at, n, sum);
    }
    return failed;
}

/* --- the rounds --- */

static int is_same(const scan_sum *a, const scan_sum *b)
{
    return a->lines == b->lines && a->sum == b->sum;
}

static int compare_chunks(bench *b)
{
    for (size_t at = 0, n; at < b->n; at += n) {
        scan_sum sums[N_SIDES] = { { 0 }, { 0 } };
        n = chunk_at(b, at);
        for (int side = 0; side < N_SIDES; side++)
            if (scan_chunk(b, side, at, n, &sums[side]) != 0) return -1;
        if (is_same(&sums[OURS], &sums[SIMDJSON])) continue;
        fprintf(stderr, "scan_bench: %s: the fields differ between bytes %zu and %zu (%" PRIu64 " and %" PRIu64
                " lines)\n", b->path, at, at + n, sums[OURS].lines, sums[SIMDJSON].lines);
        return -1;
    }
    return 0;
}

static int run_round(bench *b, int round)
{
    scan_sum sums[N_SIDES];
    for (int i = 0; i < N_SIDES; i++) {
        const int side = (round + i) % N_SIDES;
        const uint64_t start = hb_clock_wall_ns();
        if (scan_all(b, side, &sums[side]) != 0) return -1;
        b->ns[side][round] = hb_clock_wall_ns() - start;
    }
    return is_same(&sums[OURS], &sums[SIMDJSON]) ? 0 : complain(b, "the fields differ");
}

/* --- the figures --- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_times(const bench *b, int side, const char *name)
{
    printf("\"%s\": [", name);
    for (int i = 0; i < b->n_rounds; i++) printf("%s%.6f", i > 0 ? ", " : "", (double)b->ns[side][i] / 1e9);
    printf("]");
}

static double median_speed(const bench *b, int side, double *values)
{
    for (int i = 0; i < b->n_rounds; i++) values[i] = (double)b->n / (double)b->ns[side][i];
    qsort(values, (size_t)b->n_rounds, sizeof *values, by_value);
    return values[b->n_rounds / 2];
}

static int print_figures(const bench *b)
{
    double *values = hb_alloc((size_t)b->n_rounds, sizeof *values);
    if (values == NULL) return complain(b, "out of memory");
    const double ours = median_speed(b, OURS, values), theirs = median_speed(b, SIMDJSON, values);
    for (int i = 0; i < b->n_rounds; i++) values[i] = (double)b->ns[SIMDJSON][i] / (double)b->ns[OURS][i];
    qsort(values, (size_t)b->n_rounds, sizeof *values, by_value);
    printf("scan of %.0f MB: heapbatch (%s) %.2f GB/s, simdjson (%s) %.2f GB/s, ratio %.2f (%.2f to %.2f), %d rounds\n",
           (double)b->n / 1e6, b->scanner->name, ours, scan_simdjson_kernel(), theirs, values[b->n_rounds / 2],
           values[0], values[b->n_rounds - 1], b->n_rounds);
    printf("{ \"bytes\": %zu, \"scanner\": \"%s\", \"simdjson_kernel\": \"%s\", ", b->n, b->scanner->name,
           scan_simdjson_kernel());
    print_times(b, OURS, "heapbatch_s");
    printf(", ");
    print_times(b, SIMDJSON, "simdjson_s");
    printf(" }\n");
    hb_free(values);
    return 0;
}

/* --- main --- */

static int parse_options(bench *b, int argc, char **argv)
{
    static const struct option options[] = { { "rounds", required_argument, NULL, 'r' },
                                             { "mib", required_argument, NULL, 'm' }, { 0 } };
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'r') b->n_rounds = atoi(optarg);
        else if (option == 'm') b->most_bytes = (size_t)atoi(optarg) << 20;
        else return -1;
    }
    b->path = argv[optind];
    return argc == optind + 1 && b->n_rounds > 0 && b->most_bytes > 0 ? 0 : -1;
}

static int run(bench *b)
{
    if (load_text(b) != 0) return -1;
    b->scanner = hb_scanner_best();
    hb_line_init(&b->line, &hb_limits_default);
    b->simdjson = scan_simdjson_new(longest_chunk(b));
    int failed = b->simdjson == NULL;
    for (int side = 0; side < N_SIDES; side++) {
        b->ns[side] = hb_alloc((size_t)b->n_rounds, sizeof *b->ns[side]);
        failed |= b->ns[side] == NULL;
    }
    if (failed) return complain(b, "out of memory");
    if (compare_chunks(b) != 0) return -1;
    for (int round = 0; round < b->n_rounds; round++)
        if (run_round(b, round) != 0) return -1;
    return print_figures(b);
}

int main(int argc, char **argv)
{
    bench b = { .n_rounds = 9, .most_bytes = (size_t)512 << 20 };
    if (parse_options(&b, argc, argv) != 0) {
        fprintf(stderr, "usage: scan_bench [--rounds N] [--mib N] DUMP.json\n");
        return 1;
    }
    const int failed = run(&b);
    for (int side = 0; side < N_SIDES; side++) hb_free(b.ns[side]);
    if (b.simdjson != NULL) scan_simdjson_free(b.simdjson);
    hb_line_fini(&b.line);
    hb_free(b.text);
    return failed != 0;
}
