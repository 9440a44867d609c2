#include "graph/path_compose.h"

#include "graph/path_local.h"

hb_status hb_path_compose(const hb_path_node_id *base, const hb_table *ways, uint32_t way, hb_table *memo,
                          hb_table *out, uint32_t *row)
{
    uint32_t steps[HB_PATH_LOCAL_DEPTH + 1], n = 0, at = way;
    hb_status status;
    uint64_t *known = NULL;
    hb_path_node_id node = *base;
    /* Up to a way that is known from this base, or to the empty way. */
    while (at != 0) {
        known = hb_table_find(memo, (uint64_t[]){ base->key, at });
        if (known != NULL) break;
        steps[n++] = at;
        hb_path_node_id here = hb_path_way(ways, at);
        const uint64_t *above = hb_table_find(ways, &here.above);
        at = (uint32_t)((size_t)(above - 1 - ways->rows) / HB_PATH_NODE_WORDS);
    }
    if (known != NULL) {
        *row = (uint32_t)*known;
        node = hb_path_way(out, *row);
    } else {
        HB_TRY(hb_path_row(out, &node, row));
    }
    while (n > 0) {
        hb_path_node_id step = hb_path_way(ways, steps[--n]);
        node = hb_path_step(&node, step.label, step.via, HB_PATH_DEPTH);
        HB_TRY(hb_path_row(out, &node, row));
        known = hb_table_put(memo, (uint64_t[]){ base->key, steps[n] }, NULL);
        if (known == NULL) HB_TRY(HB_ERR_MEMORY);
        *known = *row;
    }
    status = HB_OK;
out:
    return status;
}
