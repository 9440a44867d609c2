/* Merged retention paths: the trees of labels along which groups of objects are held. */
#ifndef HB_GRAPH_PATHS_H
#define HB_GRAPH_PATHS_H

#include "base/comm.h"
#include "base/table.h"
#include "graph/graph.h"
#include "graph/tree.h"
#include "graph/path_entries.h"
#include "graph/path_local.h"
#include "graph/path_node.h"

/* Rows of `nodes`: hb_path_node_id, keyed by its key. */
enum { HB_NODE_PARENT, HB_NODE_LABEL, HB_NODE_VIA, HB_NODE_DEPTH };  /* parent: its key, 0 for a ROOT */

/* Rows of `counts`, keyed by node and group: objects of the group that end at this node, their bytes, and, of the objects
 * merged in the node that stand on a path of the group, the lowest address and the longest run, that is how many of them
 * follow each other on one path (1 at HB_LABEL_DEEPER). */
enum { HB_COUNT_OBJECTS, HB_COUNT_MEMSIZE, HB_COUNT_EXAMPLE, HB_COUNT_REPEAT, HB_COUNT_WORDS };

typedef struct hb_paths {
    hb_table nodes;
    hb_table counts;
} hb_paths;

/* The group of an object, below n_groups, or -1. Called from several threads, more than once for each object. */
typedef int (*hb_path_group_of)(void *ctx, uint32_t id);

/* The search tree made ready for merging, once for all calls: 8 bytes an object, 4 more where lists are, and
 * with several ranks what graph/path_entries.h says. */
typedef struct hb_path_forest {
    hb_comm *comm;
    hb_path_local local;
    hb_path_entries entries;   /* with several ranks */
} hb_path_forest;

/* graph (its edges are not needed any more), bfs and search are borrowed. search: over bfs->parent; not needed with one
 * rank. Collective; agrees on the status. */
hb_status hb_path_forest_init(hb_comm *comm, const hb_graph *graph, const hb_bfs *bfs, const hb_forest *search,
                              hb_path_forest *out);
void hb_path_forest_fini(hb_path_forest *forest);

/* Walks every reached object of every group up its parents and merges the paths from the root down by label: equal
 * labels below one node are one node, a label that follows itself stays in its node (a list is one step, however long),
 * and what is at HB_PATH_DEPTH or deeper is one node. n_groups: the same on all ranks; a pass over the objects for each
 * 32. The tables are filled on rank 0. Collective; agrees on the status. */
hb_status hb_paths_merge(hb_path_forest *forest, hb_path_group_of group_of, int n_groups, void *ctx, hb_paths *out);

void hb_paths_fini(hb_paths *paths);

#endif
