/* Dominators and retained sizes of random heaps against their definition: every rank makes the whole heap from the
 * seed, takes each object away in turn, and looks what can no longer be reached. */
#include <stdlib.h>
#include <string.h>

#include "graph/dominators.h"
#include "graph/semi_nca.h"
#include "reduce/group_sums.h"
#include "tests/unit/heap_graph.h"

#define SEED 20261125u
#define N_GRAPHS 1000

/* --- the oracle --- */

typedef struct plain {
    const heap *heap;
    const heap_line **line;      /* by address; the first of the dump where several have one */
    size_t n;
    size_t *first, *target;      /* rows of edges; the last row is that of the ROOT lines */
    uint8_t *reached;
    size_t *stack;
    int64_t *idom;               /* index, -1: the virtual root; -2: not reachable */
    uint64_t *memsize, *objects;
} plain;

static int by_address(const void *a, const void *b)
{
    const heap_line *x = *(const heap_line *const *)a, *y = *(const heap_line *const *)b;
    if (x->address != y->address) return x->address < y->address ? -1 : 1;
    return (x->where > y->where) - (x->where < y->where);
}

static size_t index_of(const plain *p, uint64_t address)
{
    size_t low = 0, high = p->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (p->line[middle]->address < address) low = middle + 1;
        else high = middle;
    }
    return low < p->n && p->line[low]->address == address ? low : SIZE_MAX;
}

static void add_edge(plain *p, size_t *n, uint64_t address)
{
    size_t to = index_of(p, address);
    if (to != SIZE_MAX) p->target[(*n)++] = to;
}

static void make_edges(plain *p)
{
    const heap *h = p->heap;
    size_t n = 0;
    p->first = must_alloc(p->n + 2, sizeof *p->first);
    p->target = must_alloc(h->n_refs + p->n, sizeof *p->target);
    for (size_t v = 0; v < p->n; v++) {
        p->first[v] = n;
        for (size_t k = 0; k < p->line[v]->n; k++) add_edge(p, &n, h->refs[p->line[v]->first + k]);
        if (p->line[v]->class_address != 0) add_edge(p, &n, p->line[v]->class_address);
    }
    p->first[p->n] = n;
    for (size_t r = 0; r < h->n_roots; r++)
        for (size_t k = 0; k < h->roots[r].n; k++) add_edge(p, &n, h->refs[h->roots[r].first + k]);
    p->first[p->n + 1] = n;
}

/* What the ROOT lines reach when one object, or SIZE_MAX for none, is not there. */
static void reach(plain *p, size_t without)
{
    size_t depth = 0;
    memset(p->reached, 0, p->n);
    p->stack[depth++] = p->n;
    while (depth > 0) {
        size_t v = p->stack[--depth];
        for (size_t e = p->first[v]; e < p->first[v + 1]; e++) {
            size_t to = p->target[e];
            if (to == without || p->reached[to]) continue;
            p->reached[to] = 1;
            p->stack[depth++] = to;
        }
    }
}

static void make_plain(plain *p, const heap *h)
{
    *p = (plain){ .heap = h, .line = must_alloc(h->n_lines, sizeof *p->line) };
    for (size_t i = 0; i < h->n_lines; i++) p->line[i] = &h->lines[i];
    if (h->n_lines > 0) qsort(p->line, h->n_lines, sizeof *p->line, by_address);
    for (size_t i = 0; i < h->n_lines; i++)
        if (p->n == 0 || p->line[p->n - 1]->address != p->line[i]->address) p->line[p->n++] = p->line[i];
    make_edges(p);
    p->reached = must_alloc(p->n, 1);
    p->stack = must_alloc(p->n + 2, sizeof *p->stack);
    p->idom = must_alloc(p->n, sizeof *p->idom);
    p->memsize = must_alloc(p->n, sizeof *p->memsize);
    p->objects = must_alloc(p->n, sizeof *p->objects);
}

/* Of an object's dominators the one that dominates fewest is the immediate one. */
static void dominate(plain *p)
{
    uint8_t *all = must_alloc(p->n, 1), *lost = must_alloc(p->n * p->n, 1);
    reach(p, SIZE_MAX);
    memcpy(all, p->reached, p->n);
    for (size_t d = 0; d < p->n; d++) {
        if (!all[d]) continue;
        reach(p, d);
        for (size_t v = 0; v < p->n; v++) {
            if (!all[v] || p->reached[v]) continue;
            lost[d * p->n + v] = 1;
            p->memsize[d] += p->line[v]->memsize;
            p->objects[d]++;
        }
    }
    for (size_t v = 0; v < p->n; v++) {
        p->idom[v] = all[v] ? -1 : -2;
        for (size_t d = 0; all[v] && d < p->n; d++)
            if (d != v && lost[d * p->n + v] && (p->idom[v] < 0 || p->objects[d] < p->objects[p->idom[v]]))
                p->idom[v] = (int64_t)d;
    }
    free(all);
    free(lost);
}

