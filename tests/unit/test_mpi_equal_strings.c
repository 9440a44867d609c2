/* Equal strings over ranks: contents dealt to the collectors of all ranks in many ways and with different keys; totals and rows are
 * those of one table, in the one order there is. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "reduce/equal_strings.h"
#include "tests/unit/dice.h"
#include "tests/unit/mpi_suite.h"

#define SEED 7071u
#define MOST_COLLECTORS 3
#define MOST_STRINGS 400
#define MOST_LINES ((size_t)1600)

/* What is known of the contents numbered 0 to n - 1. */
typedef struct content {
    uint64_t objects, memsize, where, first_memsize;
} content;

typedef struct heap {
    hb_intake intake;
    content contents[MOST_STRINGS];
    size_t n_contents;
    uint64_t without_value;
    uint64_t key;
} heap;

/* Contents k is k bytes long, so that a row tells which it is. */
static char all_x[MOST_STRINGS];

static void add(heap *h, int here, size_t collector, size_t k, uint64_t where, uint64_t memsize)
{
    content *c = &h->contents[k];
    const hb_line line = { .type = HB_TYPE_STRING, .address = where + 7, .memsize = memsize, .value = { all_x, k } };
    if (here) EXPECT(hb_string_counts_add(&h->intake.collectors[collector].strings, &line, where) == HB_OK);
    if (c->objects == 0 || where < c->where) {
        c->where = where;
        c->first_memsize = memsize;
    }
    c->objects++;
    c->memsize += memsize;
}

/* The same dice on all ranks, so that each knows everything. */
static heap *make_heap(uint64_t seed, uint64_t key)
{
    dice d = dice_of(seed);
    const int size = hb_comm_size(world), me = hb_comm_rank(world);
    heap *h = must_alloc(1, sizeof *h);
    const size_t n = roll(&d, MOST_LINES);
    memset(all_x, 'x', sizeof all_x);
    h->key = key;
    h->n_contents = 1 + roll(&d, MOST_STRINGS);
    h->intake.n_collectors = me % 3 == 1 ? 0 : MOST_COLLECTORS;   /* some ranks have read nothing */
    h->intake.collectors = hb_alloc(MOST_COLLECTORS, sizeof *h->intake.collectors);
    if (h->intake.collectors == NULL) exit(2);
    for (size_t t = 0; t < h->intake.n_collectors; t++) {
        hb_collector_init(&h->intake.collectors[t], HB_COLLECT_STRINGS, HB_IDENTITY_STRICT, &hb_limits_default, 0);
        h->intake.collectors[t].strings.key = key;
        h->intake.collectors[t].strings.without_value = t;
    }
    for (int r = 0; r < size; r++) h->without_value += r % 3 == 1 ? 0 : 3;
    for (size_t i = 0; i < n; i++) {
        const size_t k = chance(&d, 3) ? roll(&d, 5) % h->n_contents : roll(&d, h->n_contents);
        int rank = (int)roll(&d, (size_t)size);
        if (rank % 3 == 1) rank--;
        /* Few sizes, so that many rows are alike and offsets decide. */
        add(h, rank == me, roll(&d, MOST_COLLECTORS), k, i * 7919 % MOST_LINES * 100, 40 * roll(&d, 3));
    }
    return h;
}

static void free_heap(heap *h)
{
    hb_intake_fini(&h->intake);
    free(h);
}

/* Whether contents a come before contents b. */
static int comes_before(hb_equal_order order, const content *a, const content *b)
{
    if (order == HB_EQUAL_BY_BYTES && a->memsize != b->memsize) return a->memsize > b->memsize;
    if (a->objects != b->objects) return a->objects > b->objects;
    return a->where < b->where;
}

