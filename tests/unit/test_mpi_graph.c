/* Splitters, shards, graph and search of random heaps, spread over the ranks at random, against the oracle of the whole
 * heap that every rank makes from the seed. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/object_facts.h"
#include "tests/unit/graph_oracle.h"
#include "tests/unit/graph_way.h"

/* --- splitters --- */

static uint64_t work_of(const heap *h, const hb_splitters *s, int rank, uint64_t page)
{
    uint64_t work = 0;
    for (size_t i = 0; i < h->n_lines; i++) {
        uint64_t address = h->lines[i].address;
        if (rank >= 0 ? owner_of(s, address) == rank : address >> 12 == page) work += 2 + h->lines[i].n;
    }
    return work;
}

static int same_everywhere(uint64_t value)
{
    uint64_t low = value, high = value;
    hb_comm_min(world, &low, 1);
    hb_comm_max(world, &high, 1);
    return low == high;
}

static void check_splitters(const heap *h, const hb_splitters *s)
{
    const int size = hb_comm_size(world);
    EXPECT(s->n == size && s->first[0] == 0);
    for (int r = 1; r < size; r++) EXPECT(s->first[r - 1] <= s->first[r]);
    for (int r = 0; r < size; r++) EXPECT(same_everywhere(s->first[r]));
    uint64_t total = 0, heaviest = 0, own[64], shared = 0;
    for (size_t i = 0; i < h->n_lines; i++) {
        total += 2 + h->lines[i].n;
        EXPECT(hb_splitters_owner(s, h->lines[i].address) == owner_of(s, h->lines[i].address));
        uint64_t page = work_of(h, s, -1, h->lines[i].address >> 12);
        if (page > heaviest) heaviest = page;
    }
    for (int r = 0; r < size; r++) {
        shared += own[r] = work_of(h, s, r, 0);
        /* Scaled by the ranks, so that nothing is rounded. */
        EXPECT(own[r] * (unsigned)size <= total + heaviest * (unsigned)size);
    }
    EXPECT(shared == total);
}

/* What each rank would get of n objects without references, all of which rank 0 has. */
static void share_out(const uint64_t *addresses, size_t n, uint64_t *own)
{
    hb_wordlist records;
    hb_splitters s = { 0 };
    hb_wordlist_init(&records, 0);
    memset(own, 0, (size_t)hb_comm_size(world) * sizeof *own);
    for (size_t i = 0; i < n && hb_comm_rank(world) == 0; i++)
        EXPECT(hb_record_put(&records, &(hb_record){ .address = addresses[i] }, NULL, 0) != NULL);
    if (EXPECT(hb_splitters_build(world, &records, hb_comm_size(world), &s) == HB_OK))
        for (size_t i = 0; i < n; i++) own[hb_splitters_owner(&s, addresses[i])]++;
    hb_splitters_fini(&s);
    hb_wordlist_fini(&records);
}

/* A heap, and as many objects strewn over all addresses, before and behind it: once this drew the heap into one page. In any
 * order each rank has its share, but for 2 % of all. */
static void test_strewn(void)
{
    enum { N = 400000 };
    uint64_t *addresses = must_alloc(N, sizeof *addresses), own[64];
    for (int shuffled = 0; shuffled < 2; shuffled++) {
        for (uint64_t i = 0; i < N; i++)
            addresses[i] = i % 2 != 0 ? UINT64_C(0x7f0000000000) + i * 20 : hb_hash_word(i) & ~UINT64_C(7);
        for (size_t i = N - 1; i > 0 && shuffled; i--) {
            const size_t other = hb_hash_word(SEED + i) % (i + 1);
            const uint64_t address = addresses[i];
            addresses[i] = addresses[other];
            addresses[other] = address;
        }
        share_out(addresses, N, own);
        for (int r = 0; r < hb_comm_size(world); r++) EXPECT(own[r] < N / (uint64_t)hb_comm_size(world) + N / 50);
    }
    hb_free(addresses);
    agree_that_all_is_well();
}

/* All ranks have one secret, which was drawn. */
static void test_secret(void)
{
    EXPECT(same_everywhere(hb_hash_secret[0]) && same_everywhere(hb_hash_secret[1]));
    EXPECT(hb_hash_secret[0] != 0x243f6a8885a308d3u && hb_hash_secret[1] != 0);
    agree_that_all_is_well();
}

/* --- shard, graph, search --- */

static hb_parent expected_parent(const oracle *o, const thing *t)
{
    if (t->parent == -1) return HB_NO_PARENT;
    if (t->parent < -1) return HB_PARENT_ROOT | (uint64_t)(-2 - t->parent);
    return o->things[t->parent].gid << 1 | (unsigned)t->by_class;
}

