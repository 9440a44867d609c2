/* The directories of the jobs that shared a sweep (--part): DIR/part-*, each with files and a journal as DIR has them. Only read;
 * a job that is still at work there only has not finished all yet. */
#ifndef HB_FLEET_OUTDIR_PARTS_H
#define HB_FLEET_OUTDIR_PARTS_H

#include "fleet/outdir.h"

typedef struct hb_outdir_parts {
    hb_outdir *items;   /* by name, in natural order */
    size_t n;
} hb_outdir_parts;

/* Reads the journals of all of them; none is no error. One that cannot be read is warned of and left out. HB_ERR_IO: DIR cannot be
 * read; HB_ERR_MEMORY. Local. */
hb_status hb_outdir_parts_open(const char *path, hb_outdir_parts *out, hb_error *err);
void hb_outdir_parts_close(hb_outdir_parts *parts);

/* The report of a series from the first part that has it whole; *found: whether one has. One that cannot be used is warned of.
 * HB_OK or HB_ERR_MEMORY. Local. */
hb_status hb_outdir_parts_load(const hb_outdir_parts *parts, uint64_t id, hb_series_report *out, int *found);

#endif
