/* Breadth-first search from the ROOT lines over the spread graph: distances, parents, reachability. */
#ifndef HB_GRAPH_BFS_H
#define HB_GRAPH_BFS_H

#include "base/comm.h"
#include "graph/graph.h"
#include "graph/tree.h"

/* Collective; agrees on the status. */
hb_status hb_bfs_run(hb_comm *comm, const hb_graph *graph, int n_threads, hb_bfs *out);
void hb_bfs_fini(hb_bfs *bfs);

/* Figures of the whole heap, on all ranks. */
typedef struct hb_reachability {
    uint64_t reachable, unreachable, reachable_memsize;
    uint64_t without_class_edges;  /* reached over references alone; the next two are about these */
    uint64_t max_hops, hops_sum;
} hb_reachability;

/* Collective. */
void hb_bfs_reachability(hb_comm *comm, const hb_shard *shard, const hb_bfs *bfs, int n_threads, hb_reachability *out);

#endif
