/* Texts that tell a moment, to milliseconds since 1970-01-01 UTC. Local; nothing is allocated. */
#ifndef HB_FLEET_MOMENT_H
#define HB_FLEET_MOMENT_H

#include <stdint.h>

#include "fleet/natural.h"

/* A text as hb_stamp_cut finds it in a name (YYYYMMDDhhmmss and a fraction), of a zone so many minutes east of UTC. Returns 0
 * for a day that its month does not have. A second numbered 60 is the first of the next minute. */
int hb_moment_of_stamp(const char *stamp, int zone_minutes, int64_t *at_ms);

/* Unix time: 10 digits are seconds, 13 are milliseconds. Returns 0 for other lengths and for moments after the year 2099: a
 * number that large is something else. */
int hb_moment_of_unix(hb_span digits, int64_t *at_ms);

/* A text that is nothing but a moment, blanks around it aside: ISO 8601 (2024-03-07T10:15:00.250+01:00), or as Ruby's Time#to_s
 * has it (2024-03-07 10:15:00 +0100, or UTC), or Unix time, whose seconds may have a fraction (1709806500.25). A date alone is
 * its midnight; without a zone it is UTC. What is finer than a millisecond is dropped. Returns 0 for all else. */
int hb_moment_parse(hb_span text, int64_t *at_ms);

#endif
