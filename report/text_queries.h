/* Answers to --path and --referrers in the text report. */
#ifndef HB_REPORT_TEXT_QUERIES_H
#define HB_REPORT_TEXT_QUERIES_H

#include "report/report.h"
#include "report/text_out.h"

void hb_text_queries(hb_text *t, const hb_series_report *series);

#endif
