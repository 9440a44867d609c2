/* The upper part of the dominator tree, on one rank: the objects below which there is much. */
#ifndef HB_GRAPH_CROWN_H
#define HB_GRAPH_CROWN_H

#include "graph/dominators.h"

/* An object of the crown. Words only. */
typedef struct hb_crown_row {
    hb_gid gid, idom;            /* idom HB_NO_GID: the virtual root */
    uint64_t weight;             /* its own and that of all below it */
    uint64_t kind;               /* type | name id of its class << 32, as hb_site_key_of has it */
} hb_crown_row;

typedef struct hb_crown {
    hb_crown_row *rows;          /* by ascending gid, which is by address */
    size_t n;
} hb_crown;

/* Gathers on rank 0 the reachable objects with weight[id] of at least `least`; weights must not grow downwards, so that
 * with an object all its dominators are there. 32 bytes each; of a list below which nearly everything hangs, every node
 * is one. Collective; agrees on the status. */
hb_status hb_crown_gather(hb_comm *comm, const hb_shard *shard, const hb_dominators *dominators, const uint64_t *weight,
                          uint64_t least, hb_crown *out);
void hb_crown_fini(hb_crown *crown);

/* The row of an object, SIZE_MAX when it is not there. */
size_t hb_crown_find(const hb_crown *crown, hb_gid gid);

/* For each row of the crown the child, of the crown or not, that retains most bytes, the lowest address of equal ones:
 * two words, its gid (HB_NO_GID: no child) and its bytes. *children is allocated on rank 0. `least` is what the crown
 * was gathered by, with retained_memsize as weights. Collective; agrees on the status. */
hb_status hb_crown_largest_children(hb_comm *comm, const hb_shard *shard, const hb_dominators *dominators,
                                    const hb_crown *crown, uint64_t least, uint64_t **children);

#endif
