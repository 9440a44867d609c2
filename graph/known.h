/* Single objects by their ids, whatever rank they live on. */
#ifndef HB_GRAPH_KNOWN_H
#define HB_GRAPH_KNOWN_H

#include "graph/dominators.h"
#include "graph/object_facts.h"

/* What there is to say of one object. Words only, so that it travels. */
typedef struct hb_known {
    hb_gid gid;
    hb_object_facts facts;
    uint64_t distance;           /* hb_distance */
    uint64_t retained_memsize, retained_objects;
    hb_gid idom;                 /* HB_NO_GID: the virtual root */
} hb_known;

#define HB_KNOWN_WORDS (sizeof(hb_known) / sizeof(uint64_t))

/* What is known where. */
typedef struct hb_knowledge {
    const hb_shard *shard;
    const hb_bfs *bfs;
    const hb_dominators *dominators;
    const hb_forest *search;     /* over bfs->parent, built: hb_trace_paths needs it; may be NULL with one rank */
} hb_knowledge;

/* An object of this rank; of dominators of which only memsize was kept, the rest is 0 and HB_NO_GID. Local. */
hb_known hb_known_of(const hb_knowledge *knowledge, uint32_t id);

/* On rank 0: the objects with these n ids, in their order; *out is allocated here, elsewhere it is NULL. The ids need to
 * be given on rank 0 only. Collective; agrees on the status. */
hb_status hb_known_look_up(hb_comm *comm, const hb_knowledge *knowledge, const hb_gid *gids, size_t n, hb_known **out);

#endif
