/* One rank's part of the search over several ranks: what is pending here, and what it reaches. Local; what other ranks have to know is put
 * into an outbox. */
#ifndef HB_GRAPH_BFS_PART_H
#define HB_GRAPH_BFS_PART_H

#include "base/exchange.h"
#include "graph/graph.h"
#include "graph/tree.h"

typedef struct hb_bfs_part {
    const hb_graph *graph;
    int n_threads;
    hb_distance *distance;
    uint32_t level;
    uint32_t *bucket;          /* by hops: entry number + 1, 0: none */
    size_t n_buckets, cap_buckets;
    size_t low;                /* no pending entries below this bucket */
    struct hb_bfs_entry *entries;
    size_t n_entries, cap_entries;
    uint32_t *frontier;
    size_t n_frontier, cap_frontier;
    struct hb_bfs_found *found;   /* by thread */
    hb_distance *class_best;   /* by class_id: the least distance of an object of the class */
    uint32_t *fresh;           /* classes first seen in this level */
    size_t n_fresh, cap_fresh;
    hb_outbox box;
    uint64_t settled, widest;  /* in this round: objects, and the most of them with equal hops */
} hb_bfs_part;

/* The roots' objects are pending. distance: room for one an object, filled here. HB_ERR_MEMORY, also where it is NULL; to be given up
 * all the same. */
hb_status hb_bfs_part_init(hb_bfs_part *part, int n_ranks, const hb_graph *graph, int n_threads, hb_distance *distance);
void hb_bfs_part_fini(hb_bfs_part *part);

static inline hb_distance hb_bfs_at_level(const hb_bfs_part *part, uint32_t hops)
{
    return (uint64_t)part->level << 32 | hops;
}

/* The lowest bucket with entries; n_buckets when there is none. */
size_t hb_bfs_part_lowest(hb_bfs_part *part);

/* Settles everything pending with hops in [from, to); what is reached elsewhere goes into the outbox. HB_ERR_MEMORY. */
hb_status hb_bfs_part_settle(hb_bfs_part *part, size_t from, size_t to);

/* Nothing is pending any more. */
void hb_bfs_part_forget(hb_bfs_part *part);

/* Opens the next level with the classes of this one: they go into the outbox. HB_ERR_MEMORY. */
hb_status hb_bfs_part_next_level(hb_bfs_part *part);

/* What comes from another rank, as hb_take, ctx the part: words of local id << 32 | hops. Of those that come back settled from the search of
 * the rest all that is left to do is to note the classes. HB_ERR_MEMORY. */
hb_status hb_bfs_part_arrive(void *ctx, int from, const uint64_t *words, size_t n);
hb_status hb_bfs_part_arrive_settled(void *ctx, int from, const uint64_t *words, size_t n);

#endif
