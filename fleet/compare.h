/* `heapbatch diff`: what is new in a dump, or new and still there in a later one. */
#ifndef HB_FLEET_COMPARE_H
#define HB_FLEET_COMPARE_H

#include "fleet/analyse.h"
#include "fleet/command.h"

/* Compares the dumps of analysis->options and writes what the command asks for. *exit_status, on all ranks, when the status is HB_OK:
 * one of fleet/verdict.h; what is wrong with the dumps has been logged. Collective; agrees on the status: HB_OK, HB_ERR_MEMORY,
 * HB_ERR_IO or HB_ERR_DATA with *err on rank 0. */
hb_status hb_compare(const hb_analysis *analysis, const hb_command *command, int *exit_status, hb_error *err);

#endif
