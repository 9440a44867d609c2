/* `heapbatch history FILE [--sweeps|--findings|FINGERPRINT] [--json]`: what a history has. Local, without MPI. */
#ifndef HB_HISTORY_SHOW_H
#define HB_HISTORY_SHOW_H

#include <stdio.h>

#include "base/status.h"

typedef enum hb_history_what { HB_HISTORY_FINDINGS, HB_HISTORY_SWEEPS, HB_HISTORY_COURSE } hb_history_what;

/* Writes it to out; fingerprint is for HB_HISTORY_COURSE. HB_ERR_USAGE: the history has no such finding. HB_ERR_IO with a
 * sentence, HB_ERR_MEMORY. */
hb_status hb_history_show(const char *path, hb_history_what what, const char *fingerprint, int as_json, FILE *out, hb_error *err);

/* The whole command; argv[0] is its name. Returns the exit status: 0, 1 wrong usage, 4 the file or the output. */
int hb_history_main(int argc, char **argv);

#endif
