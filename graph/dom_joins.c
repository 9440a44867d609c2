/* What enters: the graph and the breadth-first tree. What leaves: the immediate dominators of all objects but the open
 * joins, and the forest of what is settled.
 *
 * An object that a ROOT line names is dominated by the virtual root alone: its other holders do not matter. One that
 * has a single holder is dominated by it, and that holder is its parent in the search. So one look at all edges finds
 * the joins: an edge that comes from another object than the parent makes one.
 *
 * Cut at the joins, the search tree is a forest. A join that is held from two trees whose tops hang from the virtual
 * root can be reached past each of these tops, and so is dominated by the virtual root as well. That in turn makes it
 * such a top. In a Ruby heap nearly all classes, shared strings and method entries go this way in a round or two.
 *
 * Each round: every rank offers, along its edges into open joins, the top of the tree that the edge comes from; a join
 * that has been offered two different ones is closed; all ranks learn the bits. */
#include "graph/dom_joins.h"

#include <omp.h>
#include <string.h>

#include "base/exchange.h"
#include "base/memory.h"

#define MOST_ROUNDS 8

/* --- the bits --- */

static hb_status lay_out_bits(hb_joins *j)
{
    const size_t n_ranks = (size_t)hb_comm_size(j->comm);
    const int rank = hb_comm_rank(j->comm);
    hb_status status;
    j->base = hb_alloc_zero(n_ranks + 1, sizeof *j->base);
    uint64_t *sizes = hb_alloc_zero(n_ranks, sizeof *sizes);
    HB_TRY(hb_comm_agree(j->comm, j->base != NULL && sizes != NULL ? HB_OK : HB_ERR_MEMORY));
    sizes[rank] = ((uint64_t)j->graph->shard->n + 63) / 64;
    hb_comm_sum(j->comm, sizes, n_ranks);
    for (size_t r = 0; r < n_ranks; r++) j->base[r + 1] = j->base[r] + sizes[r];
    j->open = hb_alloc_zero(j->base[n_ranks], sizeof *j->open);
    HB_TRY(hb_comm_agree(j->comm, j->open != NULL ? HB_OK : HB_ERR_MEMORY));
out:
    hb_free(sizes);
    return status;
}

static void set_bit(hb_joins *j, uint32_t id)
{
    uint64_t *word = &j->open[j->base[j->forest.rank] + id / 64], bit = UINT64_C(1) << id % 64;
    if ((__atomic_load_n(word, __ATOMIC_RELAXED) & bit) == 0) __atomic_fetch_or(word, bit, __ATOMIC_RELAXED);
}

/* Each rank's own bits to all. */
static hb_status share_bits(hb_joins *j)
{
    const int root = 0, n_ranks = hb_comm_size(j->comm);
    uint64_t *all = NULL;
    size_t n_all;
    hb_status status = HB_OK;
    if (n_ranks == 1) return HB_OK;
    const size_t *base = &j->base[j->forest.rank];
    HB_TRY(hb_comm_gather(j->comm, j->open + base[0], base[1] - base[0], root, &all, &n_all));
    if (j->forest.rank == root) memcpy(j->open, all, n_all * sizeof *all);
    hb_comm_broadcast(j->comm, j->open, j->base[n_ranks] * sizeof *j->open, root);
out:
    hb_free(all);
    return status;
}

uint64_t hb_joins_count(const hb_joins *j)
{
    uint64_t n = 0;
    for (size_t i = 0; i < j->base[hb_comm_size(j->comm)]; i++) n += (uint64_t)__builtin_popcountll(j->open[i]);
    return n;
}

/* --- finding the joins --- */

/* Whether holding `to` from the object `from` makes it a join. */
static int joins_at(const hb_joins *j, uint32_t to, hb_gid from)
{
    const hb_parent parent = j->bfs->parent[to];
    return !hb_parent_is_root(parent) && hb_parent_gid(parent) != from &&
           hb_gid_of(j->forest.rank, to) != from;
}

static void note_local(hb_joins *j, uint32_t v)
{
    const hb_graph *graph = j->graph;
    const hb_gid from = hb_gid_of(j->forest.rank, v);
    if (j->bfs->distance[v] == HB_UNREACHED) return;
    for HB_EACH_EDGE (graph, v, e)
        if (joins_at(j, graph->target[e], from)) set_bit(j, graph->target[e]);
    const uint32_t c = graph->shard->class_id[v];
    if (c == HB_NO_CLASS) return;
    const hb_gid class_gid = graph->shard->class_gid[c];
    if (class_gid == HB_NO_GID || hb_gid_rank(class_gid) != j->forest.rank) return;
    if (joins_at(j, hb_gid_id(class_gid), from)) set_bit(j, hb_gid_id(class_gid));
}

