/* A tree (no circles) over the objects of all ranks, given as each object's parent: what one rank holds of it is a
 * forest, and what ties the forests together are the entries, objects whose parent lives on another rank. Rank 0 gets the
 * tree of entries and solves it, so that the number of messages does not depend on how often a path crosses between ranks:
 * a list strewn over 16 ranks crosses a million times. 4 bytes an object and an entry, and 32 for each one on rank 0. */
#ifndef HB_GRAPH_FOREST_H
#define HB_GRAPH_FOREST_H

#include "base/comm.h"
#include "graph/tree.h"

#define HB_NO_PLACE UINT64_MAX
#define HB_NO_VALUE UINT32_MAX

typedef struct hb_forest {
    /* What hb_forest_build is given; the arrays are borrowed. */
    hb_comm *comm;
    int rank;
    uint32_t n;              /* objects of this rank */
    const hb_gid *above;     /* by id: the parent, HB_NO_GID for the top of a tree, and for what is in none */
    const hb_parent *parent; /* by id, in place of `above`: the parent in the search */
    const uint32_t *order;   /* ids of all that is in a tree, parents before what is below them; may be NULL when nothing is summed
                                or handed down */
    uint32_t n_order;
    int n_threads;
    int with_tops;           /* whether tops are wanted with one rank as well */
    /* What it finds. */
    uint32_t *top;           /* by id: the highest object above it on this rank, itself included; NULL with one rank, unless
                                with_tops */
    uint32_t *entry;         /* this rank's entries, ascending */
    size_t n_entries;
    /* On rank 0, of all ranks: entries by rank, then by ascending id; an entry's place is its number among them. */
    size_t *ends;            /* by rank: where its entries end; on all ranks */
    size_t n_places;
    uint64_t *up;            /* by place: the place of the entry next above, HB_NO_PLACE: there is none */
    hb_gid *gid;             /* by place: the entry */
    hb_gid *base;            /* by place: the top, on the parent's rank, of the tree that the parent is in */
    size_t *sorted;          /* places, those above first */
} hb_forest;

/* Fills the rest of *forest, which after a failure may only be given to hb_forest_fini. Collective; agrees on the
 * status. */
hb_status hb_forest_build(hb_forest *forest);
void hb_forest_fini(hb_forest *forest);

/* On rank 0, with several ranks: the place of an entry, HB_NO_PLACE for an object that is none. */
uint64_t hb_forest_place(const hb_forest *forest, hb_gid gid);

/* The tops of the trees that this rank's entries are in: *tops, by number of the entry, is allocated here. Collective;
 * agrees on the status. */
hb_status hb_forest_tops(hb_forest *forest, hb_gid **tops);

/* Adds to each object's figures those of all objects below it: figures a and b (may be NULL) of all objects in the trees,
 * in place. Sums are modulo 2^64. Collective; agrees on the status. */
hb_status hb_forest_sum(hb_forest *forest, uint64_t *a, uint64_t *b);

/* Hands values down: an object whose value is HB_NO_VALUE gets that of the nearest one above it that has another.
 * values: by id, in place. Collective; agrees on the status. */
hb_status hb_forest_hand_down(hb_forest *forest, uint32_t *values);

/* The number of an entry of this rank. */
size_t hb_forest_entry(const hb_forest *forest, uint32_t id);

/* The parent, HB_NO_GID for the top of a tree and what is in none. */
static inline hb_gid hb_forest_above(const hb_forest *forest, uint32_t id)
{
    if (forest->above != NULL) return forest->above[id];
    const hb_parent parent = forest->parent[id];
    return parent == HB_NO_PARENT || hb_parent_is_root(parent) ? HB_NO_GID : hb_parent_gid(parent);
}

/* The parent when it lives on this rank; HB_NO_ID for the top of a tree that this rank holds. */
static inline uint32_t hb_forest_above_here(const hb_forest *forest, uint32_t id)
{
    const hb_gid above = hb_forest_above(forest, id);
    return above != HB_NO_GID && hb_gid_rank(above) == forest->rank ? hb_gid_id(above) : HB_NO_ID;
}

static inline int hb_forest_is_entry(const hb_forest *forest, uint32_t id)
{
    const hb_gid above = hb_forest_above(forest, id);
    return above != HB_NO_GID && hb_gid_rank(above) != forest->rank;
}

#endif
