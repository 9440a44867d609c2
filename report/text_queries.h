/* Answers to --path and --referrers in the text report, and rows of objects as they have them. */
#ifndef HB_REPORT_TEXT_QUERIES_H
#define HB_REPORT_TEXT_QUERIES_H

#include "report/report.h"
#include "report/text_out.h"

void hb_text_queries(hb_text *t, const hb_series_report *series);

/* One of them. */
void hb_text_query(hb_text *t, const hb_query_report *query);

/* Who refers to an object, at most so many rows. where: what else is said behind how many are left out; may be "". */
void hb_text_referrers(hb_text *t, const hb_query_report *query, size_t most, const char *where);

/* Objects: the heads of the columns, a row of them (via: the instance variable that is meant, or NULL), and how many are left out, 0: nothing. */
void hb_text_objects_head(hb_text *t, const char *what);
void hb_text_objects_row(hb_text *t, const hb_object_row *object, const char *via);
void hb_text_objects_more(hb_text *t, uint64_t n, const char *where);

#endif
