/* The lines of a dump that describe some of its objects. */
#ifndef HB_FLEET_PICK_LINES_H
#define HB_FLEET_PICK_LINES_H

#include "fleet/analyse.h"
#include "pipeline/limits.h"

/* Takes a line, without its newline. */
typedef hb_status (*hb_line_taker)(void *ctx, uint64_t address, const char *line, size_t n);

typedef struct hb_pick {
    const char *path;
    const hb_limits *limits;
    size_t chunk_bytes;
    const hb_addresses *wanted;
    int is_damaged;          /* it is known to be truncated: what comes before is taken */
    hb_line_taker take;
    void *ctx;
} hb_pick;

/* Hands on the wanted objects' lines as they are, in the order of the dump. HB_ERR_DATA: the dump cannot be read again, or has no longer all of
 * these objects. HB_ERR_MEMORY, and what `take` returns. By one rank. */
hb_status hb_pick_lines(const hb_pick *pick, hb_error *err);

#endif
