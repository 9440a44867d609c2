/* Suspects without a single holder: retained objects that no accumulation point dominates, but that are all reached the
 * same way, such as the values of a cache that a second index refers to as well. */
#ifndef HB_FLEET_SHARED_HOLDERS_H
#define HB_FLEET_SHARED_HOLDERS_H

#include "fleet/culprits.h"
#include "graph/trace.h"
#include "reduce/suspects.h"

/* Of the retained objects below no suspect, those of the largest sites (each with 1/100 of all retained bytes) are
 * followed down their merged paths while a branch has more than 0.8 of a site's bytes; sites that end at one node are one
 * group, and a group that is large enough for a suspect becomes the next place: in suspects->place, in
 * suspects->sums, and in *trace, whose steps are the lowest objects merged
 * in the nodes of its path. Collective; agrees on the status. */
hb_status hb_find_shared_holders(const hb_culprit_plan *plan, const hb_suspects_plan *how, hb_suspects *suspects,
                                 hb_trace *trace);

#endif
