#include "report/host.h"

#include <string.h>

hb_host hb_host_of(const hb_series_report *series)
{
    const char *name = series->name != NULL ? series->name : "", *slash = strrchr(name, '/');
    return (hb_host){ name, slash != NULL ? (size_t)(slash - name) : 0 };
}

int hb_host_compare(const hb_host *a, const hb_host *b)
{
    const int order = memcmp(a->name, b->name, a->n < b->n ? a->n : b->n);
    return order != 0 ? order : (a->n > b->n) - (a->n < b->n);
}
