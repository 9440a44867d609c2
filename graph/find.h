/* From addresses to objects, whatever rank they live on. */
#ifndef HB_GRAPH_FIND_H
#define HB_GRAPH_FIND_H

#include "base/comm.h"
#include "partition/shard.h"

/* gids[i]: the object of the last dump at addresses[i], HB_NO_GID: there is none. All ranks give the same n addresses
 * and get all answers. Collective. */
void hb_find_addresses(hb_comm *comm, const hb_shard *shard, const uint64_t *addresses, size_t n, hb_gid *gids);

#endif
