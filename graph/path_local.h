/* The part of the search tree that one rank holds: a forest whose tops are either held by a ROOT line or are entries,
 * objects whose parent lives on another rank. */
#ifndef HB_GRAPH_PATH_LOCAL_H
#define HB_GRAPH_PATH_LOCAL_H

#include "base/table.h"
#include "graph/path_node.h"

/* Steps below a top that are told apart: so many that, wherever the top stands, HB_PATH_DEPTH is passed when they
 * are used up, although the first may stay in the top's own node. */
#define HB_PATH_LOCAL_DEPTH (HB_PATH_DEPTH + 2)

#define HB_NO_WAY UINT32_MAX

/* 20 bytes an object, and a row for each way that occurs. A way is the labels from a top down to an object, folded like
 * a path: without the top's own for an entry (its node is told by another rank), with it under a ROOT line. */
typedef struct hb_path_local {
    const hb_graph *graph;
    const hb_bfs *bfs;
    uint64_t *mask;      /* by id: groups whose paths go through the object */
    uint32_t *top;       /* by id: the top of its tree; set where `way` is */
    uint32_t *way;       /* by id: row of `ways`, HB_NO_WAY: not looked at yet */
    uint32_t *run;       /* by id: how many steps in a row, up to this one and from the top on, the top's own included,
                            have its label; set where `way` is */
    hb_table ways;       /* key -> above, label, via, depth (hb_path_node_id); row 0 is the empty way */
    uint32_t *stack;
    size_t n_stack, cap_stack;
} hb_path_local;

hb_status hb_path_local_init(hb_path_local *local, const hb_graph *graph, const hb_bfs *bfs);
void hb_path_local_fini(hb_path_local *local);

/* Clears all masks. */
void hb_path_unmark(hb_path_local *local);

/* Whether a reached object's parent lives on another rank. */
int hb_path_is_entry(const hb_path_local *local, uint32_t id);

/* Sets bits in the mask of an object and of all above it, up to the top. Stops where they are set already. */
void hb_path_mark(hb_path_local *local, uint32_t id, uint64_t bits);

/* Finds top and way of a reached object, and of what is between it and the next one that has them. */
hb_status hb_path_find_way(hb_path_local *local, uint32_t id);

/* Whether the run of an object that has its way begins at the top, so that it may go on above it. */
int hb_path_run_is_open(const hb_path_local *local, uint32_t id);

/* A way as a node, relative to the top. */
hb_path_node_id hb_path_way(const hb_table *ways, uint32_t row);

/* Finds or adds a node's row. */
hb_status hb_path_row(hb_table *nodes, const hb_path_node_id *node, uint32_t *row);

#endif
