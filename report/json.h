/* The report as JSON, schema 1 of docs/REPORT.md. */
#ifndef HB_REPORT_JSON_H
#define HB_REPORT_JSON_H

#include <stdio.h>

#include "base/status.h"
#include "report/report.h"

/* Writes the whole report, two spaces of indentation a level, a newline at its end, and flushes out. The bytes
 * depend on the report alone. Figures above INT64_MAX are written as INT64_MAX. HB_ERR_MEMORY, in which case
 * nothing or a part was written, or HB_ERR_IO. */
hb_status hb_json_write(const hb_report *report, FILE *out, hb_error *err);

#endif
