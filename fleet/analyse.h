/* One series, from its files to its report. */
#ifndef HB_FLEET_ANALYSE_H
#define HB_FLEET_ANALYSE_H

#include "base/comm.h"
#include "fleet/options.h"
#include "fleet/progress.h"
#include "fleet/series.h"
#include "fleet/stages.h"
#include "index/index.h"
#include "report/report.h"

/* Ascending. */
typedef struct hb_addresses {
    uint64_t *items;
    size_t n;
} hb_addresses;

/* An index that is asked for. */
typedef struct hb_index_request {
    int fd;                    /* on rank 0 an empty file, elsewhere -1 */
    const char *path;          /* for messages */
    hb_index_origin origin;    /* on rank 0: what is known before the dump is read */
    hb_error *err;
} hb_index_request;

typedef struct hb_analysis {
    hb_comm *comm;
    const hb_options *options;
    int n_threads;
    int samples;               /* of every series, for what it has in common with others (reduce/sample.h) */
    int only_sites;            /* no graph is built: the report has what is known without one, the sites */
    hb_addresses *retained;    /* filled on rank 0 with those of what is retained; NULL: not asked for */
    hb_index_request *index;   /* of the only dump, in place of all of the report but what it has of dumps; NULL: not asked for */
    hb_stages *stages;
    hb_progress *progress;
} hb_analysis;

/* Reads the dumps of a series, newest first, several at a time, and fills *out on rank 0. What is wrong with a dump
 * stands in its report; the others are analysed all the same. Collective; agrees on the status: HB_OK,
 * HB_ERR_MEMORY or HB_ERR_STOPPED; with an index also HB_ERR_IO. */
hb_status hb_analyse_series(const hb_analysis *analysis, const hb_series *series, hb_series_report *out);

#endif
