/* Answers to --path and --referrers, as JSON. */
#ifndef HB_REPORT_JSON_QUERIES_H
#define HB_REPORT_JSON_QUERIES_H

#include "report/json_out.h"
#include "report/report.h"

/* A key of a series. */
void hb_json_put_queries(hb_json_builder *builder, hb_json *object, const hb_series_report *series);

/* Keys of one answer, and of the second kind of them those behind `found`. */
void hb_json_put_query(hb_json_builder *builder, hb_json *entry, const hb_query_report *query);
void hb_json_put_referrers(hb_json_builder *builder, hb_json *entry, const hb_query_report *query);

#endif
