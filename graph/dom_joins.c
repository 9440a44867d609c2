/* What enters: the graph and the breadth-first tree. What leaves: the immediate dominators of all objects but the open
 * joins, and the forest of what is settled.
 *
 * An object that a ROOT line names is dominated by the virtual root alone: its other holders do not matter. One that
 * has a single holder is dominated by it, and that holder is its parent in the search. So one look at all edges finds
 * the joins: an edge that comes from another object than the parent makes one.
 *
 * What becomes of the joins: graph/dom_close.c. */
#include "graph/dom_joins.h"

#include <omp.h>
#include <string.h>

#include "base/exchange.h"
#include "base/memory.h"

#define MOST_STEPS 256   /* of a search for a common ancestor */

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

hb_status hb_joins_share(hb_joins *j)
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
    const uint32_t c = hb_shard_class_id(graph->shard, v);
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
    const uint32_t c = hb_shard_class_id(shard, v);
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
        if (class_gid == HB_NO_GID || !is_news(s, hb_shard_class_id(graph->shard, v), v)) continue;
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
    HB_TRY(hb_joins_share(j));
#pragma omp parallel for num_threads(n_threads) schedule(static)
    for (uint32_t v = 0; v < n; v++) settle(j, v);
    j->forest = (hb_forest){ .comm = comm, .rank = graph->shard->rank, .n = n, .above = j->idom, .order = j->order,
                             .n_order = j->n_order, .n_threads = n_threads, .with_tops = 1 };
    HB_TRY(hb_forest_build(&j->forest));
    HB_TRY(hb_forest_tops(&j->forest, &j->entry_top));
out:
    hb_free(s.told);
    return status;
}

uint32_t hb_joins_common_ancestor(const hb_joins *j, uint32_t a, uint32_t b)
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

void hb_joins_fini(hb_joins *j)
{
    hb_forest_fini(&j->forest);
    hb_free(j->open);
    hb_free(j->base);
    hb_free(j->entry_top);
    for (int t = 0; j->edges != NULL && t < j->n_threads; t++) hb_wordlist_fini(&j->edges[t]);
    hb_free(j->edges);
    hb_wordlist_fini(&j->away);
    j->edges = NULL;
    j->open = NULL;
    j->base = NULL;
    j->entry_top = NULL;
}
