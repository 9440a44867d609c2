/* The thin, deep rest of a level, searched on one rank. */
#ifndef HB_GRAPH_BFS_REST_H
#define HB_GRAPH_BFS_REST_H

#include "base/exchange.h"
#include "base/comm.h"
#include "graph/graph.h"
#include "graph/tree.h"

/* Gathers on rank 0 all objects at distance `from` or more, unreached ones included, with the edges among them,
 * searches them there, and tells their owners: `take` sees, at the owner, a word for each one that is now reached
 * in this level: local id << 32 | hops. `from` is the least distance of an object whose edges have not been followed; so
 * what is nearer is final, and what is told is final too. *done = 0, and nothing happened, when the rest takes more
 * than 256 MB on rank 0. Collective; agrees on the status. */
hb_status hb_bfs_search_rest(hb_comm *comm, const hb_graph *graph, const hb_distance *distance, hb_distance from,
                             hb_take take, void *ctx, int *done);

#endif
