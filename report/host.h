/* The host of a series: the directory in its name, all before the last `/`; names without one are of one host. Local. */
#ifndef HB_REPORT_HOST_H
#define HB_REPORT_HOST_H

#include "report/report.h"

typedef struct hb_host {
    const char *name;   /* n bytes of the series' name */
    size_t n;
} hb_host;

hb_host hb_host_of(const hb_series_report *series);

/* <0, 0, >0, by bytes. */
int hb_host_compare(const hb_host *a, const hb_host *b);

#endif
