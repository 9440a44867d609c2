/* What enters: the open joins, and the forest of what is settled, cut at them. What leaves: fewer open joins.
 *
 * The immediate dominator of an object is the nearest common ancestor, in the dominator tree, of all its holders but
 * those that it dominates itself. Two cases can be told before the whole tree is known:
 *
 *   two tops    it is held from two trees whose tops hang from the virtual root: then so does the join, and is such a top
 *   one tree    all its holders are in one tree: their nearest common ancestor is in that tree
 *
 * Holders in the join's own tree are below it and say nothing. In a Ruby heap nearly all classes, shared strings and
 * method entries go the first way, and what several fields of one object refer to goes the second. Both are repeated,
 * since each join that is closed joins trees.
 *
 * Each round the edges into open joins are offered, in any order: what a join has been offered is kept in one word, and
 * to add an offer is commutative, but for UNKNOWN, which leaves more to graph/dom_rest.c and nothing wrong. With several
 * ranks an offer from another rank names the top only; there, joins within one tree are closed in a last round, as tops
 * that rank 0 once found are not found anew. */
#include "graph/dom_close.h"

#include "base/exchange.h"
#include "base/wordlist.h"
#include "graph/dom_edges.h"

#define MOST_ROUNDS 12

/* What a join has been offered: a holder of this rank, by id, or, with TOP, the top of the tree that the holders are in.
 * UNKNOWN: and something that says nothing yet. */
#define UNKNOWN (UINT64_C(1) << 63)
#define TOP (UINT64_C(1) << 62)
#define NONE (TOP - 1)                       /* nothing */
#define TWO_TOPS (UNKNOWN | TOP | (NONE - 1))

typedef struct closer {
    hb_joins *joins;
    int by_tree;             /* joins within one tree are closed as well */
    size_t next_block, at;
} closer;

/* --- trees --- */

/* The top of the tree that an object is in by now. With one rank, closed joins lead on. */
static hb_gid top_of(const hb_joins *j, uint32_t id)
{
    hb_gid top = hb_joins_top(j, id);
    if (hb_comm_size(j->comm) > 1) return top;
    while (j->idom[hb_gid_id(top)] != HB_NO_GID) top = hb_joins_top(j, hb_gid_id(j->idom[hb_gid_id(top)]));
    return top;
}

/* --- offers --- */

/* What there is after one more offer: a holder of this rank, or HB_NO_ID, in the tree with that top. */
static uint64_t add_offer(const hb_joins *j, uint64_t now, uint32_t holder, hb_gid top)
{
    const uint64_t unknown = now & UNKNOWN, offered = now & NONE;
    if (now == TWO_TOPS) return now;
    if (offered == NONE) return unknown | (holder != HB_NO_ID ? holder : TOP | top);
    const hb_gid other = now & TOP ? offered : top_of(j, (uint32_t)offered);
    if (other == top) {
        const uint32_t common = now & TOP || holder == HB_NO_ID ? HB_NO_ID
                                                                : hb_joins_common_ancestor(j, (uint32_t)offered, holder);
        return unknown | (common != HB_NO_ID ? common : TOP | top);
    }
    if (!hb_joins_open(j, other)) return hb_joins_open(j, top) ? now | UNKNOWN : TWO_TOPS;
    return UNKNOWN | (holder != HB_NO_ID ? holder : TOP | top);
}

