/* Right answers pass; answers with one wrong figure each fail, and by the check that is meant for it. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/dominators.h"
#include "graph/validate.h"
#include "tests/unit/heap_graph.h"

#define SEED 20261126u
#define N_GRAPHS 100

/* An object of the whole heap, the same on all ranks. */
typedef struct row {
    uint64_t gid, idom, distance, parent, objects, memsize, address;
} row;

#define ROW_WORDS (sizeof(row) / sizeof(uint64_t))

typedef struct answer {
    heap_graph *g;
    hb_bfs bfs;              /* copies that can be spoilt */
    hb_dominators d;
    const hb_dominators *right;
    row *rows;
    size_t n;
} answer;

/* --- an answer --- */

static void gather_rows(answer *a)
{
    const hb_shard *shard = &a->g->shard;
    row *own = must_alloc(shard->n, sizeof *own);
    uint64_t *all = NULL, n_words;
    size_t n = 0;
    for (uint32_t v = 0; v < shard->n; v++)
        own[v] = (row){ hb_gid_of(shard->rank, v), a->right->idom[v], a->g->bfs.distance[v], a->g->bfs.parent[v],
                        a->right->retained_objects[v], a->right->retained_memsize[v], hb_shard_address(shard, v) };
    EXPECT(hb_comm_gather(world, (const uint64_t *)own, shard->n * ROW_WORDS, 0, &all, &n) == HB_OK);
    n_words = n;
    hb_comm_broadcast(world, &n_words, sizeof n_words, 0);
    a->n = n_words / ROW_WORDS;
    a->rows = must_alloc(a->n, sizeof *a->rows);
    if (all != NULL) memcpy(a->rows, all, n_words * sizeof *all);
    hb_comm_broadcast(world, a->rows, n_words * sizeof *all, 0);
    hb_free(all);
    free(own);
}

static void make_copies(answer *a)
{
    const uint32_t n = a->g->shard.n;
    a->bfs = a->g->bfs;
    a->bfs.distance = must_alloc(n, sizeof *a->bfs.distance);
    a->bfs.parent = must_alloc(n, sizeof *a->bfs.parent);
    a->d.idom = must_alloc(n, sizeof *a->d.idom);
    a->d.retained_memsize = must_alloc(n, sizeof *a->d.retained_memsize);
    a->d.retained_objects = must_alloc(n, sizeof *a->d.retained_objects);
}

static void restore(answer *a)
{
    const uint32_t n = a->g->shard.n;
    memcpy(a->bfs.distance, a->g->bfs.distance, n * sizeof *a->bfs.distance);
    memcpy(a->bfs.parent, a->g->bfs.parent, n * sizeof *a->bfs.parent);
    memcpy(a->d.idom, a->right->idom, n * sizeof *a->d.idom);
    memcpy(a->d.retained_memsize, a->right->retained_memsize, n * sizeof *a->d.retained_memsize);
    memcpy(a->d.retained_objects, a->right->retained_objects, n * sizeof *a->d.retained_objects);
}

static void fini_answer(answer *a)
{
    void *const blocks[] = { a->rows, a->bfs.distance, a->bfs.parent, a->d.idom, a->d.retained_memsize,
                             a->d.retained_objects };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
}

/* --- what is looked for --- */

static uint64_t times[HB_CHECKS];

/* The answer fails by the one check, naming this address unless it has more than three to name; or by the other, which
 * may be about objects that the fault made look wrong. */
static void expect_fault(answer *a, hb_check one, hb_check other, uint64_t address)
{
    hb_validation v;
    if (!EXPECT(hb_validate(world, &a->g->graph, &a->bfs, &a->d, &v) == HB_OK)) return;
    EXPECT(!v.holds && v.n > 0 && (v.failed == one || v.failed == other));
    if (v.holds || !EXPECT(v.n_examples <= v.n)) return;
    times[v.failed]++;
    int named = v.n > HB_VALIDATION_EXAMPLES || v.failed != one;
    for (size_t i = 0; i < v.n_examples; i++) {
        named |= v.example[i] == address;
        EXPECT(i == 0 || v.example[i - 1] < v.example[i]);
    }
    EXPECT(named);
    restore(a);
}

/* The object's place on this rank, HB_NO_ID: it lives on another. */
static uint32_t here(const answer *a, uint64_t gid)
{
    return gid != HB_NO_GID && hb_gid_rank(gid) == a->g->shard.rank ? hb_gid_id(gid) : HB_NO_ID;
}

