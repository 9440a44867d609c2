/* The report for a person: what grew, where it was allocated, why it is still alive. */
#ifndef HB_REPORT_TEXT_H
#define HB_REPORT_TEXT_H

#include <stdio.h>

#include "base/status.h"
#include "report/report.h"

/* Writes UTF-8 lines of at most about 100 columns and flushes out. Rankings are cut to what fits a screen; the JSON
 * has the rest. No byte of a dump reaches out unescaped. HB_ERR_MEMORY, in which case a part was written, or
 * HB_ERR_IO. */
hb_status hb_text_write(const hb_report *report, FILE *out, hb_error *err);

#endif
