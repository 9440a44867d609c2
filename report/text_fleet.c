/* Three lines a finding: its figures under the heads of a table; who holds it and where it is filled; its fingerprint and path.
 *
 * Fleet: 60 processes on 4 hosts, 3 findings
 *          processes  hosts       size     an hour  95 % confidence          held by           state
 *   1.      58 of 60      4   812.4 MB    +61.2 MB  +58.0 MB to +66.1 MB     constant_or_ivar  NEW
 *      HASH Hash in @cache, app/cache.rb:15, filled at app/cache.rb:20
 *      0123456789abcdef  ROOT vm -> CLASS Object -> CLASS Cache -> @cache HASH Hash */
#include "report/text_fleet.h"

#include <math.h>
#include <stdio.h>

#include "report/fleet_totals.h"
#include "report/text_rate.h"

#define ELLIPSIS "\xe2\x80\xa6"
#define INDENT 5             /* "  1. " */
#define PROCESSES_COLUMNS 13 /* "9999 of 10000" */
#define INTERVAL_COLUMNS 23
#define HELD_BY_COLUMNS 16
#define HOLDER_COLUMNS 46
#define SITE_COLUMNS 36
#define PATH_COLUMNS 76
#define MS_OF_HOUR 3600000.0
#define MOST_HOURS 1e9

static int is_told(const hb_report *report)
{
    for (size_t i = 0; i < report->findings.n; i++)
        if (report->findings.items[i].state != HB_FINDING_UNTOLD) return 1;
    return 0;
}

static const char *state_word(hb_finding_state state)
{
    switch (state) {
    case HB_FINDING_UNTOLD: return "";
    case HB_FINDING_NEW: return "NEW";
    case HB_FINDING_KNOWN: return "KNOWN";
    case HB_FINDING_GONE: return "GONE";
    }
    return "";
}

static void print_figures(hb_text *t, const hb_findings *all, size_t place)
{
    const hb_finding *f = &all->items[place];
    char size[HB_TEXT_NUMBER], rate[HB_TEXT_NUMBER], interval[HB_TEXT_INTERVAL] = "", processes[48];
    snprintf(processes, sizeof processes, "%zu of %zu", f->n_series, all->n_processes);
    if (f->has_rate) hb_text_interval(interval, f->rate_low, f->rate_high);
    hb_text_print(t, "%3zu. %*s %6zu %10s %11s  %-*s  ", place + 1, PROCESSES_COLUMNS, processes, f->n_hosts,
                  hb_text_bytes(size, f->memsize), f->has_rate ? hb_text_rate(rate, f->rate) : "", INTERVAL_COLUMNS, interval);
    if (f->state == HB_FINDING_UNTOLD) hb_text_print(t, "%s\n", f->held_by);
    else hb_text_print(t, "%-*s  %s\n", HELD_BY_COLUMNS, f->held_by, state_word(f->state));
}

/* What the history says of it. */
static void print_past(hb_text *t, const hb_finding *f)
{
    char change[HB_TEXT_NUMBER];
    if (f->since == NULL) return;
    hb_text_print(t, "\n%*ssince %s, in %zu earlier sweep%s", INDENT, "", f->since, f->n_sweeps, hb_text_plural(f->n_sweeps));
    if (f->has_trend) hb_text_print(t, "; %s against the last", hb_text_rate(change, f->trend_memsize));
}

static void print_words(hb_text *t, const hb_report *report, const hb_finding *f)
{
    char size[HB_TEXT_NUMBER], took[HB_TEXT_NUMBER];
    double hours;
    hb_text_print(t, "%*s", INDENT, "");
    hb_text_cell(t, f->holder != NULL ? f->holder : "no single holder", HOLDER_COLUMNS);
    if (f->site != NULL) hb_text_print(t, ", filled at ");
    hb_text_cell(t, f->site, SITE_COLUMNS);
    if (report->limit_bytes > 0 && hb_finding_hours_until(f, report->limit_bytes, &hours))
        hb_text_print(t, "\n%*s%s in a process %s%s", INDENT, "", hb_text_bytes(size, report->limit_bytes),
                      hours > 0 ? "in " : "already",
                      hours > 0 ? hb_text_duration(took, (uint64_t)llround(fmin(hours, MOST_HOURS) * MS_OF_HOUR)) : "");
    print_past(t, f);
    hb_text_print(t, "\n%*s%s  ", INDENT, "", f->fingerprint);
    hb_text_cell(t, f->path, PATH_COLUMNS);
    hb_text_print(t, "\n");
}

static void print_totals(hb_text *t, const hb_report *report)
{
    hb_fleet_totals totals;
    char objects[HB_TEXT_NUMBER], size[HB_TEXT_NUMBER];
    const hb_status status = hb_fleet_totals_find(report, &totals);
    if (status != HB_OK) t->status = status;
    hb_text_print(t, "  %s objects, %s in their last dumps", hb_text_count(objects, totals.objects),
                  hb_text_bytes(size, totals.memsize));
    if (totals.siblings > 0)
        hb_text_print(t, ";\n  of these %s%s were loaded before %zu of them were forked, and count once",
                      totals.is_estimate ? "about " : "", hb_text_bytes(size, totals.preloaded_memsize),
                      (size_t)totals.siblings);
    hb_text_print(t, "\n");
}

void hb_text_findings(hb_text *t, const hb_report *report)
{
    const hb_findings *all = &report->findings;
    char a[HB_TEXT_NUMBER], b[HB_TEXT_NUMBER];
    const int told = is_told(report);
    if (report->n_series < 2 && !told && report->limit_bytes == 0) return;
    hb_text_print(t, "Fleet: %s process%s on ", hb_text_count(a, all->n_processes), all->n_processes == 1 ? "" : "es");
    hb_text_print(t, "%s host%s, %zu finding%s\n", hb_text_count(b, all->n_hosts), hb_text_plural(all->n_hosts), all->n,
                  hb_text_plural(all->n));
    print_totals(t, report);
    if (all->n != 0)
        hb_text_print(t, "%*s%*s %6s %10s %11s  %-*s  %-*s%s\n", INDENT, "", PROCESSES_COLUMNS, "processes", "hosts", "size",
                      "an hour", INTERVAL_COLUMNS, "95 % confidence", told ? HELD_BY_COLUMNS + 2 : 0, "held by",
                      told ? "state" : "");
    for (size_t i = 0; i < all->n && i < t->rows; i++) {
        print_figures(t, all, i);
        print_words(t, report, &all->items[i]);
    }
    if (all->n > t->rows) hb_text_print(t, "  " ELLIPSIS " %zu more: --json FILE has all\n", all->n - t->rows);
    hb_text_print(t, "\n");
}
