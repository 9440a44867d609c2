#include "graph/path_node.h"

#include "base/hash.h"

hb_label hb_path_label(const hb_graph *graph, const hb_bfs *bfs, uint32_t id)
{
    const hb_shard *shard = graph->shard;
    const hb_parent parent = bfs->parent[id];
    unsigned type = shard->type[id];
    uint32_t class_id = shard->class_id[id];
    uint32_t name = class_id == HB_NO_CLASS ? HB_NO_STRING : shard->class_name[class_id];
    hb_label label = (uint64_t)type << 32;
    int is_class = hb_type_is_class(type);
    if (is_class || type == HB_TYPE_IMEMO || (type == HB_TYPE_DATA && shard->name[id] != HB_NO_STRING))
        name = shard->name[id];
    const int attached = (shard->marks[id] & HB_MARK_ATTACHED) != 0;
    if (attached || (is_class && name == HB_NO_STRING && (shard->marks[id] & HB_MARK_SINGLETON)))
        label |= HB_LABEL_SINGLETON;
    if (!hb_parent_is_root(parent) && hb_parent_by_class(parent)) label |= HB_LABEL_BY_CLASS;
    return label | name;
}

hb_path_node_id hb_path_root_named(uint32_t name)
{
    const hb_label label = HB_LABEL_ROOT | name;
    return (hb_path_node_id){ .key = hb_hash_mix(0, label), .label = label, .via = HB_LABEL_NO_NAME };
}

hb_path_node_id hb_path_step(const hb_path_node_id *from, hb_label label, uint64_t via, uint64_t max_depth)
{
    if (from->label == HB_LABEL_DEEPER || (from->label == label && from->via == via)) return *from;
    if (from->depth == max_depth - 1) {
        label = HB_LABEL_DEEPER;
        via = HB_LABEL_NO_NAME;
    }
    return (hb_path_node_id){ .key = hb_hash_mix(hb_hash_mix(from->key, label), via), .above = from->key,
                              .label = label, .via = via, .depth = from->depth + 1 };
}
