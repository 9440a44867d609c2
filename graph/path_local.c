#include "graph/path_local.h"

#include <string.h>

#include "base/memory.h"

hb_status hb_path_row(hb_table *nodes, const hb_path_node_id *node, uint32_t *row)
{
    int fresh;
    uint64_t *values = hb_table_put(nodes, &node->key, &fresh);
    if (values == NULL) return HB_ERR_MEMORY;
    if (fresh) memcpy(values, &node->above, (HB_PATH_NODE_WORDS - 1) * sizeof *values);
    *row = (uint32_t)((size_t)(values - 1 - nodes->rows) / HB_PATH_NODE_WORDS);
    return HB_OK;
}

hb_path_node_id hb_path_way(const hb_table *ways, uint32_t row)
{
    hb_path_node_id node;
    memcpy(&node, hb_table_row(ways, row), sizeof node);
    return node;
}

hb_status hb_path_local_init(hb_path_local *local, const hb_graph *graph, const hb_bfs *bfs)
{
    const size_t n = graph->shard->n;
    const hb_path_node_id empty = { .label = HB_LABEL_NONE, .via = HB_LABEL_NO_NAME };
    uint32_t row;
    *local = (hb_path_local){ .graph = graph, .bfs = bfs };
    hb_table_init(&local->ways, 1, HB_PATH_NODE_WORDS - 1);
    local->mask = hb_alloc_zero(n, sizeof *local->mask);
    local->top = hb_alloc(n, sizeof *local->top);
    local->way = hb_alloc(n, sizeof *local->way);
    local->run = hb_alloc(n, sizeof *local->run);
    if (local->mask == NULL || local->top == NULL || local->way == NULL || local->run == NULL) return HB_ERR_MEMORY;
    memset(local->way, 0xff, n * sizeof *local->way);
    return hb_path_row(&local->ways, &empty, &row);
}

void hb_path_local_fini(hb_path_local *local)
{
    hb_free(local->mask);
    hb_free(local->top);
    hb_free(local->way);
    hb_free(local->run);
    hb_free(local->stack);
    hb_table_fini(&local->ways);
    *local = (hb_path_local){ 0 };
}

static int is_here(const hb_path_local *local, hb_parent parent)
{
    return hb_gid_rank(hb_parent_gid(parent)) == local->graph->shard->rank;
}

int hb_path_is_entry(const hb_path_local *local, uint32_t id)
{
    const hb_parent parent = local->bfs->parent[id];
    return parent != HB_NO_PARENT && !hb_parent_is_root(parent) && !is_here(local, parent);
}

void hb_path_unmark(hb_path_local *local)
{
    memset(local->mask, 0, local->graph->shard->n * sizeof *local->mask);
}

void hb_path_mark(hb_path_local *local, uint32_t id, uint64_t bits)
{
    for (;;) {
        const hb_parent parent = local->bfs->parent[id];
        bits &= ~local->mask[id];
        if (bits == 0) return;
        local->mask[id] |= bits;
        if (hb_parent_is_root(parent) || !is_here(local, parent)) return;
        id = hb_gid_id(hb_parent_gid(parent));
    }
}

int hb_path_run_is_open(const hb_path_local *local, uint32_t id)
{
    /* A step is one hop, over a reference or a class pointer. */
    const hb_distance *distance = local->bfs->distance;
    const uint32_t steps = hb_distance_hops(distance[id]) - hb_distance_hops(distance[local->top[id]]) + 1;
    return local->run[id] == steps;
}

/* The step from an object (HB_NO_ID: from what is above the top) to one below it, whose way is *way. */
static hb_status step_down(hb_path_local *local, uint32_t above, uint32_t id, uint32_t top, uint32_t *way)
{
    const hb_bfs *bfs = local->bfs;
    hb_path_node_id node = hb_path_way(&local->ways, *way);
    const hb_label label = hb_path_label(local->graph, bfs, id);
    const int again = above != HB_NO_ID && hb_bfs_via(bfs, above) == hb_bfs_via(bfs, id) &&
                      hb_path_label(local->graph, bfs, above) == label;
    node = hb_path_step(&node, label, hb_bfs_via(bfs, id), HB_PATH_LOCAL_DEPTH);
    hb_status status = hb_path_row(&local->ways, &node, way);
    local->top[id] = top;
    local->way[id] = *way;
    local->run[id] = again ? local->run[above] + 1 : 1;
    return status;
}

hb_status hb_path_find_way(hb_path_local *local, uint32_t id)
{
    hb_status status = HB_OK;
    uint32_t way = 0, top, above;
    local->n_stack = 0;
    while (local->way[id] == HB_NO_WAY) {
        const hb_parent parent = local->bfs->parent[id];
        if (hb_path_is_entry(local, id)) {
            local->way[id] = 0;
            local->top[id] = id;
            local->run[id] = 1;
            break;
        }
        HB_TRY(hb_grow(&local->stack, &local->cap_stack, local->n_stack + 1, sizeof *local->stack));
        local->stack[local->n_stack++] = id;
        if (hb_parent_is_root(parent)) break;
        id = hb_gid_id(hb_parent_gid(parent));
    }
    /* Under a ROOT line the walk begins with an empty way above the top. */
    above = local->way[id] == HB_NO_WAY ? HB_NO_ID : id;
    top = above == HB_NO_ID ? id : local->top[id];
    way = above == HB_NO_ID ? 0 : local->way[id];
    while (local->n_stack > 0) {
        id = local->stack[--local->n_stack];
        HB_TRY(step_down(local, above, id, top, &way));
        above = id;
    }
out:
    return status;
}
