/* The references of an object of an index. As for errors, index/look.h. Local. */
#ifndef HB_INDEX_REFERENCES_H
#define HB_INDEX_REFERENCES_H

#include "index/look.h"

/* Which items of HB_INDEX_TARGET they are: [range[0], range[1]). */
hb_status hb_look_references(hb_index *index, uint32_t id, uint64_t range[2], hb_error *err);

/* Name ids of the instance variables that its n references are, by reference; allocated here. NULL: that is not known. */
hb_status hb_look_ivars(hb_index *index, uint32_t id, uint64_t n, uint32_t **names, hb_error *err);

#endif
