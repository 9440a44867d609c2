#include "graph/path_compose.h"

#include "graph/path_local.h"

static hb_path_node_id take_step(const hb_path_node_id *from, const hb_path_node_id *step)
{
    if (step->label & HB_LABEL_ROOT) return hb_path_root_named(hb_label_name(step->label));
    return hb_path_step(from, step->label, step->via, HB_PATH_DEPTH);
}

hb_status hb_path_compose(const hb_path_node_id *base, const hb_table *ways, uint32_t way, hb_table *memo,
                          hb_table *out, uint32_t *row)
{
    uint32_t steps[HB_PATH_LOCAL_DEPTH + 1], n = 0, at = way;
    hb_status status;
    uint64_t *known = NULL;
    const uint64_t from = base != NULL ? base->key : 0;
    hb_path_node_id node = base != NULL ? *base : (hb_path_node_id){ 0 };
    /* Up to a way that is known from this base, or to the empty way. */
    while (at != HB_EMPTY_WAY) {
        known = hb_table_find(memo, (uint64_t[]){ from, at });
        if (known != NULL) break;
        steps[n++] = at;
        hb_path_node_id here = hb_path_way(ways, at);
        const uint64_t *above = hb_table_find(ways, &here.above);
        at = (uint32_t)((size_t)(above - 1 - ways->rows) / HB_PATH_NODE_WORDS);
    }
    if (known != NULL) {
        *row = (uint32_t)*known;
        node = hb_path_way(out, *row);
    } else if (base != NULL) {
        HB_TRY(hb_path_row(out, &node, row));
    }
    while (n > 0) {
        hb_path_node_id step = hb_path_way(ways, steps[--n]);
        node = take_step(&node, &step);
        HB_TRY(hb_path_row(out, &node, row));
        known = hb_table_put(memo, (uint64_t[]){ from, steps[n] }, NULL);
        if (known == NULL) HB_TRY(HB_ERR_MEMORY);
        *known = *row;
    }
    status = HB_OK;
out:
    return status;
}
