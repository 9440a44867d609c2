#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static uint64_t read_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t hb_clock_wall_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

uint64_t hb_clock_cpu_ns(void)
{
    return read_ns(CLOCK_PROCESS_CPUTIME_ID);
}

char *hb_clock_moment(char to[HB_CLOCK_MOMENT], int64_t at_ms)
{
    const int ms = (int)(((at_ms % 1000) + 1000) % 1000);
    const time_t seconds = (time_t)(at_ms / 1000 - (at_ms % 1000 < 0));
    struct tm parts;
    to[0] = '\0';
    if (gmtime_r(&seconds, &parts) == NULL || parts.tm_year < -1900 || parts.tm_year > 9999 - 1900) return to;
    const size_t n = strftime(to, HB_CLOCK_MOMENT, "%Y-%m-%dT%H:%M:%S", &parts);
    if (ms == 0) snprintf(to + n, HB_CLOCK_MOMENT - n, "Z");
    else snprintf(to + n, HB_CLOCK_MOMENT - n, ".%03dZ", ms);
    return to;
}
