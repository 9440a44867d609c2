/* Objects that stand alike on the paths: below entries of one node, or with one rank ROOT lines of one name, by the same
 * way, on paths of the same groups. They end in the same rows of the merged paths, so that these are made once for all
 * of them. */
#ifndef HB_GRAPH_PATH_SPOTS_H
#define HB_GRAPH_PATH_SPOTS_H

#include "base/table.h"
#include "graph/path_entries.h"

/* Rows of hb_path_spots.rows: base << 32 | way (base: row of the node that the way counts from, HB_NO_ID: a ROOT line's), the
 * groups whose paths it is on, and the one that the objects are in; objects and their bytes, for those of a group; the lowest
 * id and the longest run. */
enum { HB_SPOT_WAY, HB_SPOT_MASK, HB_SPOT_GROUP, HB_SPOT_KEY_WORDS };
enum { HB_SPOT_OBJECTS, HB_SPOT_MEMSIZE, HB_SPOT_FIRST, HB_SPOT_RUN, HB_SPOT_WORDS };

#define HB_SPOT_NO_GROUP 0xff

#define HB_PATH_KNOWN_SPOTS 4096
#define HB_PATH_LIKES 2048

/* Where objects of a group stood: one that is called alike, of the same kind and group, over the same instance variable of a
 * parent that has the same way, stands there too. What there is to count is counted here first: one line of the cache. */
typedef struct hb_path_like {
    uint64_t parent_and_kind;   /* the parent's way << 32 | kind */
    uint64_t via_and_group;     /* via << 32 | group << 1 | by class */
    uint32_t name;              /* its own; any if it is no part of its label */
    uint32_t has_name;          /* whether it is */
    uint32_t way;               /* row of hb_path_local.ways */
    uint32_t row;               /* of `rows` */
    uint64_t memsize;           /* not added to the row yet, as the next three */
    uint32_t objects, first, run;
    uint32_t is_set;            /* whether there is anything here */
} hb_path_like;

/* What was on the paths at a way: one of these groups that has no lower id and no longer run changes nothing. */
typedef struct hb_path_passed {
    uint32_t way, groups, first, run;
} hb_path_passed;

/* Those that one thread has seen. */
typedef struct hb_path_spots {
    hb_path_local *local;
    const hb_path_entries *entries;   /* looked at with several ranks only */
    hb_path_walker *walker;           /* the thread's */
    hb_table rows;
    uint32_t *known;     /* by hash: the last row that had it */
    hb_path_like *like;  /* by hash: the last that had it, HB_PATH_LIKES */
    hb_path_passed *passed;   /* by hash: the last that had it, HB_PATH_KNOWN_SPOTS */
    char pad[64];        /* each thread has its own */
} hb_path_spots;

/* All borrowed. */
hb_status hb_path_spots_init(hb_path_spots *spots, hb_path_local *local, const hb_path_entries *entries,
                             hb_path_walker *walker);
void hb_path_spots_fini(hb_path_spots *spots);

/* Adds objects to their groups, and to the paths of these what is above them on this rank and is not there yet; an object
 * whose parent lives on another rank is then on the paths itself, so that they go on there. groups: by place from `begin` on, 0 to
 * 31, or HB_SPOT_NO_GROUP. Threads may do so at once, each with its own spots and by ascending id. */
hb_status hb_path_spots_add(hb_path_spots *spots, uint32_t begin, uint32_t end, const uint8_t *groups);

/* Adds an object to the paths of these groups, a bit for each, and what is above it on this rank: up to where they are
 * there already. As above. */
hb_status hb_path_spots_pass(hb_path_spots *spots, uint32_t id, uint32_t groups);

/* To be called when all are added: completes the rows. */
void hb_path_spots_close(hb_path_spots *spots);

/* Adds what other spots have; both are closed. */
hb_status hb_path_spots_merge(hb_path_spots *spots, const hb_path_spots *other);

#endif
