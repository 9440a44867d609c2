/* Who refers to an object of an index: a scan through all references. As for errors, index/look.h. Local. */
#ifndef HB_INDEX_HOLDERS_H
#define HB_INDEX_HOLDERS_H

#include "index/look.h"

/* As hb_referrers_find of the graph. top: rows; 0: all. What is in *out after an error is freed by hb_referrers_fini. */
hb_status hb_look_referrers(hb_index *index, uint32_t id, uint64_t top, hb_referrers *out, hb_error *err);

#endif
