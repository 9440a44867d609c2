/* The text report's section on contents that several strings have. */
#ifndef HB_REPORT_TEXT_STRINGS_H
#define HB_REPORT_TEXT_STRINGS_H

#include "report/report.h"
#include "report/text_out.h"

void hb_text_strings(hb_text *t, const hb_series_report *series);

#endif
