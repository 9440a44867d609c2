/* Where paths cross between ranks. */
#ifndef HB_GRAPH_PATH_ENTRIES_H
#define HB_GRAPH_PATH_ENTRIES_H

#include "base/comm.h"
#include "graph/path_local.h"

/* On entry every rank has marked what its own groups' objects need (hb_path_mark). On return all masks are
 * complete over all ranks, and nodes[id], a table of local id -> hb_path_node_id words, has the node of every entry
 * that has a mask. Collective; agrees on the status. */
hb_status hb_path_solve_entries(hb_comm *comm, hb_path_local *local, hb_table *nodes);

/* The node of `way` below `base`: the steps of the way taken from there. memo: (base key, way) -> row of `out`;
 * ways that were composed before are looked up. Row of `out` in *row. */
hb_status hb_path_compose(const hb_path_node_id *base, const hb_table *ways, uint32_t way, hb_table *memo,
                          hb_table *out, uint32_t *row);

#endif
