/* What stands around an object of an index: what it refers to, what refers to it, what it dominates. Plain scans of the columns.
 * As for errors, index/look.h. top: rows of each list; 0: all. */
#ifndef HB_INDEX_AROUND_H
#define HB_INDEX_AROUND_H

#include "index/look.h"

/* All that there is to say of one object. */
typedef struct hb_around {
    hb_known object;
    int64_t generation;              /* -1: not traced */
    uint64_t class_address;          /* 0: it has no class, or that is no object of the dump */
    hb_look_list dominators;         /* the nearest first */
    hb_look_list dominated;          /* whose immediate dominator it is: by retained bytes, descending, then by address */
    hb_look_list references;         /* in the order of the index; n_all counts those that dangle as well, rows has none of them */
    uint64_t n_dangling;
    hb_referrers referrers;          /* as graph/referrers.h finds them */
} hb_around;

/* After an error *out is empty. */
hb_status hb_look_around(hb_index *index, uint32_t id, uint64_t top, hb_around *out, hb_error *err);
void hb_around_fini(hb_around *around);

#endif