static void check_name(const oracle *o, const thing *t, const hb_shard *shard, uint32_t id)
{
    uint32_t names[HEAP_SHAPES + 1], at = shard->name[id];
    if (t->line->type != HB_TYPE_OBJECT) {
        EXPECT(at == (t->attached != HB_NO_STRING ? t->attached : t->line->name));
        return;
    }
    int n = t->line->name == HB_NO_STRING || t->line->n == 0 ? -1 : heap_chain(o->heap, t->line->name, names);
    if (n != (int)t->line->n) {
        EXPECT(at == HB_NO_IVAR);
        return;
    }
    for (int i = 0; i < n && EXPECT(at != HB_NO_IVAR); i++, at = hb_shapes_before(&shard->shapes, at))
        EXPECT(hb_shapes_name(&shard->shapes, at) == names[i]);
    EXPECT(at == HB_NO_IVAR);
}

static void check_facts(const oracle *o, const thing *t, const hb_shard *shard, const hb_bfs *bfs, uint32_t id)
{
    const hb_object_facts f = hb_object_facts_of(shard, bfs, id);
    const int sized = t->line->type == HB_TYPE_HASH || t->line->type == HB_TYPE_ARRAY;
    uint32_t own = sized || t->line->type == HB_TYPE_OBJECT ? HB_NO_STRING : t->line->name;
    if (t->attached != HB_NO_STRING) own = t->attached;
    EXPECT(f.address == t->line->address && f.type == t->line->type && f.memsize == t->line->memsize);
    EXPECT(f.class_name == class_name_of(o, t) && f.own_name == own && f.site == t->line->site);
    EXPECT(f.size == (sized ? t->line->name : UINT64_MAX) && f.via == t->via);
    EXPECT(f.parent == expected_parent(o, t) && f.marks == shard->marks[id]);
}

static void check_shard(const oracle *o, const hb_shard *shard)
{
    size_t mine = 0;
    for (size_t i = 0; i < o->n; i++) {
        const thing *t = &o->things[i];
        if (hb_gid_rank(t->gid) != shard->rank) {
            EXPECT(hb_pagemap_id(&shard->map, t->line->address) == HB_NO_ID);
            continue;
        }
        mine++;
        uint32_t id = hb_gid_id(t->gid), c;
        EXPECT(hb_pagemap_id(&shard->map, t->line->address) == id);
        if (!EXPECT(id < shard->n)) continue;
        EXPECT(hb_shard_address(shard, id) == t->line->address);
        EXPECT(hb_shard_type(shard, id) == t->line->type && hb_shard_memsize(shard, id) == t->line->memsize);
        EXPECT(hb_shard_generation(shard, id) == t->line->generation);
        EXPECT(hb_shard_site(shard, id) == t->line->site);
        EXPECT(shard->marks[id] == ((t->line->flags & HB_FLAG_SINGLETON ? HB_MARK_SINGLETON : 0) |
                                    (t->attached != HB_NO_STRING ? HB_MARK_ATTACHED : 0)));
        check_name(o, t, shard, id);
        c = hb_shard_class_id(shard, id);
        if (t->line->class_address == 0) {
            EXPECT(c == HB_NO_CLASS);
            continue;
        }
        if (!EXPECT(c < shard->classes.n)) continue;
        EXPECT(hb_table_row(&shard->classes, c)[0] == t->line->class_address);
        EXPECT(shard->class_gid[c] == (t->class_at < 0 ? HB_NO_GID : o->things[t->class_at].gid));
        EXPECT(shard->class_name[c] == class_name_of(o, t));
    }
    EXPECT(mine == shard->n);
}

static void check_graph(const oracle *o, const hb_graph *graph)
{
    uint64_t dangling = graph->dangling;
    hb_comm_sum(world, &dangling, 1);
    EXPECT(dangling == o->dangling);
    if (!EXPECT(graph->n_roots == o->n_roots)) return;
    for (size_t r = 0; r < o->n_roots; r++) EXPECT(graph->root_name[r] == o->roots[r].name);
    uint64_t edges = graph->n_remote;
    for (uint32_t v = 0; v < graph->shard->n; v++)
        for HB_EACH_EDGE (graph, v, e) edges++;
    hb_comm_sum(world, &edges, 1);
    uint64_t expected = 0;
    for (size_t i = 0; i < o->n; i++)
        for (size_t k = 0; k < o->things[i].line->n; k++)
            expected += at_address(o, o->heap->refs[o->things[i].line->first + k]) >= 0;
    EXPECT(edges == expected);
}