/* Each row is the best of those that are not in a row before. */
static void check_rows(const heap *h, const hb_equal_strings *equal, hb_equal_order order, uint64_t top)
{
    const uint64_t least = order == HB_EQUAL_BY_BYTES ? 2 : 1;
    char used[MOST_STRINGS] = { 0 };
    for (size_t i = 0;; i++) {
        size_t best = h->n_contents;
        for (size_t k = 0; k < h->n_contents; k++) {
            if (used[k] || h->contents[k].objects < least) continue;
            if (best == h->n_contents || comes_before(order, &h->contents[k], &h->contents[best])) best = k;
        }
        if (best == h->n_contents || (top != 0 && i == top)) {
            EXPECT(equal->n == i);
            return;
        }
        if (!EXPECT(i < equal->n)) return;
        const uint64_t *row = equal->rows + i * HB_STRING_WORDS, *values = row + HB_STRING_KEY;
        const content *c = &h->contents[best];
        EXPECT(row[HB_STRING_BYTES] == best && row[HB_STRING_HASH] == hb_hash_bytes(all_x, best, h->key));
        EXPECT(values[HB_STRING_OBJECTS] == c->objects && values[HB_STRING_MEMSIZE] == c->memsize);
        EXPECT(values[HB_STRING_WHERE] == c->where && values[HB_STRING_ADDRESS] == c->where + 7);
        used[best] = 1;
    }
}

static void check_totals(const heap *h, const hb_equal_strings *equal)
{
    uint64_t distinct = 0, objects = 0, memsize = 0;
    for (size_t k = 0; k < h->n_contents; k++) {
        const content *c = &h->contents[k];
        if (c->objects == 0) continue;
        distinct++;
        objects += c->objects - 1;
        memsize += c->memsize - c->first_memsize;
    }
    EXPECT(equal->distinct == distinct && equal->duplicate_objects == objects && equal->duplicate_memsize == memsize);
    EXPECT(equal->without_value == h->without_value);
}

static void try_heap(uint64_t seed, uint64_t key, hb_equal_order order, uint64_t top)
{
    heap *h = make_heap(seed, key);
    hb_equal_strings equal;
    hb_equal_strings_init(&equal);
    if (EXPECT(hb_equal_strings_find(world, &h->intake, top, order, &equal) == HB_OK)) {
        check_totals(h, &equal);
        if (hb_comm_rank(world) == 0) check_rows(h, &equal, order, top);
        else EXPECT(equal.n == 0 && equal.rows == NULL);
    }
    hb_equal_strings_fini(&equal);
    free_heap(h);
}

static void test_any_deal(void)
{
    static const uint64_t tops[] = { 20, 1, 0, 7 };
    for (uint64_t k = 0; k < 60; k++) try_heap(SEED + k / 2, k * 0x9e3779b97f4a7c15u, k % 8 < 4 ? HB_EQUAL_BY_BYTES : HB_EQUAL_BY_OBJECTS, tops[k / 2 % 4]);
    agree_that_all_is_well();
}

/* More than one round of the exchange. */
static void test_many(void)
{
    enum { N = 200000 };
    heap *h = must_alloc(1, sizeof *h);
    hb_equal_strings equal;
    const int size = hb_comm_size(world), me = hb_comm_rank(world);
    hb_equal_strings_init(&equal);
    h->intake.n_collectors = 1;
    h->intake.collectors = hb_alloc(1, sizeof *h->intake.collectors);
    if (h->intake.collectors == NULL) exit(2);
    hb_collector_init(h->intake.collectors, HB_COLLECT_STRINGS, HB_IDENTITY_STRICT, &hb_limits_default, 0);
    for (int i = 0; i < N; i++) {
        char text[16];
        const size_t n = (size_t)snprintf(text, sizeof text, "%d", i);
        const hb_line line = { .type = HB_TYPE_STRING, .address = 8, .memsize = 40, .value = { text, n } };
        EXPECT(hb_string_counts_add(&h->intake.collectors[0].strings, &line, (uint64_t)(i * size + me)) == HB_OK);
    }
    EXPECT(hb_equal_strings_find(world, &h->intake, 3, HB_EQUAL_BY_BYTES, &equal) == HB_OK);
    EXPECT(equal.distinct == N && equal.duplicate_objects == (uint64_t)N * (uint64_t)(size - 1));
    EXPECT(equal.duplicate_memsize == 40 * equal.duplicate_objects);
    if (me == 0) EXPECT(equal.n == (size > 1 ? 3 : 0));
    for (size_t i = 0; i < equal.n; i++)
        EXPECT(equal.rows[i * HB_STRING_WORDS + HB_STRING_KEY + HB_STRING_WHERE] == i * (uint64_t)size);
    hb_equal_strings_fini(&equal);
    free_heap(h);
    agree_that_all_is_well();
}

