#include "graph/path_local.h"

#include <omp.h>
#include <string.h>

#include "base/memory.h"

hb_status hb_path_row(hb_table *nodes, const hb_path_node_id *node, uint32_t *row)
{
    int fresh;
    uint64_t *values = hb_table_put(nodes, &node->key, &fresh);
    if (values == NULL) return HB_ERR_MEMORY;
    if (fresh) memcpy(values, &node->above, (HB_PATH_NODE_WORDS - 1) * sizeof *values);
    *row = hb_table_number(nodes, values);
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
    const hb_path_node_id none = { .key = UINT64_MAX, .label = HB_LABEL_NONE, .via = HB_LABEL_NO_NAME };
    const hb_path_node_id empty = { .label = HB_LABEL_NONE, .via = HB_LABEL_NO_NAME };
    uint32_t row;
    hb_status status;
    *local = (hb_path_local){ .graph = graph, .bfs = bfs };
    hb_table_init(&local->ways, 1, HB_PATH_NODE_WORDS - 1);
    local->place = hb_alloc(n, sizeof *local->place);
    local->n_walkers = omp_get_max_threads();
    local->walkers = hb_alloc_zero((size_t)local->n_walkers, sizeof *local->walkers);
    local->run = hb_alloc(n, sizeof *local->run);
    if (local->place == NULL || local->walkers == NULL || local->run == NULL) return HB_ERR_MEMORY;
#pragma omp parallel for num_threads(local->n_walkers) schedule(static)
    for (size_t v = 0; v < n; v++) local->place[v] = (hb_path_place){ .way = HB_NO_WAY };
    for (int t = 0; t < local->n_walkers; t++) {
        local->walkers[t].known = hb_alloc_zero(HB_PATH_KNOWN_STEPS, sizeof *local->walkers[t].known);
        if (local->walkers[t].known == NULL) return HB_ERR_MEMORY;
    }
    HB_TRY(hb_path_row(&local->ways, &none, &row));
    HB_TRY(hb_path_row(&local->ways, &empty, &row));
out:
    return status;
}

void hb_path_local_fini(hb_path_local *local)
{
    hb_free(local->place);
    hb_free(local->run);
    for (int t = 0; local->walkers != NULL && t < local->n_walkers; t++) {
        hb_free(local->walkers[t].known);
        hb_free(local->walkers[t].stack);
    }
    hb_free(local->walkers);
    hb_table_fini(&local->ways);
    *local = (hb_path_local){ 0 };
}

void hb_path_unmark(hb_path_local *local)
{
    if (local->is_marked) {
#pragma omp parallel for num_threads(local->n_walkers) schedule(static)
        for (uint32_t v = 0; v < local->graph->shard->n; v++) local->place[v].mask = 0;
    }
    local->is_marked = 1;
}

/* The way one step further, found or added. */
static hb_status find_step(hb_path_local *local, uint32_t from, hb_label label, uint32_t via, uint32_t *to)
{
    hb_status status;
#pragma omp critical(hb_path_ways)
    {
        hb_path_node_id node = hb_path_way(&local->ways, from);
        node = hb_path_step(&node, label, via, HB_PATH_LOCAL_DEPTH);
        status = hb_path_row(&local->ways, &node, to);
        if (status == HB_OK && *to >> HB_WAY_BITS != 0) status = HB_ERR_MEMORY;
    }
    return status;
}

/* The same. Most steps were taken before, and lately: then nothing has to be hashed or searched. */
static hb_status take_step(hb_path_local *local, hb_path_walker *walker, uint32_t from, hb_label label, uint32_t via,
                           uint32_t *to)
{
    const uint64_t mixed = ((label ^ label >> 29) + ((uint64_t)from << 32 | via)) * UINT64_C(0x9e3779b97f4a7c15);
    hb_path_known_step *known = &walker->known[mixed >> 40 & (HB_PATH_KNOWN_STEPS - 1)];
    if (known->to == HB_NO_WAY || known->label != label || known->via != via || known->from != from) {
        hb_status status = find_step(local, from, label, via, to);
        if (status != HB_OK) return status;
        *known = (hb_path_known_step){ .label = label, .via = via, .from = from, .to = *to };
    }
    *to = known->to;
    return HB_OK;
}

static int has_place(const hb_path_local *local, uint32_t id)
{
    return __atomic_load_n(&local->place[id].way, __ATOMIC_ACQUIRE) != HB_NO_WAY;
}

/* The way of a ROOT line: its label. */
static hb_status start_way(hb_path_local *local, hb_path_walker *walker, uint32_t id, uint32_t *way)
{
    const uint32_t name = local->graph->root_name[hb_parent_root(local->bfs->parent[id])];
    return take_step(local, walker, HB_EMPTY_WAY, HB_LABEL_ROOT | name, HB_NO_STRING, way);
}

hb_status hb_path_step_below(hb_path_local *local, hb_path_walker *walker, uint32_t above, hb_label label, uint32_t via,
                             uint32_t *way, uint32_t *run)
{
    const uint32_t from = hb_path_way_of(local, above);
    const hb_status status = take_step(local, walker, from, label, via, way);
    if (status != HB_OK) return status;
    int again = *way == from;
    /* The label of an entry is not in its way. */
    if (from == HB_EMPTY_WAY)
        again = hb_bfs_via(local->bfs, above) == via && hb_path_label(local->graph, local->bfs, above) == label;
    *run = 1;
    if (again) *run += hb_path_run_of(local, above);
    return HB_OK;
}

/* The step to an object from the one above it; HB_NO_ID: from the ROOT line above the top. */
static hb_status step_down(hb_path_local *local, hb_path_walker *walker, uint32_t above, uint32_t id)
{
    const hb_label label = hb_path_label(local->graph, local->bfs, id);
    const uint32_t via = hb_bfs_via(local->bfs, id);
    uint32_t from, way, run = 1;
    hb_status status;
    if (above == HB_NO_ID) {
        HB_TRY(start_way(local, walker, id, &from));
        HB_TRY(take_step(local, walker, from, label, via, &way));
    } else {
        HB_TRY(hb_path_step_below(local, walker, above, label, via, &way, &run));
    }
    hb_path_put_place(local, id, way, run);
out:
    return status;
}

hb_status hb_path_find_way(hb_path_local *local, hb_path_walker *walker, uint32_t id)
{
    hb_status status = HB_OK;
    uint32_t above = HB_NO_ID;   /* the nearest that has its place; none: a ROOT line is next */
    walker->n_stack = 0;
    for (;;) {
        if (has_place(local, id)) {
            above = id;
            break;
        }
        const hb_parent parent = local->bfs->parent[id];
        if (!hb_parent_is_root(parent) && !hb_path_is_here(local, parent)) {
            hb_path_put_place(local, id, HB_EMPTY_WAY, 1);
            above = id;
            break;
        }
        if (walker->n_stack == walker->cap_stack)
            HB_TRY(hb_grow(&walker->stack, &walker->cap_stack, walker->n_stack + 1, sizeof *walker->stack));
        walker->stack[walker->n_stack++] = id;
        if (hb_parent_is_root(parent)) break;
        id = hb_gid_id(hb_parent_gid(parent));
    }
    while (walker->n_stack > 0) {
        id = walker->stack[--walker->n_stack];
        HB_TRY(step_down(local, walker, above, id));
        above = id;
    }
out:
    return status;
}
