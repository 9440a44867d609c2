/* The tree of entries with names: which node of the merged paths each leads to.
 *
 *   ask      each rank sends its entries' labels to their parents' ranks, which take the step there: the way and the run
 *            from the parent's top down to the entry
 *   gather   on rank 0, with every rank's ways
 *   solve    on rank 0: nodes from the ROOT lines down, those above first
 *   tell     each entry learns its node
 *
 * Following paths across ranks step by step, as an earlier version did, took a round of messages for each crossing.
 * Marks go up the same tree (path_marks.c), once for each 32 groups; all of the above is done once for a search. */
#include "graph/path_entries.h"

#include <string.h>

#include "base/exchange.h"
#include "base/memory.h"
#include "graph/forest_ask.h"
#include "graph/path_compose.h"

/* An answer is one word: way << 33 | whether the run begins at the entry above << 32 | run. */
#define RUN_IS_OPEN (UINT64_C(1) << 32)

typedef struct solver {
    hb_path_entries *entries;
    const hb_forest *forest;
    size_t n_heard;              /* entries of this rank that know their node */
    /* on rank 0 */
    size_t next;                 /* place to tell next */
    uint64_t *step;              /* by place: the answer; once named: its run */
    uint32_t *row;               /* by place: row of nodes */
    uint64_t *all_ways;
    size_t *way_ends;            /* by rank */
    hb_table *ways, *memos;      /* by rank */
    hb_table nodes;
} solver;

/* --- ask --- */

enum { ASK_LABEL, ASK_VIA, ASK_WORDS };

static void question(void *ctx, uint32_t id, uint64_t *words)
{
    const hb_path_local *local = ctx;
    words[ASK_LABEL] = hb_path_label(local->graph, local->bfs, id);
    words[ASK_VIA] = hb_bfs_via(local->bfs, id);
}

static hb_status answer(void *ctx, uint32_t parent, const uint64_t *words, uint64_t *word)
{
    hb_path_local *local = ctx;
    uint32_t way, run;
    hb_status status;
    HB_TRY(hb_path_find_way(local, local->walkers, parent));
    HB_TRY(hb_path_step_below(local, local->walkers, parent, words[ASK_LABEL], (uint32_t)words[ASK_VIA], &way, &run));
    *word = (uint64_t)way << 33 | (hb_path_run_is_open(local, parent, 1, run) ? RUN_IS_OPEN : 0) | run;
out:
    return status;
}

/* --- solve, on rank 0 --- */

