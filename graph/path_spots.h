/* Objects that stand alike on the paths: below the same entry or ROOT lines of one name, by the same way, on
 * paths of the same groups. They end in the same rows of the merged paths, so that these are made once for all of them. */
#ifndef HB_GRAPH_PATH_SPOTS_H
#define HB_GRAPH_PATH_SPOTS_H

#include "base/table.h"
#include "graph/path_local.h"

/* Rows of hb_path_spots.rows: entry << 32 | way (HB_NO_ID in place of an entry under a ROOT line), the mask, what else tells them apart; objects, their bytes, the lowest
 * id and the longest run. */
enum { HB_SPOT_WAY, HB_SPOT_MASK, HB_SPOT_KIND, HB_SPOT_KEY_WORDS };
enum { HB_SPOT_OBJECTS, HB_SPOT_MEMSIZE, HB_SPOT_FIRST, HB_SPOT_RUN, HB_SPOT_WORDS };

/* HB_SPOT_KIND: the group that the objects are in, or HB_SPOT_NO_GROUP, and: */
#define HB_SPOT_NO_GROUP 0xff
#define HB_SPOT_RUN_IS_OPEN 0x100  /* the run begins at the entry */

#define HB_PATH_KNOWN_SPOTS 4096

typedef struct hb_path_spots {
    const hb_path_local *local;
    hb_table rows;
    uint32_t *known;   /* by hash: the last row that had it */
    char pad[64];      /* each thread has its own */
} hb_path_spots;

hb_status hb_path_spots_init(hb_path_spots *spots, const hb_path_local *local);
void hb_path_spots_fini(hb_path_spots *spots);

/* Adds an object that has its way; group: -1: none. By ascending id. */
hb_status hb_path_spots_add(hb_path_spots *spots, uint32_t id, int group);

/* Adds what other spots have. */
hb_status hb_path_spots_merge(hb_path_spots *spots, const hb_path_spots *other);

#endif
