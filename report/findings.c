/* Merging by sorting: a row for every suspect of every series, sorted by (fingerprint, series), equal neighbours made one
 * finding. There are at most 32 suspects a series (docs/REPORT.md), so all this is small. */
#include "report/findings.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/fingerprint.h"
#include "report/host.h"
#include "report/rate.h"

typedef struct finding_row {
    hb_fingerprint print;
    size_t series;
    const hb_suspect_report *suspect;
} finding_row;

/* --- hosts --- */

static int by_host(const void *a, const void *b) { return hb_host_compare(a, b); }

/* Of n series, whose places are in `places`. */
static hb_status count_hosts(const hb_report *report, const size_t *places, size_t n, size_t *n_hosts)
{
    hb_host *hosts = hb_alloc(n, sizeof *hosts);
    if (hosts == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) hosts[i] = hb_host_of(&report->series[places[i]]);
    if (n > 0) qsort(hosts, n, sizeof *hosts, by_host);
    *n_hosts = 0;
    for (size_t i = 0; i < n; i++) *n_hosts += i == 0 || by_host(&hosts[i - 1], &hosts[i]) != 0;
    hb_free(hosts);
    return HB_OK;
}

static hb_status count_sweep(const hb_report *report, hb_findings *out)
{
    size_t *analysed = hb_alloc(report->n_series, sizeof *analysed);
    if (analysed == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < report->n_series; i++)
        if (report->series[i].has_last) analysed[out->n_processes++] = i;
    hb_status status = count_hosts(report, analysed, out->n_processes, &out->n_hosts);
    hb_free(analysed);
    return status;
}

/* --- merging --- */

static int by_print(const void *left, const void *right)
{
    const finding_row *a = left, *b = right;
    const int order = hb_fingerprint_compare(&a->print, &b->print);
    if (order != 0) return order;
    if (a->series != b->series) return a->series < b->series ? -1 : 1;
    return (a->suspect > b->suspect) - (a->suspect < b->suspect);
}

static uint64_t add(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static hb_status add_rate(const hb_report *report, const finding_row *row, hb_finding *out)
{
    hb_trend trend;
    hb_status status = hb_suspect_rate(&report->series[row->series], row->suspect, &trend);
    if (status != HB_OK || !trend.has_slope) return status;
    out->has_rate = 1;
    out->rate += trend.slope;
    out->rate_low += trend.low;
    out->rate_high += trend.high;
    return HB_OK;
}

static hb_status copy_text(const char *text, char **out)
{
    *out = hb_copy_text(text, strlen(text));
    return *out != NULL ? HB_OK : HB_ERR_MEMORY;
}

/* What all of the suspects have alike. */
static hb_status fill_words(const finding_row *row, hb_finding *out)
{
    hb_status status;
    snprintf(out->fingerprint, sizeof out->fingerprint, "%016" PRIx64, row->print.hash);
    out->held_by = row->suspect->held_by;
    if (row->print.holder[0] != '\0') HB_TRY(copy_text(row->print.holder, &out->holder));
    if (row->print.site[0] != '\0') HB_TRY(copy_text(row->print.site, &out->site));
    out->path = hb_fingerprint_path(&row->print);
    status = out->path != NULL ? HB_OK : HB_ERR_MEMORY;
out:
    return status;
}

/* rows: n, of one fingerprint, by series. */
static hb_status fill_finding(const hb_report *report, const finding_row *rows, size_t n, hb_finding *out)
{
    const hb_suspect_report *largest = rows[0].suspect;
    hb_status status;
    HB_TRY(fill_words(&rows[0], out));
    out->series = hb_alloc(n, sizeof *out->series);
    if (out->series == NULL) HB_TRY(HB_ERR_MEMORY);
    for (size_t i = 0; i < n; i++) {
        const hb_suspect_report *s = rows[i].suspect;
        if (i == 0 || rows[i].series != rows[i - 1].series) out->series[out->n_series++] = rows[i].series;
        out->objects = add(out->objects, s->objects);
        out->memsize = add(out->memsize, s->memsize);
        if (s->memsize > largest->memsize) largest = s;
        HB_TRY(add_rate(report, &rows[i], out));
    }
    HB_TRY(copy_text(largest->text, &out->text));
    HB_TRY(count_hosts(report, out->series, out->n_series, &out->n_hosts));
out:
    return status;
}

/* *n_rows rows, whose texts the caller frees whatever is returned. */
static hb_status collect(const hb_report *report, finding_row *rows, size_t *n_rows)
{
    for (size_t s = 0; s < report->n_series; s++)
        for (size_t i = 0; i < report->series[s].n_suspects; i++) {
            finding_row *row = &rows[*n_rows];
            *row = (finding_row){ .series = s, .suspect = &report->series[s].suspects[i] };
            hb_status status = hb_fingerprint_make(row->suspect, &row->print);
            if (status != HB_OK) return status;
            ++*n_rows;
        }
    return HB_OK;
}

hb_status hb_findings_find(const hb_report *report, hb_findings *out)
{
    hb_findings found = { 0 };
    size_t most = 0, n = 0;
    hb_status status;
    for (size_t i = 0; i < report->n_series; i++) most += report->series[i].n_suspects;
    finding_row *rows = hb_alloc(most, sizeof *rows);
    found.items = hb_alloc_zero(most, sizeof *found.items);
    if (rows == NULL || found.items == NULL) HB_TRY(HB_ERR_MEMORY);
    HB_TRY(count_sweep(report, &found));
    HB_TRY(collect(report, rows, &n));
    if (n > 0) qsort(rows, n, sizeof *rows, by_print);
    for (size_t begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1; end < n && hb_fingerprint_compare(&rows[begin].print, &rows[end].print) == 0;) end++;
        HB_TRY(fill_finding(report, &rows[begin], end - begin, &found.items[found.n++]));
    }
    hb_findings_sort(&found);
out:
    for (size_t i = 0; i < n; i++) hb_free(rows[i].print.text);
    hb_free(rows);
    if (status != HB_OK) hb_findings_fini(&found);
    *out = found;
    return status;
}

