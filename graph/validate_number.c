/* Each object asks the rank of its immediate dominator for its place behind its siblings; these places are added up from
 * the roots down, across ranks along the tree of entries (graph/forest.h). The order of siblings is of no account. */
#include "base/exchange.h"
#include "base/memory.h"
#include "graph/forest_ask.h"
#include "graph/order.h"
#include "graph/validate_parts.h"

typedef struct numberer {
    hb_checker *checker;
    uint64_t *offset;        /* by id: where the numbers of the next child begin, less its own */
    uint64_t *filled;        /* by id: children that have theirs */
    hb_wordlist answers;     /* gid of a child, its offset */
    uint32_t next;
    size_t block, at;
} numberer;

static hb_status ask(void *ctx, hb_outbox *box, int *more)
{
    numberer *b = ctx;
    const hb_dominators *d = b->checker->dominators;
    for (; b->next < b->checker->n && !hb_outbox_full(box); b->next++) {
        const hb_gid idom = d->idom[b->next];
        if (idom == HB_NO_GID) continue;
        uint64_t *words = hb_outbox_put(box, hb_gid_rank(idom), 2);
        if (words == NULL) return HB_ERR_MEMORY;
        words[0] = (uint64_t)hb_gid_id(idom) << 32 | b->next;
        words[1] = d->retained_objects[b->next];
    }
    *more = b->next < b->checker->n;
    return HB_OK;
}

static hb_status give(void *ctx, int from, const uint64_t *words, size_t n)
{
    numberer *b = ctx;
    hb_checker *c = b->checker;
    for (size_t at = 0; at < n; at += 2) {
        const uint32_t above = (uint32_t)(words[at] >> 32), child = (uint32_t)words[at];
        const uint64_t offset = b->offset[above] + 1;
        c->child_at[c->child_first[above] + b->filled[above]++] = offset;
        b->offset[above] += words[at + 1];
        if (from == c->rank) {
            c->pre[child] = offset;
            continue;
        }
        uint64_t *row = hb_wordlist_put(&b->answers, 2);
        if (row == NULL) return HB_ERR_MEMORY;
        row[0] = hb_gid_of(from, child);
        row[1] = offset;
    }
    return HB_OK;
}

static hb_status reply(void *ctx, hb_outbox *box, int *more)
{
    numberer *b = ctx;
    for (; b->block < b->answers.n && !hb_outbox_full(box); b->block++, b->at = 0) {
        const hb_block *block = &b->answers.blocks[b->block];
        for (; b->at < block->n; b->at += 2) {
            uint64_t *words = hb_outbox_put(box, hb_gid_rank(block->words[b->at]), 2);
            if (words == NULL) return HB_ERR_MEMORY;
            words[0] = hb_gid_id(block->words[b->at]);
            words[1] = block->words[b->at + 1];
        }
    }
    *more = b->block < b->answers.n;
    return HB_OK;
}

static hb_status hear(void *ctx, int from, const uint64_t *words, size_t n)
{
    (void)from;
    const numberer *b = ctx;
    for (size_t at = 0; at < n; at += 2) b->checker->pre[words[at]] = words[at + 1];
    return HB_OK;
}

/* Each child's number less that of its parent. */
static hb_status give_offsets(hb_checker *c)
{
    numberer b = { .checker = c, .offset = hb_alloc_zero(c->n, sizeof *b.offset),
                   .filled = hb_alloc_zero(c->n, sizeof *b.filled) };
    hb_status status = b.offset != NULL && b.filled != NULL ? HB_OK : HB_ERR_MEMORY;
    hb_wordlist_init(&b.answers, 0);
    HB_TRY(hb_comm_agree(c->comm, status));
    HB_TRY(hb_exchange(c->comm, ask, give, &b));
    HB_TRY(hb_exchange(c->comm, reply, hear, &b));
out:
    hb_wordlist_fini(&b.answers);
    hb_free(b.offset);
    hb_free(b.filled);
    return status;
}