/* Reads each rank's ways back into a table of its own, rows in the order they had there. */
static hb_status read_ways(solver *s, size_t n_ranks)
{
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

static hb_status name_entry(solver *s, size_t place)
{
    const hb_forest *f = s->forest;
    const uint64_t above = f->up[place];
    const int rank = hb_gid_rank(f->base[place]);   /* of the parent, whose ways these are */
    const uint32_t way = (uint32_t)(s->step[place] >> 33);
    uint64_t run = (uint32_t)s->step[place];
    hb_path_node_id base;
    if (above != HB_NO_PLACE) {
        base = hb_path_way(&s->nodes, s->row[above]);
        if (s->step[place] & RUN_IS_OPEN) run += s->step[above] - 1;
    }
    s->step[place] = run;
    return hb_path_compose(above != HB_NO_PLACE ? &base : NULL, &s->ways[rank], way, &s->memos[rank], &s->nodes,
                           &s->row[place]);
}

static hb_status solve(solver *s)
{
    const hb_forest *f = s->forest;
    hb_status status;
    s->row = hb_alloc(f->n_places, sizeof *s->row);
    HB_TRY(s->row != NULL ? HB_OK : HB_ERR_MEMORY);
    HB_TRY(read_ways(s, (size_t)hb_comm_size(f->comm)));
    for (size_t i = 0; i < f->n_places; i++) HB_TRY(name_entry(s, f->sorted[i]));
out:
    return status;
}

/* --- tell --- */

enum { TELL_RUN, TELL_NODE, TELL_WORDS = TELL_NODE + HB_PATH_NODE_WORDS };

static hb_status tell(void *ctx, hb_outbox *box, int *more)
{
    solver *s = ctx;
    const hb_forest *f = s->forest;
    int rank = 0;
    for (; s->next < f->n_places && !hb_outbox_full(box); s->next++) {
        while (s->next >= f->ends[rank]) rank++;
        uint64_t *row = hb_outbox_put(box, rank, TELL_WORDS);
        if (row == NULL) return HB_ERR_MEMORY;
        row[TELL_RUN] = s->step[s->next];
        memcpy(row + TELL_NODE, hb_table_row(&s->nodes, s->row[s->next]), sizeof(hb_path_node_id));
    }
    *more = s->next < f->n_places;
    return HB_OK;
}

/* Words come in the order of places, which on one rank is that of its entries. */
static hb_status hear(void *ctx, int from, const uint64_t *rows, size_t n)
{
    (void)from;
    solver *s = ctx;
    hb_path_entries *e = s->entries;
    for (size_t at = 0; at < n; at += TELL_WORDS) {
        hb_path_node_id node;
        memcpy(&node, rows + at + TELL_NODE, sizeof node);
        if (hb_path_row(&e->nodes, &node, &e->node[s->n_heard]) != HB_OK) return HB_ERR_MEMORY;
        e->run[s->n_heard++] = (uint32_t)rows[at + TELL_RUN];
    }
    return HB_OK;
}

static void fini(solver *s)
{
    for (int r = 0; r < hb_comm_size(s->forest->comm); r++) {
        if (s->ways != NULL) hb_table_fini(&s->ways[r]);
        if (s->memos != NULL) hb_table_fini(&s->memos[r]);
    }
    void *const blocks[] = { s->step, s->row, s->all_ways, s->way_ends, s->ways, s->memos };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) hb_free(blocks[i]);
    hb_table_fini(&s->nodes);
}

/* The entries' steps, in *steps by number, and on rank 0 by place, with all ranks' ways. */
static hb_status gather(solver *s, uint64_t **steps)
{
    const hb_forest_question step = { .n_words = ASK_WORDS, .question = question, .answer = answer,
                                      .ctx = s->entries->local };
    const hb_table *ways = &s->entries->local->ways;
    hb_status status;
    HB_TRY(hb_forest_ask(s->forest, &step, steps));
    HB_TRY(hb_forest_gather(s->forest, *steps, 1, &s->step));
    HB_TRY(hb_comm_gather_parts(s->forest->comm, ways->rows, ways->n * HB_PATH_NODE_WORDS, 0, &s->all_ways, s->way_ends));
out:
    return status;
}

hb_status hb_path_entries_find(const hb_forest *search, hb_path_local *local, hb_path_entries *out)
{
    solver s = { .entries = out, .forest = search };
    uint64_t *steps = NULL;
    hb_status status;
    *out = (hb_path_entries){ .forest = search, .local = local };
    hb_table_init(&out->nodes, 1, HB_PATH_NODE_WORDS - 1);
    hb_table_init(&s.nodes, 1, HB_PATH_NODE_WORDS - 1);
    local->top = search->top;
    s.way_ends = hb_alloc((size_t)hb_comm_size(search->comm), sizeof *s.way_ends);
    out->node = hb_alloc(search->n_entries, sizeof *out->node);
    out->run = hb_alloc(search->n_entries, sizeof *out->run);
    const int whole = s.way_ends != NULL && out->node != NULL && out->run != NULL;
    HB_TRY(hb_comm_agree(search->comm, whole ? HB_OK : HB_ERR_MEMORY));
    HB_TRY(gather(&s, &steps));
    HB_TRY(hb_comm_agree(search->comm, search->rank == 0 ? solve(&s) : HB_OK));
    HB_TRY(hb_exchange(search->comm, tell, hear, &s));
out:
    hb_free(steps);
    fini(&s);
    return status;
}

void hb_path_entries_fini(hb_path_entries *e)
{
    hb_table_fini(&e->nodes);
    hb_free(e->node);
    hb_free(e->run);
    *e = (hb_path_entries){ 0 };
}
