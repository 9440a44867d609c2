/* The search tree, seen from far: each rank holds a forest, and what hangs together across ranks are its entries. An
 * entry's parent lies, on its own rank, below another entry or a ROOT line; that makes a tree of entries.
 *
 * Rank 0 gets that tree, solves it, and tells the owners: marks go up it (children before parents, by descending
 * distance), nodes come down (parents first). So the number of messages does not depend on how often a path
 * crosses: a list strewn over 16 ranks crosses a million times. Following paths across ranks step by step, as an
 * earlier version did, took a round of messages for each crossing.
 *
 *   ask      each rank tells the parent's rank of each entry
 *   answer   which finds the parent's top and way, and sends (entry, top, way) to rank 0
 *   gather   with every entry's distance, marks and label, and every rank's ways
 *   solve    on rank 0
 *   tell     each entry that is on a path learns its marks and its node
 *   spread   and passes the marks on to its parent's rank
 *
 * Rank 0 holds about 100 bytes an entry, of all entries whether on a path or not. */
#include "graph/path_entries.h"

#include <stdlib.h>
#include <string.h>

#include "base/exchange.h"
#include "base/memory.h"

/* --- composing --- */

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
        node = hb_path_step(&node, step.label, HB_PATH_DEPTH);
        HB_TRY(hb_path_row(out, &node, row));
        known = hb_table_put(memo, (uint64_t[]){ base->key, steps[n] }, NULL);
        if (known == NULL) HB_TRY(HB_ERR_MEMORY);
        *known = *row;
    }
    status = HB_OK;
out:
    return status;
}

/* --- rows on their way to rank 0 --- */

enum { ENTRY_ID, ENTRY_DISTANCE, ENTRY_MASK, ENTRY_LABEL, ENTRY_WORDS };

/* base: gid of the entry above, or the number of the ROOT line with BASE_ROOT. */
enum { ANSWER_ENTRY, ANSWER_BASE, ANSWER_WAY, ANSWER_WORDS };
#define BASE_ROOT HB_PARENT_ROOT

typedef struct words {
    uint64_t *items;
    size_t n, cap;
} words;

static uint64_t *put_words(words *list, size_t n)
{
    if (hb_grow(&list->items, &list->cap, list->n + n, sizeof *list->items) != HB_OK) return NULL;
    list->n += n;
    return list->items + list->n - n;
}

typedef struct solver {
    hb_comm *comm;
    hb_path_local *local;
    hb_table *nodes;
    words entries, answers;      /* of this rank */
    uint32_t next;               /* object to look at next when asking */
    /* on rank 0 */
    uint64_t *all_entries, *all_answers, *all_ways;
    size_t *entry_ends, *answer_ends, *way_ends;
    size_t n;                    /* entries of all ranks */
    size_t *order;               /* places by distance */
    uint64_t *base;              /* by place: place of the entry above, or BASE_ROOT | ROOT line */
    uint32_t *way, *rank;        /* by place: its parent's way, on that rank */
    hb_table *ways;              /* by rank */
    hb_table *memos;             /* by rank */
    hb_table out;                /* nodes found */
    uint32_t *row;               /* by place: row of out */
    size_t told;
} solver;

/* --- ask and answer --- */

static hb_status list_entries(solver *s)
{
    const hb_path_local *local = s->local;
    for (uint32_t v = 0; v < local->graph->shard->n; v++) {
        if (!hb_path_is_entry(local, v)) continue;
        uint64_t *entry = put_words(&s->entries, ENTRY_WORDS);
        if (entry == NULL) return HB_ERR_MEMORY;
        entry[ENTRY_ID] = v;
        entry[ENTRY_DISTANCE] = local->bfs->distance[v];
        entry[ENTRY_MASK] = local->mask[v];
        entry[ENTRY_LABEL] = hb_path_label(local->graph, local->bfs, v);
    }
    return HB_OK;
}

/* A question is one word: parent's id << 32 | entry's id. */
static hb_status ask(void *ctx, hb_outbox *box, int *more)
{
    solver *s = ctx;
    const size_t n = s->entries.n / ENTRY_WORDS;
    for (; s->next < n && !hb_outbox_full(box); s->next++) {
        uint32_t v = (uint32_t)s->entries.items[s->next * ENTRY_WORDS + ENTRY_ID];
        hb_gid parent = hb_parent_gid(s->local->bfs->parent[v]);
        uint64_t *word = hb_outbox_put(box, hb_gid_rank(parent), 1);
        if (word == NULL) return HB_ERR_MEMORY;
        *word = (uint64_t)hb_gid_id(parent) << 32 | v;
    }
    *more = s->next < n;
    return HB_OK;
}

static hb_status answer(void *ctx, int from, const uint64_t *questions, size_t n)
{
    solver *s = ctx;
    hb_path_local *local = s->local;
    for (size_t i = 0; i < n; i++) {
        uint32_t parent = (uint32_t)(questions[i] >> 32);
        if (hb_path_find_way(local, parent) != HB_OK) return HB_ERR_MEMORY;
        uint64_t *row = put_words(&s->answers, ANSWER_WORDS);
        if (row == NULL) return HB_ERR_MEMORY;
        uint32_t top = local->top[parent];
        hb_parent above = local->bfs->parent[top];
        row[ANSWER_ENTRY] = hb_gid_of(from, (uint32_t)questions[i]);
        row[ANSWER_BASE] = hb_parent_is_root(above) ? above : hb_gid_of(local->graph->shard->rank, top);
        row[ANSWER_WAY] = local->way[parent];
    }
    return HB_OK;
}

