/* Answers of `heapbatch show`, `path` and `objects` as text. Names are escaped for a terminal. All return HB_OK or HB_ERR_MEMORY; an error of
 * the stream is seen by who closes it. */
#ifndef HB_REPORT_TEXT_SHEET_H
#define HB_REPORT_TEXT_SHEET_H

#include <stdio.h>

#include "base/status.h"
#include "report/sheet.h"

hb_status hb_text_sheet(const hb_sheet *sheet, FILE *out);

/* One answer to --path or --referrers. */
hb_status hb_text_answer(const hb_query_report *query, FILE *out);

/* Objects that fit a filter: how many there are in all, a row, and how many are not shown. */
hb_status hb_text_found_begin(uint64_t objects, uint64_t memsize, FILE *out);
hb_status hb_text_found(const hb_object_row *object, FILE *out);
hb_status hb_text_found_end(uint64_t n_left, FILE *out);

#endif
