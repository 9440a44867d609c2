/* Growth by the clock, for a person. */
#ifndef HB_REPORT_TEXT_RATE_H
#define HB_REPORT_TEXT_RATE_H

#include "reduce/trend.h"
#include "report/text_out.h"

#define HB_TEXT_INTERVAL (2 * HB_TEXT_NUMBER + 8)

/* "+61.2 MB", "-1.0 kB"; rounded. Returns buffer. */
const char *hb_text_rate(char buffer[HB_TEXT_NUMBER], double bytes);

/* "+58.0 MB to +66.1 MB"; "too few dumps" where an end is not finite. Returns buffer. */
const char *hb_text_interval(char buffer[HB_TEXT_INTERVAL], double low, double high);

/* "+61.2 MB an hour (95 % confidence: +58.0 MB to +66.1 MB)", the bracket only where there is an interval. */
void hb_text_print_rate(hb_text *t, const hb_trend *rate);

/* "45 s", "12 min", "2 h 5 min", "3 d 4 h"; returns buffer. */
const char *hb_text_duration(char buffer[HB_TEXT_NUMBER], uint64_t ms);

#endif
