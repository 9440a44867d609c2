/* Joins: objects that several others hold and no ROOT line names. All others have their one holder, or the virtual
 * root, as immediate dominator; the joins are what there is to find out. */
#ifndef HB_GRAPH_DOM_JOINS_H
#define HB_GRAPH_DOM_JOINS_H

#include "base/comm.h"
#include "base/wordlist.h"
#include "graph/forest.h"
#include "graph/graph.h"
#include "graph/tree.h"

/* The state of the work; every rank has its objects' part. */
typedef struct hb_joins {
    hb_comm *comm;
    const hb_graph *graph;
    const hb_bfs *bfs;
    int n_threads;
    const uint32_t *order;   /* borrowed: ids, parents before what is below them */
    uint32_t n_order;
    hb_gid *idom;            /* borrowed; HB_NO_GID for the virtual root, and for open joins */
    uint64_t *seen;          /* borrowed scratch, a word an object */
    uint64_t *open;          /* a bit for each object of all ranks: an open join; the same on all ranks */
    size_t *base;            /* by rank, and one more: where its bits begin, in words */
    hb_forest forest;        /* over idom, cut at the joins */
    hb_gid *entry_top;       /* by number of the entry */
    hb_wordlist *edges;      /* by thread, into joins of this rank: holder << 32 | join; those into open ones among them */
    hb_wordlist away;        /* into joins of other ranks: holder, gid of the join */
} hb_joins;

/* Finds the joins, fills idom for all other objects, and builds the forest. Collective; agrees on the status. */
hb_status hb_joins_find(hb_comm *comm, const hb_graph *graph, const hb_bfs *bfs, int n_threads, hb_joins *joins);

/* Tells all ranks which of each other's joins are open. Collective; agrees on the status. */
hb_status hb_joins_share(hb_joins *joins);

/* Joins that are open, of all ranks. */
uint64_t hb_joins_count(const hb_joins *joins);

/* The nearest common ancestor of two objects of this rank and of one tree, in the forest as it is by now; HB_NO_ID: it is
 * far, or on another rank. Whoever is farther from the roots cannot be it: a dominator is nearer than what it dominates.
 * Local. */
uint32_t hb_joins_common_ancestor(const hb_joins *joins, uint32_t a, uint32_t b);

void hb_joins_fini(hb_joins *joins);

static inline int hb_joins_open(const hb_joins *joins, hb_gid gid)
{
    const uint32_t id = hb_gid_id(gid);
    return joins->open[joins->base[hb_gid_rank(gid)] + id / 64] >> id % 64 & 1;
}

/* The top of the tree that a reachable object is in. */
static inline hb_gid hb_joins_top(const hb_joins *joins, uint32_t id)
{
    const uint32_t top = joins->forest.top[id];
    if (!hb_forest_is_entry(&joins->forest, top)) return hb_gid_of(joins->forest.rank, top);
    return joins->entry_top[hb_forest_entry(&joins->forest, top)];
}

#endif
