/* Objects that stand alike on the paths: below entries of one node, or with one rank ROOT lines of one name, by the same
 * way, on paths of the same groups. They end in the same rows of the merged paths, so that these are made once for all
 * of them. */
#ifndef HB_GRAPH_PATH_SPOTS_H
#define HB_GRAPH_PATH_SPOTS_H

#include "base/table.h"
#include "graph/path_local.h"

/* Rows of hb_path_spots.rows: base << 32 | way (base: row of the node that the way counts from, HB_NO_ID: a ROOT line's), the
 * groups whose paths it is on, and the one that the objects are in; objects, their bytes, the lowest id and the longest
 * run. */
enum { HB_SPOT_WAY, HB_SPOT_MASK, HB_SPOT_GROUP, HB_SPOT_KEY_WORDS };
enum { HB_SPOT_OBJECTS, HB_SPOT_MEMSIZE, HB_SPOT_FIRST, HB_SPOT_RUN, HB_SPOT_WORDS };

#define HB_SPOT_NO_GROUP 0xff

#define HB_PATH_KNOWN_SPOTS 4096

typedef struct hb_path_spots {
    const hb_path_local *local;
    hb_table rows;
    uint32_t *known;   /* by hash: the last row that had it */
    char pad[64];      /* each thread has its own */
} hb_path_spots;

hb_status hb_path_spots_init(hb_path_spots *spots, const hb_path_local *local);
void hb_path_spots_fini(hb_path_spots *spots);

/* An object that has its way: where it stands. */
typedef struct hb_path_spot {
    uint32_t base;   /* HB_SPOT_WAY */
    uint32_t mask;
    int group;       /* -1: none */
    uint32_t run;    /* how many steps in a row, up to the object, are in its node */
} hb_path_spot;

/* Adds an object. By ascending id. */
hb_status hb_path_spots_add(hb_path_spots *spots, uint32_t id, const hb_path_spot *at);

/* Adds what other spots have. */
hb_status hb_path_spots_merge(hb_path_spots *spots, const hb_path_spots *other);

#endif
