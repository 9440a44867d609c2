/* The yardstick: plain serial algorithms as textbooks have them over the graph of a single rank, one thread, straight on
 * the program's edges. What the program's own searches are measured against, and checked with. Ids are local ids; the
 * graph has no remote edges. An object's edges are its references, then its class. */
#ifndef HB_BENCH_REFERENCE_GRAPH_H
#define HB_BENCH_REFERENCE_GRAPH_H

#include "graph/graph.h"
#include "graph/tree.h"

/* The object of v's class, HB_NO_ID: none. */
static inline uint32_t ref_class_of(const hb_graph *graph, uint32_t v)
{
    const uint32_t c = hb_shard_class_id(graph->shard, v);
    if (c == HB_NO_CLASS || graph->shard->class_gid[c] == HB_NO_GID) return HB_NO_ID;
    return hb_gid_id(graph->shard->class_gid[c]);
}

/* --- bench/reference_search.c --- */

/* A breadth-first tree in which all edges are alike. */
typedef struct ref_tree {
    uint32_t *hops;     /* by id: 1 for what a ROOT line names, REF_UNREACHED */
    uint32_t *parent;   /* by id: whoever reached it first; HB_NO_ID under a ROOT line */
} ref_tree;

#define REF_UNREACHED UINT32_MAX

/* Breadth-first search with a queue, over references and, with_classes, over class edges as over any other. */
hb_status ref_search(const hb_graph *graph, int with_classes, ref_tree *out);
void ref_tree_fini(ref_tree *tree);

/* The job of hb_bfs_run: least (class edges, hops) first, and the same parents. hb_bfs_fini frees it. */
hb_status ref_search_levels(const hb_graph *graph, hb_bfs *out);

/* --- bench/reference_dominators.c --- */

/* The dominator tree over references and class edges, under one virtual root above the ROOT lines. */
typedef struct ref_dominators {
    uint32_t *idom;               /* by id: HB_NO_ID: the virtual root, or not reachable */
    uint64_t *retained_memsize;   /* by id: of the subtree, itself included; 0 when not reachable */
    uint64_t *retained_objects;
} ref_dominators;

/* Takes less than 2^32 edges; HB_ERR_USAGE when there are more. */
hb_status ref_dominators_find(const hb_graph *graph, ref_dominators *out);
void ref_dominators_fini(ref_dominators *dominators);

#endif
