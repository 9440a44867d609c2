/* The merged retention paths of the text report: "Why they are held". */
#ifndef HB_REPORT_TEXT_PATHS_H
#define HB_REPORT_TEXT_PATHS_H

#include "report/report.h"
#include "report/text_out.h"

/* A tree in preorder, folded to about a dozen lines. objects, memsize: of all that it is about. */
void hb_text_tree(hb_text *t, const hb_path_node *nodes, size_t n, uint64_t objects, uint64_t memsize);

/* The trees of the first few sites that the suspects do not explain. */
void hb_text_paths(hb_text *t, const hb_series_report *series);

/* The tree of one group of objects, a dozen lines at most, and how many of them no root reaches; its site is not read. */
void hb_text_path_tree(hb_text *t, const hb_path_report *path);

#endif
