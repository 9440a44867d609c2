/* Reached objects in the order of the search: whoever holds an object comes before it. */
#ifndef HB_GRAPH_ORDER_H
#define HB_GRAPH_ORDER_H

#include "graph/tree.h"

/* The local ids of n objects that the search reached, by ascending distance, equal ones by id. A parent in the search,
 * a dominator and anything else that lies on every shortest path comes before what it holds. *order is allocated here:
 * 4 bytes an object. */
hb_status hb_order_by_distance(const hb_bfs *bfs, uint32_t n, int n_threads, uint32_t **order, uint32_t *n_order);

#endif
