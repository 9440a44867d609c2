/* Who retains most: objects, classes, sites, and the places where much begins to hang. */
#ifndef HB_REDUCE_RETAINERS_H
#define HB_REDUCE_RETAINERS_H

#include "base/table.h"
#include "graph/known.h"

typedef struct hb_retainer {
    hb_known object;
    uint64_t other;          /* address; top: of the immediate dominator, drops: of the child that retains most; 0: none */
    uint64_t other_memsize;  /* bytes that that child retains */
} hb_retainer;

enum { HB_BY_CLASS, HB_BY_SITE, HB_N_GROUPINGS };

/* On rank 0; elsewhere empty. */
typedef struct hb_retainers {
    hb_retainer *top;        /* by retained bytes descending, then by address */
    size_t n_top;
    hb_retainer *drops;      /* objects that retain at least 1/100 of all bytes, and whose children all retain less than 0.7
                                of that; by the difference to the largest child descending, then by address */
    size_t n_drops;
    hb_table groups[HB_N_GROUPINGS];  /* reduce/group_sums.h */
} hb_retainers;

/* top: rows in each ranking; 0: all, but of objects only those that retain at least 1/1000 of all bytes. total: bytes of
 * all reachable objects. Collective; agrees on the status. */
hb_status hb_retainers_find(hb_comm *comm, const hb_knowledge *knowledge, hb_dominators *dominators, uint64_t total,
                            uint64_t top, hb_retainers *out);
void hb_retainers_fini(hb_retainers *retainers);

#endif
