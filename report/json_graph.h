/* What the report says of the reference graph, as JSON: paths, dominators, suspects. */
#ifndef HB_REPORT_JSON_GRAPH_H
#define HB_REPORT_JSON_GRAPH_H

#include "report/json_out.h"
#include "report/report.h"

/* Keys that many objects have. */
void hb_json_put_sums(hb_json_builder *builder, hb_json *object, uint64_t objects, uint64_t memsize);
void hb_json_put_site_key(hb_json_builder *builder, hb_json *object, const hb_site_key *key);

/* Keys of a series. */
void hb_json_put_paths(hb_json_builder *builder, hb_json *object, const hb_series_report *series);
void hb_json_put_dominators(hb_json_builder *builder, hb_json *object, const hb_series_report *series);
void hb_json_put_suspects(hb_json_builder *builder, hb_json *object, const hb_series_report *series);

#endif
