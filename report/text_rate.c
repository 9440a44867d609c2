#include "report/text_rate.h"

#include <math.h>

#define MOST_BYTES 9e18   /* a double that a 64-bit figure can still hold */

const char *hb_text_rate(char buffer[HB_TEXT_NUMBER], double bytes)
{
    const uint64_t size = (uint64_t)llround(fmin(fabs(bytes), MOST_BYTES));
    return bytes < 0 ? hb_text_bytes_change(buffer, size, 0) : hb_text_bytes_change(buffer, 0, size);
}

const char *hb_text_interval(char buffer[HB_TEXT_INTERVAL], double low, double high)
{
    char from[HB_TEXT_NUMBER], to[HB_TEXT_NUMBER];
    if (!isfinite(low) || !isfinite(high)) snprintf(buffer, HB_TEXT_INTERVAL, "too few dumps");
    else snprintf(buffer, HB_TEXT_INTERVAL, "%s to %s", hb_text_rate(from, low), hb_text_rate(to, high));
    return buffer;
}

void hb_text_print_rate(hb_text *t, const hb_trend *rate)
{
    char slope[HB_TEXT_NUMBER], interval[HB_TEXT_INTERVAL];
    hb_text_print(t, "%s an hour", hb_text_rate(slope, rate->slope));
    if (rate->has_interval)
        hb_text_print(t, " (95 %% confidence: %s)", hb_text_interval(interval, rate->low, rate->high));
}

const char *hb_text_duration(char buffer[HB_TEXT_NUMBER], uint64_t ms)
{
    static const struct { uint64_t seconds; const char *name; } units[] = {
        { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" }
    };
    enum { N = sizeof units / sizeof *units };
    const uint64_t seconds = ms / 1000 + (ms % 1000 >= 500);
    size_t i = 0;
    while (i + 1 < N && seconds < units[i].seconds) i++;
    const uint64_t rest = i + 1 < N ? seconds % units[i].seconds / units[i + 1].seconds : 0;
    int n = snprintf(buffer, HB_TEXT_NUMBER, "%llu %s", (unsigned long long)(seconds / units[i].seconds), units[i].name);
    if (rest > 0)
        snprintf(buffer + n, (size_t)(HB_TEXT_NUMBER - n), " %llu %s", (unsigned long long)rest, units[i + 1].name);
    return buffer;
}
