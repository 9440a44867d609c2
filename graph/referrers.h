/* Who refers to an object: its edges followed backwards. */
#ifndef HB_GRAPH_REFERRERS_H
#define HB_GRAPH_REFERRERS_H

#include "graph/graph.h"
#include "graph/known.h"

/* An object that refers to it. Words only, so that it travels. */
typedef struct hb_referrer {
    hb_known object;
    uint64_t via;            /* name id of the instance variable that does, the first of several; HB_NO_STRING: none, or
                                it cannot be told */
} hb_referrer;

/* On rank 0; elsewhere empty. */
typedef struct hb_referrers {
    uint64_t references;     /* objects that refer to it, itself among them if it does */
    uint64_t instances;      /* objects whose class it is */
    uint64_t *roots;         /* ROOT lines that name it, ascending */
    size_t n_roots;
    hb_referrer *rows;       /* by retained bytes descending, then by address */
    size_t n;
} hb_referrers;

/* One walk over all edges of the graph. top: rows; 0: all. All ranks give the same gid. Collective; agrees on the
 * status. */
hb_status hb_referrers_find(hb_comm *comm, const hb_graph *graph, const hb_knowledge *knowledge, hb_gid gid, uint64_t top,
                            hb_referrers *out);
void hb_referrers_fini(hb_referrers *referrers);

#endif
