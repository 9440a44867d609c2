/* "Why they are held": the merged retention paths of the text report. */
#ifndef HB_REPORT_TEXT_PATHS_H
#define HB_REPORT_TEXT_PATHS_H

#include "report/report.h"
#include "report/text_out.h"

/* The trees of the first few sites, or why there are none. */
void hb_text_paths(hb_text *t, const hb_series_report *series);

/* The tree of one group of objects, a dozen lines at most, and how many of them no root reaches; its site is not read. */
void hb_text_path_tree(hb_text *t, const hb_path_report *path);

#endif
