/* One group's tree of labels, from the rows that hb_paths_merge left on rank 0. */
#ifndef HB_REPORT_PATH_TREE_H
#define HB_REPORT_PATH_TREE_H

#include "graph/paths.h"
#include "pipeline/intern.h"
#include "report/report.h"

/* *nodes (allocated here, labels too) in preorder, siblings by objects descending, then by label; counts summed
 * up, so that a node's are its own and its children's. *reached: objects in the tree. */
hb_status hb_path_tree_build(const hb_intern *names, const hb_paths *paths, unsigned group, hb_path_node **nodes,
                             size_t *n_nodes, uint64_t *reached);

#endif