/* --- order, forecast, end --- */

static int compare_text(const char *a, const char *b)
{
    if (a == NULL || b == NULL) return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static double weight(const hb_finding *f)
{
    return (double)f->n_series * (f->has_rate ? f->rate : (double)f->memsize);
}

/* Two with one fingerprint differ in their words. */
static int by_rank(const void *left, const void *right)
{
    const hb_finding *a = left, *b = right;
    const int a_gone = a->state == HB_FINDING_GONE, b_gone = b->state == HB_FINDING_GONE;
    if (a_gone != b_gone) return a_gone - b_gone;
    if (a->has_rate != b->has_rate) return b->has_rate - a->has_rate;
    if (weight(a) != weight(b)) return weight(a) < weight(b) ? 1 : -1;
    int order = strcmp(a->fingerprint, b->fingerprint);
    if (order == 0) order = compare_text(a->path, b->path);
    if (order == 0) order = compare_text(a->holder, b->holder);
    return order != 0 ? order : compare_text(a->site, b->site);
}

void hb_findings_sort(hb_findings *findings)
{
    if (findings->n > 0) qsort(findings->items, findings->n, sizeof *findings->items, by_rank);
}

int hb_finding_grows(const hb_finding *f)
{
    return f->has_rate && f->rate > 0 && (!isfinite(f->rate_low) || f->rate_low > 0);
}

int hb_finding_hours_until(const hb_finding *f, uint64_t limit_bytes, double *hours)
{
    if (f->n_series == 0 || !hb_finding_grows(f)) return 0;
    const double n = (double)f->n_series, left = (double)limit_bytes - (double)f->memsize / n;
    *hours = left > 0 ? left / (f->rate / n) : 0;
    return 1;
}

void hb_finding_fini(hb_finding *f)
{
    hb_free(f->holder);
    hb_free(f->path);
    hb_free(f->site);
    hb_free(f->text);
    hb_free(f->series);
    hb_free(f->since);
    memset(f, 0, sizeof *f);
}

void hb_findings_fini(hb_findings *findings)
{
    for (size_t i = 0; i < findings->n; i++) hb_finding_fini(&findings->items[i]);
    hb_free(findings->items);
    memset(findings, 0, sizeof *findings);
}
