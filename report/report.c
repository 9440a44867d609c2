/* Frees a report. The model owns every `char *`; `const char *` members are static text. */
#include "report/report.h"

#include <string.h>

#include "base/memory.h"

static void fini_sites(hb_site_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hb_free(rows[i].key.class_name);
        hb_free(rows[i].key.file);
        hb_free(rows[i].born);
    }
    hb_free(rows);
}

static void fini_dumps(hb_dump_report *dumps, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hb_free(dumps[i].path);
        hb_free(dumps[i].error);
        hb_free(dumps[i].left_out);
        hb_free(dumps[i].invalid);
        hb_free(dumps[i].types);
        hb_free(dumps[i].generations);
    }
    hb_free(dumps);
}

static void fini_paths(hb_path_report *paths, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hb_free(paths[i].site.class_name);
        hb_free(paths[i].site.file);
        for (size_t k = 0; k < paths[i].n_nodes; k++) hb_free(paths[i].nodes[k].label);
        hb_free(paths[i].nodes);
    }
    hb_free(paths);
}

void hb_object_row_fini(hb_object_row *row)
{
    hb_free(row->class_name);
    hb_free(row->label);
}

static void fini_dominators(hb_dominator_report *d)
{
    for (size_t i = 0; i < d->n_top; i++) hb_object_row_fini(&d->top[i]);
    for (size_t i = 0; i < d->n_drops; i++) hb_object_row_fini(&d->drops[i]);
    for (size_t i = 0; i < d->n_classes; i++) hb_free(d->classes[i].name);
    for (size_t i = 0; i < d->n_sites; i++) hb_free(d->sites[i].name);
    hb_free(d->top);
    hb_free(d->drops);
    hb_free(d->classes);
    hb_free(d->sites);
}

static void fini_parts(hb_part_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hb_free(rows[i].class_name);
        hb_free(rows[i].file);
    }
    hb_free(rows);
}

void hb_suspect_report_fini(hb_suspect_report *s)
{
    hb_object_row_fini(&s->holder);
    fini_parts(s->classes, s->n_classes);
    fini_parts(s->sites, s->n_sites);
    for (size_t i = 0; i < s->n_path; i++) hb_free(s->path[i].label);
    for (size_t i = 0; i < s->n_nodes; i++) hb_free(s->nodes[i].label);
    hb_free(s->born);
    hb_free(s->path);
    hb_free(s->nodes);
    hb_free(s->text);
    memset(s, 0, sizeof *s);
}

void hb_query_report_fini(hb_query_report *q)
{
    for (size_t i = 0; i < q->n_steps; i++) hb_free(q->steps[i].label);
    for (size_t i = 0; i < q->n_nodes; i++) hb_free(q->nodes[i].label);
    for (size_t i = 0; i < q->n_roots; i++) hb_free(q->roots[i]);
    for (size_t i = 0; i < q->n_referrers; i++) {
        hb_object_row_fini(&q->referrers[i].object);
        hb_free(q->referrers[i].via);
    }
    hb_free(q->what);
    hb_free(q->steps);
    hb_free(q->nodes);
    hb_free(q->roots);
    hb_free(q->referrers);
}

static void fini_growth(hb_growth_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hb_free(rows[i].class_name);
        hb_free(rows[i].objects);
        hb_free(rows[i].memsize);
    }
    hb_free(rows);
}

static void fini_strings(hb_strings_report *strings)
{
    for (size_t i = 0; i < strings->n_top; i++) hb_free(strings->top[i].value);
    hb_free(strings->top);
    hb_free(strings->fault);
}

int hb_series_report_counted(const hb_series_report *series, size_t *first, size_t *last)
{
    *first = series->n_dumps;
    *last = 0;
    for (size_t i = 0; i < series->n_dumps; i++) {
        if (!series->dumps[i].counted) continue;
        if (*first == series->n_dumps) *first = i;
        *last = i;
    }
    return *first < *last;
}

void hb_series_report_fini(hb_series_report *series)
{
    hb_free(series->name);
    fini_dumps(series->dumps, series->n_dumps);
    for (size_t i = 0; i < series->n_classes; i++) hb_free(series->classes[i].class_name);
    hb_free(series->classes);
    fini_sites(series->live_sites, series->n_live_sites);
    fini_sites(series->sites, series->n_sites);
    fini_growth(series->growth, series->n_growth);
    fini_strings(&series->equal);
    fini_paths(series->paths, series->n_paths);
    fini_dominators(&series->dominators);
    for (size_t i = 0; i < series->n_suspects; i++) hb_suspect_report_fini(&series->suspects[i]);
    hb_free(series->suspects);
    for (size_t i = 0; i < series->n_queries; i++) hb_query_report_fini(&series->queries[i]);
    hb_free(series->queries);
    hb_sample_fini(&series->sample);
    hb_free(series->fault);
    memset(series, 0, sizeof *series);
}

void hb_report_fini(hb_report *report)
{
    for (size_t i = 0; i < report->n_series; i++) hb_series_report_fini(&report->series[i]);
    hb_free(report->series);
    for (size_t i = 0; i < report->n_problems; i++) {
        hb_free(report->problems[i].path);
        hb_free(report->problems[i].what);
    }
    hb_free(report->problems);
    hb_findings_fini(&report->findings);
    memset(report, 0, sizeof *report);
}
