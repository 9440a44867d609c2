/* Every edge that gives its target the target's distance is an offer, and the lowest parent word wins; so the order of
 * the offers does not matter. Edges within a shard are offered by all threads at once, by atomic minimum; those to other
 * ranks travel, and only these say on the way which instance variable they are. For the former that is looked up when
 * parents are final: each object has one, so one thread alone writes its `via`.
 *
 * A row's instance variables are named from the last to the first, as shapes are linked; so of several that hold one
 * object the first is written last. */
#include "graph/bfs_parents.h"

#include <string.h>

#include "base/exchange.h"
#include "base/memory.h"

#define CLASS_STEP ((UINT64_C(1) << 32) + 1)

typedef struct finder {
    const hb_graph *graph;
    hb_bfs *bfs;
    const hb_distance *class_best;
    uint32_t *class_source;   /* by class_id: the lowest id among the objects at class_best; HB_NO_ID: none */
    uint32_t next;            /* next object whose remote edges are to be told */
    size_t next_class;
} finder;

static void offer(hb_parent *at, hb_parent parent)
{
    hb_parent now = __atomic_load_n(at, __ATOMIC_RELAXED);
    while (parent < now)
        if (__atomic_compare_exchange_n(at, &now, parent, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) return;
}

static hb_parent parent_word(int rank, uint32_t id, int by_class)
{
    return hb_gid_of(rank, id) << 1 | (unsigned)by_class;
}

/* Edges within the shard, and who stands for each class. */
static void offer_local(finder *f, uint32_t v)
{
    const hb_graph *graph = f->graph;
    const hb_distance d = f->bfs->distance[v];
    if (d == HB_UNREACHED) return;
    for HB_EACH_EDGE (graph, v, e) {
        uint32_t to = graph->target[e];
        if (f->bfs->distance[to] == d + 1) offer(&f->bfs->parent[to], parent_word(graph->shard->rank, v, 0));
    }
    uint32_t c = hb_shard_class_id(graph->shard, v);
    if (c == HB_NO_CLASS || f->class_best[c] != d) return;
    uint32_t now = __atomic_load_n(&f->class_source[c], __ATOMIC_RELAXED);
    while (v < now)
        if (__atomic_compare_exchange_n(&f->class_source[c], &now, v, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) return;
}

/* An offer to another rank: target id << 32 | source id, and the distance it gives, with BY_CLASS when the edge is a
 * class edge; with NAMED, a third word is the name id of the instance variable. */
#define BY_CLASS (UINT64_C(1) << 63)
#define NAMED (UINT64_C(1) << 62)

static hb_status put_offer(hb_outbox *box, hb_gid to, uint32_t source, uint64_t distance, uint32_t name)
{
    const int named = name != HB_NO_STRING;
    uint64_t *words = hb_outbox_put(box, hb_gid_rank(to), named ? 3 : 2);
    if (words == NULL) return HB_ERR_MEMORY;
    words[0] = (uint64_t)hb_gid_id(to) << 32 | source;
    words[1] = distance | (named ? NAMED : 0);
    if (named) words[2] = name;
    return HB_OK;
}

static hb_status put_remote(finder *f, hb_outbox *box, uint32_t v)
{
    const hb_graph *graph = f->graph;
    const hb_distance d = f->bfs->distance[v];
    const uint64_t begin = graph->remote_first[v], end = graph->remote_first[v + 1];
    if (d == HB_UNREACHED || begin == end) return HB_OK;
    uint32_t ivar = hb_graph_last_ivar(graph, v);
    for (uint64_t at = graph->first[v + 1], e = end; e > begin;) {
        uint32_t name = HB_NO_STRING;
        if (ivar != HB_NO_IVAR) {
            /* Past what stays here. */
            for (; graph->target[--at] != HB_NO_ID;) ivar = hb_shapes_before(&graph->shard->shapes, ivar);
            name = hb_shapes_name(&graph->shard->shapes, ivar);
            ivar = hb_shapes_before(&graph->shard->shapes, ivar);
        }
        if (put_offer(box, graph->remote[--e], v, d + 1, name) != HB_OK) return HB_ERR_MEMORY;
    }
    return HB_OK;
}

/* The classes, theirs and ours alike, then the remote edges. */
static hb_status tell(void *ctx, hb_outbox *box, int *more)
{
    finder *f = ctx;
    const hb_shard *shard = f->graph->shard;
    for (; f->next_class < shard->classes.n && !hb_outbox_full(box); f->next_class++) {
        size_t c = f->next_class;
        if (shard->class_gid[c] == HB_NO_GID || f->class_source[c] == HB_NO_ID) continue;
        uint64_t distance = (f->class_best[c] + CLASS_STEP) | BY_CLASS;
        if (put_offer(box, shard->class_gid[c], f->class_source[c], distance, HB_NO_STRING) != HB_OK)
            return HB_ERR_MEMORY;
    }
    if (f->graph->remote_first == NULL) f->next = shard->n;
    for (; f->next < shard->n && !hb_outbox_full(box); f->next++)
        if (put_remote(f, box, f->next) != HB_OK) return HB_ERR_MEMORY;
    *more = f->next < shard->n || f->next_class < shard->classes.n;
    return HB_OK;
}

static hb_status hear(void *ctx, int from, const uint64_t *words, size_t n)
{
    hb_bfs *bfs = ((finder *)ctx)->bfs;
    size_t size;
    for (size_t at = 0; at < n; at += size) {
        const uint32_t to = (uint32_t)(words[at] >> 32), source = (uint32_t)words[at];
        const hb_parent parent = parent_word(from, source, (words[at + 1] & BY_CLASS) != 0);
        size = words[at + 1] & NAMED ? 3 : 2;
        if (bfs->distance[to] != (words[at + 1] & ~(BY_CLASS | NAMED)) || parent > bfs->parent[to]) continue;
        bfs->parent[to] = parent;
        if (bfs->via != NULL) bfs->via[to] = size == 3 ? (uint32_t)words[at + 2] + 1 : 0;
    }
    return HB_OK;
}

/* Names the edges within the shard that are the parents' of their targets. */
static void name_local(const hb_graph *graph, const hb_bfs *bfs, uint32_t v)
{
    const hb_parent own = parent_word(graph->shard->rank, v, 0);
    uint32_t ivar = hb_graph_last_ivar(graph, v);
    if (ivar == HB_NO_IVAR || bfs->distance[v] == HB_UNREACHED) return;
    for (uint64_t e = graph->first[v + 1]; e-- > graph->first[v];) {
        const uint32_t to = graph->target[e];
        if (to != HB_NO_ID && bfs->parent[to] == own) bfs->via[to] = hb_shapes_name(&graph->shard->shapes, ivar) + 1;
        ivar = hb_shapes_before(&graph->shard->shapes, ivar);
    }
}

static void name_all(const hb_graph *graph, const hb_bfs *bfs, int n_threads)
{
#pragma omp parallel for num_threads(n_threads) schedule(static)
    for (uint32_t v = 0; v < graph->shard->n; v++) name_local(graph, bfs, v);
}

/* Dumps before Ruby 3.2 have no shapes, and nothing can be named. */
static hb_status make_via(const hb_graph *graph, hb_bfs *bfs)
{
    if (graph->shard->shapes.lines.n == 0) return HB_OK;
    bfs->via = hb_alloc_zero(graph->shard->n, sizeof *bfs->via);
    return bfs->via != NULL ? HB_OK : HB_ERR_MEMORY;
}

hb_status hb_bfs_name_edges(const hb_graph *graph, hb_bfs *bfs, int n_threads)
{
    const hb_status status = make_via(graph, bfs);
    if (status == HB_OK && bfs->via != NULL) name_all(graph, bfs, n_threads);
    return status;
}

/* ROOT lines come before every object; the first in the dump before the others. */
static void offer_roots(finder *f)
{
    const hb_graph *graph = f->graph;
    for (size_t i = 0; i < graph->n_root_edges; i++) {
        const uint32_t id = graph->root_edges[i].id;
        hb_parent *at = &f->bfs->parent[id];
        hb_parent root = HB_PARENT_ROOT | graph->root_edges[i].root;
        if (!hb_parent_is_root(*at) || root < *at) *at = root;
        if (f->bfs->via != NULL) f->bfs->via[id] = 0;
    }
}

hb_status hb_bfs_find_parents(hb_comm *comm, const hb_graph *graph, hb_bfs *bfs, const hb_distance *class_best,
                              int n_threads)
{
    const hb_shard *shard = graph->shard;
    finder f = { .graph = graph, .bfs = bfs, .class_best = class_best };
    bfs->parent = hb_alloc(shard->n, sizeof *bfs->parent);
    f.class_source = hb_alloc(shard->classes.n, sizeof *f.class_source);
    hb_status status = bfs->parent != NULL && f.class_source != NULL ? make_via(graph, bfs) : HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(comm, status));
    memset(bfs->parent, 0xff, shard->n * sizeof *bfs->parent);
    memset(f.class_source, 0xff, shard->classes.n * sizeof *f.class_source);
#pragma omp parallel for num_threads(n_threads) schedule(static)
    for (uint32_t v = 0; v < shard->n; v++) offer_local(&f, v);
    HB_TRY(hb_exchange(comm, tell, hear, &f));
    offer_roots(&f);
    if (bfs->via != NULL) name_all(graph, bfs, n_threads);
out:
    hb_free(f.class_source);
    return status;
}
