/* Where paths cross between ranks: the nodes that the entries of the search tree lead to (graph/forest.h has what an
 * entry is). */
#ifndef HB_GRAPH_PATH_ENTRIES_H
#define HB_GRAPH_PATH_ENTRIES_H

#include "graph/forest.h"
#include "graph/path_local.h"

/* 8 bytes an entry of this rank; rank 0 holds 12 for each of all ranks while it works, and 8 while marks go up. */
typedef struct hb_path_entries {
    const hb_forest *forest;
    hb_path_local *local;
    hb_table nodes;          /* that this rank's entries lead to */
    uint32_t *node;          /* by number of the entry: row of nodes */
    uint32_t *run;           /* by number of the entry: how many steps in a row, up to it, are in that node */
} hb_path_entries;

/* Finds the nodes of all entries: once for a search. What the paths of which groups go through does not matter yet.
 * search: over the parents of local->bfs, borrowed, with its tops for `local`. Collective; agrees on the status. */
hb_status hb_path_entries_find(const hb_forest *search, hb_path_local *local, hb_path_entries *out);
void hb_path_entries_fini(hb_path_entries *entries);

#endif
