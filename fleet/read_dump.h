/* `heapbatch read`: one dump by generation, or the objects of one by site, class and contents. */
#ifndef HB_FLEET_READ_DUMP_H
#define HB_FLEET_READ_DUMP_H

#include "fleet/analyse.h"
#include "fleet/command.h"

/* Reads the dump of analysis->options, with a generation twice, and writes what the command asks for. *exit_status, on all ranks, when
 * the status is HB_OK: one of fleet/verdict.h; what is wrong has been logged. Collective; agrees on the status: HB_OK, HB_ERR_MEMORY,
 * HB_ERR_IO or HB_ERR_DATA with *err on rank 0. */
hb_status hb_read_dump(const hb_analysis *analysis, const hb_command *command, int *exit_status, hb_error *err);

#endif
