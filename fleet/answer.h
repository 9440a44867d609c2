/* Answers to --path and --referrers, for the report. */
#ifndef HB_FLEET_ANSWER_H
#define HB_FLEET_ANSWER_H

#include "fleet/explain.h"
#include "graph/known.h"
#include "graph/paths.h"

typedef struct hb_answer_plan {
    const hb_explain_plan *explain;
    hb_knowledge knowledge;
    hb_path_forest *forest;    /* of the search; marked anew. Of hb_answer_paths only */
} hb_answer_plan;

/* --referrers: while the graph has its edges. Makes out->queries. Collective; agrees on the status. */
hb_status hb_answer_referrers(const hb_answer_plan *plan, hb_series_report *out);

/* --path: after it. Collective; agrees on the status. */
hb_status hb_answer_paths(const hb_answer_plan *plan, hb_series_report *out);

#endif