static void offer(const hb_joins *j, uint32_t to, uint32_t holder, hb_gid top)
{
    if (top == hb_gid_of(j->forest.rank, to)) return;
    uint64_t now = __atomic_load_n(&j->seen[to], __ATOMIC_RELAXED);
    for (;;) {
        const uint64_t next = add_offer(j, now, holder, top);
        if (next == now ||
            __atomic_compare_exchange_n(&j->seen[to], &now, next, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            return;
    }
}

/* --- from the edges (graph/dom_edges.c) --- */

#define N_RECENT 1024u   /* a power of two */

/* Where the last edges into some joins are in their block, by join. */
typedef struct recent {
    hb_gid top;              /* of the holder's tree */
    hb_gid above;            /* the last holder's immediate dominator, when the edge comes from it or from further up */
    uint32_t to;
    uint32_t edge;           /* + 1; 0: none */
} recent;

/* Drops a block's edges into joins that have been closed, and makes one of those into a join from one tree: from their nearest
 * common ancestor, as what is between it and them is passed by. Trees grow at their tops only, so that this stays true. */
static void thin_out(const hb_joins *j, hb_block *block)
{
    recent recents[N_RECENT] = { { 0 } };
    size_t kept = 0;
    for (size_t i = 0; i < block->n; i++) {
        const uint32_t holder = (uint32_t)(block->words[i] >> 32), to = (uint32_t)block->words[i];
        if (!hb_joins_open(j, hb_gid_of(j->forest.rank, to))) continue;
        recent *last = &recents[to * 2654435761u >> 22];
        const hb_gid above = j->idom[holder];
        const int has_last = last->edge != 0 && last->to == to;
        if (has_last && above != HB_NO_GID && last->above == above) continue;
        const hb_gid top = top_of(j, holder);
        if (has_last && last->top == top) {
            uint64_t *edge = &block->words[last->edge - 1];
            const uint32_t common = hb_joins_common_ancestor(j, (uint32_t)(*edge >> 32), holder);
            if (common != HB_NO_ID) {
                *edge = (uint64_t)common << 32 | to;
                last->above = common != holder ? above : HB_NO_GID;
                continue;
            }
        }
        block->words[kept++] = block->words[i];
        *last = (recent){ .top = top, .above = HB_NO_GID, .to = to, .edge = (uint32_t)kept };
    }
    block->n = kept;
}

static void offer_block(const hb_joins *j, hb_block *block)
{
    thin_out(j, block);
    for (size_t i = 0; i < block->n; i++) {
        const uint32_t holder = (uint32_t)(block->words[i] >> 32), to = (uint32_t)block->words[i];
        if (__atomic_load_n(&j->seen[to], __ATOMIC_RELAXED) != TWO_TOPS) offer(j, to, holder, top_of(j, holder));
    }
}

static void offer_local(closer *c)
{
    for (int t = 0; t < c->joins->n_threads; t++) {
        hb_wordlist *list = &c->joins->edges[t];
#pragma omp parallel for num_threads(c->joins->n_threads) schedule(dynamic)
        for (size_t i = 0; i < list->n; i++) offer_block(c->joins, &list->blocks[i]);
    }
}

static hb_status put_offers(void *ctx, hb_outbox *box, int *more)
{
    closer *c = ctx;
    const hb_joins *j = c->joins;
    while (c->next_block < c->joins->away.n && !hb_outbox_full(box)) {
        const hb_block *block = &c->joins->away.blocks[c->next_block];
        for (; c->at < block->n && !hb_outbox_full(box); c->at += 2) {
            const hb_gid to = block->words[c->at + 1];
            if (!hb_joins_open(j, to)) continue;
            uint64_t *words = hb_outbox_put(box, hb_gid_rank(to), 2);
            if (words == NULL) return HB_ERR_MEMORY;
            words[0] = hb_gid_id(to);
            words[1] = top_of(j, (uint32_t)block->words[c->at]);
        }
        if (c->at < block->n) break;
        c->next_block++;
        c->at = 0;
    }
    *more = c->next_block < c->joins->away.n;
    return HB_OK;
}

static hb_status take_offers(void *ctx, int from, const uint64_t *words, size_t n)
{
    (void)from;
    const closer *c = ctx;
    for (size_t at = 0; at < n; at += 2) offer(c->joins, (uint32_t)words[at], HB_NO_ID, words[at + 1]);
    return HB_OK;
}

/* --- rounds --- */

static void forget_offers(hb_joins *j)
{
    const size_t base = j->base[j->forest.rank];
    for (uint32_t v = 0; v < j->graph->shard->n; v += 64)
        for (uint64_t bits = j->open[base + v / 64]; bits != 0; bits &= bits - 1)
            j->seen[v + (uint32_t)__builtin_ctzll(bits)] = NONE;
}

/* Closes what can be told by now. */
static void settle(const closer *c)
{
    hb_joins *j = c->joins;
    const size_t base = j->base[j->forest.rank];
    for (uint32_t v = 0; v < j->graph->shard->n; v += 64) {
        for (uint64_t bits = j->open[base + v / 64]; bits != 0; bits &= bits - 1) {
            const uint32_t id = v + (uint32_t)__builtin_ctzll(bits);
            const uint64_t seen = j->seen[id];
            const int in_tree = c->by_tree && (seen & (UNKNOWN | TOP)) == 0 && seen != NONE;
            if (seen != TWO_TOPS && !in_tree) continue;
            if (in_tree) j->idom[id] = hb_gid_of(j->forest.rank, (uint32_t)seen);
            j->open[base + v / 64] &= ~(UINT64_C(1) << id % 64);
        }
    }
}

static hb_status round_of_offers(closer *c)
{
    hb_joins *j = c->joins;
    hb_status status = HB_OK;
    forget_offers(j);
    offer_local(c);
    c->next_block = c->at = 0;
    if (hb_comm_size(j->comm) > 1) HB_TRY(hb_exchange(j->comm, put_offers, take_offers, c));
    settle(c);
    HB_TRY(hb_joins_share(j));
out:
    return status;
}

hb_status hb_joins_close(hb_joins *j)
{
    const int alone = hb_comm_size(j->comm) == 1;
    closer c = { .joins = j, .by_tree = alone };
    uint64_t before = hb_joins_count(j);
    hb_status status;
    HB_TRY(hb_comm_agree(j->comm, hb_joins_note_edges(j)));
    for (int round = 0; round < MOST_ROUNDS && before > 0; round++) {
        HB_TRY(round_of_offers(&c));
        const uint64_t left = hb_joins_count(j);
        if (c.by_tree && (!alone || left == before)) break;
        /* With several ranks: once no more are closed, the last round. Few joins can have most of the edges. */
        if (left == before || round == MOST_ROUNDS - 2) c.by_tree = 1;
        before = left;
    }
out:
    return status;
}
