/* Wall and CPU time of this process, in nanoseconds, and moments as text. */
#ifndef HB_BASE_CLOCK_H
#define HB_BASE_CLOCK_H

#include <stdint.h>

uint64_t hb_clock_wall_ns(void);  /* monotonic */
uint64_t hb_clock_cpu_ns(void);   /* all threads of the process */

#define HB_CLOCK_MOMENT 32   /* room for a moment as text */

/* Milliseconds since 1970-01-01 UTC as ISO 8601, 2024-03-07T10:15:00Z or 2024-03-07T10:15:00.250Z; of years beyond 9999 or before
 * 0 an empty text. Returns to. */
char *hb_clock_moment(char to[HB_CLOCK_MOMENT], int64_t at_ms);

#endif
