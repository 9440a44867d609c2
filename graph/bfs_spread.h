/* The search over a graph that is spread over ranks. */
#ifndef HB_GRAPH_BFS_SPREAD_H
#define HB_GRAPH_BFS_SPREAD_H

#include "base/comm.h"
#include "graph/graph.h"
#include "graph/tree.h"

/* Fills distance, parent, via and rounds; the caller frees, also after a failure. Collective; agrees on the status. */
hb_status hb_bfs_search_spread(hb_comm *comm, const hb_graph *graph, int n_threads, hb_bfs *out);

#endif