static void fini_plain(plain *p)
{
    void *const blocks[] = { p->line, p->first, p->target, p->reached, p->stack, p->idom, p->memsize, p->objects };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
}

/* --- against it --- */

/* Each rank's first index in the order of addresses. */
static size_t *rank_bases(const hb_shard *shard)
{
    const size_t n_ranks = (size_t)hb_comm_size(world);
    uint64_t *sizes = must_alloc(n_ranks, sizeof *sizes);
    size_t *base = must_alloc(n_ranks + 1, sizeof *base);
    sizes[shard->rank] = shard->n;
    hb_comm_sum(world, sizes, n_ranks);
    for (size_t r = 0; r < n_ranks; r++) base[r + 1] = base[r] + sizes[r];
    free(sizes);
    return base;
}

static void compare(const plain *p, const hb_shard *shard, const hb_dominators *d)
{
    size_t *base = rank_bases(shard);
    for (uint32_t v = 0; v < shard->n; v++) {
        const size_t at = base[shard->rank] + v;
        const hb_gid idom = d->idom[v];
        EXPECT(hb_shard_address(shard, v) == p->line[at]->address);
        EXPECT(d->retained_memsize[v] == p->memsize[at] && d->retained_objects[v] == p->objects[at]);
        EXPECT(p->idom[at] < 0 ? idom == HB_NO_GID
                               : idom != HB_NO_GID && base[hb_gid_rank(idom)] + hb_gid_id(idom) == (size_t)p->idom[at]);
    }
    free(base);
}

/* --- groups --- */

static uint64_t group_by_type(const hb_shard *shard, uint32_t kind)
{
    return shard->kinds[kind].type == HB_TYPE_STRING ? HB_NO_GROUP : shard->kinds[kind].type;
}

static uint64_t plain_group(const heap_line *line, int by_site)
{
    if (by_site) return line->site == HB_NO_STRING ? HB_NO_GROUP : line->site;
    return line->type == HB_TYPE_STRING ? HB_NO_GROUP : line->type;
}

/* Whether something above an object in the dominator tree is of its group. */
static int is_inside(const plain *p, size_t v, int by_site)
{
    for (int64_t at = p->idom[v]; at >= 0; at = p->idom[at])
        if (plain_group(p->line[at], by_site) == plain_group(p->line[v], by_site)) return 1;
    return 0;
}

static void compare_groups(const plain *p, hb_table *sums, int by_site)
{
    hb_table want;
    hb_table_init(&want, 1, HB_GROUP_WORDS);
    for (size_t v = 0; hb_comm_rank(world) == 0 && v < p->n; v++) {
        const uint64_t group = plain_group(p->line[v], by_site);
        if (p->idom[v] == -2 || group == HB_NO_GROUP) continue;
        uint64_t *row = hb_table_put(&want, &group, NULL);
        row[HB_GROUP_OBJECTS]++;
        if (is_inside(p, v, by_site)) continue;
        row[HB_GROUP_OUTERMOST]++;
        row[HB_GROUP_MEMSIZE] += p->memsize[v];
        row[HB_GROUP_RETAINED] += p->objects[v];
    }
    EXPECT(sums->n == want.n);
    for (size_t i = 0; i < want.n; i++) {
        const uint64_t *row = hb_table_find(sums, hb_table_row(&want, i));
        if (EXPECT(row != NULL)) EXPECT(memcmp(row, hb_table_values(&want, i), HB_GROUP_WORDS * sizeof *row) == 0);
    }
    hb_table_fini(&want);
}

static void check_groups(const plain *p, const hb_shard *shard, hb_dominators *d)
{
    static const hb_group_of group_of[] = { group_by_type, hb_group_by_site };
    hb_table sums[2];
    if (!EXPECT(hb_group_sums(world, shard, d, group_of, 2, sums) == HB_OK)) return;
    for (int i = 0; i < 2; i++) {
        compare_groups(p, &sums[i], i);
        hb_table_fini(&sums[i]);
    }
}

static uint64_t joins_seen, open_seen, most_open;

static void check_heap(const heap *h, uint64_t seed, int n_threads)
{
    plain p;
    heap_graph g;
    hb_dominators d = { 0 };
    const uint64_t before = failures_here;
    make_plain(&p, h);
    dominate(&p);
    if (EXPECT(heap_graph_make(h, seed, n_threads, &g) == HB_OK) &&
        EXPECT(hb_dominators_find(world, &g.graph, &g.bfs, n_threads, &d) == HB_OK)) {
        compare(&p, &g.shard, &d);
        check_groups(&p, &g.shard, &d);
        EXPECT(d.n_open <= d.n_joins);
        joins_seen += d.n_joins;
        open_seen += d.n_open;
        if (d.n_open > most_open) most_open = d.n_open;
    }
    hb_dominators_fini(&d);
    heap_graph_fini(&g);
    fini_plain(&p);
    if (failures_here != before) fprintf(stderr, "  ... in the heap of seed %llu\n", (unsigned long long)seed);
}

