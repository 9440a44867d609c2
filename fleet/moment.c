/* Enters: digits of a date, of Unix time, or a text. Leaves: milliseconds since 1970-01-01 UTC. Days are counted by the
 * Gregorian calendar, also before it came up; no zone but the one that is written has a say, so TZ makes no difference.
 *
 * Date and time are recognised by stamp.c, as in names. What may follow differs: in a name, -0500 and a fraction without a
 * zone are as likely counters; here nothing else can stand. */
#include "fleet/moment.h"

#include <string.h>

#include "fleet/stamp.h"

#define UNIX_MOST_S INT64_C(4102444800) /* 2100-01-01 */

static int is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* From 1970-01-01 on. */
static int64_t days_until(int year, int month, int day)
{
    const int past = year - 1;
    int64_t days = 365 * (int64_t)past + past / 4 - past / 100 + past / 400 - 719162;
    for (int m = 1; m < month; m++) days += days_in(year, m);
    return days + day - 1;
}

static int number(const char *digits, int n)
{
    int value = 0;
    for (int i = 0; i < n; i++) value = value * 10 + (digits[i] - '0');
    return value;
}

/* 5, 50 and 500987 are all half a second. */
static int milliseconds(hb_span fraction)
{
    int value = 0;
    for (size_t i = 0; i < 3; i++) value = value * 10 + (i < fraction.n ? fraction.at[i] - '0' : 0);
    return value;
}

int hb_moment_of_stamp(const char *stamp, int zone_minutes, int64_t *at_ms)
{
    if (strlen(stamp) < HB_STAMP_DIGITS) return 0;
    const int year = number(stamp, 4), month = number(stamp + 4, 2), day = number(stamp + 6, 2);
    if (month < 1 || month > 12 || day < 1 || day > days_in(year, month)) return 0;
    const int minutes = number(stamp + 8, 2) * 60 + number(stamp + 10, 2) - zone_minutes;
    const int64_t seconds = days_until(year, month, day) * 86400 + (int64_t)minutes * 60 + number(stamp + 12, 2);
    *at_ms = seconds * 1000 + milliseconds(hb_span_of(stamp + HB_STAMP_DIGITS));
    return 1;
}

int hb_moment_of_unix(hb_span digits, int64_t *at_ms)
{
    if (digits.n != 10 && digits.n != 13) return 0;
    int64_t value = 0;
    for (size_t i = 0; i < digits.n; i++) value = value * 10 + (digits.at[i] - '0');
    if (digits.n == 10) value *= 1000;
    if (value >= UNIX_MOST_S * 1000) return 0;
    *at_ms = value;
    return 1;
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static hb_span trim(hb_span text)
{
    while (text.n > 0 && is_blank(text.at[0])) text.at++, text.n--;
    while (text.n > 0 && is_blank(text.at[text.n - 1])) text.n--;
    return text;
}

/* The digits behind a point or comma at byte *i, which is moved past them. */
static hb_span take_fraction(hb_span text, size_t *i)
{
    hb_span fraction = { text.at, 0 };
    if (*i < text.n && (text.at[*i] == '.' || text.at[*i] == ',')) fraction = hb_natural_digits(text, *i + 1);
    if (fraction.n != 0) *i += 1 + fraction.n;
    return fraction;
}

static void take_zone(hb_span text, size_t *i, int *minutes)
{
    size_t at = *i;
    if (at < text.n && text.at[at] == ' ') at++;
    if (text.n - at == 3 && memcmp(text.at + at, "UTC", 3) == 0) *i = text.n;
    else if (hb_stamp_take_zone(text, &at, 0, minutes)) *i = at;
}

static int parse_unix(hb_span text, int64_t *at_ms)
{
    const hb_span digits = hb_natural_digits(text, 0);
    size_t at = digits.n;
    const hb_span fraction = digits.n == 10 ? take_fraction(text, &at) : (hb_span){ text.at, 0 };
    if (at != text.n || !hb_moment_of_unix(digits, at_ms)) return 0;
    *at_ms += milliseconds(fraction);
    return 1;
}

int hb_moment_parse(hb_span text, int64_t *at_ms)
{
    char stamp[HB_STAMP_ROOM];
    int has_time, minutes = 0;
    text = trim(text);
    if (parse_unix(text, at_ms)) return 1;
    size_t at = hb_stamp_take(text, 0, stamp, &has_time);
    if (at == 0) return 0;
    if (has_time) {
        const hb_span fraction = take_fraction(text, &at);
        strncat(stamp, fraction.at, fraction.n < 3 ? fraction.n : 3);
        take_zone(text, &at, &minutes);
    }
    return at == text.n && hb_moment_of_stamp(stamp, minutes, at_ms);
}
