/* What runs before this one left in --out DIR. */
#ifndef HB_FLEET_LOOK_BACK_H
#define HB_FLEET_LOOK_BACK_H

#include "fleet/options.h"
#include "fleet/outdir.h"
#include "fleet/series.h"
#include "fleet/workload.h"
#include "report/report.h"

/* Fills the id of every series, and whether it is done, or suspected of having been what a run died over: the report of one that is
 * done goes into its place in report->series; one over which runs died too often counts as done, by name only. With --merge
 * all are done afterwards: a report that DIR lacks is taken over from DIR/part-*, and a series that none of them has
 * is in the report by name only. For rank 0. HB_ERR_MEMORY: also when a series was left out; HB_ERR_IO. */
hb_status hb_look_back(const hb_outdir *dir, const hb_options *options, const hb_series_list *list, hb_workload *loads,
                       hb_report *report);

#endif
