#include "report/suspect_rate.h"

#include "base/memory.h"

#define MS_OF_HOUR 3600000.0

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
    double *hours = hb_alloc(most, sizeof *hours), *bytes = hb_alloc(most, sizeof *bytes), born = 0;
    const hb_dump_report *first = NULL;
    size_t n = 0;
    hb_status status = HB_OK;
    if (hours == NULL || bytes == NULL) HB_TRY(HB_ERR_MEMORY);
    for (size_t i = 0; i < most; i++) {
        const hb_dump_report *dump = &series->dumps[i];
        if (!dump->compared) continue;
        born += (double)s->born[i];
        if (!dump->has_time) continue;
        if (first == NULL) first = dump;
        hours[n] = ((double)dump->taken_at_ms - (double)first->taken_at_ms) / MS_OF_HOUR;
        bytes[n++] = each * born;
    }
    HB_TRY(hb_trend_theil_sen(hours, bytes, n, out));
out:
    hb_free(hours);
    hb_free(bytes);
    return status;
}
