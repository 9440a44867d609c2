/* The dictionary: a pool of strings dealt to tables of ranks in many ways; ids are the places in byte order, on all
 * ranks, whatever the deal. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "partition/dictionary.h"
#include "tests/unit/dice.h"
#include "tests/unit/mpi_suite.h"

#define SEED 4242u
#define POOL 200
#define MOST_TABLES 4

typedef struct text {
    char bytes[24];
    size_t n;
} text;

static int in_byte_order(const void *a, const void *b)
{
    const text *x = a, *y = b;
    int order = memcmp(x->bytes, y->bytes, x->n < y->n ? x->n : y->n);
    return order != 0 ? order : (x->n > y->n) - (x->n < y->n);
}

/* Distinct strings in byte order: any bytes, prefixes of each other, the empty one. */
static size_t make_pool(dice *d, text *pool, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        pool[i].n = roll(d, sizeof pool[i].bytes + 1);
        for (size_t k = 0; k < pool[i].n; k++) pool[i].bytes[k] = (char)(chance(d, 2) ? roll(d, 3) : 128 + roll(d, 3));
    }
    if (n > 0) qsort(pool, n, sizeof *pool, in_byte_order);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || in_byte_order(&pool[kept - 1], &pool[i]) != 0) pool[kept++] = pool[i];
    return kept;
}

/* Puts the pool into the tables of all ranks: each string at one place at least, in random order; keeps this rank's. */
static void deal(dice *d, const text *pool, size_t n, hb_intern *tables, const size_t *n_tables, int n_ranks)
{
    for (size_t i = 0; i < 3 * n; i++) {
        /* First every string once, then some of them again. */
        size_t which = i < n ? i * 7919 % n : roll(d, n);
        int rank = (int)roll(d, (size_t)n_ranks);
        while (n_tables[rank] == 0) rank = (rank + 1) % n_ranks;
        size_t table = roll(d, n_tables[rank]);
        uint32_t id;
        if (rank == hb_comm_rank(world))
            EXPECT(hb_intern_put(&tables[table], pool[which].bytes, pool[which].n, &id) == HB_OK);
    }
}

static void check_dictionary(const text *pool, size_t n, const hb_intern *out, const hb_intern *tables,
                             size_t n_tables, uint32_t *const *maps)
{
    size_t length;
    if (!EXPECT(out->n == n)) return;
    for (uint32_t id = 0; id < n; id++) {
        const char *bytes = hb_intern_text(out, id, &length);
        EXPECT(length == pool[id].n && memcmp(bytes, pool[id].bytes, length) == 0);
        EXPECT(hb_intern_find(out, pool[id].bytes, pool[id].n) == id);
    }
    for (size_t t = 0; t < n_tables; t++)
        for (uint32_t id = 0; id < tables[t].n; id++) {
            const char *bytes = hb_intern_text(&tables[t], id, &length);
            uint32_t to = maps[t][id];
            EXPECT(to < n && pool[to].n == length && memcmp(bytes, pool[to].bytes, length) == 0);
        }
}

static void try_deal(uint64_t seed, size_t n_strings)
{
    dice d = dice_of(seed);
    const int size = hb_comm_size(world), me = hb_comm_rank(world);
    text pool[POOL];
    size_t n_tables[64], n = make_pool(&d, pool, n_strings);
    hb_intern tables[MOST_TABLES], out;
    const hb_intern *view[MOST_TABLES];
    uint32_t *maps[MOST_TABLES];
    for (int r = 0; r < size; r++) n_tables[r] = roll(&d, MOST_TABLES + 1);
    n_tables[roll(&d, (size_t)size)] = MOST_TABLES;
    for (size_t t = 0; t < MOST_TABLES; t++) {
        hb_intern_init(&tables[t]);
        view[t] = &tables[t];
    }
    deal(&d, pool, n, tables, n_tables, size);
    EXPECT(hb_dictionary_build(world, view, n_tables[me], &out, maps) == HB_OK);
    check_dictionary(pool, n, &out, tables, n_tables[me], maps);
    for (size_t t = 0; t < n_tables[me]; t++) hb_free(maps[t]);
    for (size_t t = 0; t < MOST_TABLES; t++) hb_intern_fini(&tables[t]);
    hb_intern_fini(&out);
}

static void test_any_deal(void)
{
    for (uint64_t k = 0; k < 60; k++) try_deal(SEED + k, k < 3 ? k : 1 + k * 3);
    agree_that_all_is_well();
}

/* A string that is longer than anything real. */
static void test_long_string(void)
{
    const size_t n = 3000001;
    char *bytes_in = must_alloc(n, 1);
    hb_intern table, out;
    const hb_intern *view[] = { &table };
    uint32_t id, *maps[1];
    size_t length;
    memset(bytes_in, 'x', n);
    hb_intern_init(&table);
    if (hb_comm_rank(world) == hb_comm_size(world) - 1) EXPECT(hb_intern_put(&table, bytes_in, n, &id) == HB_OK);
    EXPECT(hb_dictionary_build(world, view, 1, &out, maps) == HB_OK);
    if (EXPECT(out.n == 1)) {
        const char *bytes = hb_intern_text(&out, 0, &length);
        EXPECT(length == n && memcmp(bytes, bytes_in, n) == 0);
    }
    hb_free(maps[0]);
    hb_intern_fini(&table);
    hb_intern_fini(&out);
    free(bytes_in);
    agree_that_all_is_well();
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {
        { "any deal", test_any_deal }, { "long string", test_long_string }, CU_TEST_INFO_NULL
    };
    return hb_mpi_suite_run("dictionary", SEED, tests, argc, argv);
}
