/* What the parts of graph/validate.c share. */
#ifndef HB_GRAPH_VALIDATE_PARTS_H
#define HB_GRAPH_VALIDATE_PARTS_H

#include "graph/validate.h"

/* By object. */
enum {
    HB_SEEN_NAMED = 1,    /* a ROOT line names it */
    HB_SEEN_PARENT = 2,   /* the edge from its parent was seen */
    HB_SEEN_IDOM = 4      /* an edge from its immediate dominator was seen */
};

typedef struct hb_finding {
    uint64_t n;
    hb_gid lowest[HB_VALIDATION_EXAMPLES];   /* ascending; HB_NO_GID: no more */
} hb_finding;

typedef struct hb_checker {
    hb_comm *comm;
    int rank;
    uint32_t n;                   /* objects of this rank */
    const hb_graph *graph;
    const hb_bfs *bfs;
    const hb_dominators *dominators;
    uint8_t *seen;                /* HB_SEEN_ bits */
    uint32_t *order;              /* reached objects, nearest first */
    uint32_t n_order;
    /* The dominator tree numbered in preorder, all ranks together: below v are the numbers from pre[v] up to
     * pre[v] + retained_objects[v]. */
    uint64_t *pre;                /* by id */
    uint64_t *child_first;        /* n + 1 rows of children, wherever these live */
    uint64_t *child_at;           /* ascending within a row: a child's number less that of its parent */
    uint64_t *tops;               /* on rank 0: numbers of the objects below the virtual root, ascending */
    size_t n_tops;
    hb_wordlist holders;          /* id of an object that its immediate dominator does not hold, number of one that does */
    hb_finding findings[HB_CHECKS];
} hb_checker;

/* Notes that a check does not hold for an object of any rank. */
void hb_checker_note(hb_checker *checker, hb_check check, hb_gid gid);

static inline int hb_checker_reached(const hb_checker *c, uint32_t id)
{
    return c->bfs->distance[id] != HB_UNREACHED;
}

/* --- the edges (graph/validate_edges.c) --- */

typedef struct hb_seen_edge {
    hb_gid from;                  /* reached */
    uint32_t to;                  /* of this rank */
    int by_class;
    uint64_t value;               /* what the walk was given of `from`; its highest bit is not used */
} hb_seen_edge;

typedef hb_status (*hb_see_edge)(void *ctx, const hb_seen_edge *edge);

/* Shows every edge that leaves a reached object, class edges included, to the rank of what it leads to. value: by id.
 * Collective; agrees on the status. */
hb_status hb_validate_walk(hb_checker *checker, const uint64_t *value, hb_see_edge see, void *ctx);

/* --- the stages; each collective, agrees on the status, and notes what it finds --- */

hb_status hb_validate_search(hb_checker *checker);      /* ROOTS, PARENT, DISTANCE */
hb_status hb_validate_sums(hb_checker *checker);        /* IDOM, SUMS; counts the children */
hb_status hb_validate_number(hb_checker *checker);      /* fills pre, child_at, tops */
hb_status hb_validate_dominators(hb_checker *checker);  /* BYPASSED; fills holders */
hb_status hb_validate_families(hb_checker *checker);    /* NEAREST */

#endif
