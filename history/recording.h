/* Tonight's findings against those of earlier sweeps, and tonight's sweep into the history. Local.
 *
 * Earlier sweeps are those of the file whose time is earlier, or equal and recorded before. Of them:
 *   Without an earlier sweep there is nothing to compare with: states stay UNTOLD.
 *   NEW    none has the finding. One that was gone and comes back is KNOWN, since the first sweep that ever had it.
 *   KNOWN  one has it; the trend is against the last sweep, where that one had it.
 *   GONE   the last one has it and tonight's does not: added to the findings, without processes and bytes; its trend is what
 *          it had. A sweep later it is not told again.
 * What could not be seen is not gone: when a sweep is incomplete, a finding is gone only where all series that it affected
 * were analysed; otherwise the file says "unseen", and the next sweep decides. */
#ifndef HB_HISTORY_RECORDING_H
#define HB_HISTORY_RECORDING_H

#include <stddef.h>
#include <stdint.h>

#include "report/findings.h"

typedef struct hb_history_series {
    const char *name;
    int is_analysed;         /* its findings, if it had any, are there */
} hb_history_series;

typedef struct hb_history_sweep {
    uint64_t id;             /* tells the same sweep from another: a hash of what it read */
    int has_time;            /* without: the clock's, or that which the sweep with this id had before */
    int64_t at_ms;           /* Unix time, UTC */
    const char *generator;   /* version of the program */
    const hb_history_series *series;   /* in the order that hb_finding.series counts them */
    size_t n_series;
    uint64_t n_dumps, n_objects;
} hb_history_sweep;

/* Marks the findings (state, since, n_sweeps, trend), adds those that are gone, sorts them, and records the sweep, all in one
 * transaction. A sweep whose id is in the file replaces itself, and is marked as it was the first time. HB_ERR_IO with a
 * sentence, HB_ERR_MEMORY: the file is as it was; findings are UNTOLD and none are added. */
hb_status hb_history_update(const char *path, const hb_history_sweep *sweep, hb_findings *findings, hb_error *err);

/* Makes the file if it is not there, and tells whether hb_history_update could write it. HB_ERR_IO with a sentence. */
hb_status hb_history_check(const char *path, hb_error *err);

#endif