/* --- solve, on rank 0 --- */

/* The place of an entry: entries come by rank, then by ascending id. */
static size_t place_of(const solver *s, hb_gid gid)
{
    size_t low = hb_gid_rank(gid) == 0 ? 0 : s->entry_ends[hb_gid_rank(gid) - 1] / ENTRY_WORDS;
    size_t high = s->entry_ends[hb_gid_rank(gid)] / ENTRY_WORDS;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (s->all_entries[middle * ENTRY_WORDS + ENTRY_ID] <= hb_gid_id(gid)) low = middle;
        else high = middle;
    }
    return low;
}

static int by_distance(const void *a, const void *b, void *ctx)
{
    const solver *s = ctx;
    uint64_t x = s->all_entries[*(const size_t *)a * ENTRY_WORDS + ENTRY_DISTANCE];
    uint64_t y = s->all_entries[*(const size_t *)b * ENTRY_WORDS + ENTRY_DISTANCE];
    return (x > y) - (x < y);
}

/* Reads each rank's ways back into a table of its own, rows in the order they had there. */
static hb_status read_ways(solver *s)
{
    const size_t n_ranks = (size_t)hb_comm_size(s->comm);
    s->ways = hb_alloc_zero(n_ranks, sizeof *s->ways);
    s->memos = hb_alloc_zero(n_ranks, sizeof *s->memos);
    if (s->ways == NULL || s->memos == NULL) return HB_ERR_MEMORY;
    for (size_t r = 0, at = 0; r < n_ranks; r++) {
        hb_table_init(&s->ways[r], 1, HB_PATH_NODE_WORDS - 1);
        hb_table_init(&s->memos[r], 2, 1);
        for (; at < s->way_ends[r]; at += HB_PATH_NODE_WORDS) {
            hb_path_node_id way;
            uint32_t row;
            memcpy(&way, s->all_ways + at, sizeof way);
            if (hb_path_row(&s->ways[r], &way, &row) != HB_OK) return HB_ERR_MEMORY;
        }
    }
    return HB_OK;
}

static hb_status lay_out(solver *s)
{
    const int n_ranks = hb_comm_size(s->comm);
    s->n = s->entry_ends[n_ranks - 1] / ENTRY_WORDS;
    s->order = hb_alloc(s->n, sizeof *s->order);
    s->base = hb_alloc(s->n, sizeof *s->base);
    s->way = hb_alloc(s->n, sizeof *s->way);
    s->rank = hb_alloc(s->n, sizeof *s->rank);
    s->row = hb_alloc(s->n, sizeof *s->row);
    if (s->order == NULL || s->base == NULL || s->way == NULL || s->rank == NULL || s->row == NULL)
        return HB_ERR_MEMORY;
    for (size_t i = 0; i < s->n; i++) s->order[i] = i;
    if (s->n > 0) qsort_r(s->order, s->n, sizeof *s->order, by_distance, s);
    size_t at = 0;
    for (int r = 0; r < n_ranks; r++)
        for (; at < s->answer_ends[r]; at += ANSWER_WORDS) {
            const uint64_t *row = s->all_answers + at;
            size_t place = place_of(s, row[ANSWER_ENTRY]);
            uint64_t base = row[ANSWER_BASE];
            s->base[place] = base & BASE_ROOT ? base : place_of(s, base);
            s->way[place] = (uint32_t)row[ANSWER_WAY];
            s->rank[place] = (uint32_t)r;
        }
    return read_ways(s);
}

static uint64_t *mask_at(const solver *s, size_t place)
{
    return &s->all_entries[place * ENTRY_WORDS + ENTRY_MASK];
}

static hb_status name_entry(solver *s, size_t place)
{
    uint64_t base = s->base[place];
    uint32_t rank = s->rank[place], row;
    hb_path_node_id from = base & BASE_ROOT ? hb_path_root(s->local->graph, hb_parent_root(base))
                                            : hb_path_way(&s->out, s->row[base]);
    hb_status status;
    HB_TRY(hb_path_compose(&from, &s->ways[rank], s->way[place], &s->memos[rank], &s->out, &row));
    hb_path_node_id parent = hb_path_way(&s->out, row);
    hb_path_node_id own = hb_path_step(&parent, s->all_entries[place * ENTRY_WORDS + ENTRY_LABEL], HB_PATH_DEPTH);
    HB_TRY(hb_path_row(&s->out, &own, &s->row[place]));
out:
    return status;
}

