/* Paths that go on on other ranks. */
#ifndef HB_GRAPH_PATH_MARKS_H
#define HB_GRAPH_PATH_MARKS_H

#include "graph/path_spots.h"

/* On entry every rank has added its own groups' objects to spots (hb_path_spots_add); on return all that is on their paths is in
 * the spots of some rank. spots: one of this rank's. Collective; agrees on the status. */
hb_status hb_path_entries_mark(hb_path_entries *entries, hb_path_spots *spots);

#endif
