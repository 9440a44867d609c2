/* What enters: the breadth-first tree and groups of objects. What leaves: for each group the tree of labels from the
 * ROOT lines down to its objects, with counts where they end.
 *
 *   0. once: the ways within each rank's part of the tree, and the nodes where paths cross (graph/path_entries.c).
 *   1. mark: above every object of a group upwards, a bit for each group, until the bit is there already. What the walk has
 *      just looked at gets its way down at once; objects that stand alike, by way and groups, are one spot
 *      (graph/path_spots.h), on each thread.
 *   2. cross: what goes on on other ranks is marked there by way of rank 0 (graph/path_marks.c).
 *   3. count: each spot adds its lowest address to its node's example and, if it is in the group, its objects. A node is
 *      the hash of the labels from the ROOT down; a spot's follows from its entry's and its way down from there.
 *
 * Every bit is set once and every way found once: the work is the number of (object, group) pairs on the paths,
 * not the number of objects times the depth. Groups go 32 at a time, so that a mask and a way are one word. */
#include "graph/paths.h"

#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "graph/path_compose.h"
#include "graph/path_marks.h"

#define PARALLEL_OBJECTS 4096
#define MASK_GROUPS 32  /* a bit each, in a mask */
#define GRAIN 8192      /* objects that a thread takes at a time, by ascending id as spots want them */

typedef struct merger {
    hb_path_forest *forest;
    hb_path_local *local;   /* of the forest */
    hb_path_spots *spots;   /* by thread */
    int first;              /* the group that has the lowest bit of the masks */
    hb_table memo;          /* (base, way) -> row of nodes */
    hb_table nodes;
    hb_table counts;
    hb_path_group_of group_of;
    void *ctx;
} merger;

/* For small heaps a team of threads costs more than it saves. */
static int n_threads_of(const merger *m)
{
    return m->local->graph->shard->n < PARALLEL_OBJECTS ? 1 : m->local->n_walkers;
}

/* The groups of objects from `begin` on. */
static void find_groups(const merger *m, uint32_t begin, uint32_t end, uint8_t *groups)
{
    for (uint32_t v = begin; v < end; v++) {
        const int group = m->group_of(m->ctx, v) - m->first;
        const int is_one = group >= 0 && group < MASK_GROUPS && m->local->bfs->parent[v] != HB_NO_PARENT;
        groups[v - begin] = is_one ? (uint8_t)group : HB_SPOT_NO_GROUP;
    }
}

static hb_status add_members(merger *m)
{
    const uint32_t n = m->local->graph->shard->n, n_grains = n / GRAIN + 1;
    int worst = HB_OK;
#pragma omp parallel for num_threads(n_threads_of(m)) schedule(monotonic : dynamic) reduction(max : worst)
    for (uint32_t grain = 0; grain < n_grains; grain++) {
        uint8_t groups[GRAIN];
        const uint32_t begin = grain * GRAIN, end = n - begin < GRAIN ? n : begin + GRAIN;
        if (worst > HB_OK) continue;
        find_groups(m, begin, end, groups);
        const int status = hb_path_spots_add(&m->spots[omp_get_thread_num()], begin, end, groups);
        if (status > worst) worst = status;
    }
    return (hb_status)worst;
}

/* The row of the node that a spot is merged in. */
static hb_status node_of(merger *m, const uint64_t *spot, uint32_t *row)
{
    const uint32_t base = (uint32_t)(spot[HB_SPOT_WAY] >> 32), way = (uint32_t)spot[HB_SPOT_WAY];
    hb_path_node_id node;
    if (base != HB_NO_ID) node = hb_path_way(&m->forest->entries.nodes, base);
    return hb_path_compose(base != HB_NO_ID ? &node : NULL, &m->local->ways, way, &m->memo, &m->nodes, row);
}

