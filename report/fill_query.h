/* Answers to --path and --referrers as the report's own. On rank 0; local. What is filled so far is freed with the
 * report, whatever the status. */
#ifndef HB_REPORT_FILL_QUERY_H
#define HB_REPORT_FILL_QUERY_H

#include "graph/paths.h"
#include "graph/referrers.h"
#include "report/report.h"

/* The path of one object. known: NULL when there is no object at that address; steps: as graph/trace.h gives them, none
 * when no root reaches it. root_name: by ROOT line (hb_graph.root_name). */
hb_status hb_fill_query_object(const hb_shard *shard, const uint32_t *root_name, uint64_t address, const hb_known *known,
                               const hb_known *steps, size_t n_steps, hb_query_report *out);

/* The merged paths of all that `what` means, in group 0; objects, memsize: of all of these, reachable or not. */
hb_status hb_fill_query_group(const hb_shard *shard, const char *what, uint64_t objects, uint64_t memsize,
                              const hb_paths *paths, hb_query_report *out);

hb_status hb_fill_query_referrers(const hb_shard *shard, const uint32_t *root_name, uint64_t address, int found,
                                  const hb_referrers *referrers, hb_query_report *out);

#endif