static const row *find(const answer *a, uint64_t gid)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->rows[i].gid == gid) return &a->rows[i];
    return NULL;
}

/* --- faults --- */

static void spoil_search(answer *a, const row *r, dice *d)
{
    const uint32_t v = here(a, r->gid);
    const int is_reached = r->distance != HB_UNREACHED;
    const row *stranger = &a->rows[roll(d, a->n)];
    const int by_root = chance(d, 2);
    const uint64_t other = is_reached ? (chance(d, 3) ? HB_UNREACHED : r->distance + 1 + roll(d, 3)) : 2 + roll(d, 3);
    if (v != HB_NO_ID) a->bfs.distance[v] = other;
    hb_validation is;
    EXPECT(hb_validate(world, &a->g->graph, &a->bfs, &a->d, &is) == HB_OK && !is.holds && is.failed <= HB_CHECK_DISTANCE);
    restore(a);
    if (is_reached && r->distance > 1) {
        if (v != HB_NO_ID) a->bfs.distance[v] = r->distance - 1;
        EXPECT(hb_validate(world, &a->g->graph, &a->bfs, &a->d, &is) == HB_OK && !is.holds && is.failed <= HB_CHECK_DISTANCE);
        restore(a);
    }
    /* One that is no nearer cannot be the parent; nor can a ROOT line that there is not. */
    if (is_reached && stranger->distance < r->distance) return;
    if (v != HB_NO_ID) a->bfs.parent[v] = by_root ? HB_PARENT_ROOT | 1000 : stranger->gid << 1;
    expect_fault(a, HB_CHECK_PARENT, HB_CHECK_PARENT, r->address);
}

static void spoil_sums(answer *a, const row *r, dice *d)
{
    const uint32_t v = here(a, r->gid);
    const int which = (int)roll(d, 2);
    if (v != HB_NO_ID && which) a->d.retained_memsize[v] += 8;
    if (v != HB_NO_ID && !which) a->d.retained_objects[v]++;
    expect_fault(a, HB_CHECK_SUMS, HB_CHECK_SUMS, r->address);
    if (v != HB_NO_ID) a->d.idom[v] = which ? r->gid : hb_gid_of(99, 0);
    expect_fault(a, HB_CHECK_IDOM, HB_CHECK_IDOM, r->address);
}

static void move(answer *a, const row *r, uint64_t to, uint64_t less, uint64_t more)
{
    const uint32_t v = here(a, r->gid), from = here(a, less), onto = here(a, more);
    if (v != HB_NO_ID) a->d.idom[v] = to;
    if (from != HB_NO_ID) {
        a->d.retained_objects[from] -= r->objects;
        a->d.retained_memsize[from] -= r->memsize;
    }
    if (onto != HB_NO_ID) {
        a->d.retained_objects[onto] += r->objects;
        a->d.retained_memsize[onto] += r->memsize;
    }
}

/* One above its immediate dominator, or below a sibling: with all sums as they would be. What it holds below the former is
 * then held past that. */
static void spoil_dominators(answer *a, const row *r)
{
    if (r->distance == HB_UNREACHED) return;
    if (r->idom != HB_NO_GID) {
        move(a, r, find(a, r->idom)->idom, r->idom, HB_NO_GID);
        expect_fault(a, HB_CHECK_NEAREST, HB_CHECK_BYPASSED, r->address);
    }
    for (size_t i = 0; i < a->n; i++) {
        const row *sibling = &a->rows[i];
        if (sibling->idom != r->idom || sibling->distance >= r->distance) continue;
        move(a, r, sibling->gid, HB_NO_GID, sibling->gid);
        expect_fault(a, HB_CHECK_BYPASSED, HB_CHECK_BYPASSED, r->address);
        return;
    }
}

static int open_answer(answer *a, heap_graph *g, hb_dominators *right, const heap *h, uint64_t seed)
{
    *a = (answer){ .g = g, .right = right };
    *right = (hb_dominators){ 0 };
    if (!EXPECT(heap_graph_make(h, seed, 1, g) == HB_OK)) return 0;
    if (!EXPECT(hb_dominators_find(world, &g->graph, &g->bfs, 1, right) == HB_OK)) return 0;
    gather_rows(a);
    make_copies(a);
    restore(a);
    return 1;
}

static void close_answer(answer *a)
{
    fini_answer(a);
    hb_dominators_fini((hb_dominators *)a->right);
    heap_graph_fini(a->g);
}

