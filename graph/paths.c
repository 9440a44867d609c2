/* What enters: the breadth-first tree and groups of objects. What leaves: for each group the tree of labels from the
 * ROOT lines down to its objects, with counts where they end.
 *
 *   0. once: the ways within each rank's part of the tree, and the nodes where paths cross (graph/path_entries.c).
 *   1. mark: from every object of a group upwards, a bit for each group, until the bit is there already.
 *   2. cross: what goes on on other ranks is marked there by way of rank 0 (graph/path_marks.c).
 *   3. count: each marked object adds its address to its node's example and, if it is in the group, itself. A node is
 *      the hash of the labels from the ROOT down; an object's follows from its top's and its way down from there.
 *
 * Every bit is set once and every way found once: the work is the number of (object, group) pairs on the paths,
 * not the number of objects times the depth. */
#include "graph/paths.h"

#include <string.h>

#include "base/memory.h"
#include "graph/path_compose.h"

typedef struct merger {
    hb_path_forest *forest;
    hb_path_local *local;   /* of the forest */
    hb_table memo;          /* (base, way) -> row of nodes */
    hb_table nodes;
    hb_table counts;
    hb_path_slot slot_of;
    void *ctx;
} merger;

static void mark_groups(merger *m)
{
    hb_path_local *local = m->local;
    for (uint32_t v = 0; v < local->graph->shard->n; v++) {
        int slot = m->slot_of(m->ctx, v);
        if (slot >= 0 && local->bfs->distance[v] != HB_UNREACHED) hb_path_mark(local, v, UINT64_C(1) << slot);
    }
}

/* The node that the way of an object starts from: that of its top, or of the ROOT line above the top; and how many
 * steps in a row, up to the object, have its label. */
static hb_path_node_id base_of(const merger *m, uint32_t id, uint64_t *run)
{
    const hb_path_entries *entries = &m->forest->entries;
    const uint32_t top = m->local->top[id];
    const hb_parent parent = m->local->bfs->parent[top];
    *run = m->local->run[id];
    if (hb_parent_is_root(parent)) return hb_path_root(m->local->graph, hb_parent_root(parent));
    const size_t entry = hb_path_entries_number(entries, top);
    if (hb_path_run_is_open(m->local, id)) *run += entries->run[entry] - 1;
    return entries->node[entry];
}

static hb_status count_object(merger *m, uint32_t id)
{
    const hb_shard *shard = m->local->graph->shard;
    const uint64_t address = hb_shard_address(shard, id);
    const int own = m->slot_of(m->ctx, id);
    uint32_t row;
    uint64_t run;
    hb_status status = hb_path_find_way(m->local, id);
    if (status != HB_OK) return status;
    hb_path_node_id base = base_of(m, id, &run);
    status = hb_path_compose(&base, &m->local->ways, m->local->way[id], &m->memo, &m->nodes, &row);
    if (status != HB_OK) return status;
    if (hb_path_way(&m->nodes, row).label == HB_LABEL_DEEPER) run = 1;
    for (uint64_t bits = m->local->mask[id]; bits != 0; bits &= bits - 1) {
        int slot = __builtin_ctzll(bits), fresh;
        uint64_t key[2] = { hb_table_row(&m->nodes, row)[0], (uint64_t)slot };
        uint64_t *count = hb_table_put(&m->counts, key, &fresh);
        if (count == NULL) return HB_ERR_MEMORY;
        if (fresh || address < count[HB_COUNT_EXAMPLE]) count[HB_COUNT_EXAMPLE] = address;
        if (run > count[HB_COUNT_REPEAT]) count[HB_COUNT_REPEAT] = run;
        if (slot != own) continue;
        count[HB_COUNT_OBJECTS]++;
        count[HB_COUNT_MEMSIZE] += shard->memsize[id];
    }
    return HB_OK;
}

static hb_status count_all(merger *m)
{
    for (uint32_t v = 0; v < m->local->graph->shard->n; v++) {
        if (m->local->mask[v] == 0) continue;
        hb_status status = count_object(m, v);
        if (status != HB_OK) return status;
    }
    return HB_OK;
}

