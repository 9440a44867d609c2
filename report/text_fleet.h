/* The findings of a fleet, for a person. */
#ifndef HB_REPORT_TEXT_FLEET_H
#define HB_REPORT_TEXT_FLEET_H

#include "report/report.h"
#include "report/text_out.h"

/* For a report of several series, or one that was held against a history: what leaks in how many processes, worst first.
 * Comes before the series, with an empty line at its end; prints nothing for a single series otherwise. */
void hb_text_findings(hb_text *t, const hb_report *report);

#endif
