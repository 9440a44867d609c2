/* The line scanner: one pass over a line of a heap dump, no JSON tree. Local; no state between lines. */
#ifndef HB_PIPELINE_SCAN_H
#define HB_PIPELINE_SCAN_H

#include "base/status.h"
#include "pipeline/limits.h"
#include "pipeline/line.h"

/* Text handed to a scanner must be readable (any content) for this many bytes past its end. */
#define HB_SCAN_PADDING 64

/* One scanner for each instruction set; all give the same results. */
typedef struct hb_scanner {
    const char *name;  /* "avx2", "portable" */

    /* Scans text[0..n), one line without its newline (a trailing '\r' is allowed), into *out. Returns HB_OK;
     * HB_ERR_DATA when no object, root, shape or empty slot can be read from it, with *reason a static string
     * that says why; or HB_ERR_MEMORY. out->refs is reused and grown, what hb_line_init set
     * stays; everything else in *out is reset. */
    hb_status (*line)(const char *text, size_t n, hb_line *out, const char **reason);

    /* Offset of the first '\n' in text[0..n), or n. */
    size_t (*newline)(const char *text, size_t n);
} hb_scanner;

/* The fastest scanner this machine runs; HB_SCAN=portable or HB_SCAN=avx2 in the environment chooses, where the
 * machine can. */
const hb_scanner *hb_scanner_best(void);

/* By name; NULL when it is not built in or the machine cannot run it. */
const hb_scanner *hb_scanner_named(const char *name);

/* limits: of nesting and references. */
void hb_line_init(hb_line *line, const hb_limits *limits);
void hb_line_fini(hb_line *line);

#endif
