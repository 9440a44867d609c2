/* The rows of a graph's remote edges. */
#ifndef HB_GRAPH_REMOTE_ROWS_H
#define HB_GRAPH_REMOTE_ROWS_H

#include "graph/graph.h"

/* Fills n_remote, remote_first and remote, each row in the order of the references. answers: pairs of source id |
 * the reference's place in its row << 32, and the gid referred to, in any order; blocks are freed as they are read. */
hb_status hb_graph_make_remote_rows(hb_graph *graph, hb_wordlist *answers);

#endif
