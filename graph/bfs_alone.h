/* The search when one rank has the whole graph. */
#ifndef HB_GRAPH_BFS_ALONE_H
#define HB_GRAPH_BFS_ALONE_H

#include "graph/graph.h"
#include "graph/tree.h"

/* Fills distance, parent and via, which the caller frees, also after a failure. Local. */
hb_status hb_bfs_search_alone(const hb_graph *graph, int n_threads, hb_bfs *out);

#endif
