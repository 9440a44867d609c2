/* The rankings of the text report: what is retained, what a single dump holds, what the fleet retains. */
#ifndef HB_REPORT_TEXT_RANKINGS_H
#define HB_REPORT_TEXT_RANKINGS_H

#include "report/report.h"
#include "report/text_out.h"

/* How much is retained; or for a series of which one dump could be analysed, what a second would add. */
void hb_text_total(hb_text *t, const hb_series_report *series);

/* Says so when allocations were not traced, and what tracing would add. */
void hb_text_no_tracing(hb_text *t, const hb_series_report *series);

/* The top sites of what is retained; of one dump its top types, classes and sites. */
void hb_text_sites(hb_text *t, const hb_series_report *series);

/* Of dumps that could not be compared object by object: which classes grew. */
void hb_text_class_growth(hb_text *t, const hb_series_report *series);

/* For a report of several series: the sites they retain together. */
void hb_text_fleet(hb_text *t, const hb_report *report);

#endif
