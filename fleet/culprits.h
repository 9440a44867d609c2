/* From dominators to the report: who retains most, and the suspects with their paths. */
#ifndef HB_FLEET_CULPRITS_H
#define HB_FLEET_CULPRITS_H

#include "fleet/explain.h"
#include "graph/known.h"
#include "graph/paths.h"

typedef struct hb_culprit_plan {
    const hb_explain_plan *explain;
    hb_knowledge knowledge;
    hb_dominators *dominators;    /* those of `knowledge` */
    hb_path_forest *forest;       /* of the search; made here, when the dominators' tree is not needed any more */
} hb_culprit_plan;

/* Gives back all of the dominators but retained bytes (hb_dominators_keep_memsize). Fills out->dominators and out->suspects on rank 0. Collective; agrees on the status. */
hb_status hb_explain_culprits(const hb_culprit_plan *plan, hb_series_report *out);

#endif
