/* Immediate dominators and retained sizes of the last dump's objects. */
#ifndef HB_GRAPH_DOMINATORS_H
#define HB_GRAPH_DOMINATORS_H

#include "base/comm.h"
#include "graph/forest.h"
#include "graph/graph.h"
#include "graph/tree.h"

/* Over references and class edges, under one virtual root above all ROOT lines (T. Lengauer, R. E. Tarjan, "A Fast
 * Algorithm for Finding Dominators in a Flowgraph", TOPLAS 1(1), 1979, has the definitions). 24 bytes an object, 28
 * with several ranks, and 8 more while it works, besides what graph/dom_rest.c gathers. */
typedef struct hb_dominators {
    hb_gid *idom;                 /* by local id: the immediate dominator; HB_NO_GID: the virtual root, or not reachable */
    uint64_t *retained_memsize;   /* bytes of the objects that it dominates, itself included; 0: not reachable */
    uint64_t *retained_objects;   /* their number */
    const uint32_t *order;        /* of the search, borrowed: dominators before what they dominate */
    uint32_t n_order;
    int n_threads;
    hb_forest forest;             /* over idom: what is summed or handed down along the dominator tree */
    /* Figures of the whole heap, on all ranks; they tell how the work was shared, and are not part of the answer where
     * they depend on the ranks. */
    uint64_t n_joins;             /* objects with several holders, of which none is a ROOT line */
    uint64_t n_open;              /* those that were left for one rank */
    uint64_t n_rest, n_rest_edges;  /* vertices and edges of the graph that was gathered for them */
} hb_dominators;

/* Immediate dominators; retained sizes are NULL. graph and bfs are of the same shards; bfs is finished. The
 * graph's edges are not needed any more then. Collective; agrees on the status. */
hb_status hb_dominators_find_idoms(hb_comm *comm, const hb_graph *graph, const hb_bfs *bfs, int n_threads,
                                   hb_dominators *out);

/* The retained sizes, and the forest. Collective; agrees on the status. */
hb_status hb_dominators_sum(hb_comm *comm, const hb_shard *shard, const hb_bfs *bfs, int n_threads,
                            hb_dominators *dominators);

/* Both. Collective; agrees on the status. */
hb_status hb_dominators_find(hb_comm *comm, const hb_graph *graph, const hb_bfs *bfs, int n_threads,
                             hb_dominators *out);
/* Gives back all but retained_memsize, for when no single object's dominator is asked for any more. */
void hb_dominators_keep_memsize(hb_dominators *dominators);

void hb_dominators_fini(hb_dominators *dominators);

#endif