/* Counts the objects of a spot for each group whose paths they are on. */
static hb_status count_spot(merger *m, const uint64_t *spot)
{
    const uint64_t *sums = spot + HB_SPOT_KEY_WORDS;
    const uint64_t address = hb_shard_address(m->local->graph->shard, (uint32_t)sums[HB_SPOT_FIRST]);
    const uint64_t first = (uint64_t)m->first;
    uint32_t row;
    hb_status status = node_of(m, spot, &row);
    if (status != HB_OK) return status;
    const uint64_t run = hb_path_way(&m->nodes, row).label == HB_LABEL_DEEPER ? 1 : sums[HB_SPOT_RUN];
    for (uint64_t bits = spot[HB_SPOT_MASK]; bits != 0; bits &= bits - 1) {
        const uint64_t bit = (uint64_t)__builtin_ctzll(bits);
        const uint64_t key[2] = { hb_table_row(&m->nodes, row)[0], first + bit };
        int fresh;
        uint64_t *count = hb_table_put(&m->counts, key, &fresh);
        if (count == NULL) return HB_ERR_MEMORY;
        if (fresh || address < count[HB_COUNT_EXAMPLE]) count[HB_COUNT_EXAMPLE] = address;
        if (run > count[HB_COUNT_REPEAT]) count[HB_COUNT_REPEAT] = run;
        if (bit != spot[HB_SPOT_GROUP]) continue;
        count[HB_COUNT_OBJECTS] += sums[HB_SPOT_OBJECTS];
        count[HB_COUNT_MEMSIZE] += sums[HB_SPOT_MEMSIZE];
    }
    return HB_OK;
}

static hb_status count_all(merger *m)
{
    hb_status status = HB_OK;
    for (int t = 0; t < m->local->n_walkers; t++) hb_path_spots_close(&m->spots[t]);
    for (int t = 1; status == HB_OK && t < m->local->n_walkers; t++)
        status = hb_path_spots_merge(&m->spots[0], &m->spots[t]);
    for (size_t i = 0; status == HB_OK && i < m->spots[0].rows.n; i++)
        status = count_spot(m, hb_table_row(&m->spots[0].rows, i));
    return status;
}

static hb_status make_spots(merger *m)
{
    for (int t = 0; t < m->local->n_walkers; t++)
        if (hb_path_spots_init(&m->spots[t], m->local, &m->forest->entries, &m->local->walkers[t]) != HB_OK) return HB_ERR_MEMORY;
    return HB_OK;
}

/* The groups that the masks have bits for. */
static hb_status merge_some(merger *m)
{
    hb_comm *comm = m->forest->comm;
    hb_status status;
    hb_path_unmark(m->local);
    HB_TRY(make_spots(m));
    HB_TRY(add_members(m));
out:
    status = hb_comm_agree(comm, status);
    if (status == HB_OK && hb_comm_size(comm) > 1) status = hb_path_entries_mark(&m->forest->entries, &m->spots[0]);
    if (status == HB_OK) status = hb_comm_agree(comm, count_all(m));
    for (int t = 0; t < m->local->n_walkers; t++) hb_path_spots_fini(&m->spots[t]);
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

hb_status hb_path_forest_init(hb_comm *comm, const hb_graph *graph, const hb_bfs *bfs, const hb_forest *search,
                              hb_path_forest *out)
{
    hb_status status;
    *out = (hb_path_forest){ .comm = comm };
    HB_TRY(hb_comm_agree(comm, hb_path_local_init(&out->local, graph, bfs)));
    if (hb_comm_size(comm) > 1) HB_TRY(hb_path_entries_find(search, &out->local, &out->entries));
out:
    return status;
}

void hb_path_forest_fini(hb_path_forest *forest)
{
    hb_path_local_fini(&forest->local);
    hb_path_entries_fini(&forest->entries);
}

hb_status hb_paths_merge(hb_path_forest *forest, hb_path_group_of group_of, int n_groups, void *ctx, hb_paths *out)
{
    hb_comm *comm = forest->comm;
    merger m = { .forest = forest, .local = &forest->local, .group_of = group_of, .ctx = ctx };
    hb_status status;
    hb_table_init(&m.memo, 2, 1);
    hb_table_init(&m.nodes, 1, HB_PATH_NODE_WORDS - 1);
    hb_table_init(&m.counts, 2, HB_COUNT_WORDS);
    hb_table_init(&out->nodes, 1, HB_PATH_NODE_WORDS - 1);
    hb_table_init(&out->counts, 2, HB_COUNT_WORDS);
    m.spots = hb_alloc_zero((size_t)m.local->n_walkers, sizeof *m.spots);
    HB_TRY(hb_comm_agree(comm, m.spots != NULL ? HB_OK : HB_ERR_MEMORY));
    for (; m.first < n_groups; m.first += MASK_GROUPS) HB_TRY(merge_some(&m));
    HB_TRY(collect(comm, &m.nodes, &out->nodes, merge_nodes));
    HB_TRY(collect(comm, &m.counts, &out->counts, merge_counts));
out:
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
