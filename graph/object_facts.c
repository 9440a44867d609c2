#include "graph/object_facts.h"

hb_object_facts hb_object_facts_of(const hb_shard *shard, const hb_bfs *bfs, uint32_t id)
{
    const unsigned type = hb_shard_type(shard, id);
    const uint32_t class_id = hb_shard_class_id(shard, id);
    const int sized = type == HB_TYPE_HASH || type == HB_TYPE_ARRAY;
    const int named = !sized && type != HB_TYPE_OBJECT;  /* what else the column holds: partition/shard.h */
    return (hb_object_facts){
        .address = hb_shard_address(shard, id),
        .type = type,
        .marks = shard->marks[id],
        .class_name = class_id == HB_NO_CLASS ? HB_NO_STRING : shard->class_name[class_id],
        .own_name = named ? shard->name[id] : HB_NO_STRING,
        .site = hb_shard_site(shard, id),
        .size = sized ? shard->name[id] : UINT64_MAX,
        .memsize = hb_shard_memsize(shard, id),
        .via = hb_bfs_via(bfs, id),
        .parent = bfs->parent[id],
    };
}
