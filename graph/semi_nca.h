/* Immediate dominators of a graph in memory. */
#ifndef HB_GRAPH_SEMI_NCA_H
#define HB_GRAPH_SEMI_NCA_H

#include <stdint.h>

#include "base/status.h"

/* Vertices 0 to n - 1, 0 the root; the edges of v are target[first[v]] to target[first[v + 1] - 1]. idom[v] is the
 * immediate dominator of v, 0 for the root, and UINT32_MAX where no path from the root leads. n is at most 2^32 - 2.
 * 28 bytes a vertex and 4 an edge while it works. Method: semi-NCA, L. Georgiadis, R. E. Tarjan, R. F. Werneck,
 * "Finding Dominators in Practice", Journal of Graph Algorithms and Applications 10(1), 2006. */
hb_status hb_semi_nca(uint32_t n, const uint64_t *first, const uint32_t *target, uint32_t *idom);

#endif
