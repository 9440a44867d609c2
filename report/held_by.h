/* Who holds what a retention path leads to. */
#ifndef HB_REPORT_HELD_BY_H
#define HB_REPORT_HELD_BY_H

#include "graph/known.h"

/* One of "constant_or_ivar", "global", "thread", "fiber", "c_extension", "vm", "jit", "finalizer", "symbols",
 * "machine_stack", "unknown" (docs/REPORT.md says what they mean), from the steps of the path, root first, and the name
 * of its ROOT line (NULL: none). *by: the step that decided, SIZE_MAX when it was the ROOT line. */
const char *hb_held_by(const hb_shard *shard, const hb_known *steps, size_t n, const char *root, size_t *by);

/* The static string of that name; NULL: there is none. */
const char *hb_held_by_find(const char *name);

#endif