/* --- all ranks' rows on rank 0 --- */

static hb_status merge_nodes(hb_table *nodes, const uint64_t *rows, size_t n_words)
{
    for (size_t at = 0; at < n_words; at += HB_PATH_NODE_WORDS) {
        hb_path_node_id node;
        uint32_t row;
        memcpy(&node, rows + at, sizeof node);
        if (hb_path_row(nodes, &node, &row) != HB_OK) return HB_ERR_MEMORY;
    }
    return HB_OK;
}

static hb_status merge_counts(hb_table *counts, const uint64_t *rows, size_t n_words)
{
    for (size_t at = 0; at < n_words; at += 2 + HB_COUNT_WORDS) {
        int fresh;
        const uint64_t *values = rows + at + 2;
        uint64_t *row = hb_table_put(counts, rows + at, &fresh);
        if (row == NULL) return HB_ERR_MEMORY;
        row[HB_COUNT_OBJECTS] += values[HB_COUNT_OBJECTS];
        row[HB_COUNT_MEMSIZE] += values[HB_COUNT_MEMSIZE];
        if (fresh || values[HB_COUNT_EXAMPLE] < row[HB_COUNT_EXAMPLE]) row[HB_COUNT_EXAMPLE] = values[HB_COUNT_EXAMPLE];
        if (values[HB_COUNT_REPEAT] > row[HB_COUNT_REPEAT]) row[HB_COUNT_REPEAT] = values[HB_COUNT_REPEAT];
    }
    return HB_OK;
}

static hb_status collect(hb_comm *comm, const hb_table *own, hb_table *out,
                         hb_status (*merge)(hb_table *, const uint64_t *, size_t))
{
    const int root = 0;
    uint64_t *all = NULL;
    size_t n_all;
    hb_status status;
    HB_TRY(hb_comm_gather(comm, own->rows, own->n * (own->n_key + own->n_value), root, &all, &n_all));
    if (hb_comm_rank(comm) == root) status = merge(out, all, n_all);
    status = hb_comm_agree(comm, status);
out:
    hb_free(all);
    return status;
}

hb_status hb_path_forest_init(hb_comm *comm, const hb_graph *graph, const hb_bfs *bfs, hb_path_forest *out)
{
    hb_status status;
    *out = (hb_path_forest){ .comm = comm };
    HB_TRY(hb_comm_agree(comm, hb_path_local_init(&out->local, graph, bfs)));
    if (hb_comm_size(comm) > 1) HB_TRY(hb_path_entries_find(comm, &out->local, &out->entries));
out:
    return status;
}

void hb_path_forest_fini(hb_path_forest *forest)
{
    hb_path_local_fini(&forest->local);
    hb_path_entries_fini(&forest->entries);
}

hb_status hb_paths_merge(hb_path_forest *forest, hb_path_slot slot_of, void *ctx, hb_paths *out)
{
    merger m = { .forest = forest, .local = &forest->local, .slot_of = slot_of, .ctx = ctx };
    hb_comm *comm = forest->comm;
    hb_status status;
    hb_table_init(&m.memo, 2, 1);
    hb_table_init(&m.nodes, 1, HB_PATH_NODE_WORDS - 1);
    hb_table_init(&m.counts, 2, HB_COUNT_WORDS);
    hb_table_init(&out->nodes, 1, HB_PATH_NODE_WORDS - 1);
    hb_table_init(&out->counts, 2, HB_COUNT_WORDS);
    hb_path_unmark(m.local);
    mark_groups(&m);
    if (hb_comm_size(comm) > 1) HB_TRY(hb_path_entries_mark(&forest->entries));
    HB_TRY(hb_comm_agree(comm, count_all(&m)));
    HB_TRY(collect(comm, &m.nodes, &out->nodes, merge_nodes));
    HB_TRY(collect(comm, &m.counts, &out->counts, merge_counts));
out:
    hb_table_fini(&m.memo);
    hb_table_fini(&m.nodes);
    hb_table_fini(&m.counts);
    return status;
}

void hb_paths_fini(hb_paths *paths)
{
    hb_table_fini(&paths->nodes);
    hb_table_fini(&paths->counts);
}
