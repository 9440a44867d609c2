/* The rows of `heapbatch read` and `heapbatch diff` as JSON, a line each (docs/REPORT.md). All return HB_OK or HB_ERR_MEMORY; an error of the
 * stream is seen by who closes it. */
#ifndef HB_REPORT_JSON_ROWS_H
#define HB_REPORT_JSON_ROWS_H

#include <stdint.h>
#include <stdio.h>

#include "base/status.h"
#include "report/reading.h"

/* Objects and bytes by generation. */
hb_status hb_json_generations(const hb_reading *reading, FILE *out);

/* The objects of a generation by gem, file, site, class and contents, and the shapes by instance variable, each ranking once, by bytes. top: rows
 * of a ranking; 0: all. `equal` has only contents that two objects or more have. Sorts the places. */
hb_status hb_json_reading(hb_reading *reading, uint64_t top, FILE *out);

/* The sites of what is retained, in the order of the table. top: rows at most; 0: all. */
hb_status hb_json_compare(const hb_series_report *series, uint64_t top, FILE *out);

#endif
