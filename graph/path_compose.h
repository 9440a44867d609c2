/* From a way, which may be relative to an entry, to a node, which counts from the ROOT line. */
#ifndef HB_GRAPH_PATH_COMPOSE_H
#define HB_GRAPH_PATH_COMPOSE_H

#include "base/table.h"
#include "graph/path_node.h"

/* The node of `way` below `base`: the steps of the way taken from there. base: NULL for a way that begins with a ROOT
 * line. memo: (base key, way) -> row of `out`;
 * ways that were composed before are looked up. Row of `out` in *row. */
hb_status hb_path_compose(const hb_path_node_id *base, const hb_table *ways, uint32_t way, hb_table *memo,
                          hb_table *out, uint32_t *row);

#endif
