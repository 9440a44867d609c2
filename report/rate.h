/* How fast things grow by the clock. Local. */
#ifndef HB_REPORT_RATE_H
#define HB_REPORT_RATE_H

#include "reduce/trend.h"
#include "report/report.h"

/* Bytes an hour of a whole heap: the slope (hb_trend_theil_sen) through the memsize of all compared dumps that have a time. Two such
 * dumps at least have a slope. HB_ERR_MEMORY. */
hb_status hb_series_rate(const hb_series_report *series, hb_trend *out);

/* Bytes an hour of a suspect, the same way; what of it was there at a dump: the objects born up to it, of memsize / objects
 * bytes each. Without a holder what was born in the last dump is not known where there are more than two (docs/REPORT.md,
 * suspects), and that dump is no point. HB_ERR_MEMORY. */
hb_status hb_suspect_rate(const hb_series_report *series, const hb_suspect_report *suspect, hb_trend *out);

#endif
