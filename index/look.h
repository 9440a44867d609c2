/* Single objects, out of an index: by address, what is known of them, and the chains that hold them. Local: on the rank that has the
 * index open.
 *
 * What the file says is checked before it is used as a place: checksums tell damage, not that somebody made it up. All of these return
 * HB_ERR_DATA for an index that is damaged or contradicts itself, HB_ERR_IO, HB_ERR_MEMORY, with a sentence in *err. An object's gid is its
 * id here; so are those of its parent and of its idom. */
#ifndef HB_INDEX_LOOK_H
#define HB_INDEX_LOOK_H

#include "graph/known.h"
#include "graph/referrers.h"
#include "index/index.h"
#include "index/ranking.h"

/* Objects that stand in one relation to another one, or the first of them. */
typedef struct hb_look_list {
    uint64_t n_all;
    hb_referrer *rows;       /* via: of a reference, its instance variable; HB_NO_STRING: none, or it cannot be told */
    size_t n;
} hb_look_list;

void hb_look_list_fini(hb_look_list *list);

/* *id: the object at an address; HB_NO_ID: there is none. A binary search. */
hb_status hb_look_find(hb_index *index, uint64_t address, uint32_t *id, hb_error *err);

/* out[i]: what is known of the object ids[i]. Columns are read one after the other, each in the order of ids. */
hb_status hb_look_known(hb_index *index, const uint32_t *ids, size_t n, hb_known *out, hb_error *err);

/* The same as a list's rows, allocated here; `via` is none. */
hb_status hb_look_rows(hb_index *index, const uint32_t *ids, size_t n, hb_referrer **rows, hb_error *err);

/* Adds an object to a ranking by what it retains, and the first of a ranking, which is finished here, as rows. */
hb_status hb_look_rank(hb_index *index, hb_ranking *ranking, uint32_t id, hb_error *err);
hb_status hb_look_ranked(hb_index *index, hb_ranking *ranking, hb_referrer **rows, size_t *n, hb_error *err);

/* One item of a section of numbers of any width, as it stands there. */
hb_status hb_look_item(hb_index *index, hb_index_section section, uint64_t at, uint64_t *value, hb_error *err);

/* The path that holds an object, as a trace of graph/trace.h has it: what a ROOT line names first, itself last; none when it is not
 * reachable. *steps is allocated here. */
hb_status hb_look_path(hb_index *index, uint32_t id, hb_known **steps, size_t *n, hb_error *err);

/* The objects that dominate it, the nearest first; top of them, 0: all. */
hb_status hb_look_dominators(hb_index *index, uint32_t id, uint64_t top, hb_look_list *out, hb_error *err);

/* HB_ERR_DATA: the index contradicts itself. */
hb_status hb_look_refuse(const hb_index *index, hb_error *err);

#endif
