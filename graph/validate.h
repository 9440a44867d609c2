/* Whether the finished answer holds: the search tree, the dominator tree and the retained sizes are checked against the
 * graph, by conditions that do not follow how they were found. */
#ifndef HB_GRAPH_VALIDATE_H
#define HB_GRAPH_VALIDATE_H

#include "base/comm.h"
#include "graph/dominators.h"
#include "graph/graph.h"
#include "graph/tree.h"

/* In the order in which they are looked at: each takes for granted those before it. */
typedef enum hb_check {
    HB_CHECK_ROOTS,      /* objects that a ROOT line names, and only these, have distance (0, 1) and a ROOT line as parent */
    HB_CHECK_PARENT,     /* the edge from the parent is in the graph, and gives the distance */
    HB_CHECK_DISTANCE,   /* no edge from a reached object gives less */
    HB_CHECK_IDOM,       /* the immediate dominator is reached, and nearer to the roots */
    HB_CHECK_SUMS,       /* what is retained: its own and the sum of what its children in the dominator tree retain */
    HB_CHECK_BYPASSED,   /* no edge comes in past the immediate dominator */
    HB_CHECK_NEAREST,    /* nothing below the immediate dominator dominates it as well */
    HB_CHECKS
} hb_check;

#define HB_VALIDATION_EXAMPLES 3

/* The same on all ranks. */
typedef struct hb_validation {
    int holds;
    hb_check failed;     /* the first that does not hold; the next two are about it */
    uint64_t n;          /* objects for which it does not */
    uint64_t example[HB_VALIDATION_EXAMPLES];   /* the lowest addresses of these */
    size_t n_examples;
} hb_validation;

/* One sentence on what does not hold when a check fails. */
const char *hb_check_text(hb_check check);

/* graph still has its edges. 50 bytes an object while it works, and 16 for each edge into an object with several
 * holders; one thread. Collective; agrees on the status, which is HB_OK whatever is found. */
hb_status hb_validate(hb_comm *comm, const hb_graph *graph, const hb_bfs *bfs, const hb_dominators *dominators,
                      hb_validation *out);

#endif
