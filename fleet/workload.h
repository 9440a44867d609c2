/* Which series are for one rank each, side by side, which for the ranks of one node, and which for all ranks together, one after the
 * other.
 *
 * One rank takes a small series in less CPU time than several would, as nothing has to be exchanged, and the ranks of a node exchange by
 * memory, not over a network. So a series is for as few as its memory allows: those of one rank's part of its node, or those of
 * a node. But one that is more work than a rank's (or node's) share of all that is done so is for more: the others would be
 * done long before. Local; the same everywhere. */
#ifndef HB_FLEET_WORKLOAD_H
#define HB_FLEET_WORKLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "fleet/series.h"

#define HB_WORKLOAD_MOST_NODES 4096   /* that series are dealt to; those beyond help with the large ones only */

typedef enum hb_workers { HB_WORKERS_ALL, HB_WORKERS_NODE, HB_WORKERS_RANK } hb_workers;

typedef struct hb_workload {
    uint64_t work;     /* bytes of text in all its dumps, about */
    uint64_t memory;   /* bytes that its analysis will need, about */
    uint64_t least;    /* and surely */
    uint64_t id;       /* of hb_series_id; 0: none */
    int is_done;       /* nothing is left to do: a run before this one did it, or died over it */
    int is_suspect;    /* a run died while it was at work among others: not again among others */
    hb_workers workers;
    int node;          /* which, unless it is for all */
} hb_workload;

/* By the sizes of the files: text is what a plain file has, and about 20 times what a gzip file has. A file that cannot be read
 * weighs nothing. */
void hb_workload_guess(const hb_series *series, hb_workload *out);

/* What a whole analysis takes of memory for a file. */
uint64_t hb_workload_memory(const char *path);

/* What there is to work with. */
typedef struct hb_workplace {
    int n_ranks, n_nodes;
    uint64_t rank_memory, node_memory;   /* bytes, the least of any rank and node */
} hb_workplace;

/* Fills `workers` and `node`. order: n places, filled with the series by work, most first. */
void hb_workload_share(hb_workload *loads, size_t n, const hb_workplace *place, size_t *order);

#endif
