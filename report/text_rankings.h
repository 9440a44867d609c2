/* The rankings of the text report: what is retained, what a single dump holds, what the fleet retains. */
#ifndef HB_REPORT_TEXT_RANKINGS_H
#define HB_REPORT_TEXT_RANKINGS_H

#include "report/report.h"
#include "report/text_out.h"

/* For a series that has_retained: how much, and its top sites. */
void hb_text_retained(hb_text *t, const hb_series_report *series);

/* For a series of which one dump could be analysed: what a second would add; its top types, classes, sites. */
void hb_text_single(hb_text *t, const hb_series_report *series);

/* For a report of several series: the sites they retain together. */
void hb_text_fleet(hb_text *t, const hb_report *report);

#endif
