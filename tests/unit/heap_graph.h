/* A random heap on its way from staged items to the finished search, on all ranks. */
#ifndef HB_TESTS_UNIT_HEAP_GRAPH_H
#define HB_TESTS_UNIT_HEAP_GRAPH_H

#include "graph/bfs.h"
#include "graph/graph.h"
#include "partition/redistribute.h"
#include "partition/resolve.h"
#include "partition/splitters.h"
#include "tests/unit/mpi_suite.h"
#include "tests/unit/random_heap.h"

typedef struct heap_graph {
    hb_wordlist records, rows, roots, refs;   /* at home */
    hb_shard shard;
    hb_graph graph;
    hb_bfs bfs;
} heap_graph;

static inline hb_status heap_graph_stage(const heap *h, uint64_t seed, heap_graph *g)
{
    heap_stage stage;
    hb_status status = heap_stage_share(h, seed, hb_comm_rank(world), hb_comm_size(world), &stage);
    const hb_splitters *s = &g->shard.splitters;
    HB_TRY(hb_splitters_build(world, &stage.records, hb_comm_size(world), &g->shard.splitters));
    HB_TRY(hb_redistribute(world, s, &hb_form_record, &stage.records, &g->records));
    HB_TRY(hb_redistribute(world, s, &hb_form_root, &stage.roots, &g->roots));
    HB_TRY(hb_redistribute(world, s, &hb_form_address, &stage.refs, &g->refs));
out:
    heap_stage_fini(&stage);
    return status;
}

/* seed: of the deal. Collective. */
static inline hb_status heap_graph_make(const heap *h, uint64_t seed, int n_threads, heap_graph *g)
{
    hb_status status;
    memset(g, 0, sizeof *g);
    g->shard.rank = hb_comm_rank(world);
    hb_graph_input input = { &g->rows, &g->roots, &g->refs };
    HB_TRY(heap_graph_stage(h, seed, g));
    HB_TRY(heap_strings(&g->shard.sites, &g->shard.names));
    HB_TRY(hb_shard_build(&g->shard, &g->records, hb_pagemap_shift(h->bits), n_threads, &g->rows));
    HB_TRY(hb_shard_resolve_classes(world, &g->shard));
    HB_TRY(hb_graph_build(world, &g->shard, &input, n_threads, &g->graph));
    HB_TRY(hb_bfs_run(world, &g->graph, n_threads, &g->bfs));
out:
    return status;
}

static inline void heap_graph_fini(heap_graph *g)
{
    hb_bfs_fini(&g->bfs);
    hb_graph_fini(&g->graph);
    hb_shard_fini(&g->shard);
    hb_wordlist_fini(&g->records);
    hb_wordlist_fini(&g->rows);
    hb_wordlist_fini(&g->roots);
    hb_wordlist_fini(&g->refs);
}

#endif
