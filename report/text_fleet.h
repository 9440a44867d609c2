/* The findings of a fleet, for a person. */
#ifndef HB_REPORT_TEXT_FLEET_H
#define HB_REPORT_TEXT_FLEET_H

#include "report/report.h"
#include "report/text_out.h"

/* What leaks in how many processes, worst first, with an empty line at its end; comes before the series. For a report of several
 * series, or with a limit, or one that was held against a history; otherwise prints nothing. */
void hb_text_findings(hb_text *t, const hb_report *report);

#endif
