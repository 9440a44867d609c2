/* Counts by site, and of shapes by instance variable, over ranks: lines dealt to the collectors of all ranks; sums are those of one table,
 * whoever scanned what. And which objects count. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "pipeline/site.h"
#include "reduce/places.h"
#include "tests/unit/dice.h"
#include "tests/unit/mpi_suite.h"

#define SEED 3141u
#define MOST_COLLECTORS 3
#define LINES 600
#define N_FILES 4        /* "f0.rb" to "f3.rb"; the last stands for none */
#define N_GENERATIONS 4  /* -1 to 2 */
#define N_IVARS 6        /* "@v0" to "@v3" with an escape; the others are of lines that add none */
#define SHAPES 200

typedef struct sums {
    uint64_t objects[N_FILES], memsize[N_FILES], references[N_FILES], strings[N_FILES];
} sums;

/* One line in a chunk of its own. */
static void scan(hb_collector *c, uint64_t byte, const char *text)
{
    const size_t n = strlen(text);
    hb_chunk chunk = { .base = must_alloc(HB_CHUNK_HEADER + n + HB_SCAN_PADDING, 1), .cap = n, .n = n, .byte = byte };
    memcpy(hb_chunk_text(&chunk), text, n);
    EXPECT(hb_collect_chunk(c, &chunk) == HB_OK);
    free(chunk.base);
}

static hb_table no_lines;   /* whose contents are asked for */

/* The same dice on all ranks; a rank scans its own lines, and sums all that count. `contents`: of the string that is asked for. */
static void deal(uint64_t seed, hb_collect_mode mode, const hb_place_filter *filter, const hb_table *contents, hb_intake *intake, sums *all)
{
    dice d = dice_of(seed);
    const int size = hb_comm_size(world), me = hb_comm_rank(world);
    memset(all, 0, sizeof *all);
    intake->n_collectors = me % 3 == 1 ? 0 : MOST_COLLECTORS;
    intake->collectors = hb_alloc(MOST_COLLECTORS, sizeof *intake->collectors);
    for (size_t t = 0; t < intake->n_collectors; t++) {
        hb_collector_init(&intake->collectors[t], mode, HB_IDENTITY_STRICT, &hb_limits_default, 0);
        intake->collectors[t].places.filter = *filter;
        intake->collectors[t].places.contents = contents;
        intake->collectors[t].strings.wanted = &no_lines;
    }
    for (uint64_t i = 0; i < LINES; i++) {
        const size_t file = roll(&d, N_FILES), n_refs = roll(&d, 3), wanted = roll(&d, 2), collector = roll(&d, MOST_COLLECTORS);
        const int64_t generation = (int64_t)roll(&d, N_GENERATIONS) - 1;
        const unsigned memsize = 40 * (unsigned)roll(&d, 5);
        int rank = (int)roll(&d, (size_t)size);
        if (rank % 3 == 1) rank--;
        char line[300], at[60] = "", born[40] = "";
        if (file != N_FILES - 1) snprintf(at, sizeof at, ", \"file\":\"f%zu.rb\", \"line\":%zu", file, file + 1);
        if (generation >= 0) snprintf(born, sizeof born, ", \"generation\":%d", (int)generation);
        snprintf(line, sizeof line, "{\"address\":\"0x%llx\", \"type\":\"STRING\", \"value\":\"%s\"%s%s%s, \"memsize\":%u}\n",
                 (unsigned long long)(8 * i + 8), wanted ? "w" : "x",
                 n_refs == 0 ? "" : n_refs == 1 ? ", \"references\":[\"0x8\"]" : ", \"references\":[\"0x8\", \"0x10\"]", at, born, memsize);
        if (rank == me) scan(&intake->collectors[collector], i * 300, line);
        if (generation < filter->first || generation > filter->last || (filter->sited && file == N_FILES - 1)) continue;
        all->objects[file]++;
        all->memsize[file] += memsize;
        all->references[file] += n_refs;
        all->strings[file] += wanted;
    }
}

/* Which file a row's site is. */
static size_t file_of(const hb_places *places, uint64_t site)
{
    size_t n;
    if (site == 0) return N_FILES - 1;
    const char *text = hb_intern_text(&places->texts, (uint32_t)(site - 1), &n);
    const uint32_t line = hb_site_split(text, &n);
    EXPECT(n == 5 && text[0] == 'f' && line == (uint32_t)(text[1] - '0') + 1);
    return (size_t)(text[1] - '0');
}

static size_t count_files(const uint64_t *figures)
{
    size_t n = 0;
    for (size_t i = 0; i < N_FILES; i++) n += figures[i] != 0;
    return n;
}

static void try_objects(uint64_t seed, const hb_place_filter *filter)
{
    hb_intake intake = { 0 };
    hb_places places;
    sums all;
    deal(seed, HB_COLLECT_PLACES, filter, NULL, &intake, &all);
    EXPECT(hb_places_gather(world, &intake, HB_PLACES_OF_OBJECTS, &places) == HB_OK);
    if (hb_comm_rank(world) != 0) EXPECT(places.rows.n == 0);
    else EXPECT(places.rows.n == count_files(all.objects));
    for (size_t i = 0; i < places.rows.n; i++) {
        const size_t file = file_of(&places, hb_table_row(&places.rows, i)[0]);
        const uint64_t *values = hb_table_values(&places.rows, i);
        EXPECT(values[HB_PLACE_OBJECTS] == all.objects[file] && values[HB_PLACE_MEMSIZE] == all.memsize[file]);
        EXPECT(values[HB_PLACE_REFERENCES] == all.references[file]);
    }
    hb_places_fini(&places);
    hb_intake_fini(&intake);
}

