/* From tables to the report's rows: ids become strings, sums become rankings. On rank 0; local. */
#ifndef HB_REPORT_FILL_H
#define HB_REPORT_FILL_H

#include "base/status.h"
#include "base/table.h"
#include "graph/bfs.h"
#include "graph/paths.h"
#include "partition/diff.h"
#include "partition/shard.h"
#include "reduce/class_growth.h"
#include "reduce/dump_stats.h"
#include "reduce/equal_strings.h"
#include "report/report.h"

/* What the rankings are cut by. */
typedef struct hb_fill_limits {
    uint64_t top;                 /* rows in every ranking; 0: all */
    uint64_t min_retained_bytes;  /* smaller retained sites are left out */
} hb_fill_limits;

/* One dump's figures; its status follows from them: failed without a line of a dump, truncated when it was
 * damaged or its last line cut off. error says what, where. */
hb_status hb_fill_dump(const char *path, const hb_dump_stats *stats, hb_dump_report *out);

/* The site sums of a series as rows: live sites and classes, and with two analysed dumps or more the retained sites.
 * position[k]: which of the series' dumps analysed dump k is. Fills classes, live_sites, traced, has_retained,
 * retained_*, sites (all: limits->top does not cut them). */
hb_status hb_fill_sites(const hb_shard *shard, const hb_table *sums, const size_t *position, int n_analysed,
                        const hb_fill_limits *limits, hb_series_report *out);

/* The sums' row numbers in the order of the ranking that the paths are about: the retained sites, or with one
 * dump all live sites. *rows is allocated here. */
hb_status hb_fill_ranking(const hb_shard *shard, const hb_table *sums, int n_analysed, const hb_fill_limits *limits,
                          size_t **rows, size_t *n);

/* One site's merged tree: group `group` of paths, for row `row` of the sums. */
hb_status hb_fill_path(const hb_shard *shard, const hb_table *sums, size_t row, int n_analysed,
                       const hb_paths *paths, unsigned group, hb_path_report *out);

/* What grew by class between the first and the last dump that was counted (hb_dump_report), `top` rows at most, 0: all. */
hb_status hb_fill_growth(const hb_class_growth *growth, uint64_t top, hb_series_report *out);

/* Equal strings, of so many STRING lines in all; contents: as far as they are shown, by offset of the line (hb_string_counts.contents). */
hb_status hb_fill_strings(const hb_equal_strings *equal, uint64_t objects, const hb_table *contents, hb_series_report *out);

#endif
