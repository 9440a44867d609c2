/* `heapbatch show`, `path` and `objects`: questions about the objects of one dump. */
#ifndef HB_FLEET_INSPECT_H
#define HB_FLEET_INSPECT_H

#include "fleet/analyse.h"
#include "fleet/command.h"

/* Opens or makes the index of the dump of analysis->options, and answers out of it what the command asks. *exit_status, on all ranks, when the
 * status is HB_OK: one of fleet/verdict.h; what is wrong has been logged. Collective; agrees on the status: HB_OK, HB_ERR_MEMORY, HB_ERR_IO or
 * HB_ERR_DATA (the dump is not what it was, read again for a line) with *err on rank 0. */
hb_status hb_inspect(const hb_analysis *analysis, const hb_command *command, int *exit_status, hb_error *err);

#endif
