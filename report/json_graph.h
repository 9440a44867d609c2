/* What the report says of the reference graph, as JSON: paths, dominators, suspects. */
#ifndef HB_REPORT_JSON_GRAPH_H
#define HB_REPORT_JSON_GRAPH_H

#include "report/json_out.h"
#include "report/report.h"

/* Keys that many objects have. */
void hb_json_put_sums(hb_json_builder *builder, hb_json *object, uint64_t objects, uint64_t memsize);
void hb_json_put_place(hb_json_builder *builder, hb_json *object, const char *file, uint32_t line);   /* file: NULL: none, nor a line */
void hb_json_put_site_key(hb_json_builder *builder, hb_json *object, const hb_site_key *key);

/* Bytes an hour, as of an hb_trend: rate, rate_low, rate_high; null where they are not known. */
void hb_json_put_rate(hb_json_builder *builder, hb_json *object, int is_known, double rate, double low, double high);

/* Keys of an object; and lists of steps, and of nodes under "tree". */
void hb_json_put_object(hb_json_builder *builder, hb_json *entry, const hb_object_row *row);
void hb_json_put_steps(hb_json_builder *builder, hb_json *object, const char *key, const hb_step_row *steps, size_t n);
void hb_json_put_tree(hb_json_builder *builder, hb_json *object, const hb_path_node *nodes, size_t n);

/* Keys of a series; under "growth" how the heap grows by the clock. */
void hb_json_put_growth(hb_json_builder *builder, hb_json *object, const hb_series_report *series);
void hb_json_put_paths(hb_json_builder *builder, hb_json *object, const hb_series_report *series);
void hb_json_put_dominators(hb_json_builder *builder, hb_json *object, const hb_series_report *series);
void hb_json_put_suspects(hb_json_builder *builder, hb_json *object, const hb_series_report *series);

#endif
