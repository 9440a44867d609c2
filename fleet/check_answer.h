/* --validate: whether the finished answer for a series holds. What does not is logged, and put into out->fault on rank 0. */
#ifndef HB_FLEET_CHECK_ANSWER_H
#define HB_FLEET_CHECK_ANSWER_H

#include "fleet/explain.h"
#include "graph/dominators.h"

/* The search, the dominators and the retained sizes, while the graph has its edges. Collective; agrees on the status. */
hb_status hb_check_graph(const hb_explain_plan *plan, const hb_bfs *bfs, const hb_dominators *dominators,
                         hb_series_report *out);

/* The trees of out->paths, n of them (the same on all ranks): roots add up to the reached objects of the group, and no
 * children to more than their node. place: by object, the tree it belongs to; n or more: none. Collective; agrees on the
 * status. */
hb_status hb_check_paths(const hb_explain_plan *plan, const hb_bfs *bfs, const uint32_t *place, uint64_t n,
                         hb_series_report *out);

#endif
