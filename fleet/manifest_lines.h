/* The lines of a manifest, by the format in fleet/manifest.h. Local. */
#ifndef HB_FLEET_MANIFEST_LINES_H
#define HB_FLEET_MANIFEST_LINES_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct hb_manifest_line {
    char *path;      /* never empty */
    char *series;    /* NULL: none */
    uint64_t line;   /* from 1 on */
    int has_time;
    int64_t at_ms;   /* as in hb_dump_time */
} hb_manifest_line;

typedef struct hb_manifest_lines {
    hb_manifest_line *items;
    size_t n, cap;
} hb_manifest_lines;

/* Reads all lines that name a dump; those of .tmp files are left out, with a warning. Errors as those of hb_manifest_read; *out is
 * to be emptied in any case. */
hb_status hb_manifest_lines_read(const char *path, hb_manifest_lines *out, hb_error *err);

void hb_manifest_lines_fini(hb_manifest_lines *lines);

#endif
