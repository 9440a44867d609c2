#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const level_names[] = { "error", "warn", "info", "debug" };

static hb_log_level threshold = HB_LOG_WARN;
static int own_rank = -1;

void hb_log_init(hb_log_level level, int rank)
{
    threshold = level;
    own_rank = rank;
}

int hb_log_enabled(hb_log_level level)
{
    return level <= threshold;
}

/* Bytes of 0x80 and above stay, so that UTF-8 paths stay readable; what could steer a terminal goes: C0, DEL,
 * and C1, which in UTF-8 is 0xc2 followed by 0x80 to 0x9f. */
static void blunt(char *text)
{
    for (char *p = text; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        if (c < 0x20 || c == 0x7f) *p = '?';
        if (c == 0xc2 && (unsigned char)p[1] >= 0x80 && (unsigned char)p[1] < 0xa0) p[0] = p[1] = '?';
    }
}

void hb_log(hb_log_level level, const char *format, ...)
{
    if (!hb_log_enabled(level)) return;
    char line[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    blunt(line);
    if (own_rank >= 0)
        fprintf(stderr, "heapbatch[%d] %s: %s\n", own_rank, level_names[level], line);
    else
        fprintf(stderr, "heapbatch %s: %s\n", level_names[level], line);
}

int hb_log_level_parse(const char *name)
{
    for (int i = 0; i < 4; i++)
        if (strcmp(name, level_names[i]) == 0) return i;
    return -1;
}
