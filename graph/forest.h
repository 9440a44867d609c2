/* A tree (no circles) over the objects of all ranks, given as each object's parent: what one rank holds of it is a forest, and what
 * ties the forests together are the entries, objects whose parent lives on another rank. Rank 0 gets the tree of
 * entries and solves it, so that the number of messages does not depend on how often a path crosses between ranks: a
 * list strewn over 16 ranks crosses a million times. 4 bytes an object, 20 an entry, and 40 for each one on rank 0. */
#ifndef HB_GRAPH_FOREST_H
#define HB_GRAPH_FOREST_H

#include "base/comm.h"
#include "partition/shard.h"

#define HB_NO_PLACE UINT64_MAX
#define HB_NO_VALUE UINT32_MAX

typedef struct hb_forest {
    hb_comm *comm;
    int rank;
    uint32_t n;              /* objects of this rank */
    const hb_gid *above;     /* borrowed; by id: the parent, HB_NO_GID for the top of a tree */
    const uint32_t *order;   /* borrowed: ids, parents before what is below them */
    uint32_t n_order;
    int n_threads;
    uint32_t *top;           /* by id: the highest object above it on this rank, itself included */
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

/* above, order: borrowed. n: objects of this rank; those not in `order` are in no tree, and their `above` is HB_NO_GID.
 * Collective; agrees on the status. */
hb_status hb_forest_build(hb_comm *comm, int rank, uint32_t n, const hb_gid *above, const uint32_t *order,
                          uint32_t n_order, int n_threads, hb_forest *out);
void hb_forest_fini(hb_forest *forest);

/* On rank 0, with several ranks: the place of an entry, HB_NO_PLACE for an object that is none. */
uint64_t hb_forest_place(const hb_forest *forest, hb_gid gid);

/* The tops of the trees that this rank's entries are in: *tops, by number of the entry, is allocated here. Collective;
 * agrees on the status. */
hb_status hb_forest_tops(hb_forest *forest, hb_gid **tops);

/* Adds to each object's figures those of all objects below it: figures a and b (may be NULL) of all objects in the trees,
 * in place.
 * Sums are modulo 2^64. Collective; agrees on the status. */
hb_status hb_forest_sum(hb_forest *forest, uint64_t *a, uint64_t *b);

/* Hands values down: an object whose value is HB_NO_VALUE gets that of the nearest one above it that has another.
 * values: by id, in place. Collective; agrees on the status. */
hb_status hb_forest_hand_down(hb_forest *forest, uint32_t *values);

/* Asks the ranks of the entries' parents: question[i], of entry number i, for what `value` says of the parent there.
 * Collective; agrees on the status. */
typedef uint64_t (*hb_forest_value)(void *ctx, uint32_t id);
hb_status hb_forest_ask(hb_forest *forest, hb_forest_value value, void *ctx, uint64_t **answers);

/* The number of an entry of this rank. */
size_t hb_forest_entry(const hb_forest *forest, uint32_t id);

/* Tells every entry's owner n_words words that rank 0 has for each place; *out, by number of the entry, is allocated
 * here. Collective; agrees on the status. */
hb_status hb_forest_tell(hb_forest *forest, const uint64_t *by_place, size_t n_words, uint64_t **out);

/* Gathers n_words words of each entry, by its number, on rank 0: *all, by place. Collective; agrees on the status. */
hb_status hb_forest_gather(hb_forest *forest, const uint64_t *by_entry, size_t n_words, uint64_t **all);

static inline int hb_forest_is_entry(const hb_forest *forest, uint32_t id)
{
    return forest->above[id] != HB_NO_GID && hb_gid_rank(forest->above[id]) != forest->rank;
}

#endif
