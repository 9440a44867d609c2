/* The search tree, seen from far: each rank holds a forest, and what hangs together across ranks are its entries. An
 * entry's parent lies, on its own rank, below another entry or a ROOT line; that makes a tree of entries.
 *
 * Rank 0 gets that tree, solves it, and tells the owners, so that the number of messages does not depend on how often a
 * path crosses: a list strewn over 16 ranks crosses a million times. Following paths across ranks step by step, as an
 * earlier version did, took a round of messages for each crossing.
 *
 *   ask      each rank tells the parent's rank of each entry
 *   answer   which finds the parent's top, way and run, and sends them to rank 0
 *   gather   with every entry's distance and label, and every rank's ways
 *   solve    on rank 0: nodes from the ROOT lines down, parents first, by ascending distance
 *   tell     each entry learns its node
 *
 * Marks go up the same tree (path_marks.c), once for each 64 groups; all of the above is done once for a search.
 *
 * Rank 0 holds 108 bytes an entry of all ranks while it solves, 16 afterwards and 8 more while marks go up; each rank
 * 52 an entry of its own. */
#include "graph/path_entries.h"

#include <stdlib.h>
#include <string.h>

#include "base/exchange.h"
#include "base/memory.h"
#include "graph/path_compose.h"

enum { ENTRY_ID, ENTRY_DISTANCE, ENTRY_LABEL, ENTRY_VIA, ENTRY_WORDS };

/* base: gid of the entry above, or BASE_ROOT. */
enum { ANSWER_ENTRY, ANSWER_BASE, ANSWER_WAY, ANSWER_RUN, ANSWER_WORDS };
#define BASE_ROOT HB_PARENT_ROOT
#define RUN_IS_OPEN (UINT64_C(1) << 32)   /* the parent's run begins at the entry above */

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
    hb_path_entries *entries;
    words rows, answers;         /* of this rank */
    size_t next;                 /* entry to ask about next, or to tell */
    /* on rank 0 */
    uint64_t *all_rows, *all_answers, *all_ways;
    size_t *answer_ends, *way_ends;
    size_t n;                    /* entries of all ranks */
    uint64_t *base;              /* by place: place of the entry above, or BASE_ROOT */
    uint32_t *way, *rank;        /* by place: its parent's way, on that rank */
    uint64_t *run;               /* by place: its parent's run there, RUN_IS_OPEN; once named, its own */
    hb_table *ways;              /* by rank */
    hb_table *memos;             /* by rank */
    hb_table nodes;              /* nodes found */
    uint32_t *row;               /* by place: row of nodes */
} solver;

/* --- ask and answer --- */

static hb_status list_entries(solver *s)
{
    hb_path_entries *e = s->entries;
    const hb_path_local *local = e->local;
    for (uint32_t v = 0; v < local->graph->shard->n; v++) {
        if (!hb_path_is_entry(local, v)) continue;
        uint64_t *row = put_words(&s->rows, ENTRY_WORDS);
        if (row == NULL) return HB_ERR_MEMORY;
        row[ENTRY_ID] = v;
        row[ENTRY_DISTANCE] = local->bfs->distance[v];
        row[ENTRY_LABEL] = hb_path_label(local->graph, local->bfs, v);
        row[ENTRY_VIA] = hb_bfs_via(local->bfs, v);
    }
    e->n = s->rows.n / ENTRY_WORDS;
    e->id = hb_alloc(e->n, sizeof *e->id);
    e->node = hb_alloc(e->n, sizeof *e->node);
    e->run = hb_alloc(e->n, sizeof *e->run);
    if (e->id == NULL || e->node == NULL || e->run == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < e->n; i++) e->id[i] = (uint32_t)s->rows.items[i * ENTRY_WORDS + ENTRY_ID];
    return HB_OK;
}

/* A question is one word: parent's id << 32 | entry's id. */
static hb_status ask(void *ctx, hb_outbox *box, int *more)
{
    solver *s = ctx;
    const hb_path_entries *e = s->entries;
    for (; s->next < e->n && !hb_outbox_full(box); s->next++) {
        hb_gid parent = hb_parent_gid(e->local->bfs->parent[e->id[s->next]]);
        uint64_t *word = hb_outbox_put(box, hb_gid_rank(parent), 1);
        if (word == NULL) return HB_ERR_MEMORY;
        *word = (uint64_t)hb_gid_id(parent) << 32 | e->id[s->next];
    }
    *more = s->next < e->n;
    return HB_OK;
}

