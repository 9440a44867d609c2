/* By what a series is known again in another run: hashes that are the same everywhere. Local; the files are looked at, not read. */
#ifndef HB_FLEET_SERIES_ID_H
#define HB_FLEET_SERIES_ID_H

#include "fleet/options.h"
#include "fleet/series.h"

/* A hash of the program's version, of the options that the answer depends on, and of hb_series_files_id. 0: it has none, as it comes
 * from standard input. */
uint64_t hb_series_id(const hb_series *series, const hb_options *options);

/* A hash of the name of a series, and of path, size, time of modification, time and symptoms of each of its files. 0 for standard
 * input. */
uint64_t hb_series_files_id(const hb_series *series);

#endif
