/* What a history is told of a sweep (history/recording.h). Local, for rank 0. */
#ifndef HB_FLEET_REMEMBER_H
#define HB_FLEET_REMEMBER_H

#include "fleet/options.h"
#include "fleet/series.h"
#include "report/report.h"

/* Marks report->findings against the history at options->history_path and records the sweep there. Its time is the newest
 * of any dump, else the clock's; its id is made of those of its series (hb_series_id), so that the same files with the same
 * options are the same sweep. The report is in the order of the list. Errors as of hb_history_update. */
hb_status hb_remember(const hb_series_list *list, const hb_options *options, hb_report *report, hb_error *err);

#endif