/* What goes to other ranks, in the order of the sources. */
typedef struct sender {
    hb_joins *joins;
    uint32_t next;
    uint64_t *told;          /* by class_id, two words: what was told of its instances */
} sender;

/* Whether something about a class is news to its owner, who needs to know two different things at most. */
static int is_news(sender *s, uint32_t class_id, uint64_t word)
{
    uint64_t *told = &s->told[2 * (size_t)class_id];
    for (int i = 0; i < 2; i++) {
        if (told[i] == word) return 0;
        if (told[i] != UINT64_MAX) continue;
        told[i] = word;
        return 1;
    }
    return 0;
}

/* The class of an object when it lives on another rank; else HB_NO_GID. */
static hb_gid remote_class(const hb_joins *j, uint32_t v)
{
    const hb_shard *shard = j->graph->shard;
    const uint32_t c = shard->class_id[v];
    if (c == HB_NO_CLASS || shard->class_gid[c] == HB_NO_GID) return HB_NO_GID;
    return hb_gid_rank(shard->class_gid[c]) != j->forest.rank ? shard->class_gid[c] : HB_NO_GID;
}

static hb_status put_edge(hb_outbox *box, hb_gid to, uint32_t from)
{
    uint64_t *word = hb_outbox_put(box, hb_gid_rank(to), 1);
    if (word == NULL) return HB_ERR_MEMORY;
    *word = (uint64_t)hb_gid_id(to) << 32 | from;
    return HB_OK;
}

static hb_status put_edges(void *ctx, hb_outbox *box, int *more)
{
    sender *s = ctx;
    const hb_joins *j = s->joins;
    const hb_graph *graph = j->graph;
    const uint32_t n = graph->remote_first == NULL ? 0 : graph->shard->n;
    for (; s->next < n && !hb_outbox_full(box); s->next++) {
        const uint32_t v = s->next;
        if (j->bfs->distance[v] == HB_UNREACHED) continue;
        for HB_EACH_REMOTE (graph, v, e)
            if (put_edge(box, graph->remote[e], v) != HB_OK) return HB_ERR_MEMORY;
        const hb_gid class_gid = remote_class(j, v);
        if (class_gid == HB_NO_GID || !is_news(s, graph->shard->class_id[v], v)) continue;
        if (put_edge(box, class_gid, v) != HB_OK) return HB_ERR_MEMORY;
    }
    *more = s->next < n;
    return HB_OK;
}

static hb_status take_edges(void *ctx, int from, const uint64_t *words, size_t n)
{
    sender *s = ctx;
    for (size_t i = 0; i < n; i++) {
        const uint32_t to = (uint32_t)(words[i] >> 32);
        if (joins_at(s->joins, to, hb_gid_of(from, (uint32_t)words[i]))) set_bit(s->joins, to);
    }
    return HB_OK;
}

static void settle(hb_joins *j, uint32_t v)
{
    const hb_parent parent = j->bfs->parent[v];
    const int settled = j->bfs->distance[v] != HB_UNREACHED && !hb_parent_is_root(parent) &&
                        !hb_joins_open(j, hb_gid_of(j->forest.rank, v));
    j->idom[v] = settled ? hb_parent_gid(parent) : HB_NO_GID;
}

static hb_status init_sender(hb_joins *j, sender *s)
{
    const size_t n = j->graph->shard->classes.n;
    *s = (sender){ .joins = j, .told = hb_alloc(n, 2 * sizeof *s->told) };
    if (s->told == NULL) return HB_ERR_MEMORY;
    memset(s->told, 0xff, n * 2 * sizeof *s->told);
    return HB_OK;
}

hb_status hb_joins_find(hb_comm *comm, const hb_graph *graph, const hb_bfs *bfs, int n_threads, hb_joins *j)
{
    sender s = { 0 };
    const uint32_t n = graph->shard->n;
    hb_status status;
    j->comm = comm;
    j->graph = graph;
    j->bfs = bfs;
    j->n_threads = n_threads;
    j->forest.rank = graph->shard->rank;
    HB_TRY(lay_out_bits(j));
    HB_TRY(hb_comm_agree(comm, init_sender(j, &s)));
#pragma omp parallel for num_threads(n_threads) schedule(dynamic, 4096)
    for (uint32_t v = 0; v < n; v++) note_local(j, v);
    HB_TRY(hb_exchange(comm, put_edges, take_edges, &s));
    HB_TRY(share_bits(j));
#pragma omp parallel for num_threads(n_threads) schedule(static)
    for (uint32_t v = 0; v < n; v++) settle(j, v);
    HB_TRY(hb_forest_build(comm, graph->shard->rank, n, j->idom, j->order, j->n_order, &j->forest));
    HB_TRY(hb_forest_tops(&j->forest, &j->entry_top));
out:
    hb_free(s.told);
    return status;
}

/* --- closing them --- */

#define NOTHING UINT64_MAX
#define TWO_TOPS (UINT64_MAX - 1)