static hb_status answer(void *ctx, int from, const uint64_t *questions, size_t n)
{
    solver *s = ctx;
    hb_path_local *local = s->entries->local;
    for (size_t i = 0; i < n; i++) {
        uint32_t parent = (uint32_t)(questions[i] >> 32);
        if (hb_path_find_way(local, local->walkers, parent) != HB_OK) return HB_ERR_MEMORY;
        uint64_t *row = put_words(&s->answers, ANSWER_WORDS);
        if (row == NULL) return HB_ERR_MEMORY;
        const hb_path_place *place = &local->place[parent];
        const uint32_t top = hb_path_top(local, parent);
        row[ANSWER_ENTRY] = hb_gid_of(from, (uint32_t)questions[i]);
        row[ANSWER_BASE] = top == HB_NO_ID ? BASE_ROOT : hb_gid_of(local->graph->shard->rank, top);
        row[ANSWER_WAY] = place->way;
        row[ANSWER_RUN] = place->run | (hb_path_run_is_open(local, parent) ? RUN_IS_OPEN : 0);
    }
    return HB_OK;
}

/* --- solve, on rank 0 --- */

/* The place of an entry: entries come by rank, then by ascending id. */
static size_t place_of(const solver *s, hb_gid gid)
{
    const size_t *ends = s->entries->ends;
    size_t low = hb_gid_rank(gid) == 0 ? 0 : ends[hb_gid_rank(gid) - 1], high = ends[hb_gid_rank(gid)];
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (s->all_rows[middle * ENTRY_WORDS + ENTRY_ID] <= hb_gid_id(gid)) low = middle;
        else high = middle;
    }
    return low;
}

static int by_distance(const void *a, const void *b, void *ctx)
{
    const solver *s = ctx;
    uint64_t x = s->all_rows[*(const size_t *)a * ENTRY_WORDS + ENTRY_DISTANCE];
    uint64_t y = s->all_rows[*(const size_t *)b * ENTRY_WORDS + ENTRY_DISTANCE];
    return (x > y) - (x < y);
}

/* Reads each rank's ways back into a table of its own, rows in the order they had there. */
static hb_status read_ways(solver *s)
{
    const size_t n_ranks = (size_t)hb_comm_size(s->entries->comm);
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
    hb_path_entries *e = s->entries;
    e->order = hb_alloc(s->n, sizeof *e->order);
    e->above = hb_alloc(s->n, sizeof *e->above);
    s->base = hb_alloc(s->n, sizeof *s->base);
    s->way = hb_alloc(s->n, sizeof *s->way);
    s->rank = hb_alloc(s->n, sizeof *s->rank);
    s->row = hb_alloc(s->n, sizeof *s->row);
    s->run = hb_alloc(s->n, sizeof *s->run);
    if (e->order == NULL || e->above == NULL || s->base == NULL || s->way == NULL || s->rank == NULL || s->row == NULL ||
        s->run == NULL)
        return HB_ERR_MEMORY;
    for (size_t i = 0; i < s->n; i++) e->order[i] = i;
    if (s->n > 0) qsort_r(e->order, s->n, sizeof *e->order, by_distance, s);
    size_t at = 0;
    for (int r = 0; r < hb_comm_size(e->comm); r++)
        for (; at < s->answer_ends[r]; at += ANSWER_WORDS) {
            const uint64_t *row = s->all_answers + at;
            const int under_root = (row[ANSWER_BASE] & BASE_ROOT) != 0;
            size_t place = place_of(s, row[ANSWER_ENTRY]);
            s->base[place] = under_root ? row[ANSWER_BASE] : place_of(s, row[ANSWER_BASE]);
            s->way[place] = (uint32_t)row[ANSWER_WAY];
            s->run[place] = row[ANSWER_RUN];
            s->rank[place] = (uint32_t)r;
            e->above[place] = under_root ? HB_NO_ENTRY : s->base[place];
        }
    return read_ways(s);
}

static hb_status name_entry(solver *s, size_t place)
{
    uint64_t base = s->base[place];
    uint32_t rank = s->rank[place], row;
    const int under_root = (base & BASE_ROOT) != 0;
    const hb_path_node_id above = under_root ? (hb_path_node_id){ 0 } : hb_path_way(&s->nodes, s->row[base]);
    hb_status status;
    HB_TRY(hb_path_compose(under_root ? NULL : &above, &s->ways[rank], s->way[place], &s->memos[rank], &s->nodes, &row));
    const uint64_t *entry = s->all_rows + place * ENTRY_WORDS;
    hb_path_node_id parent = hb_path_way(&s->nodes, row);
    hb_path_node_id own = hb_path_step(&parent, entry[ENTRY_LABEL], entry[ENTRY_VIA], HB_PATH_DEPTH);
    HB_TRY(hb_path_row(&s->nodes, &own, &s->row[place]));
    uint64_t run = (uint32_t)s->run[place];
    if (s->run[place] & RUN_IS_OPEN) run += s->run[base] - 1;
    s->run[place] = own.key == parent.key ? run + 1 : 1;
out:
    return status;
}

