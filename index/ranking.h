/* The first ones of many objects, by a figure. */
#ifndef HB_INDEX_RANKING_H
#define HB_INDEX_RANKING_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct hb_ranked {
    uint64_t figure;
    uint32_t id;
} hb_ranked;

/* Empty but for `top`: how many are wanted; 0: all. */
typedef struct hb_ranking {
    uint64_t top;
    hb_ranked *rows;         /* by figure, descending, then by id; after hb_ranking_finish */
    size_t n, cap;
    uint64_t n_all;          /* that were added */
    int was_cut;             /* so many are known that a figure of `least` or below is not among the first any more */
    uint64_t least;
} hb_ranking;

/* One more; ids come in ascending order. No more than twice as many as are wanted are kept, and 1024. HB_ERR_MEMORY. */
hb_status hb_ranking_add(hb_ranking *ranking, uint64_t figure, uint32_t id);

/* Puts them in order, and drops what is not wanted. */
void hb_ranking_finish(hb_ranking *ranking);

void hb_ranking_fini(hb_ranking *ranking);

#endif
