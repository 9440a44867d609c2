/* Series by name whose dumps are of several processes, taken apart by what is in the dumps. For --series auto only: with the
 * other modes the user has said what belongs together. Local. */
#ifndef HB_FLEET_SERIES_CHECK_H
#define HB_FLEET_SERIES_CHECK_H

#include "fleet/series.h"
#include "pipeline/limits.h"

/* Which process each dump of a series is of: process[i] for path i, in the order of first sight, 0 for the first; *n_processes:
 * how many. A dump that does not tell (fleet/same_process.h) counts to the process of the one before it. A dump is compared with
 * the latest one of each process, of at most HB_SERIES_RECENT_PROCESSES that dumped last. Warns of every process but the
 * first. Reads the first lines of each dump, if there are two. HB_OK or HB_ERR_MEMORY. */
hb_status hb_series_tell_processes(const hb_series *series, const hb_limits *limits, uint32_t *process, size_t *n_processes);

#define HB_SERIES_RECENT_PROCESSES 64

/* Takes every series apart by process; the order within stays. The first process keeps the name of the series, the others
 * append #2, #3 and so on; a name that is taken follows the rule of series.h. process: of all paths of all series, one behind the
 * other, as hb_series_tell_processes numbers them. No file is read. The series must have no times yet. HB_OK or HB_ERR_MEMORY,
 * after which the list is only good to be emptied. */
hb_status hb_series_split(hb_series_list *list, const uint32_t *process);

/* Both for a whole list. */
hb_status hb_series_check(hb_series_list *list, const hb_limits *limits);

#endif
