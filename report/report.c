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

void hb_series_report_fini(hb_series_report *series)
{
    hb_free(series->name);
    fini_dumps(series->dumps, series->n_dumps);
    for (size_t i = 0; i < series->n_classes; i++) hb_free(series->classes[i].class_name);
    hb_free(series->classes);
    fini_sites(series->live_sites, series->n_live_sites);
    fini_sites(series->sites, series->n_sites);
    fini_paths(series->paths, series->n_paths);
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
    memset(report, 0, sizeof *report);
}
