/* What leaks, and who holds it: the part of the text report that comes first. */
#ifndef HB_REPORT_TEXT_SUSPECTS_H
#define HB_REPORT_TEXT_SUSPECTS_H

#include "report/report.h"
#include "report/text_out.h"

/* Each of the first few suspects in a sentence, with its path, classes and sites; or that there is none, and why. */
void hb_text_suspects(hb_text *t, const hb_series_report *series);

/* The merged paths of the suspects that were shown. */
void hb_text_suspect_trees(hb_text *t, const hb_series_report *series);

#endif
