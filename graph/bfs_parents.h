/* The parents of a finished search. */
#ifndef HB_GRAPH_BFS_PARENTS_H
#define HB_GRAPH_BFS_PARENTS_H

#include "base/comm.h"
#include "graph/graph.h"
#include "graph/tree.h"

/* Fills bfs->parent and bfs->via from bfs->distance: for each reached object the edge that hb_bfs.parent describes. class_best: by
 * class_id, the least distance of an object of that class at this rank. Looking at all edges once more, when
 * distances are final, makes the choice the same for any order of the search. Collective; agrees on the status. */
hb_status hb_bfs_find_parents(hb_comm *comm, const hb_graph *graph, hb_bfs *bfs, const hb_distance *class_best,
                              int n_threads);

/* Fills bfs->via, which it allocates, of a search on one rank that has distances and parents. Local. */
hb_status hb_bfs_name_edges(const hb_graph *graph, hb_bfs *bfs, int n_threads);

#endif
