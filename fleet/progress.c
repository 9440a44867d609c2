#include "fleet/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define TERMINAL_NS UINT64_C(200000000)
#define ELSEWHERE_NS UINT64_C(10000000000)

void hb_progress_init(hb_progress *progress, int asked, int quiet)
{
    memset(progress, 0, sizeof *progress);
    progress->terminal = isatty(STDERR_FILENO);
    progress->shown = asked || !quiet;
}

void hb_progress_start(hb_progress *progress, const char *what)
{
    snprintf(progress->what, sizeof progress->what, "%s", what);
    for (char *p = progress->what; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f) *p = '?';
    progress->start_ns = progress->last_ns = hb_clock_wall_ns();
}

static int is_due(hb_progress *progress)
{
    if (!progress->shown) return 0;
    uint64_t now = hb_clock_wall_ns();
    if (now - progress->last_ns < (progress->terminal ? TERMINAL_NS : ELSEWHERE_NS)) return 0;
    progress->last_ns = now;
    return 1;
}

static void show(hb_progress *progress, const char *line)
{
    if (progress->terminal) fprintf(stderr, "\r\033[K%.120s", line);
    else fprintf(stderr, "heapbatch: %s\n", line);
    progress->open = progress->terminal;
}

void hb_progress_tick(void *ctx, uint64_t done, uint64_t total, uint64_t objects)
{
    hb_progress *progress = ctx;
    if (!is_due(progress)) return;
    double seconds = (double)(progress->last_ns - progress->start_ns) / 1e9;
    double mb = (double)done / 1e6, millions = (double)objects / 1e6;
    char line[256];
    if (total > 0 && done > 0)
        snprintf(line, sizeof line, "reading %s: %.0f of %.0f MB, %.1f M objects, %.0f %%, %.0f s left", progress->what,
                 mb, (double)total / 1e6, millions, 100.0 * (double)done / (double)total,
                 seconds * ((double)total / (double)done - 1));
    else
        snprintf(line, sizeof line, "reading %s: %.0f MB, %.1f M objects", progress->what, mb, millions);
    show(progress, line);
}

void hb_progress_stage(hb_progress *progress, const char *stage)
{
    if (is_due(progress)) show(progress, stage);
}

void hb_progress_clear(hb_progress *progress)
{
    if (progress->open) fputs("\r\033[K", stderr);
    progress->open = 0;
}
