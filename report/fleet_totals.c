/* All sampled objects of a host side by side, sorted by what they are: those that follow themselves are shared. */
#include "report/fleet_totals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/host.h"

typedef struct sampled_row {
    hb_sampled_object object;
    size_t series;
} sampled_row;

/* What sampled objects of a host stand for. */
typedef struct estimate {
    double objects, memsize;
} estimate;

typedef struct estimates {
    estimate all, once, shared;   /* in every heap that has them; each object once; of these, those that several heaps have */
} estimates;

static int by_object(const void *a, const void *b)
{
    const sampled_row *x = a, *y = b;
    if (x->object.key != y->object.key) return x->object.key < y->object.key ? -1 : 1;
    if (x->object.memsize != y->object.memsize) return x->object.memsize < y->object.memsize ? -1 : 1;
    return (x->series > y->series) - (x->series < y->series);
}

static void add(estimate *sum, double times, uint64_t memsize)
{
    sum->objects += times;
    sum->memsize += times * (double)memsize;
}

/* An object that n heaps have. */
static void add_object(const sampled_row *rows, size_t n, double floor, estimates *sums, char *is_sibling)
{
    const uint64_t memsize = rows[0].object.memsize;
    const double stands_for = fmax(1, floor / hb_sample_weight(memsize));
    add(&sums->all, stands_for * (double)n, memsize);
    add(&sums->once, stands_for, memsize);
    if (n < 2) return;
    add(&sums->shared, stands_for, memsize);
    for (size_t i = 0; i < n; i++) is_sibling[rows[i].series] = 1;
}

/* Of the series in `places`, all of one host. */
static hb_status compare(const hb_report *report, const size_t *places, size_t n_places, estimates *sums, char *is_sibling)
{
    size_t most = 0, n = 0;
    double floor = 0;
    for (size_t i = 0; i < n_places; i++) {
        const hb_sample *sample = &report->series[places[i]].sample;
        most += sample->n;
        floor = fmax(floor, sample->floor);
    }
    sampled_row *rows = hb_alloc(most, sizeof *rows);
    if (rows == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < n_places; i++) {
        const hb_sample *sample = &report->series[places[i]].sample;
        for (size_t k = 0; k < sample->n; k++)
            if (hb_sample_priority(&sample->objects[k]) > floor) rows[n++] = (sampled_row){ sample->objects[k], places[i] };
    }
    if (n > 0) qsort(rows, n, sizeof *rows, by_object);
    for (size_t begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1; end < n && memcmp(&rows[begin].object, &rows[end].object, sizeof rows->object) == 0;) end++;
        add_object(rows + begin, end - begin, floor, sums, is_sibling);
    }
    hb_free(rows);
    return HB_OK;
}

/* total, of which so much of the estimate of all of it. Both estimates have the error of the sample in common, which their ratio
 * loses: where nothing is shared, or all, the result is exact. */
static uint64_t part_of(uint64_t total, double part, double all)
{
    return all > 0 ? (uint64_t)llround((double)total * (part / all)) : 0;
}

/* Adds what a host has. */
static hb_status add_host(const hb_report *report, const size_t *places, size_t n, char *is_sibling, hb_fleet_totals *out)
{
    estimates sums = { 0 };
    uint64_t objects = 0, memsize = 0;
    const hb_status status = compare(report, places, n, &sums, is_sibling);
    for (size_t i = 0; i < n; i++) {
        const hb_series_report *series = &report->series[places[i]];
        if (!series->has_last) continue;
        objects += series->dumps[series->last].objects;
        memsize += series->dumps[series->last].memsize;
        out->siblings += is_sibling[places[i]] != 0;
        out->is_estimate |= is_sibling[places[i]] && series->sample.floor > 0;
    }
    const int is_shared = sums.shared.objects > 0;
    out->objects += is_shared ? part_of(objects, sums.once.objects, sums.all.objects) : objects;
    out->memsize += is_shared ? part_of(memsize, sums.once.memsize, sums.all.memsize) : memsize;
    out->preloaded_objects += part_of(objects, sums.shared.objects, sums.all.objects);
    out->preloaded_memsize += part_of(memsize, sums.shared.memsize, sums.all.memsize);
    return status;
}

static int by_host_and_place(const void *a, const void *b, void *ctx)
{
    const hb_report *report = ctx;
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    const hb_host left = hb_host_of(&report->series[x]), right = hb_host_of(&report->series[y]);
    const int order = hb_host_compare(&left, &right);
    return order != 0 ? order : (x > y) - (x < y);
}

/* places: of all series, sorted by host. */
static hb_status add_hosts(const hb_report *report, const size_t *places, char *is_sibling, hb_fleet_totals *out)
{
    hb_status status = HB_OK;
    for (size_t begin = 0, end; status == HB_OK && begin < report->n_series; begin = end) {
        const hb_host host = hb_host_of(&report->series[places[begin]]);
        for (end = begin + 1; end < report->n_series; end++) {
            const hb_host other = hb_host_of(&report->series[places[end]]);
            if (hb_host_compare(&host, &other) != 0) break;
        }
        status = add_host(report, places + begin, end - begin, is_sibling, out);
    }
    return status;
}

hb_status hb_fleet_totals_find(const hb_report *report, hb_fleet_totals *out)
{
    size_t *places = hb_alloc(report->n_series, sizeof *places);
    char *is_sibling = hb_alloc_zero(report->n_series, 1);
    hb_status status = places != NULL && is_sibling != NULL ? HB_OK : HB_ERR_MEMORY;
    *out = (hb_fleet_totals){ 0 };
    HB_TRY(status);
    for (size_t i = 0; i < report->n_series; i++) places[i] = i;
    if (report->n_series > 0) qsort_r(places, report->n_series, sizeof *places, by_host_and_place, (void *)report);
    HB_TRY(add_hosts(report, places, is_sibling, out));
out:
    hb_free(places);
    hb_free(is_sibling);
    return status;
}
