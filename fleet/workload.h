/* Which series are for one rank each, side by side, and which for all ranks together, one after the other.
 *
 * One rank takes a small series in less CPU time than several would, as nothing has to be exchanged. A series is for all
 * ranks when its memory does not fit into one rank's part of its node's, or when it alone is more work than a rank's share of
 * all: the others would be done long before. Local; the same everywhere. */
#ifndef HB_FLEET_WORKLOAD_H
#define HB_FLEET_WORKLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "fleet/series.h"

#define HB_WORKLOAD_MOST_NODES 4096   /* that series are dealt to; those beyond help with the large ones only */

typedef struct hb_workload {
    uint64_t work;     /* bytes of text in all its dumps, about */
    uint64_t memory;   /* bytes that its analysis will need, about */
    uint64_t least;    /* and surely */
    uint64_t id;       /* of hb_outdir_id; 0: none */
    int is_done;       /* nothing is left to do: a run before this one did it, or died over it */
    int is_suspect;    /* a run died while it was at work among others: not again among others */
    int apart;         /* whether it is for one rank */
    int node;          /* which, then */
} hb_workload;

/* By the sizes of the files: text is what a plain file has, and about 20 times what a gzip file has. A file that cannot be read
 * weighs nothing. */
void hb_workload_guess(const hb_series *series, hb_workload *out);

/* What a whole analysis takes of memory for a file. */
uint64_t hb_workload_memory(const char *path);

/* Fills `apart` and `node`. order: n places, filled with the series by work, most first. memory: of one rank, bytes. */
void hb_workload_share(hb_workload *loads, size_t n, int n_ranks, int n_nodes, uint64_t memory, size_t *order);

#endif
