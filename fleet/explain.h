/* From the loaded last dump, with every object's `born`, to the rankings and retention paths of the report. */
#ifndef HB_FLEET_EXPLAIN_H
#define HB_FLEET_EXPLAIN_H

#include "base/comm.h"
#include "fleet/analyse.h"
#include "fleet/progress.h"
#include "fleet/query.h"
#include "fleet/stages.h"
#include "graph/graph.h"
#include "partition/load.h"
#include "report/fill.h"
#include "report/report.h"

typedef struct hb_explain_plan {
    hb_comm *comm;
    const hb_load *load;
    hb_graph *graph;           /* its edges are freed when they have been searched */
    const size_t *position;    /* of analysed dumps, oldest first: which dump of the series */
    int n_analysed;
    int n_threads;
    int has_roots;             /* the dump has ROOT lines: paths make sense */
    hb_stages *stages;
    hb_progress *progress;
    hb_fill_limits limits;
    const hb_query *queries;   /* --path, --referrers */
    size_t n_queries;
    int validate;              /* --validate */
} hb_explain_plan;

/* Sums by site, searches from the roots, merges the paths of the top sites; fills *out on rank 0. Collective;
 * agrees on the status. */
hb_status hb_explain(const hb_explain_plan *plan, hb_series_report *out);

/* Searches, finds dominators, and writes all that into an index (hb_index_write). Collective; agrees on the status. */
hb_status hb_explain_into_index(const hb_explain_plan *plan, const hb_index_request *request);

#endif
