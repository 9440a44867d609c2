/* The table of the graph benchmark: medians of the rounds' times, ratios with the references, and the verdict whether a
 * ratio is above what is wanted. It knows nothing of what is timed but its name. */
#ifndef HB_BENCH_GRAPH_TABLE_H
#define HB_BENCH_GRAPH_TABLE_H

#include <stdint.h>

#include "base/status.h"

/* What is timed. */
typedef enum timed {
    SEARCH, PATHS, DOMINATORS,
    REF_LEVELS, REF_ALIKE, REF_REFERENCES, REF_DOMINATORS,
    N_TIMED
} timed;

/* What the rounds took. All times are in nanoseconds. What never ran has a wall time of 0. */
typedef struct graph_times {
    int n_rounds;
    uint64_t *times[N_TIMED];   /* by round; of the slowest rank */
    uint64_t wall[N_TIMED];     /* of all rounds; of the slowest ranks */
    uint64_t cpu[N_TIMED];      /* of all rounds, ranks, and threads */
} graph_times;

/* Room for n_rounds (at least 1) rounds; HB_ERR_MEMORY. The times have to be given to graph_times_fini either way. */
hb_status graph_times_init(graph_times *times, int n_rounds);

/* Adds one run, once for each `what` and round (from 0). */
void graph_times_add(graph_times *times, timed what, int round, uint64_t wall_ns, uint64_t cpu_ns);

/* Prints the table to standard output, times in seconds, and counts in *n_above the ratios above what is wanted.
 * The columns of what never ran stay empty. HB_ERR_MEMORY: nothing is printed. */
hb_status graph_table_print(const graph_times *times, int *n_above);

void graph_times_fini(graph_times *times);

#endif
