/* What the heaps of a fleet come to. */
#ifndef HB_REPORT_FLEET_TOTALS_H
#define HB_REPORT_FLEET_TOTALS_H

#include "base/status.h"
#include "report/report.h"

/* Preloaded: what a parent had loaded before it forked its workers. Siblings have it at the same addresses, and as long as none writes to
 * it in the same memory. Two series of one host (report/host.h) have an object in common when address, type, class address, site,
 * generation and memsize are equal. */
typedef struct hb_fleet_totals {
    uint64_t objects, memsize;     /* of the last dumps of all series; what is preloaded counts once */
    uint64_t siblings;             /* series that have something in common with another one */
    uint64_t preloaded_objects, preloaded_memsize;   /* each once */
    int is_estimate;               /* a sibling has more objects than its sample (reduce/sample.h) */
} hb_fleet_totals;

/* From the samples of the series; one without a sample has nothing in common with others. Time n log n in the sampled objects.
 * HB_ERR_MEMORY. Local. */
hb_status hb_fleet_totals_find(const hb_report *report, hb_fleet_totals *out);

#endif