static hb_status solve(solver *s)
{
    hb_status status;
    HB_TRY(lay_out(s));
    for (size_t i = 0; i < s->n; i++) HB_TRY(name_entry(s, s->entries->order[i]));
out:
    return status;
}

/* --- tell --- */

/* An entry's number on its rank, its run and its node. */
enum { TELL_NUMBER, TELL_RUN, TELL_NODE, TELL_WORDS = TELL_NODE + HB_PATH_NODE_WORDS };

static hb_status tell(void *ctx, hb_outbox *box, int *more)
{
    solver *s = ctx;
    const size_t *ends = s->entries->ends;
    int rank = 0;
    for (; s->next < s->n && !hb_outbox_full(box); s->next++) {
        while (s->next >= ends[rank]) rank++;
        uint64_t *row = hb_outbox_put(box, rank, TELL_WORDS);
        if (row == NULL) return HB_ERR_MEMORY;
        row[TELL_NUMBER] = s->next - (rank > 0 ? ends[rank - 1] : 0);
        row[TELL_RUN] = s->run[s->next];
        memcpy(row + TELL_NODE, hb_table_row(&s->nodes, s->row[s->next]), sizeof(hb_path_node_id));
    }
    *more = s->next < s->n;
    return HB_OK;
}

static hb_status hear(void *ctx, int from, const uint64_t *rows, size_t n)
{
    (void)from;
    solver *s = ctx;
    for (size_t at = 0; at < n; at += TELL_WORDS) {
        s->entries->run[rows[at + TELL_NUMBER]] = rows[at + TELL_RUN];
        memcpy(&s->entries->node[rows[at + TELL_NUMBER]], rows + at + TELL_NODE, sizeof(hb_path_node_id));
    }
    return HB_OK;
}

static void fini(solver *s)
{
    for (int r = 0; r < hb_comm_size(s->entries->comm); r++) {
        if (s->ways != NULL) hb_table_fini(&s->ways[r]);
        if (s->memos != NULL) hb_table_fini(&s->memos[r]);
    }
    void *const blocks[] = { s->rows.items, s->answers.items, s->all_rows, s->all_answers, s->all_ways, s->answer_ends,
                             s->way_ends, s->base, s->way, s->rank, s->ways, s->memos, s->row, s->run };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) hb_free(blocks[i]);
    hb_table_fini(&s->nodes);
}

/* All ranks' rows, answers and ways, on rank 0. */
static hb_status gather(solver *s)
{
    hb_path_entries *e = s->entries;
    const hb_table *ways = &e->local->ways;
    const size_t n_ranks = (size_t)hb_comm_size(e->comm);
    const int root = 0;
    hb_status status;
    HB_TRY(hb_comm_gather_parts(e->comm, s->rows.items, s->rows.n, root, &s->all_rows, e->ends));
    for (size_t r = 0; r < n_ranks; r++) e->ends[r] /= ENTRY_WORDS;
    HB_TRY(hb_comm_gather_parts(e->comm, s->answers.items, s->answers.n, root, &s->all_answers, s->answer_ends));
    HB_TRY(hb_comm_gather_parts(e->comm, ways->rows, ways->n * HB_PATH_NODE_WORDS, root, &s->all_ways, s->way_ends));
    if (hb_comm_rank(e->comm) == root) {
        s->n = e->ends[n_ranks - 1];
        status = solve(s);
    }
    status = hb_comm_agree(e->comm, status);
out:
    return status;
}

hb_status hb_path_entries_find(hb_comm *comm, hb_path_local *local, hb_path_entries *out)
{
    const size_t n_ranks = (size_t)hb_comm_size(comm);
    solver s = { .entries = out };
    hb_status status;
    *out = (hb_path_entries){ .comm = comm, .local = local, .ends = hb_alloc(n_ranks, sizeof *out->ends) };
    hb_table_init(&s.nodes, 1, HB_PATH_NODE_WORDS - 1);
    s.answer_ends = hb_alloc(n_ranks, sizeof *s.answer_ends);
    s.way_ends = hb_alloc(n_ranks, sizeof *s.way_ends);
    status = out->ends != NULL && s.answer_ends != NULL && s.way_ends != NULL ? list_entries(&s) : HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(hb_exchange(comm, ask, answer, &s));
    HB_TRY(gather(&s));
    s.next = 0;
    HB_TRY(hb_exchange(comm, tell, hear, &s));
out:
    fini(&s);
    return status;
}

void hb_path_entries_fini(hb_path_entries *e)
{
    hb_free(e->id);
    hb_free(e->node);
    hb_free(e->run);
    hb_free(e->ends);
    hb_free(e->order);
    hb_free(e->above);
    *e = (hb_path_entries){ 0 };
}

size_t hb_path_entries_number(const hb_path_entries *e, uint32_t id)
{
    size_t low = 0, high = e->n;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (e->id[middle] <= id) low = middle;
        else high = middle;
    }
    return low;
}
