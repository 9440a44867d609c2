/* The retained sites of all series of a report, merged by key: what many processes leak together. */
#ifndef HB_REPORT_FLEET_SITES_H
#define HB_REPORT_FLEET_SITES_H

#include "base/status.h"
#include "report/report.h"

typedef struct hb_fleet_site {
    const hb_site_key *key;     /* views one of the report's rows */
    uint64_t objects, memsize;  /* sums over the series; they stop at UINT64_MAX */
    uint64_t n_series;          /* series that retain objects of this site */
} hb_fleet_site;

/* By type, class, file, line; no class and no file come first. */
int hb_site_key_compare(const hb_site_key *a, const hb_site_key *b);

/* *sites, to be freed with hb_free, views the report: objects descending, then by key. Series without retained
 * sites count for nothing. Rows that --top cuts from a series are in the sum. HB_ERR_MEMORY. */
hb_status hb_fleet_sites_merge(const hb_report *report, hb_fleet_site **sites, size_t *n_sites, hb_error *err);

#endif
