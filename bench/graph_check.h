/* One round's answers, and whether the program's and the plain references' are the same. With one rank only: the
 * references know no other. */
#ifndef HB_BENCH_GRAPH_CHECK_H
#define HB_BENCH_GRAPH_CHECK_H

#include "bench/reference_graph.h"
#include "graph/bfs.h"
#include "graph/dominators.h"
#include "partition/shard.h"

typedef struct graph_answers {
    hb_bfs bfs, ref_bfs;
    ref_tree alike, references;
    hb_dominators dominators;
    ref_dominators ref_dominators;
} graph_answers;

/* Each logs what differs, as long as *n_differences is below 10, and adds the number of differences to it. No other
 * errors. */

/* Needs both searches, and the trees of the other two references. */
void graph_check_search(const hb_shard *shard, const graph_answers *a, int *n_differences);

/* Needs the reference's search, and both dominators. */
void graph_check_dominators(const hb_shard *shard, const graph_answers *a, int *n_differences);

void graph_answers_fini(graph_answers *a);

#endif
