/* Counts by site, or of shapes by instance variable, of all ranks, on rank 0. */
#ifndef HB_REDUCE_PLACES_H
#define HB_REDUCE_PLACES_H

#include "base/comm.h"
#include "base/table.h"
#include "partition/ingest.h"
#include "pipeline/intern.h"

typedef struct hb_places {
    hb_intern texts;   /* sites as hb_site_pack writes them, of shapes names of instance variables; in byte order */
    hb_table rows;     /* on rank 0, as hb_place_counts has them, with the ids of `texts` */
} hb_places;

/* Which table of hb_place_counts. */
typedef enum hb_places_of { HB_PLACES_OF_OBJECTS, HB_PLACES_OF_STRINGS, HB_PLACES_OF_SHAPES } hb_places_of;

/* Adds up what the ranks counted of a dump (HB_COLLECT_PLACES; of strings HB_COLLECT_STRING_PLACES). *out is initialised here. Collective;
 * agrees on the status. */
hb_status hb_places_gather(hb_comm *comm, const hb_intake *intake, hb_places_of which, hb_places *out);

void hb_places_fini(hb_places *places);

#endif
