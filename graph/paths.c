/* What enters: the breadth-first tree and groups of objects. What leaves: for each group the tree of labels from the
 * ROOT lines down to its objects, with counts where they end.
 *
 *   0. once: the ways within each rank's part of the tree, and the nodes where paths cross (graph/path_entries.c).
 *   1. mark: from every object of a group upwards, a bit for each group, until the bit is there already.
 *   2. cross: what goes on on other ranks is marked there by way of rank 0 (graph/path_marks.c).
 *   3. gather: marked objects that stand alike, by way and groups, are one spot (graph/path_spots.h), on each thread.
 *   4. count: each spot adds its lowest address to its node's example and, if it is in the group, its objects. A node is
 *      the hash of the labels from the ROOT down; a spot's follows from its entry's and its way down from there.
 *
 * Every bit is set once and every way found once: the work is the number of (object, group) pairs on the paths,
 * not the number of objects times the depth. */
#include "graph/paths.h"

#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "graph/path_compose.h"
#include "graph/path_spots.h"

#define PARALLEL_OBJECTS 4096
#define GRAIN 131072   /* objects that a thread takes at a time: their places, first written here, fill a huge page, so that
                        * threads do not ask the system for the same one */

typedef struct merger {
    hb_path_forest *forest;
    hb_path_local *local;   /* of the forest */
    hb_path_spots *spots;   /* by thread */
    hb_table memo;          /* (base, way) -> row of nodes */
    hb_table nodes;
    hb_table counts;
    hb_path_slot slot_of;
    void *ctx;
} merger;

/* For small heaps a team of threads costs more than it saves. */
static int n_threads_of(const merger *m)
{
    return m->local->graph->shard->n < PARALLEL_OBJECTS ? 1 : m->local->n_walkers;
}

static void mark_groups(merger *m)
{
    hb_path_local *local = m->local;
#pragma omp parallel for num_threads(n_threads_of(m)) schedule(dynamic, GRAIN)
    for (uint32_t v = 0; v < local->graph->shard->n; v++) {
        int slot = m->slot_of(m->ctx, v);
        if (slot >= 0 && local->bfs->parent[v] != HB_NO_PARENT) hb_path_mark(local, v, UINT64_C(1) << slot);
    }
}

/* The row of the node that a spot is merged in, and how many steps in a row, up to its objects, are. */
static hb_status node_of(merger *m, const uint64_t *spot, uint32_t *row, uint64_t *run)
{
    const hb_path_entries *entries = &m->forest->entries;
    const uint32_t top = (uint32_t)(spot[HB_SPOT_WAY] >> 32), way = (uint32_t)spot[HB_SPOT_WAY];
    const hb_path_node_id *base = NULL;
    *run = spot[HB_SPOT_KEY_WORDS + HB_SPOT_RUN];
    if (top != HB_NO_ID) {
        const size_t entry = hb_path_entries_number(entries, top);
        base = &entries->node[entry];
        if (spot[HB_SPOT_KIND] & HB_SPOT_RUN_IS_OPEN) *run += entries->run[entry] - 1;
    }
    hb_status status = hb_path_compose(base, &m->local->ways, way, &m->memo, &m->nodes, row);
    if (status == HB_OK && hb_path_way(&m->nodes, *row).label == HB_LABEL_DEEPER) *run = 1;
    return status;
}

/* Counts the objects of a spot for each group whose paths they are on. */
static hb_status count_spot(merger *m, const uint64_t *spot)
{
    const uint64_t *sums = spot + HB_SPOT_KEY_WORDS;
    const uint64_t address = hb_shard_address(m->local->graph->shard, (uint32_t)sums[HB_SPOT_FIRST]);
    const unsigned own = spot[HB_SPOT_KIND] & HB_SPOT_NO_GROUP;
    uint32_t row;
    uint64_t run;
    hb_status status = node_of(m, spot, &row, &run);
    if (status != HB_OK) return status;
    for (uint64_t bits = spot[HB_SPOT_MASK]; bits != 0; bits &= bits - 1) {
        unsigned slot = (unsigned)__builtin_ctzll(bits);
        uint64_t key[2] = { hb_table_row(&m->nodes, row)[0], slot };
        int fresh;
        uint64_t *count = hb_table_put(&m->counts, key, &fresh);
        if (count == NULL) return HB_ERR_MEMORY;
        if (fresh || address < count[HB_COUNT_EXAMPLE]) count[HB_COUNT_EXAMPLE] = address;
        if (run > count[HB_COUNT_REPEAT]) count[HB_COUNT_REPEAT] = run;
        if (slot != own) continue;
        count[HB_COUNT_OBJECTS] += sums[HB_SPOT_OBJECTS];
        count[HB_COUNT_MEMSIZE] += sums[HB_SPOT_MEMSIZE];
    }
    return HB_OK;
}

/* Finds the way of an object that is on a path, and adds it to the thread's spots. */
static hb_status add_object(merger *m, int thread, uint32_t v)
{
    if (m->local->place[v].mask == 0) return HB_OK;
    hb_status status = hb_path_find_way(m->local, &m->local->walkers[thread], v);
    return status == HB_OK ? hb_path_spots_add(&m->spots[thread], v, m->slot_of(m->ctx, v)) : status;
}

static hb_status find_spots(merger *m)
{
    int worst = HB_OK;
    m->spots = hb_alloc_zero((size_t)m->local->n_walkers, sizeof *m->spots);
    if (m->spots == NULL) return HB_ERR_MEMORY;
    for (int t = 0; t < m->local->n_walkers; t++)
        if (hb_path_spots_init(&m->spots[t], m->local) != HB_OK) return HB_ERR_MEMORY;
#pragma omp parallel for num_threads(n_threads_of(m)) schedule(dynamic, GRAIN) reduction(max : worst)
    for (uint32_t v = 0; v < m->local->graph->shard->n; v++) {
        const int status = worst > HB_OK ? worst : (int)add_object(m, omp_get_thread_num(), v);
        if (status > worst) worst = status;
    }
    for (int t = 1; worst == HB_OK && t < m->local->n_walkers; t++)
        worst = hb_path_spots_merge(&m->spots[0], &m->spots[t]);
    return (hb_status)worst;
}

static hb_status count_all(merger *m)
{
    hb_status status = find_spots(m);
    for (size_t i = 0; status == HB_OK && i < m->spots[0].rows.n; i++)
        status = count_spot(m, hb_table_row(&m->spots[0].rows, i));
    return status;
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
    for (int t = 0; m.spots != NULL && t < m.local->n_walkers; t++) hb_path_spots_fini(&m.spots[t]);
    hb_free(m.spots);
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
