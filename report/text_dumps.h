/* The dumps of a series in the text report: names, growth, lines that could not be read. */
#ifndef HB_REPORT_TEXT_DUMPS_H
#define HB_REPORT_TEXT_DUMPS_H

#include "report/report.h"
#include "report/text_out.h"

/* Of more than HB_TEXT_DUMPS dumps, so many of the first and the rest of the last: the suspects stand on the same screen. */
enum { HB_TEXT_FIRST_DUMPS = 2, HB_TEXT_DUMPS = 6 };

/* The path of a dump without the directories that all paths of the series have in common; a view, raw. */
const char *hb_text_dump_name(const hb_series_report *series, size_t dump);

/* A row a dump: status, objects, size, and the change from the dump analysed before it. */
void hb_text_growth(hb_text *t, const hb_series_report *series);

/* For each dump with invalid lines: how many, and the first of them. */
void hb_text_invalid_lines(hb_text *t, const hb_series_report *series);

#endif
