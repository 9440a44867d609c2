/* From a way, which is relative to the top of a rank's tree, to a node, which counts from the ROOT line. */
#ifndef HB_GRAPH_PATH_COMPOSE_H
#define HB_GRAPH_PATH_COMPOSE_H

#include "base/table.h"
#include "graph/path_node.h"

/* The node of `way` below `base`: the steps of the way taken from there. memo: (base key, way) -> row of `out`;
 * ways that were composed before are looked up. Row of `out` in *row. */
hb_status hb_path_compose(const hb_path_node_id *base, const hb_table *ways, uint32_t way, hb_table *memo,
                          hb_table *out, uint32_t *row);

#endif
