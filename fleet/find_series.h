/* From the command line to the series that this run works on. */
#ifndef HB_FLEET_FIND_SERIES_H
#define HB_FLEET_FIND_SERIES_H

#include "base/comm.h"
#include "fleet/options.h"
#include "fleet/series.h"

/* Rank 0 groups the dumps by their names or as --manifest says, takes series apart that are not of one process where nobody said
 * that they are (fleet/series_check.h), looks for the times of the dumps (fleet/times.h), and keeps what --part leaves; all ranks
 * get the list. With --part it may be empty. Collective; agrees on the status: HB_OK, HB_ERR_USAGE or HB_ERR_MEMORY, after which
 * *out is empty and *err says why on rank 0. */
hb_status hb_series_find(hb_comm *comm, const hb_options *options, hb_series_list *out, hb_error *err);

#endif