/* All ranks learn which lines are wanted, rank 0 what they have. */
static void test_contents(void)
{
    heap *h = make_heap(SEED + 999, 5);
    hb_equal_strings equal;
    hb_table wanted, contents;
    hb_equal_strings_init(&equal);
    EXPECT(hb_equal_strings_find(world, &h->intake, 9, HB_EQUAL_BY_BYTES, &equal) == HB_OK);
    uint64_t n = equal.n;
    hb_comm_broadcast(world, &n, sizeof n, 0);
    EXPECT(hb_equal_strings_want(world, &equal, &wanted) == HB_OK && wanted.n == n && n > 3);
    for (size_t i = 0; i < wanted.n; i++) {
        const uint64_t where = hb_table_row(&wanted, i)[0], *key = hb_table_values(&wanted, i);
        const size_t reader = i % (size_t)hb_comm_size(world);
        EXPECT(h->contents[key[HB_STRING_BYTES]].where == where);
        if (reader != (size_t)hb_comm_rank(world) || h->intake.n_collectors == 0) continue;
        hb_string_counts *strings = &h->intake.collectors[i % MOST_COLLECTORS].strings;
        const hb_line line = { .type = HB_TYPE_STRING, .value = { all_x, key[HB_STRING_BYTES] } };
        strings->wanted = &wanted;
        EXPECT(hb_string_counts_keep(strings, &line, where) == HB_OK);
    }
    EXPECT(hb_equal_strings_gather(world, &h->intake, &contents) == HB_OK);
    for (size_t i = 0; i < wanted.n; i++) {
        const uint64_t *key = hb_table_values(&wanted, i), *row = hb_table_find(&contents, hb_table_row(&wanted, i));
        const int is_read = i % (size_t)hb_comm_size(world) % 3 != 1;
        EXPECT((row != NULL) == (is_read && hb_comm_rank(world) == 0));
        if (row == NULL) continue;
        const size_t length = key[HB_STRING_BYTES], shown = length < HB_STRING_SHOWN ? length : HB_STRING_SHOWN;
        EXPECT(row[HB_CONTENTS_BYTES] == shown && row[HB_CONTENTS_IS_CUT] == (length > shown));
        EXPECT(memcmp(&row[HB_CONTENTS_TEXT], all_x, shown) == 0);
    }
    hb_table_fini(&wanted);
    hb_table_fini(&contents);
    hb_equal_strings_fini(&equal);
    free_heap(h);
    agree_that_all_is_well();
}

/* Without memory on one rank, at any place, all say so. */
static void test_memory(void)
{
    hb_status status = HB_ERR_MEMORY;
    uint64_t nth = 1;
    for (; status != HB_OK && nth < 1000; nth++) {
        heap *h = make_heap(SEED + 5, 3);
        hb_equal_strings equal;
        hb_table wanted;
        hb_equal_strings_init(&equal);
        hb_table_init(&wanted, 1, HB_STRING_KEY);
        if (hb_comm_rank(world) == hb_comm_size(world) - 1) hb_memory_fail_at(nth, 1);
        status = hb_equal_strings_find(world, &h->intake, 20, HB_EQUAL_BY_BYTES, &equal);
        if (status == HB_OK) status = hb_equal_strings_want(world, &equal, &wanted);
        hb_memory_fail_at(0, 0);
        EXPECT(status == HB_OK || status == HB_ERR_MEMORY);
        EXPECT(hb_comm_agree(world, status) == status);
        hb_table_fini(&wanted);
        hb_equal_strings_fini(&equal);
        free_heap(h);
    }
    EXPECT(status == HB_OK && nth > 5);
    agree_that_all_is_well();
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {
        { "any deal", test_any_deal }, { "many", test_many }, { "contents", test_contents }, { "out of memory", test_memory },
        CU_TEST_INFO_NULL
    };
    return hb_mpi_suite_run("equal strings", SEED, tests, argc, argv);
}
