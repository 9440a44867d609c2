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
    uint32_t mask;  /* groups whose paths go through the object: those of what is below it */
    uint32_t way;   /* its run << HB_WAY_BITS | row of `ways`; HB_NO_WAY: not looked at yet */
} hb_path_place;

#define HB_WAY_BITS 28
#define HB_LONG_RUN 15   /* and all that are longer: `run` has them */

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

/* 8 bytes an object, 4 more where lists are, and a row for each way that occurs. A way is the labels from a top down
 * to an object, folded like a path: without the top's own for an entry (its node is told by another rank); with it under
 * a ROOT line, whose own label comes first. */
typedef struct hb_path_local {
    const hb_graph *graph;
    const hb_bfs *bfs;
    hb_path_place *place;          /* by id */
    uint32_t *run;                 /* by id: how many steps in a row, up to this one and from the top on, the top's own included,
                                      have its label (in a way that is too deep to tell steps apart: how many are);
                                      written only for long runs, so that it takes no memory where there are none */
    const uint32_t *top;           /* borrowed; by id: the top of its tree; NULL with one rank */
    int is_marked;                 /* whether a mask may be set */
    hb_table ways;                 /* key -> above, label, via, depth (hb_path_node_id) */
    hb_path_walker *walkers;
    int n_walkers;                 /* as many as OpenMP has threads */
} hb_path_local;

hb_status hb_path_local_init(hb_path_local *local, const hb_graph *graph, const hb_bfs *bfs);
void hb_path_local_fini(hb_path_local *local);

/* Clears all masks. */
void hb_path_unmark(hb_path_local *local);

/* Whether an object that is the parent of another lives on this rank. */
static inline int hb_path_is_here(const hb_path_local *local, hb_parent parent)
{
    return hb_gid_rank(hb_parent_gid(parent)) == local->graph->shard->rank;
}

/* Whether a reached object's parent lives on another rank. */
static inline int hb_path_is_entry(const hb_path_local *local, uint32_t id)
{
    const hb_parent parent = local->bfs->parent[id];
    return parent != HB_NO_PARENT && !hb_parent_is_root(parent) && !hb_path_is_here(local, parent);
}

/* Finds the place of a reached object, and of what is between it and the next one that has them. Several threads may
 * do so at once, each with its own walker: where they meet they write the same. */
hb_status hb_path_find_way(hb_path_local *local, hb_path_walker *walker, uint32_t id);

/* Where a step with this label leads below an object that has its way: the way there, and its run. As above. */
hb_status hb_path_step_below(hb_path_local *local, hb_path_walker *walker, uint32_t above, hb_label label, uint32_t via,
                             uint32_t *way, uint32_t *run);

/* Whether a run below, or at, an object that has its way, so many steps below, begins at an entry: it may go on above. */
static inline int hb_path_run_is_open(const hb_path_local *local, uint32_t id, uint32_t steps_below, uint32_t run)
{
    /* A step is one hop, over a reference or a class pointer. */
    const hb_distance *distance = local->bfs->distance;
    if (local->top == NULL) return 0;
    const uint32_t top = local->top[id], hops = hb_distance_hops(distance[id]) + steps_below;
    return run == hops - hb_distance_hops(distance[top]) + 1 && hb_path_is_entry(local, top);
}

/* The way of an object that has one, and its run. */
static inline uint32_t hb_path_way_of(const hb_path_local *local, uint32_t id)
{
    return __atomic_load_n(&local->place[id].way, __ATOMIC_RELAXED) & ((UINT32_C(1) << HB_WAY_BITS) - 1);
}

static inline uint32_t hb_path_run_of(const hb_path_local *local, uint32_t id)
{
    const uint32_t run = __atomic_load_n(&local->place[id].way, __ATOMIC_ACQUIRE) >> HB_WAY_BITS;
    return run < HB_LONG_RUN ? run : __atomic_load_n(&local->run[id], __ATOMIC_RELAXED);
}

/* Gives an object its way and run. Another thread that finds the way set finds the rest set too. */
static inline void hb_path_put_place(const hb_path_local *local, uint32_t id, uint32_t way, uint32_t run)
{
    if (run >= HB_LONG_RUN) {
        __atomic_store_n(&local->run[id], run, __ATOMIC_RELAXED);
        run = HB_LONG_RUN;
    }
    __atomic_store_n(&local->place[id].way, run << HB_WAY_BITS | way, __ATOMIC_RELEASE);
}

/* A way as a node, relative to the top. */
hb_path_node_id hb_path_way(const hb_table *ways, uint32_t row);

/* Finds or adds a node's row. */
hb_status hb_path_row(hb_table *nodes, const hb_path_node_id *node, uint32_t *row);

#endif