static void take_offer(hb_joins *j, uint32_t to, hb_gid top)
{
    uint64_t now = __atomic_load_n(&j->seen[to], __ATOMIC_RELAXED);
    while (now != top && now != TWO_TOPS) {
        const uint64_t next = now == NOTHING ? top : TWO_TOPS;
        if (__atomic_compare_exchange_n(&j->seen[to], &now, next, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) return;
    }
}

/* The top that an object offers: one that the virtual root dominates; else HB_NO_GID. */
static hb_gid offer_of(const hb_joins *j, uint32_t v)
{
    if (j->bfs->distance[v] == HB_UNREACHED) return HB_NO_GID;
    const hb_gid top = hb_joins_top(j, v);
    return hb_joins_open(j, top) ? HB_NO_GID : top;
}

static void offer_local(hb_joins *j, uint32_t v)
{
    const hb_graph *graph = j->graph;
    const int rank = j->forest.rank;
    const hb_gid top = offer_of(j, v);
    if (top == HB_NO_GID) return;
    for HB_EACH_EDGE (graph, v, e)
        if (hb_joins_open(j, hb_gid_of(rank, graph->target[e]))) take_offer(j, graph->target[e], top);
    const uint32_t c = graph->shard->class_id[v];
    if (c == HB_NO_CLASS) return;
    const hb_gid class_gid = graph->shard->class_gid[c];
    if (class_gid != HB_NO_GID && hb_gid_rank(class_gid) == rank && hb_joins_open(j, class_gid))
        take_offer(j, hb_gid_id(class_gid), top);
}

static hb_status put_offer(const hb_joins *j, hb_outbox *box, hb_gid to, hb_gid top)
{
    if (!hb_joins_open(j, to)) return HB_OK;
    uint64_t *words = hb_outbox_put(box, hb_gid_rank(to), 2);
    if (words == NULL) return HB_ERR_MEMORY;
    words[0] = hb_gid_id(to);
    words[1] = top;
    return HB_OK;
}

static hb_status put_offers(void *ctx, hb_outbox *box, int *more)
{
    sender *s = ctx;
    const hb_joins *j = s->joins;
    const hb_graph *graph = j->graph;
    const uint32_t n = graph->remote_first == NULL ? 0 : graph->shard->n;
    for (; s->next < n && !hb_outbox_full(box); s->next++) {
        const uint32_t v = s->next;
        const hb_gid top = offer_of(j, v);
        if (top == HB_NO_GID) continue;
        for HB_EACH_REMOTE (graph, v, e)
            if (put_offer(j, box, graph->remote[e], top) != HB_OK) return HB_ERR_MEMORY;
        const hb_gid class_gid = remote_class(j, v);
        if (class_gid == HB_NO_GID || !is_news(s, graph->shard->class_id[v], top)) continue;
        if (put_offer(j, box, class_gid, top) != HB_OK) return HB_ERR_MEMORY;
    }
    *more = s->next < n;
    return HB_OK;
}

static hb_status take_offers(void *ctx, int from, const uint64_t *words, size_t n)
{
    (void)from;
    sender *s = ctx;
    for (size_t at = 0; at < n; at += 2) take_offer(s->joins, (uint32_t)words[at], words[at + 1]);
    return HB_OK;
}

/* One round. */
static hb_status offer_all(hb_joins *j)
{
    sender s = { 0 };
    const uint32_t n = j->graph->shard->n;
    hb_status status;
    HB_TRY(hb_comm_agree(j->comm, init_sender(j, &s)));
    memset(j->seen, 0xff, n * sizeof *j->seen);
#pragma omp parallel for num_threads(j->n_threads) schedule(dynamic, 4096)
    for (uint32_t v = 0; v < n; v++) offer_local(j, v);
    HB_TRY(hb_exchange(j->comm, put_offers, take_offers, &s));
    uint64_t *own = j->open + j->base[j->forest.rank];
    for (uint32_t v = 0; v < n; v++)
        if (j->seen[v] == TWO_TOPS) own[v / 64] &= ~(UINT64_C(1) << v % 64);
    HB_TRY(share_bits(j));
out:
    hb_free(s.told);
    return status;
}

hb_status hb_joins_resolve(hb_joins *j)
{
    hb_status status = HB_OK;
    uint64_t before = hb_joins_count(j);
    for (int round = 0; round < MOST_ROUNDS && before > 0; round++) {
        HB_TRY(offer_all(j));
        const uint64_t left = hb_joins_count(j);
        if ((before - left) * 16 < before) break;
        before = left;
    }
out:
    return status;
}

void hb_joins_fini(hb_joins *j)
{
    hb_forest_fini(&j->forest);
    hb_free(j->open);
    hb_free(j->base);
    hb_free(j->entry_top);
    j->open = NULL;
    j->base = NULL;
    j->entry_top = NULL;
}
