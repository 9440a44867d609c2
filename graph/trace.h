/* Retention paths of single objects, step by step. */
#ifndef HB_GRAPH_TRACE_H
#define HB_GRAPH_TRACE_H

#include "graph/known.h"

typedef struct hb_trace {
    hb_known *steps;     /* all paths one after the other; the first step of each is what a ROOT line names */
    size_t *end;         /* by object: where its path ends */
    size_t n;            /* objects */
} hb_trace;

/* On rank 0: the paths in the breadth-first tree of the n objects with these ids, which need to be given there only; the
 * path of an object that is not reachable is empty. 136 bytes a step, however many there are. Collective; agrees on the status. */
hb_status hb_trace_paths(hb_comm *comm, const hb_knowledge *knowledge, const hb_gid *gids, size_t n, hb_trace *out);
void hb_trace_fini(hb_trace *trace);

#endif
