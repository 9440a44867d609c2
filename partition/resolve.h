/* Asks the owners of addresses for the objects there. */
#ifndef HB_PARTITION_RESOLVE_H
#define HB_PARTITION_RESOLVE_H

#include "base/comm.h"
#include "base/wordlist.h"
#include "partition/shard.h"

/* Told of an object that was asked for: the asker's token, the object, and the id of its name if it
 * is a class or module that has one (HB_NO_STRING: none). */
typedef hb_status (*hb_resolved)(void *ctx, uint64_t token, hb_gid gid, uint32_t name);

/* queries: pairs of token and address. `found` is called for those whose address is an object of some shard, in no
 * particular order; the others are passed over. `mine`: this rank's status on the way here. Blocks of queries are
 * freed as they are asked. Bounded rounds. Collective; agrees on the status. */
hb_status hb_resolve(hb_comm *comm, const hb_shard *shard, hb_wordlist *queries, hb_status mine, hb_resolved found,
                     void *ctx);

/* Fills shard->class_gid and class_name from the shards that own the classes. Collective; agrees on the status. */
hb_status hb_shard_resolve_classes(hb_comm *comm, hb_shard *shard);

#endif
