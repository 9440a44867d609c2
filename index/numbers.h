/* What objects and instance variables are called in an index: numbers that do not tell how the heap was spread over ranks. */
#ifndef HB_INDEX_NUMBERS_H
#define HB_INDEX_NUMBERS_H

#include "graph/graph.h"

typedef struct hb_index_numbers {
    uint64_t *before;       /* by rank, and behind the last: objects of the ranks before it */
    uint64_t *refs_before;  /* the same of references */
    uint32_t *ivar_rows;    /* rows of the shard's shapes, by the ids of the shapes */
    uint32_t *ivar_place;   /* by row: its place there */
} hb_index_numbers;

/* How many there are before each rank's `mine`, and behind the last rank's; *out is allocated here. Collective; agrees on the status. */
hb_status hb_index_sum_before(hb_comm *comm, uint64_t mine, uint64_t **out);

/* Collective; agrees on the status. */
hb_status hb_index_numbers_make(hb_comm *comm, const hb_graph *graph, hb_index_numbers *out);
void hb_index_numbers_fini(hb_index_numbers *numbers);

/* HB_NO_ID for HB_NO_GID. */
static inline uint32_t hb_index_number(const hb_index_numbers *numbers, hb_gid gid)
{
    return gid == HB_NO_GID ? HB_NO_ID : (uint32_t)(numbers->before[hb_gid_rank(gid)] + hb_gid_id(gid));
}

static inline uint32_t hb_index_ivar(const hb_index_numbers *numbers, uint32_t ivar)
{
    return ivar == HB_NO_IVAR ? HB_NO_IVAR : numbers->ivar_place[ivar];
}

/* Puts numbers of objects in place of local ids and HB_NO_ID in graph->target, and orders graph->root_edges by object, then ROOT line.
 * Of a row in which something dangles nobody knows which place what leaves the shard has: it is put in ascending order. The graph has no
 * use afterwards but to be freed. Local. */
void hb_index_renumber(const hb_index_numbers *numbers, hb_graph *graph, int n_threads);

#endif
