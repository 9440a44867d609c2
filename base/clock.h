/* Wall and CPU time of this process, in nanoseconds. */
#ifndef HB_BASE_CLOCK_H
#define HB_BASE_CLOCK_H

#include <stdint.h>

uint64_t hb_clock_wall_ns(void);  /* monotonic */
uint64_t hb_clock_cpu_ns(void);   /* all threads of the process */

#endif
