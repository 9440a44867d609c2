#include "graph/path_node.h"

#include "base/hash.h"

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
