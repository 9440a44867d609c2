#include "report/rate.h"

#include "base/memory.h"

#define MS_OF_HOUR 3600000.0

typedef struct points {
    double *hours, *bytes;   /* hours since the first point */
    size_t n;
    int64_t first_ms;
} points;

static hb_status make_room(points *p, size_t most)
{
    *p = (points){ .hours = hb_alloc(most, sizeof *p->hours), .bytes = hb_alloc(most, sizeof *p->bytes) };
    return p->hours != NULL && p->bytes != NULL ? HB_OK : HB_ERR_MEMORY;
}

static void add_point(points *p, const hb_dump_report *dump, double bytes)
{
    if (!dump->has_time) return;
    if (p->n == 0) p->first_ms = dump->taken_at_ms;
    p->hours[p->n] = ((double)dump->taken_at_ms - (double)p->first_ms) / MS_OF_HOUR;
    p->bytes[p->n++] = bytes;
}

/* status: whether all points are there. Frees them. */
static hb_status slope_of(points *p, hb_status status, hb_trend *out)
{
    if (status == HB_OK) status = hb_trend_theil_sen(p->hours, p->bytes, p->n, out);
    hb_free(p->hours);
    hb_free(p->bytes);
    return status;
}

hb_status hb_series_rate(const hb_series_report *series, hb_trend *out)
{
    points p;
    const hb_status status = make_room(&p, series->n_dumps);
    for (size_t i = 0; status == HB_OK && i < series->n_dumps; i++)
        if (series->dumps[i].compared) add_point(&p, &series->dumps[i], (double)series->dumps[i].memsize);
    return slope_of(&p, status, out);
}

/* Of so many dumps, the oldest, it is known what was born in them. */
static size_t known_dumps(const hb_series_report *series, const hb_suspect_report *s)
{
    size_t n_compared = 0, last = 0;
    for (size_t i = 0; i < series->n_dumps; i++)
        if (series->dumps[i].compared) {
            n_compared++;
            last = i;
        }
    return !s->has_holder && n_compared > 2 ? last : series->n_dumps;
}

hb_status hb_suspect_rate(const hb_series_report *series, const hb_suspect_report *s, hb_trend *out)
{
    const size_t most = s->born != NULL && s->objects != 0 ? known_dumps(series, s) : 0;
    const double each = most != 0 ? (double)s->memsize / (double)s->objects : 0;
    double born = 0;
    points p;
    const hb_status status = make_room(&p, most);
    for (size_t i = 0; status == HB_OK && i < most; i++) {
        if (!series->dumps[i].compared) continue;
        born += (double)s->born[i];
        add_point(&p, &series->dumps[i], each * born);
    }
    return slope_of(&p, status, out);
}