static void test_random_heaps(void)
{
    for (uint64_t k = 0; k < N_GRAPHS; k++) {
        dice d = dice_of(SEED + k);
        size_t n = k < 20 ? 1 + k : k % 100 == 99 ? 500 : 1 + roll(&d, 120);
        heap_shape shape = (heap_shape)roll(&d, HEAP_N_SHAPES);
        heap h;
        heap_make(&h, SEED + k, shape, n);
        check_heap(&h, SEED + k, k % 10 == 9 ? 2 : 1);
        heap_fini(&h);
    }
    /* The whole way was taken, and not only by a few. */
    EXPECT(joins_seen > open_seen && open_seen > N_GRAPHS && most_open > 50);
    agree_that_all_is_well();
}

static void test_nothing(void)
{
    heap h = { 0 };
    check_heap(&h, SEED + 2000, 1);
    agree_that_all_is_well();
}

/* A million levels: nothing may recurse, or go from rank to rank at each of them. Every other node is a join. */
static void test_long_list(void)
{
    const size_t n = 200000;
    heap h = { .n_lines = n, .lines = must_alloc(n, sizeof *h.lines), .refs = must_alloc(2 * n, sizeof *h.refs),
               .n_roots = 1, .roots = must_alloc(1, sizeof *h.roots) };
    uint64_t *address = must_alloc(n, sizeof *address);
    dice d = dice_of(SEED);
    for (size_t i = 0; i < n; i++) address[i] = UINT64_C(0x7f0000000000) + 40 * i;
    heap_shuffle(&d, address, n);
    for (size_t i = 0; i < n; i++) {
        h.lines[i] = (heap_line){ .address = address[i], .where = 100 + 100 * i, .type = HB_TYPE_OBJECT, .memsize = 40,
                                  .site = HB_NO_STRING, .name = HB_NO_STRING, .first = h.n_refs };
        if (i + 1 < n) h.refs[h.n_refs++] = address[i + 1];
        if (i + 2 < n && i % 3 == 0) h.refs[h.n_refs++] = address[i + 2];
        h.lines[i].n = h.n_refs - h.lines[i].first;
        h.bits |= address[i];
    }
    h.roots[0] = (heap_root){ .first = h.n_refs, .n = 1 };
    h.refs[h.n_refs++] = address[0];
    heap_graph g;
    hb_dominators dom = { 0 };
    if (EXPECT(heap_graph_make(&h, SEED, 1, &g) == HB_OK) &&
        EXPECT(hb_dominators_find(world, &g.graph, &g.bfs, 1, &dom) == HB_OK)) {
        for (size_t i = 0; i < n; i++) {
            const uint32_t v = hb_splitters_owner(&g.shard.splitters, address[i]) == g.shard.rank
                                   ? hb_pagemap_id(&g.shard.map, address[i]) : HB_NO_ID;
            if (v == HB_NO_ID) continue;
            /* Node i + 1 of i, i + 1, i + 2 is passed by; the last node, too, when i + 2 is not there. */
            const uint64_t below = i % 3 == 1 && i + 1 < n ? 1 : n - i;
            EXPECT(dom.retained_objects[v] == below && dom.retained_memsize[v] == 40 * below);
        }
        EXPECT(dom.n_joins > n / 4 && (hb_comm_size(world) > 1 ? dom.n_open > n / 8 : dom.n_open == 0));
    }
    hb_dominators_fini(&dom);
    heap_graph_fini(&g);
    free(address);
    heap_fini(&h);
    agree_that_all_is_well();
}

/* The example of Lengauer and Tarjan 1979, figure 1: R is 0, A to L are 1 to 12. */
static void test_semi_nca(void)
{
    static const uint64_t first[] = { 0, 3, 4, 7, 9, 10, 11, 12, 14, 16, 17, 18, 20, 21 };
    static const uint32_t target[] = { 1, 2, 3, 4, 1, 4, 5, 6, 7, 12, 8, 9, 9, 10, 5, 11, 11, 9, 0, 9, 8 };
    static const uint32_t want[] = { 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 7, 0, 4 };
    uint32_t idom[13];
    CU_ASSERT_EQUAL(hb_semi_nca(13, first, target, idom), HB_OK);
    for (size_t v = 0; v < 13; v++) CU_ASSERT_EQUAL(idom[v], want[v]);
    static const uint64_t apart[] = { 0, 0, 1, 1 };
    static const uint32_t to[] = { 2 };
    CU_ASSERT_EQUAL(hb_semi_nca(3, apart, to, idom), HB_OK);
    CU_ASSERT(idom[0] == 0 && idom[1] == UINT32_MAX && idom[2] == UINT32_MAX);
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = { { "semi-NCA", test_semi_nca }, { "no object", test_nothing },
                            { "random heaps", test_random_heaps }, { "a long list", test_long_list },
                            CU_TEST_INFO_NULL };
    return hb_mpi_suite_run("dominators", SEED, tests, argc, argv);
}