static hb_status solve(solver *s)
{
    hb_status status;
    HB_TRY(lay_out(s));
    for (size_t i = s->n; i-- > 0;) {
        size_t place = s->order[i];
        if (!(s->base[place] & BASE_ROOT)) *mask_at(s, s->base[place]) |= *mask_at(s, place);
    }
    for (size_t i = 0; i < s->n; i++)
        if (*mask_at(s, s->order[i]) != 0) HB_TRY(name_entry(s, s->order[i]));
out:
    return status;
}

/* --- tell and spread --- */

enum { TELL_ID, TELL_MASK, TELL_NODE, TELL_WORDS = TELL_NODE + HB_PATH_NODE_WORDS };

static hb_status tell(void *ctx, hb_outbox *box, int *more)
{
    solver *s = ctx;
    int rank = 0;
    for (; s->told < s->n && !hb_outbox_full(box); s->told++) {
        if (*mask_at(s, s->told) == 0) continue;
        while (s->told >= s->entry_ends[rank] / ENTRY_WORDS) rank++;
        uint64_t *row = hb_outbox_put(box, rank, TELL_WORDS);
        if (row == NULL) return HB_ERR_MEMORY;
        row[TELL_ID] = s->all_entries[s->told * ENTRY_WORDS + ENTRY_ID];
        row[TELL_MASK] = *mask_at(s, s->told);
        memcpy(row + TELL_NODE, hb_table_row(&s->out, s->row[s->told]), sizeof(hb_path_node_id));
    }
    *more = s->told < s->n;
    return HB_OK;
}

static hb_status hear(void *ctx, int from, const uint64_t *rows, size_t n)
{
    (void)from;
    solver *s = ctx;
    for (size_t at = 0; at < n; at += TELL_WORDS) {
        uint64_t *node = hb_table_put(s->nodes, &rows[at + TELL_ID], NULL);
        if (node == NULL) return HB_ERR_MEMORY;
        memcpy(node, rows + at + TELL_NODE, sizeof(hb_path_node_id));
        hb_path_mark(s->local, (uint32_t)rows[at + TELL_ID], rows[at + TELL_MASK]);
    }
    return HB_OK;
}

/* Passes an entry's marks on: parent's id, marks. */
static hb_status spread(void *ctx, hb_outbox *box, int *more)
{
    solver *s = ctx;
    for (; s->next < s->nodes->n && !hb_outbox_full(box); s->next++) {
        uint32_t v = (uint32_t)hb_table_row(s->nodes, s->next)[0];
        hb_gid parent = hb_parent_gid(s->local->bfs->parent[v]);
        uint64_t *row = hb_outbox_put(box, hb_gid_rank(parent), 2);
        if (row == NULL) return HB_ERR_MEMORY;
        row[0] = hb_gid_id(parent);
        row[1] = s->local->mask[v];
    }
    *more = s->next < s->nodes->n;
    return HB_OK;
}

static hb_status mark_parents(void *ctx, int from, const uint64_t *rows, size_t n)
{
    (void)from;
    solver *s = ctx;
    for (size_t at = 0; at < n; at += 2) hb_path_mark(s->local, (uint32_t)rows[at], rows[at + 1]);
    return HB_OK;
}

static void fini(solver *s)
{
    for (int r = 0; r < hb_comm_size(s->comm); r++) {
        if (s->ways != NULL) hb_table_fini(&s->ways[r]);
        if (s->memos != NULL) hb_table_fini(&s->memos[r]);
    }
    void *const blocks[] = { s->entries.items, s->answers.items, s->all_entries, s->all_answers, s->all_ways,
                             s->entry_ends, s->answer_ends, s->way_ends, s->order, s->base, s->way, s->rank,
                             s->ways, s->memos, s->row };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) hb_free(blocks[i]);
    hb_table_fini(&s->out);
}

hb_status hb_path_solve_entries(hb_comm *comm, hb_path_local *local, hb_table *nodes)
{
    const size_t n_ranks = (size_t)hb_comm_size(comm);
    const int root = 0;
    solver s = { .comm = comm, .local = local, .nodes = nodes };
    hb_status status;
    hb_table_init(&s.out, 1, HB_PATH_NODE_WORDS - 1);
    s.entry_ends = hb_alloc(n_ranks, sizeof *s.entry_ends);
    s.answer_ends = hb_alloc(n_ranks, sizeof *s.answer_ends);
    s.way_ends = hb_alloc(n_ranks, sizeof *s.way_ends);
    status = s.entry_ends != NULL && s.answer_ends != NULL && s.way_ends != NULL ? list_entries(&s) : HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(hb_exchange(comm, ask, answer, &s));
    HB_TRY(hb_comm_gather_parts(comm, s.entries.items, s.entries.n, root, &s.all_entries, s.entry_ends));
    HB_TRY(hb_comm_gather_parts(comm, s.answers.items, s.answers.n, root, &s.all_answers, s.answer_ends));
    HB_TRY(hb_comm_gather_parts(comm, local->ways.rows, local->ways.n * HB_PATH_NODE_WORDS, root, &s.all_ways,
                                s.way_ends));
    if (hb_comm_rank(comm) == root) status = solve(&s);
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(hb_exchange(comm, tell, hear, &s));
    s.next = 0;
    HB_TRY(hb_exchange(comm, spread, mark_parents, &s));
out:
    fini(&s);
    return status;
}
