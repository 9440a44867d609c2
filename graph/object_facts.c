#include "graph/object_facts.h"

hb_object_facts hb_object_facts_of(const hb_shard *shard, const hb_bfs *bfs, uint32_t id)
{
    const uint32_t class_id = shard->class_id[id];
    return (hb_object_facts){
        .address = hb_shard_address(shard, id),
        .type = shard->type[id],
        .marks = shard->marks[id],
        .class_name = class_id == HB_NO_CLASS ? HB_NO_STRING : shard->class_name[class_id],
        .own_name = shard->name[id],
        .site = shard->site[id],
        .size = UINT64_MAX,
        .memsize = shard->memsize[id],
        .via = HB_NO_STRING,
        .parent = bfs->parent[id],
    };
}
