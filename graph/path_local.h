/* The part of the search tree that one rank holds: a forest whose tops are either held by a ROOT line or are entries,
 * objects whose parent lives on another rank. */
#ifndef HB_GRAPH_PATH_LOCAL_H
#define HB_GRAPH_PATH_LOCAL_H

#include "base/table.h"
#include "graph/path_node.h"

/* Steps below a top that are told apart: so many that, wherever the top stands, HB_PATH_DEPTH is passed when they
 * are used up, although the first may stay in the top's own node. */
#define HB_PATH_LOCAL_DEPTH (HB_PATH_DEPTH + 2)

/* Rows of hb_path_local.ways: one that is no way, and the way without steps. */
enum { HB_NO_WAY, HB_EMPTY_WAY };

/* Where an object stands in its tree. Together because both passes look at an object's and its parent's. */
typedef struct hb_path_place {
    uint64_t mask;  /* groups whose paths go through the object */
    uint32_t way;   /* row of `ways`, HB_NO_WAY: not looked at yet */
    uint32_t run;   /* how many steps in a row, up to this one and from the top on, the top's own included, have its
                       label (in a way that is too deep to tell steps apart: how many are); set where `way` is */
} hb_path_place;

/* A step that was taken before. */
typedef struct hb_path_known_step {
    hb_label label;
    uint32_t via, from, to;   /* rows of `ways` */
} hb_path_known_step;

#define HB_PATH_KNOWN_STEPS 4096

/* What a thread needs to find ways. */
typedef struct hb_path_walker {
    hb_path_known_step *known;   /* the last step of each hash, HB_PATH_KNOWN_STEPS */
    uint32_t *stack;
    size_t n_stack, cap_stack;
    char pad[64];
} hb_path_walker;

/* 16 bytes an object, 4 more with several ranks, and a row for each way that occurs. A way is the labels from a top down
 * to an object, folded like a path: without the top's own for an entry (its node is told by another rank); with it under
 * a ROOT line, whose own label comes first. */
typedef struct hb_path_local {
    const hb_graph *graph;
    const hb_bfs *bfs;
    hb_path_place *place;          /* by id */
    uint32_t *top;                 /* by id: the entry at the top of its tree, HB_NO_ID: it is under a ROOT line; set where
                                      `way` is; NULL with one rank */
    int is_marked;                 /* whether a mask may be set */
    hb_table ways;                 /* key -> above, label, via, depth (hb_path_node_id) */
    hb_path_walker *walkers;
    int n_walkers;                 /* as many as OpenMP has threads */
} hb_path_local;

hb_status hb_path_local_init(hb_path_local *local, const hb_graph *graph, const hb_bfs *bfs);
void hb_path_local_fini(hb_path_local *local);

/* Clears all masks. */
void hb_path_unmark(hb_path_local *local);

/* Whether a reached object's parent lives on another rank. */
int hb_path_is_entry(const hb_path_local *local, uint32_t id);

/* Sets bits in the mask of an object and of all above it, up to the top. Stops where they are set already. Several threads
 * may do so at once. */
void hb_path_mark(hb_path_local *local, uint32_t id, uint64_t bits);

/* Finds the place of a reached object, and of what is between it and the next one that has them. Several threads may
 * do so at once, each with its own walker: where they meet they write the same. */
hb_status hb_path_find_way(hb_path_local *local, hb_path_walker *walker, uint32_t id);

/* The entry at the top of the tree of an object that has its way; HB_NO_ID under a ROOT line. */
static inline uint32_t hb_path_top(const hb_path_local *local, uint32_t id)
{
    return local->top != NULL ? local->top[id] : HB_NO_ID;
}

/* Whether the run of an object that has its way begins at an entry, so that it may go on above it. */
int hb_path_run_is_open(const hb_path_local *local, uint32_t id);

/* A way as a node, relative to the top. */
hb_path_node_id hb_path_way(const hb_table *ways, uint32_t row);

/* Finds or adds a node's row. */
hb_status hb_path_row(hb_table *nodes, const hb_path_node_id *node, uint32_t *row);

#endif
