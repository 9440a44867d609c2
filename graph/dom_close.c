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

#include <omp.h>
#include <string.h>

#include "base/exchange.h"
#include "base/memory.h"
#include "base/wordlist.h"

#define MOST_ROUNDS 12
#define MOST_STEPS 256   /* of a search for a common ancestor */

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

/* The nearest common ancestor of two objects of one tree; HB_NO_ID: it is far, or on another rank. Whoever is farther
 * from the roots cannot be it: a dominator is nearer than what it dominates. */
static uint32_t common_ancestor(const hb_joins *j, uint32_t a, uint32_t b)
{
    const hb_distance *distance = j->bfs->distance;
    for (int steps = 0; a != b && steps < MOST_STEPS; steps++) {
        uint32_t *farther = distance[a] >= distance[b] ? &a : &b;
        const hb_gid above = j->idom[*farther];
        if (above == HB_NO_GID || hb_gid_rank(above) != j->forest.rank) return HB_NO_ID;
        *farther = hb_gid_id(above);
    }
    return a == b ? a : HB_NO_ID;
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
                                                                : common_ancestor(j, (uint32_t)offered, holder);
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

/* --- edges into open joins --- */

static hb_status note_edge(hb_wordlist *edges, const hb_joins *j, uint32_t holder, uint32_t to)
{
    if (!hb_joins_open(j, hb_gid_of(j->forest.rank, to)) || holder == to) return HB_OK;
    uint64_t *word = hb_wordlist_put(edges, 1);
    if (word == NULL) return HB_ERR_MEMORY;
    *word = (uint64_t)holder << 32 | to;
    return HB_OK;
}

/* Instances of one class in one tree are one edge to the class, from their nearest common ancestor: what is between it
 * and them is passed by. It is kept in a word of `edges`, holder << 32 | join, or two of `away`. */
typedef struct instances {
    hb_gid top;
    uint64_t *edge;
} instances;

/* Whether an edge from `holder` can stand for v as well: from *common. */
static int stands_for(const hb_joins *j, const instances *last, uint32_t holder, uint32_t v, hb_gid top, uint32_t *common)
{
    if (last->top != top) return 0;
    *common = hb_gid_of(j->forest.rank, holder) == top ? holder : common_ancestor(j, holder, v);
    return *common != HB_NO_ID;
}

static hb_status note_class(hb_wordlist *edges, const hb_joins *j, instances *last, uint32_t v, hb_gid to)
{
    uint32_t common;
    if (!hb_joins_open(j, to)) return HB_OK;
    const hb_gid top = hb_joins_top(j, v);
    if (last->edge != NULL && stands_for(j, last, (uint32_t)(*last->edge >> 32), v, top, &common)) {
        *last->edge = (uint64_t)common << 32 | hb_gid_id(to);
        return HB_OK;
    }
    uint64_t *edge = hb_wordlist_put(edges, 1);
    if (edge == NULL) return HB_ERR_MEMORY;
    *edge = (uint64_t)v << 32 | hb_gid_id(to);
    *last = (instances){ top, edge };
    return HB_OK;
}

/* The class of an object when it lives on this rank, or on another; else HB_NO_GID. */
static hb_gid class_of(const hb_joins *j, uint32_t v, int here)
{
    const hb_shard *shard = j->graph->shard;
    const uint32_t class_id = shard->class_id[v];
    if (class_id == HB_NO_CLASS || shard->class_gid[class_id] == HB_NO_GID) return HB_NO_GID;
    return (hb_gid_rank(shard->class_gid[class_id]) == j->forest.rank) == here ? shard->class_gid[class_id] : HB_NO_GID;
}

static hb_status note_local(closer *c, instances *last, uint32_t v)
{
    const hb_joins *j = c->joins;
    const hb_graph *graph = j->graph;
    hb_wordlist *edges = &j->edges[omp_get_thread_num()];
    if (j->bfs->distance[v] == HB_UNREACHED) return HB_OK;
    for HB_EACH_EDGE (graph, v, e)
        if (note_edge(edges, j, v, graph->target[e]) != HB_OK) return HB_ERR_MEMORY;
    const hb_gid class_gid = class_of(j, v, 1);
    return class_gid == HB_NO_GID ? HB_OK : note_class(edges, j, &last[graph->shard->class_id[v]], v, class_gid);
}

/* *edge: where the edge is, unless the join is closed. */
static hb_status note_away(closer *c, uint32_t v, hb_gid to, uint64_t **edge)
{
    if (!hb_joins_open(c->joins, to)) return HB_OK;
    *edge = hb_wordlist_put(&c->joins->away, 2);
    if (*edge == NULL) return HB_ERR_MEMORY;
    (*edge)[0] = v;
    (*edge)[1] = to;
    return HB_OK;
}

static hb_status note_class_away(closer *c, instances *last, uint32_t v, hb_gid to)
{
    uint32_t common;
    if (!hb_joins_open(c->joins, to)) return HB_OK;
    const hb_gid top = hb_joins_top(c->joins, v);
    if (last->edge != NULL && stands_for(c->joins, last, (uint32_t)last->edge[0], v, top, &common)) {
        last->edge[0] = common;
        return HB_OK;
    }
    last->top = top;
    return note_away(c, v, to, &last->edge);
}

static hb_status note_remote(closer *c)
{
    const hb_graph *graph = c->joins->graph;
    const hb_shard *shard = graph->shard;
    uint64_t *edge;
    hb_status status = HB_OK;
    if (graph->remote_first == NULL) return HB_OK;
    instances *last = hb_alloc_zero(shard->classes.n, sizeof *last);
    if (last == NULL) return HB_ERR_MEMORY;
    for (uint32_t v = 0; v < shard->n && status == HB_OK; v++) {
        if (c->joins->bfs->distance[v] == HB_UNREACHED) continue;
        for HB_EACH_REMOTE (graph, v, e)
            if (status == HB_OK) status = note_away(c, v, graph->remote[e], &edge);
        const hb_gid class_gid = class_of(c->joins, v, 0);
        if (status == HB_OK && class_gid != HB_NO_GID) status = note_class_away(c, &last[shard->class_id[v]], v, class_gid);
    }
    hb_free(last);
    return status;
}

static hb_status note_edges(closer *c)
{
    hb_joins *j = c->joins;
    const uint32_t n = j->graph->shard->n;
    int worst = HB_OK;
    hb_wordlist_init(&j->away, 0);
    j->edges = hb_alloc((size_t)j->n_threads, sizeof *j->edges);
    if (j->edges == NULL) return HB_ERR_MEMORY;
    for (int t = 0; t < j->n_threads; t++) hb_wordlist_init(&j->edges[t], 0);
#pragma omp parallel num_threads(j->n_threads) reduction(max : worst)
    {
        instances *last = hb_alloc_zero(j->graph->shard->classes.n, sizeof *last);
        if (last == NULL) worst = HB_ERR_MEMORY;
#pragma omp for schedule(dynamic, 4096)
        for (uint32_t v = 0; v < n; v++) {
            int status = last != NULL ? (int)note_local(c, last, v) : (int)HB_ERR_MEMORY;
            if (status > worst) worst = status;
        }
        hb_free(last);
    }
    return worst == HB_OK ? note_remote(c) : (hb_status)worst;
}

/* Offers a block's edges, and drops those into joins that have been closed. */
static void offer_block(const hb_joins *j, hb_block *block)
{
    size_t kept = 0;
    for (size_t i = 0; i < block->n; i++) {
        const uint32_t holder = (uint32_t)(block->words[i] >> 32), to = (uint32_t)block->words[i];
        if (!hb_joins_open(j, hb_gid_of(j->forest.rank, to))) continue;
        block->words[kept++] = block->words[i];
        if (__atomic_load_n(&j->seen[to], __ATOMIC_RELAXED) != TWO_TOPS) offer(j, to, holder, top_of(j, holder));
    }
    block->n = kept;
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
    HB_TRY(hb_comm_agree(j->comm, note_edges(&c)));
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
