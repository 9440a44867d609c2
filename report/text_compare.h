/* The difference of dumps as text: `heapbatch diff`. */
#ifndef HB_REPORT_TEXT_COMPARE_H
#define HB_REPORT_TEXT_COMPARE_H

#include <stdint.h>
#include <stdio.h>

#include "base/status.h"
#include "report/report.h"

/* A table of the sites of what is retained. is_later: there was a third dump. top: rows at most, 0: all. Names are escaped for
 * a terminal. HB_OK or HB_ERR_MEMORY; an error of the stream is seen by who closes it. */
hb_status hb_text_compare(const hb_series_report *series, int is_later, uint64_t top, FILE *out);

/* The same as heapy 0.2 prints it (Heapy::Diff, lib/heapy/diff.rb): a line for each type and site, classes added up, most objects first.
 * Lines with equally many objects, which heapy has in no particular order, come by type and site. Names are escaped. */
hb_status hb_text_compare_heapy(const hb_series_report *series, int is_later, FILE *out);

#endif
