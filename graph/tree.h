/* The breadth-first tree: what the search leaves, and what paths are read from. */
#ifndef HB_GRAPH_TREE_H
#define HB_GRAPH_TREE_H

#include "partition/shard.h"

/* (class edges taken, then hops): class edges << 32 | hops. An object that a ROOT line names has (0, 1). */
typedef uint64_t hb_distance;
#define HB_UNREACHED UINT64_MAX

static inline uint32_t hb_distance_hops(hb_distance d) { return (uint32_t)d; }
static inline uint32_t hb_distance_classes(hb_distance d) { return (uint32_t)(d >> 32); }

/* A parent: gid << 1 | 1 when the edge is the class edge; or the ROOT line, HB_PARENT_ROOT | its number. gids stay
 * below 2^62 since ranks are fewer than 2^30. */
typedef uint64_t hb_parent;
#define HB_PARENT_ROOT (UINT64_C(1) << 63)
#define HB_NO_PARENT UINT64_MAX

static inline int hb_parent_is_root(hb_parent p) { return p != HB_NO_PARENT && (p & HB_PARENT_ROOT) != 0; }
static inline uint32_t hb_parent_root(hb_parent p) { return (uint32_t)p; }
static inline hb_gid hb_parent_gid(hb_parent p) { return p >> 1; }
static inline int hb_parent_by_class(hb_parent p) { return (int)(p & 1); }

/* 20 bytes an object, 24 in a dump that has shapes. */
typedef struct hb_bfs {
    hb_distance *distance;   /* by local id */
    hb_parent *parent;       /* of all edges that give the distance: a ROOT line, the first in the dump, if there is
                                one; else the one from the lowest address */
    uint32_t *via;           /* see hb_bfs_via: its name id + 1, 0: none; NULL for a dump without shapes */
    uint32_t *order;         /* n_order ids of what is reached, by ascending distance: a parent, a dominator and anything
                                else that lies on every shortest path comes before what it holds */
    uint32_t n_order;
    uint64_t rounds;         /* exchanges it took: depends on the run, not part of the answer */
} hb_bfs;

/* The name id of the instance variable of the parent that the edge to an object is, the first of several; HB_NO_STRING:
 * none, or it cannot be told. */
static inline uint32_t hb_bfs_via(const hb_bfs *bfs, uint32_t id)
{
    return bfs->via != NULL ? bfs->via[id] - 1 : HB_NO_STRING;
}

#endif
