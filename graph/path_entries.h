/* Where paths cross between ranks: the entries, objects whose parent in the search lives on another rank, and the tree
 * that they form. */
#ifndef HB_GRAPH_PATH_ENTRIES_H
#define HB_GRAPH_PATH_ENTRIES_H

#include "base/comm.h"
#include "graph/path_local.h"

typedef struct hb_path_entries {
    hb_comm *comm;
    hb_path_local *local;
    uint32_t *id;            /* this rank's entries, ascending */
    size_t n;
    hb_path_node_id *node;   /* by entry of this rank: the node that it leads to */
    uint64_t *run;           /* by entry of this rank: how many steps in a row, up to it, are in that node */
    /* On rank 0, of all ranks: entries by rank, then by ascending id. */
    size_t *ends;            /* by rank: where its entries end; on all ranks */
    size_t *order;           /* places, parents first */
    uint64_t *above;         /* by place: place of the entry above, HB_NO_ENTRY under a ROOT line */
} hb_path_entries;

#define HB_NO_ENTRY UINT64_MAX

/* Finds the entries, solves their tree on rank 0, and tells each rank the nodes of its own: once for a search. What the
 * paths of which groups go through does not matter yet. Collective; agrees on the status. */
hb_status hb_path_entries_find(hb_comm *comm, hb_path_local *local, hb_path_entries *out);
void hb_path_entries_fini(hb_path_entries *entries);

/* The number of an entry of this rank. */
size_t hb_path_entries_number(const hb_path_entries *entries, uint32_t id);

/* On entry every rank has marked what its own groups' objects need (hb_path_mark); on return the masks are complete
 * over all ranks. Collective; agrees on the status. */
hb_status hb_path_entries_mark(hb_path_entries *entries);

#endif