/* Objects below the virtual root: one behind the other, by rank. */
static hb_status number_tops(hb_checker *c)
{
    const hb_dominators *d = c->dominators;
    const size_t n_ranks = (size_t)hb_comm_size(c->comm);
    uint64_t next = 0, *sizes = hb_alloc_zero(n_ranks, sizeof *sizes), *own = NULL;
    size_t n = 0, cap = 0;
    hb_status status = sizes != NULL ? HB_OK : HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(c->comm, status));
    for (uint32_t v = 0; v < c->n; v++)
        if (hb_checker_reached(c, v) && d->idom[v] == HB_NO_GID) sizes[c->rank] += d->retained_objects[v];
    hb_comm_sum(c->comm, sizes, n_ranks);
    for (int r = 0; r < c->rank; r++) next += sizes[r];
    for (uint32_t v = 0; v < c->n && status == HB_OK; v++) {
        if (!hb_checker_reached(c, v) || d->idom[v] != HB_NO_GID) continue;
        c->pre[v] = next;
        next += d->retained_objects[v];
        status = hb_grow(&own, &cap, n + 1, sizeof *own);
        if (status == HB_OK) own[n++] = c->pre[v];
    }
    HB_TRY(hb_comm_agree(c->comm, status));
    HB_TRY(hb_comm_gather(c->comm, own, n, 0, &c->tops, &c->n_tops));
out:
    hb_free(sizes);
    hb_free(own);
    return status;
}

static uint64_t number_of(void *ctx, uint32_t id)
{
    const hb_checker *c = ctx;
    return c->pre[id];
}

/* Numbers from those of the parents. What hangs below an entry has, so far, its number less that of the entry. */
static hb_status add_up(hb_checker *c, hb_forest *forest)
{
    uint64_t *own = NULL, *all = NULL, *told = NULL, *offset = hb_alloc(forest->n_entries, sizeof *offset);
    hb_status status = hb_comm_agree(c->comm, offset != NULL ? HB_OK : HB_ERR_MEMORY);
    HB_TRY(status);
    for (size_t i = 0; i < forest->n_entries; i++) {
        offset[i] = c->pre[forest->entry[i]];
        c->pre[forest->entry[i]] = 0;
    }
    for (uint32_t i = 0; i < c->n_order; i++) {
        const uint32_t v = c->order[i];
        const uint32_t above = hb_forest_above_here(forest, v);
        if (above != HB_NO_ID) c->pre[v] += c->pre[above];
    }
    if (hb_comm_size(c->comm) == 1) goto out;
    HB_TRY(hb_forest_ask_value(forest, number_of, c, &own));
    for (size_t i = 0; i < forest->n_entries; i++) own[i] += offset[i];
    HB_TRY(hb_forest_gather(forest, own, 1, &all));
    for (size_t i = 0; i < forest->n_places; i++) {
        const size_t place = forest->sorted[i];
        if (forest->up[place] != HB_NO_PLACE) all[place] += all[forest->up[place]];
    }
    HB_TRY(hb_forest_tell(forest, all, 1, &told));
    for (uint32_t i = 0; i < c->n_order; i++) {
        const uint32_t v = c->order[i], top = forest->top[v];
        if (hb_forest_is_entry(forest, top)) c->pre[v] += told[hb_forest_entry(forest, top)];
    }
out:
    hb_free(offset);
    hb_free(own);
    hb_free(all);
    hb_free(told);
    return status;
}

hb_status hb_validate_number(hb_checker *c)
{
    hb_forest forest = { 0 };
    hb_status status;
    for (uint32_t v = 0; v < c->n; v++) c->child_first[v + 1] += c->child_first[v];
    c->pre = hb_alloc_zero(c->n, sizeof *c->pre);
    c->child_at = hb_alloc(c->child_first[c->n], sizeof *c->child_at);
    status = c->pre != NULL && c->child_at != NULL ? HB_OK : HB_ERR_MEMORY;
    if (status == HB_OK) status = hb_order_by_distance(c->bfs, c->n, 1, &c->order, &c->n_order);
    HB_TRY(hb_comm_agree(c->comm, status));
    HB_TRY(give_offsets(c));
    HB_TRY(number_tops(c));
    forest = (hb_forest){ .comm = c->comm, .rank = c->rank, .n = c->n, .above = c->dominators->idom, .order = c->order,
                          .n_order = c->n_order, .n_threads = 1 };
    HB_TRY(hb_forest_build(&forest));
    HB_TRY(add_up(c, &forest));
out:
    hb_forest_fini(&forest);
    return status;
}
