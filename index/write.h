/* Makes the index of a dump (index/index.h). */
#ifndef HB_INDEX_WRITE_H
#define HB_INDEX_WRITE_H

#include "graph/graph.h"
#include "graph/known.h"
#include "index/index.h"

/* Writes all that is known of the last dump into an empty file on rank 0; fd: there, -1 elsewhere. What is counted here: all but
 * `origin`, which is rank 0's. No more memory than 1 MiB a rank, and as much for the piece that rank 0 receives: references are renumbered where they are, so that the graph has no
 * use afterwards but to be freed. Nothing is synced: what is not whole has no head, or its checksums do not fit.
 * HB_ERR_IO; HB_ERR_MEMORY, also for more objects than an index can number. Collective; agrees on the status. */
hb_status hb_index_write(hb_comm *comm, hb_graph *graph, const hb_knowledge *knowledge, const hb_index_origin *origin, int n_threads,
                         int fd, const char *path, hb_error *err);

#endif
