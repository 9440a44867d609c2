/* The lines of a dump that describe some of its objects. */
#ifndef HB_FLEET_PICK_LINES_H
#define HB_FLEET_PICK_LINES_H

#include <stdio.h>

#include "fleet/analyse.h"
#include "pipeline/limits.h"

typedef struct hb_pick {
    const char *path;
    const hb_limits *limits;
    size_t chunk_bytes;
    const hb_addresses *wanted;
} hb_pick;

/* Writes the wanted objects' lines to out, as they are and in the order of the dump, each with a newline. HB_ERR_DATA: the dump cannot be
 * read again, or has no longer all of these objects. HB_ERR_MEMORY. By one rank; an error of the stream is seen by who closes it. */
hb_status hb_pick_lines(const hb_pick *pick, FILE *out, hb_error *err);

#endif
