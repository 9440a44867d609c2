/* A heap's whole way from staged items to the finished search, on all ranks, with checks of what each step moves; and
 * the heaps that the tests of the search and of merged paths both send down it. */
#ifndef HB_TESTS_UNIT_GRAPH_WAY_H
#define HB_TESTS_UNIT_GRAPH_WAY_H

#include <string.h>

#include "graph/bfs.h"
#include "graph/graph.h"
#include "partition/redistribute.h"
#include "partition/resolve.h"
#include "partition/shapes.h"
#include "partition/singletons.h"
#include "partition/splitters.h"
#include "tests/unit/mpi_suite.h"
#include "tests/unit/random_heap.h"

#define SEED 20240611u
#define N_GRAPHS 300

typedef struct way {
    hb_wordlist records, rows, roots, refs;   /* at home */
    hb_shard shard;
    hb_graph graph;
    hb_bfs bfs;
} way;

static inline hb_status bring_home(const heap *h, uint64_t seed, way *w)
{
    heap_stage stage;
    hb_status status = heap_stage_share(h, seed, hb_comm_rank(world), hb_comm_size(world), &stage);
    HB_TRY(hb_splitters_build(world, &stage.records, hb_comm_size(world), &w->shard.splitters));
    const hb_splitters *s = &w->shard.splitters;
    HB_TRY(hb_redistribute(world, s, &hb_form_record, &stage.records, &w->records));
    HB_TRY(hb_redistribute(world, s, &hb_form_root, &stage.roots, &w->roots));
    HB_TRY(hb_redistribute(world, s, &hb_form_address, &stage.refs, &w->refs));
    uint64_t words[3] = { hb_wordlist_words(&w->records), hb_wordlist_words(&w->roots), hb_wordlist_words(&w->refs) };
    hb_comm_sum(world, words, 3);
    uint64_t n_record_words = 0, n_root_refs = 0;
    for (size_t i = 0; i < h->n_lines; i++) n_record_words += heap_record_words(&h->lines[i]);
    for (size_t r = 0; r < h->n_roots; r++) n_root_refs += h->roots[r].n;
    EXPECT(words[0] == n_record_words);
    EXPECT(words[1] == n_root_refs * HB_ROOT_WORDS && words[2] == h->n_loose);
    HB_TRY(hb_shapes_build(world, &stage.shapes, &w->shard.shapes));
out:
    heap_stage_fini(&stage);
    return status;
}

/* seed: of the deal. Collective. */
static inline hb_status way_to_search(const heap *h, uint64_t seed, int n_threads, way *w)
{
    memset(w, 0, sizeof *w);
    hb_status status;
    w->shard.rank = hb_comm_rank(world);
    hb_graph_input input = { &w->rows, &w->roots, &w->refs };
    HB_TRY(bring_home(h, seed, w));
    HB_TRY(heap_strings(&w->shard.sites, &w->shard.names));
    HB_TRY(hb_shard_build(&w->shard, &w->records, hb_pagemap_shift(h->bits), n_threads, &w->rows));
    HB_TRY(hb_shard_resolve_classes(world, &w->shard));
    HB_TRY(hb_shard_name_singletons(world, &w->shard));
    HB_TRY(hb_graph_build(world, &w->shard, &input, n_threads, &w->graph));
    HB_TRY(hb_bfs_run(world, &w->graph, n_threads, &w->bfs));
out:
    return status;
}

static inline void way_fini(way *w)
{
    hb_bfs_fini(&w->bfs);
    hb_graph_fini(&w->graph);
    hb_shard_fini(&w->shard);
    hb_wordlist_fini(&w->records);
    hb_wordlist_fini(&w->rows);
    hb_wordlist_fini(&w->roots);
    hb_wordlist_fini(&w->refs);
}

/* --- heaps --- */

typedef void heap_check(const heap *h, uint64_t seed, int n_threads);

static inline void check_random_heaps(heap_check *check)
{
    for (uint64_t k = 0; k < N_GRAPHS; k++) {
        dice d = dice_of(SEED + k);
        size_t n = k < 20 ? 1 + k : k % 50 == 49 ? 2500 : 1 + roll(&d, 400);
        heap_shape shape = k % 50 == 49 ? HEAP_LISTS : (heap_shape)roll(&d, HEAP_N_SHAPES);
        heap h;
        heap_make(&h, SEED + k, shape, n);
        check(&h, SEED + k, k % 10 == 9 ? 2 : 1);
        heap_fini(&h);
    }
    agree_that_all_is_well();
}

/* Wide enough for a team of threads. */
static inline void check_wide_heap(heap_check *check)
{
    heap h;
    heap_make(&h, SEED + 1000, HEAP_STAR, 14000);
    check(&h, SEED + 1000, 2);
    heap_fini(&h);
    agree_that_all_is_well();
}

static inline void check_no_object(heap_check *check)
{
    heap h = { 0 };
    check(&h, SEED + 2000, 1);
    agree_that_all_is_well();
}

/* A list in the order of its addresses. */
static inline void make_long_list(heap *h, size_t n)
{
    *h = (heap){ .n_lines = n, .lines = must_alloc(n, sizeof *h->lines), .refs = must_alloc(n, sizeof *h->refs),
                 .n_roots = 1, .roots = must_alloc(1, sizeof *h->roots) };
    for (size_t i = 0; i < n; i++) {
        const uint64_t address = UINT64_C(0x7f0000000000) + 40 * i;
        h->lines[i] = (heap_line){ .address = address, .where = 100 + 100 * i, .type = HB_TYPE_OBJECT, .memsize = 40,
                                   .site = HB_NO_STRING, .name = HB_NO_STRING, .first = i, .n = i + 1 < n };
        h->refs[i] = address + 40;
        h->bits |= address;
    }
    h->refs[n - 1] = h->lines[0].address;
    h->roots[0] = (heap_root){ .first = n - 1, .n = 1 };
}

#endif
