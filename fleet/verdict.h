/* What the report means for the caller: the list of problems, and the exit status that scripts go by. */
#ifndef HB_FLEET_VERDICT_H
#define HB_FLEET_VERDICT_H

#include "base/status.h"
#include "fleet/allow.h"
#include "fleet/options.h"
#include "report/report.h"

/* Exit statuses of docs/REPORT.md. */
enum {
    HB_EXIT_OK = 0,
    HB_EXIT_USAGE = 1,      /* wrong usage, nothing could be analysed, or an answer does not hold */
    HB_EXIT_LIMIT = 2,      /* a --fail-on limit was exceeded */
    HB_EXIT_DAMAGED = 3,    /* some dumps were truncated or unreadable */
    HB_EXIT_RESOURCES = 4,  /* out of memory, or the output could not be written */
    HB_EXIT_AGAIN = 75      /* stopped by a signal: --resume goes on (EX_TEMPFAIL of sysexits.h) */
};

/* Fills report->problems: every dump that was not read whole, had lines that could not be read, or is the last of its
 * series without ROOT lines; and every answer that does not hold. Fills report->findings as well: what several series
 * tell together. */
hb_status hb_verdict_problems(hb_report *report);

/* Empties the report of a series that could not be finished, but for its name, and logs why; returns the status. */
hb_status hb_verdict_abandon(hb_series_report *series, const char *name, hb_status why);

/* The same, when why has been told. */
hb_status hb_verdict_leave_out(hb_series_report *series, const char *name, hb_status why);

/* The status of a report that was written. Logs which limit was exceeded by what. An exceeded limit comes before
 * damage: a gate must not open because a dump was cut off. allow: findings that --fail-on new and growth pass over. */
int hb_verdict_exit_status(const hb_report *report, const hb_options *options, const hb_allow *allow);

#endif
