/* Sets of groups, by number. Few occur in a heap, since thousands of objects have the same groups above them in the same order. A set is
 * the set before and the group that came last; a table leads from (set, group) to the next set, and to the set itself where the group is
 * in it already. So an object costs one look into that table, whatever the depth; most are like one of the last few, and cost less.
 * Local. */
#ifndef HB_REDUCE_GROUP_SETS_H
#define HB_REDUCE_GROUP_SETS_H

#include <stddef.h>
#include <stdint.h>

#include "base/table.h"
#include "reduce/group_sums.h"

#define HB_GROUP_RECENT 1024   /* a power of two */

/* Set i > 0 is set before[i] and group last[i]; set 0 is empty. */
typedef struct hb_group_sets {
    uint64_t *pairs;     /* before, last */
    size_t n, cap;       /* sets; words of pairs */
    hb_table next;       /* (set, group) -> set */
    struct {             /* answers of that table */
        uint64_t group;
        uint32_t set, next;
    } recent[HB_GROUP_RECENT];
} hb_group_sets;

/* The empty set alone. HB_ERR_MEMORY; to be given up all the same. */
hb_status hb_group_sets_init(hb_group_sets *sets);
void hb_group_sets_fini(hb_group_sets *sets);

/* Fills the table of next sets from the pairs. HB_ERR_MEMORY. */
hb_status hb_group_sets_connect(hb_group_sets *sets);

/* For hb_group_sets_with: by the table. */
hb_status hb_group_sets_look(hb_group_sets *sets, uint32_t set, uint64_t group, uint32_t *next);

/* The set with the group in it; HB_NO_GROUP is in no set. HB_ERR_MEMORY, also where there are too many sets. */
static inline hb_status hb_group_sets_with(hb_group_sets *sets, uint32_t set, uint64_t group, uint32_t *next)
{
    const size_t at = ((group ^ group >> 32) * 31 + set) & (HB_GROUP_RECENT - 1);
    *next = set;
    if (group == HB_NO_GROUP) return HB_OK;
    if (sets->recent[at].group != group || sets->recent[at].set != set) {
        const hb_status status = hb_group_sets_look(sets, set, group, &sets->recent[at].next);
        if (status != HB_OK) return status;
        sets->recent[at].group = group;
        sets->recent[at].set = set;
    }
    *next = sets->recent[at].next;
    return HB_OK;
}

#endif
