/* Answers of `heapbatch show`, `path` and `objects` as JSON, a line each. HB_ERR_MEMORY; an error of the stream is seen by who closes it. */
#ifndef HB_REPORT_JSON_SHEET_H
#define HB_REPORT_JSON_SHEET_H

#include <stdio.h>

#include "base/status.h"
#include "report/sheet.h"

hb_status hb_json_sheet(const hb_sheet *sheet, FILE *out);

/* One answer to --path or --referrers. */
hb_status hb_json_answer(const hb_query_report *query, FILE *out);

/* One of the objects that fit a filter. file: where it was allocated; NULL: not traced. */
hb_status hb_json_found(const hb_object_row *object, const char *file, uint32_t line, FILE *out);

#endif