static void check_heap(const heap *h, uint64_t seed)
{
    heap_graph g;
    hb_dominators right;
    answer a;
    hb_validation v;
    const uint64_t before = failures_here;
    dice d = dice_of(seed);
    if (open_answer(&a, &g, &right, h, seed)) {
        EXPECT(hb_validate(world, &g.graph, &a.bfs, &a.d, &v) == HB_OK && v.holds);
        for (int k = 0; k < 3 && a.n > 0; k++) {
            const row *r = &a.rows[roll(&d, a.n)];
            spoil_search(&a, r, &d);
            spoil_sums(&a, r, &d);
            spoil_dominators(&a, r);
        }
    }
    close_answer(&a);
    if (failures_here != before) fprintf(stderr, "  ... in the heap of seed %llu\n", (unsigned long long)seed);
}

static void test_random_heaps(void)
{
    for (uint64_t k = 0; k < N_GRAPHS; k++) {
        dice d = dice_of(SEED + k);
        heap h;
        heap_make(&h, SEED + k, (heap_shape)roll(&d, HEAP_N_SHAPES), k < 10 ? 1 + k : 1 + roll(&d, 100));
        check_heap(&h, SEED + k);
        heap_fini(&h);
    }
    for (int check = HB_CHECK_PARENT; check < HB_CHECKS; check++)
        EXPECT(check == HB_CHECK_DISTANCE || times[check] > N_GRAPHS / 5);
    agree_that_all_is_well();
}

/* The first holds two that hold each other: each of these has two holders, and both are dominated by the first. */
static void test_circle(void)
{
    static const uint64_t refs[] = { 1, 2, 2, 1, 0 };
    const uint64_t base = UINT64_C(0x7f0000000000);
    heap h = { .n_lines = 3, .lines = must_alloc(3, sizeof *h.lines), .refs = must_alloc(5, sizeof *h.refs), .n_refs = 5,
               .n_roots = 1, .roots = must_alloc(1, sizeof *h.roots) };
    for (size_t i = 0; i < 5; i++) h.refs[i] = base + 40 * refs[i];
    for (size_t i = 0; i < 3; i++) {
        h.lines[i] = (heap_line){ .address = base + 40 * i, .where = 100 + 100 * i, .type = HB_TYPE_OBJECT, .memsize = 40,
                                  .site = HB_NO_STRING, .name = HB_NO_STRING, .first = i == 0 ? 0 : 1 + i,
                                  .n = i == 0 ? 2 : 1 };
        h.bits |= h.lines[i].address;
    }
    h.roots[0] = (heap_root){ .first = 4, .n = 1 };
    heap_graph g;
    hb_dominators right;
    answer a;
    if (open_answer(&a, &g, &right, &h, SEED)) {
        const row *first = &a.rows[0];
        EXPECT(a.n == 3 && first->objects == 3);
        for (size_t i = 1; i < 3; i++) move(&a, &a.rows[i], HB_NO_GID, first->gid, HB_NO_GID);
        expect_fault(&a, HB_CHECK_NEAREST, HB_CHECK_NEAREST, a.rows[1].address);
    }
    close_answer(&a);
    heap_fini(&h);
    agree_that_all_is_well();
}

/* One rank runs out of memory at any of its allocations: all ranks say so. */
static void test_memory_fails(void)
{
    heap h;
    heap_graph g;
    hb_dominators right;
    answer a;
    heap_make(&h, SEED, HEAP_MIXED, 60);
    for (int rank = 0; rank < hb_comm_size(world) && rank < 2; rank++) {
        hb_validation v;
        hb_status status = HB_ERR_MEMORY;
        uint64_t nth = 1;
        if (!open_answer(&a, &g, &right, &h, SEED)) break;
        for (; status == HB_ERR_MEMORY && nth < 1000; nth++) {
            hb_memory_fail_at(rank == hb_comm_rank(world) ? nth : 0, 0);
            status = hb_validate(world, &g.graph, &a.bfs, &a.d, &v);
            hb_memory_fail_at(0, 0);
            EXPECT(hb_comm_agree(world, status) == status);
        }
        EXPECT(status == HB_OK && v.holds && nth > 20);
        close_answer(&a);
    }
    heap_fini(&h);
    agree_that_all_is_well();
}

static void test_nothing(void)
{
    heap h = { 0 };
    check_heap(&h, SEED + 2000);
    agree_that_all_is_well();
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = { { "no object", test_nothing }, { "random heaps", test_random_heaps },
                            { "a circle", test_circle }, { "memory fails", test_memory_fails }, CU_TEST_INFO_NULL };
    return hb_mpi_suite_run("validate", SEED, tests, argc, argv);
}
