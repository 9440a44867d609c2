/* The index of a dump: opened where there is one, made where there is none. */
#ifndef HB_FLEET_INDEX_DUMP_H
#define HB_FLEET_INDEX_DUMP_H

#include "fleet/analyse.h"
#include "index/index.h"

/* Where indexes are kept, and of which dump one is asked for. */
typedef struct hb_index_plan {
    const hb_analysis *analysis;   /* options->paths[0] is the dump, or "-" */
    const char *dir;               /* --index, of a file only; made if it is not there. NULL: the index is a temporary file without a name (TMPDIR, or
                                      /var/tmp) that is gone when it is closed */
    int anew;                      /* one that is there is not believed: it was found to be damaged */
} hb_index_plan;

/* Opens the index of the dump on rank 0 if it has one in `dir` that fits: of this version and user, whole, of a file of that size and time of
 * last change, read under the same limits. Otherwise reads the dump, with all ranks, and makes one. What is wrong with the dump is
 * logged either way. *exit_status, on all ranks: HB_EXIT_OK; HB_EXIT_DAMAGED: it is truncated, and the index has what comes before;
 * HB_EXIT_USAGE: it is no dump, which was logged, and *out is empty.
 * HB_ERR_IO, HB_ERR_MEMORY, HB_ERR_STOPPED with the reason in *err on rank 0. Collective; agrees on the status. */
hb_status hb_index_dump(const hb_index_plan *plan, hb_index *out, int *exit_status, hb_error *err);

#endif
