/* What groups of objects retain, each byte counted once. */
#ifndef HB_REDUCE_GROUP_SUMS_H
#define HB_REDUCE_GROUP_SUMS_H

#include "base/table.h"
#include "graph/dominators.h"

#define HB_NO_GROUP UINT64_MAX

/* The group of the objects of a kind, a word that means the same on all ranks; HB_NO_GROUP: none. */
typedef uint64_t (*hb_group_of)(const hb_shard *shard, uint32_t kind);

/* By type and class name: type | name id << 32. By site id. */
uint64_t hb_group_by_class(const hb_shard *shard, uint32_t kind);
uint64_t hb_group_by_site(const hb_shard *shard, uint32_t kind);

/* Values of a row; the key is the group. */
enum {
    HB_GROUP_OBJECTS,      /* reachable objects of the group */
    HB_GROUP_OUTERMOST,    /* those of them that no other object of the group dominates */
    HB_GROUP_MEMSIZE,      /* bytes and objects that the outermost ones retain: what would go if all of the group went */
    HB_GROUP_RETAINED,
    HB_GROUP_WORDS
};

/* Of n ways to group, at most one thread each: out, n tables, initialised here, on rank 0. 4 bytes an object and way while
 * it works. Collective; agrees on the status. */
hb_status hb_group_sums(hb_comm *comm, const hb_shard *shard, hb_dominators *dominators, const hb_group_of *group_of,
                        int n, hb_table *out);

#endif
