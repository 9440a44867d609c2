/* Who retains most, grown or not: the dominator tree's rankings in the text report. */
#ifndef HB_REPORT_TEXT_RETAINERS_H
#define HB_REPORT_TEXT_RETAINERS_H

#include "report/report.h"
#include "report/text_out.h"

/* Objects, classes and sites by what would be freed with them, and big drops. */
void hb_text_retainers(hb_text *t, const hb_series_report *series);

#endif
