/* How fast a suspect grows by the clock. */
#ifndef HB_REPORT_SUSPECT_RATE_H
#define HB_REPORT_SUSPECT_RATE_H

#include "reduce/trend.h"
#include "report/report.h"

/* Bytes an hour: the slope (hb_trend_theil_sen) through a point for each compared dump that has a time. Its y is what of the
 * suspect was there: the objects born up to it, of memsize / objects bytes each. Without a holder what was born in the last dump
 * is not known where there are more than two (docs/REPORT.md, suspects), and that dump is no point. One dump has no slope.
 * HB_ERR_MEMORY. Local. */
hb_status hb_suspect_rate(const hb_series_report *series, const hb_suspect_report *suspect, hb_trend *out);

#endif
