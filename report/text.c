/* A report in, text for a person at three in the morning out. What answers the question comes first, on one screen:
 * what leaks, who holds it, how much would be freed, how fast it grows. Then how, where from, who else; then how far to
 * believe it, then what went wrong.
 *
 * This file has the order of the sections; text_fleet.c has the findings of several series, text_dumps.c the growth table,
 * text_symptoms.c what stands before it,
 * text_suspects.c the suspects, text_rankings.c the sites and classes, text_paths.c the trees, text_retainers.c what
 * dominates most, text_strings.c equal strings, text_out.c the pen. A series of three dumps takes about 80 lines. */
#include "report/text.h"

#include <errno.h>
#include <string.h>

#include "report/text_dumps.h"
#include "report/text_fleet.h"
#include "report/text_out.h"
#include "report/text_paths.h"
#include "report/text_queries.h"
#include "report/text_rankings.h"
#include "report/text_retainers.h"
#include "report/text_strings.h"
#include "report/text_suspects.h"
#include "report/text_symptoms.h"

#define NAME_COLUMNS 60
#define PROBLEM_COLUMNS 300
#define LOW_TRUST 50   /* below, this is said first: the rest may mean nothing */

static void print_trust(hb_text *t, const hb_series_report *series)
{
    char number[HB_TEXT_NUMBER], other[HB_TEXT_NUMBER];
    if (!series->has_retained || (series->score >= 100 && series->reused_slots == 0)) return;
    hb_text_print(t, "\nTrust in the difference: %u of 100\n", (unsigned)(series->score < 100 ? series->score : 100));
    if (series->reused_slots != 0)
        hb_text_print(t, "  %s address%s later held another object: the old one was freed and counts no more\n",
                      hb_text_count(number, series->reused_slots), series->reused_slots == 1 ? "" : "es");
    if (series->moved != 0)
        hb_text_print(t, "  %s object%s seem to have been moved by a compaction: moved objects look new\n",
                      hb_text_count(number, series->moved), hb_text_plural(series->moved));
    if (series->score < 100 && series->strings_elsewhere != 0)
        hb_text_print(t, "  %s of %s strings that were found again by their contents are at another address: made anew, or moved\n"
                      "  by a compaction, and then moved objects look new; dumps of a traced process tell which\n",
                      hb_text_count(number, series->strings_elsewhere), hb_text_count(other, series->strings));
    if (series->score < LOW_TRUST && series->moved != 0)
        hb_text_print(t, "  most addresses hold other objects than before: are these dumps of one process?\n");
}

static void print_reachability(hb_text *t, const hb_series_report *series)
{
    char a[HB_TEXT_NUMBER], b[HB_TEXT_NUMBER];
    if (!series->has_reachability) return;
    uint64_t by_data = series->without_class_edges;
    uint64_t over_class = series->reachable > by_data ? series->reachable - by_data : 0;
    double hops = by_data == 0 ? 0 : (double)series->hops_sum / (double)by_data;
    hb_text_print(t, "\nReachable from the roots: %s object%s, %s; unreachable: ", hb_text_count(a, series->reachable),
                  hb_text_plural(series->reachable), hb_text_bytes(b, series->reachable_memsize));
    hb_text_print(t, "%s; over class pointers only: %s;\n", hb_text_count(a, series->unreachable),
                  hb_text_count(b, over_class));
    hb_text_print(t, "  %.1f hops on average, %s at most\n", hops, hb_text_count(a, series->max_hops));
}

static void print_series_heading(hb_text *t, const hb_series_report *series, const char *identity)
{
    hb_text_print(t, "Series ");
    hb_text_cell(t, series->name, NAME_COLUMNS);
    hb_text_print(t, ": %zu dump%s", series->n_dumps, hb_text_plural(series->n_dumps));
    if (identity != NULL && strcmp(identity, "strict") != 0) hb_text_print(t, ", identity %s", identity);
    hb_text_print(t, "\n");
    hb_text_symptoms(t, series);
    hb_text_growth(t, series);
}

static void print_series(hb_text *t, const hb_series_report *series, const char *identity)
{
    print_series_heading(t, series, identity);
    if (!series->has_last) {
        hb_text_print(t, "\nNo dump of this series could be analysed.\n");
        return;
    }
    if (series->score < LOW_TRUST) print_trust(t, series);
    hb_text_total(t, series);
    hb_text_class_growth(t, series);
    hb_text_suspects(t, series);
    hb_text_no_tracing(t, series);
    hb_text_queries(t, series);
    hb_text_suspect_trees(t, series);
    hb_text_sites(t, series);
    hb_text_paths(t, series);
    hb_text_retainers(t, series);
    hb_text_strings(t, series);
    if (series->score >= LOW_TRUST) print_trust(t, series);
    print_reachability(t, series);
}

static int has_invalid_lines(const hb_report *report)
{
    for (size_t s = 0; s < report->n_series; s++)
        for (size_t d = 0; d < report->series[s].n_dumps; d++)
            if (report->series[s].dumps[d].invalid_lines != 0) return 1;
    return 0;
}

static void print_problems(hb_text *t, const hb_report *report)
{
    if (report->n_problems == 0 && !has_invalid_lines(report)) return;
    hb_text_print(t, "\nProblems\n");
    for (size_t i = 0; i < report->n_problems; i++) {
        hb_text_print(t, "  ");
        hb_text_cell(t, report->problems[i].path, HB_TEXT_COLUMNS);
        hb_text_print(t, ": ");
        hb_text_cell(t, report->problems[i].what, PROBLEM_COLUMNS);
        hb_text_print(t, "\n");
    }
    for (size_t s = 0; s < report->n_series; s++) hb_text_invalid_lines(t, &report->series[s]);
}

hb_status hb_text_write(const hb_report *report, FILE *out, hb_error *err)
{
    hb_text t = { out, HB_OK, report->top > 0 && report->top < HB_TEXT_ROWS ? report->top : HB_TEXT_ROWS };
    errno = 0;
    if (report->n_series == 0) hb_text_print(&t, "Nothing was analysed.\n");
    hb_text_findings(&t, report);
    for (size_t i = 0; i < report->n_series; i++) {
        if (i != 0) hb_text_print(&t, "\n");
        print_series(&t, &report->series[i], report->identity);
    }
    hb_text_fleet(&t, report);
    print_problems(&t, report);
    if (t.status != HB_OK)
        return hb_error_set(err, t.status, NULL, HB_NO_BYTE, "out of memory while writing the text report");
    if (fflush(out) != 0 || ferror(out))
        return hb_error_set(err, HB_ERR_IO, NULL, HB_NO_BYTE, "cannot write the text report: %s", strerror(errno));
    return HB_OK;
}
