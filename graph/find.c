#include "graph/find.h"

void hb_find_addresses(hb_comm *comm, const hb_shard *shard, const uint64_t *addresses, size_t n, hb_gid *gids)
{
    for (size_t i = 0; i < n; i++) {
        const int own = hb_splitters_owner(&shard->splitters, addresses[i]) == shard->rank;
        const uint32_t id = own ? hb_pagemap_id(&shard->map, addresses[i]) : HB_NO_ID;
        gids[i] = id != HB_NO_ID ? hb_gid_of(shard->rank, id) : HB_NO_GID;
    }
    hb_comm_min(comm, gids, n);
}
