/* When the dumps of a series were taken. Local.
 *
 * The sources, in this order:
 *   manifest  the third column of --manifest (fleet/manifest.h)
 *   name      the timestamp in the file's name, which fleet/series.h describes; its zone counts here, and without one it is
 *             UTC; a date alone is its midnight. Or, in a name without a timestamp, a counter that is Unix time: 10 digits are
 *             seconds, 13 milliseconds, as in heap-1709806500.json.
 *   sidecar   PATH.time, or what heapbatch-capture writes beside a dump (fleet/sidecar.h). The only files that are read.
 *   mtime     when the file was last written.
 *
 * All dumps of a series have their times from one source, the first one that has a time for every one of them and whose times
 * never go back in the order of the series. Times of modification must be at least HB_TIMES_LEAST_GAP_MS apart, since those of
 * files that were copied are not: they tell when each one was copied. Where no source will do, the dumps have no times. */
#ifndef HB_FLEET_TIMES_H
#define HB_FLEET_TIMES_H

#include "fleet/series.h"

enum { HB_TIMES_LEAST_GAP_MS = 1000 };

/* Fills in `times` of every series; those that are there must be the manifest's. A sidecar that tells no time is warned of.
 * HB_OK or HB_ERR_MEMORY; what cannot be read has no time. */
hb_status hb_times_find(hb_series_list *list);

#endif
