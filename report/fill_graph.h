/* Dominators and suspects as the report's rows. On rank 0; local. */
#ifndef HB_REPORT_FILL_GRAPH_H
#define HB_REPORT_FILL_GRAPH_H

#include "graph/trace.h"
#include "reduce/retainers.h"
#include "reduce/suspects.h"
#include "report/report.h"

/* top: rows of each ranking; 0: all. */
hb_status hb_fill_dominators(const hb_shard *shard, const hb_retainers *retainers, uint64_t top,
                             hb_dominator_report *out);

/* Steps of a path as the report has them: the ROOT line first, and steps in a row that are called alike as one, but
 * for the last.
 * root_name: by ROOT line (hb_graph.root_name). */
hb_status hb_fill_steps(const hb_shard *shard, const uint32_t *root_name, const hb_known *steps, size_t n,
                        hb_step_row **out, size_t *n_out);

/* What suspects are made of. */
typedef struct hb_suspect_sources {
    const hb_shard *shard;
    const uint32_t *root_name;
    const hb_suspects *suspects;
    const hb_known *holders;       /* by suspect */
    const hb_trace *paths;         /* by suspect: to its holder; behind them those that groups without one have in common */
    const size_t *position;        /* of analysed dumps, oldest first: which dump of the series */
    int n_analysed;
    uint64_t top;                  /* classes and sites of each; 0: all */
} hb_suspect_sources;

/* The suspect in that place, but for its tree; names its holder and says all that in a sentence. */
hb_status hb_fill_suspect(const hb_suspect_sources *sources, size_t place, size_t n_dumps, hb_suspect_report *out);

#endif
