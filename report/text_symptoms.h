/* What the series shows before any path, in the text report. */
#ifndef HB_REPORT_TEXT_SYMPTOMS_H
#define HB_REPORT_TEXT_SYMPTOMS_H

#include "report/report.h"
#include "report/text_out.h"

/* The verdict, why, and a row a dump; nothing where no dump has figures. */
void hb_text_symptoms(hb_text *t, const hb_series_report *series);

#endif
