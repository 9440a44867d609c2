/* All series of a run: small ones side by side, a rank each, then the large ones, all ranks together. */
#ifndef HB_FLEET_SWEEP_H
#define HB_FLEET_SWEEP_H

#include "fleet/analyse.h"
#include "fleet/outdir.h"

/* Fills report->series on rank 0, in the order of the list. A rank that is done with a series takes the next one of those that
 * were dealt to its node, whatever the others are doing. A series that needs more memory than there is, or that runs out of
 * it, is in the report by name only, is named in the log, and makes the status HB_ERR_MEMORY; the others are worth having.
 *
 * dir: where reports are kept as soon as they are done, and where those that are there are taken from; NULL: nowhere. A series over
 * which two runs died is not tried again, as if it needed too much memory. HB_ERR_STOPPED: what was not done is still to do. HB_ERR_IO: a
 * report could not be kept; the log has the reason. Collective; agrees on the status. */
hb_status hb_sweep(const hb_analysis *analysis, const hb_series_list *list, const hb_outdir *dir, hb_report *report);

#endif
