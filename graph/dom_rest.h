/* The open joins' immediate dominators, found on one rank. */
#ifndef HB_GRAPH_DOM_REST_H
#define HB_GRAPH_DOM_REST_H

#include "graph/dom_joins.h"

/* Gathers on rank 0 what matters of the graph for the open joins, finds their immediate dominators there
 * (graph/semi_nca.h), and tells their owners, who write them to joins->idom. *n_vertices, *n_edges: of the graph that
 * was gathered, on all ranks; rank 0 takes about 60 bytes a vertex and 28 an edge. Of more than 2^32 - 3 vertices:
 * HB_ERR_MEMORY. Collective; agrees on the status. */
hb_status hb_dom_rest(hb_joins *joins, uint64_t *n_vertices, uint64_t *n_edges);

#endif