static void check_bfs(const oracle *o, const hb_shard *shard, const hb_bfs *bfs)
{
    hb_reachability expected = { 0 }, got;
    for (size_t i = 0; i < o->n; i++) {
        const thing *t = &o->things[i];
        int reached = t->hops != UINT32_MAX;
        if (reached) {
            expected.reachable++;
            expected.reachable_memsize += t->line->memsize;
        } else expected.unreachable++;
        if (reached && t->classes == 0) {
            expected.without_class_edges++;
            expected.hops_sum += t->hops;
            if (t->hops > expected.max_hops) expected.max_hops = t->hops;
        }
        if (hb_gid_rank(t->gid) != shard->rank) continue;
        uint32_t id = hb_gid_id(t->gid);
        EXPECT(bfs->distance[id] == (reached ? (uint64_t)t->classes << 32 | t->hops : HB_UNREACHED));
        EXPECT(bfs->parent[id] == expected_parent(o, t) && hb_bfs_via(bfs, id) == t->via);
        check_facts(o, t, shard, bfs, id);
    }
    hb_bfs_reachability(world, shard, bfs, 2, &got);
    EXPECT(got.reachable == expected.reachable && got.unreachable == expected.unreachable);
    EXPECT(got.reachable_memsize == expected.reachable_memsize);
    EXPECT(got.without_class_edges == expected.without_class_edges);
    EXPECT(got.max_hops == expected.max_hops && got.hops_sum == expected.hops_sum);
}

/* --- tests --- */

static void check_heap(const heap *h, uint64_t seed, int n_threads)
{
    oracle o;
    way w;
    uint64_t before = failures_here;
    oracle_init(&o, h);
    relax(&o);
    find_parents(&o);
    find_ivars(&o);
    if (EXPECT(way_to_search(h, seed, n_threads, &w) == HB_OK)) {
        number_things(&o, &w.shard.splitters);
        check_splitters(h, &w.shard.splitters);
        check_shard(&o, &w.shard);
        check_graph(&o, &w.graph);
        check_bfs(&o, &w.shard, &w.bfs);
    }
    way_fini(&w);
    oracle_fini(&o);
    if (failures_here != before) fprintf(stderr, "  ... in the heap of seed %llu\n", (unsigned long long)seed);
}

static void test_nothing(void)
{
    check_no_object(check_heap);
}

static void test_random_heaps(void)
{
    check_random_heaps(check_heap);
}

/* Frontiers wide enough for a team of threads, and a window that narrows again. */
static void test_wide_frontier(void)
{
    check_wide_heap(check_heap);
}

/* A list in the order of its addresses leaves each shard once: it takes a few dozen rounds, however long, where it once
 * took one for each 350 nodes. */
static void test_long_list_takes_few_rounds(void)
{
    const size_t n = 200000;
    heap h;
    way w;
    make_long_list(&h, n);
    if (EXPECT(way_to_search(&h, SEED, 1, &w) == HB_OK)) {
        hb_reachability reach;
        hb_bfs_reachability(world, &w.shard, &w.bfs, 1, &reach);
        EXPECT(reach.max_hops == n && reach.hops_sum == n * (n + 1) / 2 && reach.unreachable == 0);
        EXPECT(w.bfs.rounds < 60);
    }
    way_fini(&w);
    heap_fini(&h);
    agree_that_all_is_well();
}

/* Pages of equal work, fewer or more than ranks: the rounding of the shares must not pile up at the last rank. */
static void test_even_pages(void)
{
    for (size_t n = 1; n <= 60; n++) {
        heap h = { .n_lines = n, .lines = must_alloc(n, sizeof *h.lines) };
        heap_stage stage;
        hb_splitters s = { 0 };
        for (size_t i = 0; i < n; i++) {
            h.lines[i].address = UINT64_C(0x7f0000000000) + (i << 12);
            h.lines[i].site = h.lines[i].name = HB_NO_STRING;
        }
        EXPECT(heap_stage_share(&h, SEED + n, hb_comm_rank(world), hb_comm_size(world), &stage) == HB_OK);
        if (EXPECT(hb_splitters_build(world, &stage.records, hb_comm_size(world), &s) == HB_OK)) check_splitters(&h, &s);
        hb_splitters_fini(&s);
        heap_stage_fini(&stage);
        heap_fini(&h);
    }
    agree_that_all_is_well();
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {
        { "no object", test_nothing }, { "random heaps", test_random_heaps }, { "wide frontier", test_wide_frontier },
        { "a long list takes few rounds", test_long_list_takes_few_rounds }, { "even pages", test_even_pages },
        { "strewn addresses", test_strewn }, { "secret", test_secret },
        CU_TEST_INFO_NULL
    };
    return hb_mpi_suite_run("graph", SEED, tests, argc, argv);
}
