/* Merging by sorting: every row of every series into one array, sorted by (key, series), equal neighbours folded,
 * what is left sorted by objects. 40 bytes a row. */
#include "report/fleet_sites.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

typedef struct fleet_row {
    const hb_site_row *row;
    size_t series;
} fleet_row;

static int compare_text(const char *a, const char *b)
{
    if (a == NULL || b == NULL) return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

int hb_site_key_compare(const hb_site_key *a, const hb_site_key *b)
{
    int order = compare_text(a->type, b->type);
    if (order == 0) order = compare_text(a->class_name, b->class_name);
    if (order == 0) order = compare_text(a->file, b->file);
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static int by_key(const void *left, const void *right)
{
    const fleet_row *a = left, *b = right;
    int order = hb_site_key_compare(&a->row->key, &b->row->key);
    return order != 0 ? order : (a->series > b->series) - (a->series < b->series);
}

static int by_objects(const void *left, const void *right)
{
    const hb_fleet_site *a = left, *b = right;
    if (a->objects != b->objects) return a->objects < b->objects ? 1 : -1;
    return hb_site_key_compare(a->key, b->key);
}

static uint64_t add(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* sites has room for n; returns how many there are. */
static size_t fold(const fleet_row *rows, size_t n, hb_fleet_site *sites)
{
    size_t n_sites = 0;
    for (size_t i = 0; i < n; i++) {
        const hb_site_row *row = rows[i].row;
        if (i == 0 || hb_site_key_compare(&rows[i - 1].row->key, &row->key) != 0)
            sites[n_sites++] = (hb_fleet_site){ &row->key, 0, 0, 0 };
        else if (rows[i - 1].series == rows[i].series)
            sites[n_sites - 1].n_series--;
        hb_fleet_site *site = &sites[n_sites - 1];
        site->objects = add(site->objects, row->objects);
        site->memsize = add(site->memsize, row->memsize);
        site->n_series++;
    }
    return n_sites;
}

hb_status hb_fleet_sites_merge(const hb_report *report, hb_fleet_site **sites, size_t *n_sites, hb_error *err)
{
    size_t n = 0, used = 0;
    for (size_t s = 0; s < report->n_series; s++)
        if (report->series[s].has_retained) n += report->series[s].n_sites;

    fleet_row *rows = hb_alloc(n, sizeof *rows);
    hb_fleet_site *merged = hb_alloc(n, sizeof *merged);
    if (rows == NULL || merged == NULL) {
        hb_free(rows);
        hb_free(merged);
        return hb_error_set(err, HB_ERR_MEMORY, NULL, HB_NO_BYTE, "out of memory while merging sites over series");
    }
    for (size_t s = 0; s < report->n_series; s++) {
        const hb_series_report *series = &report->series[s];
        for (size_t i = 0; series->has_retained && i < series->n_sites; i++)
            rows[used++] = (fleet_row){ &series->sites[i], s };
    }
    qsort(rows, n, sizeof *rows, by_key);
    *n_sites = fold(rows, n, merged);
    qsort(merged, *n_sites, sizeof *merged, by_objects);
    *sites = merged;
    hb_free(rows);
    return HB_OK;
}