static void try_strings(uint64_t seed, const hb_place_filter *filter)
{
    const uint64_t contents[HB_STRING_KEY] = { hb_hash_bytes("w", 1, hb_hash_secret[0]), 1 };
    hb_intake intake = { 0 };
    hb_places places;
    hb_table wanted;
    sums all;
    hb_table_init(&wanted, HB_STRING_KEY, 1);
    *hb_table_put(&wanted, contents, NULL) = 4242;
    deal(seed, HB_COLLECT_STRING_PLACES, filter, &wanted, &intake, &all);
    EXPECT(hb_places_gather(world, &intake, HB_PLACES_OF_STRINGS, &places) == HB_OK);
    if (hb_comm_rank(world) == 0) EXPECT(places.rows.n == count_files(all.strings));
    for (size_t i = 0; i < places.rows.n; i++) {
        const uint64_t *key = hb_table_row(&places.rows, i);
        EXPECT(key[HB_STRING_PLACE_WHERE] == 4242);
        EXPECT(hb_table_values(&places.rows, i)[0] == all.strings[file_of(&places, key[HB_STRING_PLACE_SITE])]);
    }
    hb_places_fini(&places);
    hb_table_fini(&wanted);
    hb_intake_fini(&intake);
}

/* SHAPE lines in place of objects, `counts` of them by instance variable. Others have no edge, or are no instance variable's. */
static void deal_shapes(uint64_t seed, hb_intake *intake, uint64_t counts[N_IVARS])
{
    const hb_place_filter none = { 9, 9, 1 };
    dice d = dice_of(seed);
    sums unused;
    deal(seed, HB_COLLECT_PLACES, &none, NULL, intake, &unused);
    memset(counts, 0, N_IVARS * sizeof *counts);
    for (uint64_t i = 0; i < SHAPES; i++) {
        const size_t ivar = roll(&d, N_IVARS), collector = roll(&d, MOST_COLLECTORS);
        int rank = (int)roll(&d, (size_t)hb_comm_size(world));
        if (rank % 3 == 1) rank--;
        char line[200], edge[80] = "\"ROOT\"";
        if (ivar < 4) snprintf(edge, sizeof edge, "\"IVAR\",\"edge_name\":\"\\u0040v%zu\"", ivar);
        else if (ivar == 4) snprintf(edge, sizeof edge, "\"OBJ_ID\", \"edge_name\":\"@other\"");
        snprintf(line, sizeof line, "{\"address\":\"0x%llx\", \"type\":\"SHAPE\", \"id\":%u, \"shape_type\":%s, \"memsize\":40}\n",
                 (unsigned long long)(8 * i + 8), (unsigned)roll(&d, 50), edge);
        if (rank == hb_comm_rank(world)) scan(&intake->collectors[collector], (LINES + i) * 300, line);
        counts[ivar]++;
    }
}

static void try_shapes(uint64_t seed)
{
    hb_intake intake = { 0 };
    hb_places edges;
    uint64_t counts[N_IVARS];
    deal_shapes(seed, &intake, counts);
    EXPECT(hb_places_gather(world, &intake, HB_PLACES_OF_SHAPES, &edges) == HB_OK);
    EXPECT(edges.rows.n == (hb_comm_rank(world) == 0 ? 4u : 0u));
    for (size_t i = 0; i < edges.rows.n; i++) {
        size_t n;
        const char *name = hb_intern_text(&edges.texts, (uint32_t)(hb_table_row(&edges.rows, i)[HB_EDGE_NAME] - 1), &n);
        EXPECT(n == 3 && name[0] == '@' && name[1] == 'v' && name[2] >= '0' && name[2] <= '3');
        EXPECT(hb_table_values(&edges.rows, i)[0] == counts[name[2] - '0']);
    }
    hb_places_fini(&edges);
    hb_intake_fini(&intake);
}

static void test_any_deal(void)
{
    static const hb_place_filter filters[] = { { -1, INT64_MAX, 0 }, { -1, INT64_MAX, 1 }, { -1, -1, 0 }, { -1, 0, 1 }, { 2, 2, 0 },
                                               { 9, 9, 0 } };
    for (uint64_t k = 0; k < 12; k++) {
        try_objects(SEED + k, &filters[k % 6]);
        try_strings(SEED + k, &filters[k % 6]);
        try_shapes(SEED + k);
    }
    agree_that_all_is_well();
}

/* Without memory on one rank, at any place, all say so. */
static void test_memory(void)
{
    const hb_place_filter filter = { -1, INT64_MAX, 0 };
    hb_status status = HB_ERR_MEMORY;
    uint64_t nth = 1;
    for (; status != HB_OK && nth < 1000; nth++) {
        hb_intake intake = { 0 };
        hb_places places;
        sums all;
        deal(SEED, HB_COLLECT_PLACES, &filter, NULL, &intake, &all);
        if (hb_comm_rank(world) == hb_comm_size(world) - 1) hb_memory_fail_at(nth, 1);
        status = hb_places_gather(world, &intake, HB_PLACES_OF_OBJECTS, &places);
        hb_memory_fail_at(0, 0);
        EXPECT(status == HB_OK || status == HB_ERR_MEMORY);
        EXPECT(hb_comm_agree(world, status) == status);
        hb_places_fini(&places);
        hb_intake_fini(&intake);
    }
    EXPECT(status == HB_OK && nth > 3);
    agree_that_all_is_well();
}

int main(int argc, char **argv)
{
    hb_table_init(&no_lines, 1, HB_STRING_KEY);
    CU_TestInfo tests[] = { { "any deal", test_any_deal }, { "without memory", test_memory }, CU_TEST_INFO_NULL };
    return hb_mpi_suite_run("places", SEED, tests, argc, argv);
}
