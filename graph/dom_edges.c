/* What enters: the open joins. What leaves: the edges into them, by their holders.
 *
 * Most edges lead from objects to their class. Where instances are in two trees that hang from the virtual root, these two
 * edges tell all that there is to tell (graph/dom_close.c: two tops). Of other classes, instances in one tree are one edge,
 * from their nearest common ancestor: what is between it and them is passed by. Each thread notes the edges within the
 * rank in a list of its own; those that leave it are noted by one thread. */
#include "graph/dom_edges.h"

#include <omp.h>
#include <string.h>

#include "base/memory.h"

static hb_status note_edge(hb_wordlist *edges, const hb_joins *j, uint32_t holder, uint32_t to)
{
    if (!hb_joins_open(j, hb_gid_of(j->forest.rank, to)) || holder == to) return HB_OK;
    uint64_t *word = hb_wordlist_put(edges, 1);
    if (word == NULL) return HB_ERR_MEMORY;
    *word = (uint64_t)holder << 32 | to;
    return HB_OK;
}

/* The last edge from instances of a class, for the next ones of the same tree: a word of `edges`, holder << 32 | join, or
 * two of `away`. */
typedef struct instances {
    hb_gid top;
    uint64_t *edge;
} instances;

/* Whether an edge from `holder` can stand for v as well: from *common. */
static int stands_for(const hb_joins *j, const instances *last, uint32_t holder, uint32_t v, hb_gid top, uint32_t *common)
{
    if (last->top != top) return 0;
    *common = hb_gid_of(j->forest.rank, holder) == top ? holder : hb_joins_common_ancestor(j, holder, v);
    return *common != HB_NO_ID;
}

static hb_status note_class(hb_wordlist *edges, const hb_joins *j, instances *last, uint32_t v, hb_gid to)
{
    uint32_t common;
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

static int is_here(const hb_joins *j, hb_gid gid)
{
    return hb_gid_rank(gid) == j->forest.rank;
}

/* --- classes with instances in two trees --- */

/* Instances in different trees that hang from the virtual root and are not the class's own: none, one or two. NOT_OPEN: the
 * class is no open join, there is nothing to tell. */
#define NOT_OPEN 3u

typedef struct spread {
    hb_gid top;              /* of the first one's tree */
    uint32_t instance[2];
    uint32_t n;
} spread;

static void see(const hb_joins *j, spread *s, uint32_t v, hb_gid top, hb_gid class_gid)
{
    if (s->n >= 2 || top == class_gid || hb_joins_open(j, top) || (s->n == 1 && s->top == top)) return;
    if (s->n == 0) s->top = top;
    s->instance[s->n++] = v;
}

static void see_classes(const hb_joins *j, spread *all)
{
    const hb_shard *shard = j->graph->shard;
    for (size_t c = 0; c < shard->classes.n; c++)
        if (shard->class_gid[c] == HB_NO_GID || !hb_joins_open(j, shard->class_gid[c])) all[c].n = NOT_OPEN;
}

/* Threads have an entry for each class: a forged dump may have as many classes as objects. */
static int threads_for_classes(const hb_joins *j)
{
    const hb_shard *shard = j->graph->shard;
    return shard->classes.n <= shard->n / (uint32_t)j->n_threads ? j->n_threads : 1;
}

static hb_status see_all(const hb_joins *j, spread *all)
{
    const hb_shard *shard = j->graph->shard;
    hb_status status = HB_OK;
    see_classes(j, all);
#pragma omp parallel num_threads(threads_for_classes(j))
    {
        spread *own = hb_alloc(shard->classes.n, sizeof *own);
        if (own != NULL) memcpy(own, all, shard->classes.n * sizeof *own);
#pragma omp barrier
#pragma omp for schedule(static)
        for (uint32_t v = 0; v < shard->n; v++) {
            const uint32_t class_id = hb_shard_class_id(shard, v);
            if (own == NULL || class_id == HB_NO_CLASS || own[class_id].n >= 2) continue;
            if (j->bfs->distance[v] == HB_UNREACHED) continue;
            see(j, &own[class_id], v, hb_joins_top(j, v), shard->class_gid[class_id]);
        }
#pragma omp critical(hb_dom_spread)
        for (size_t c = 0; own != NULL && c < shard->classes.n; c++)
            for (uint32_t i = 0; i < own[c].n && i < 2; i++)
                see(j, &all[c], own[c].instance[i], hb_joins_top(j, own[c].instance[i]), shard->class_gid[c]);
        if (own == NULL)
#pragma omp atomic write
            status = HB_ERR_MEMORY;
        hb_free(own);
    }
    return status;
}

/* --- edges --- */

static hb_status note_local(hb_joins *j, const spread *spreads, instances *last, uint32_t v)
{
    const hb_graph *graph = j->graph;
    hb_wordlist *edges = &j->edges[omp_get_thread_num()];
    if (j->bfs->distance[v] == HB_UNREACHED) return HB_OK;
    for HB_EACH_EDGE (graph, v, e)
        if (note_edge(edges, j, v, graph->target[e]) != HB_OK) return HB_ERR_MEMORY;
    const uint32_t class_id = hb_shard_class_id(graph->shard, v);
    if (class_id == HB_NO_CLASS || spreads[class_id].n >= 2) return HB_OK;
    const hb_gid class_gid = graph->shard->class_gid[class_id];
    return is_here(j, class_gid) ? note_class(edges, j, &last[class_id], v, class_gid) : HB_OK;
}

/* *edge: where the edge is, unless the join is closed. */
static hb_status note_away(hb_joins *j, uint32_t v, hb_gid to, uint64_t **edge)
{
    if (!hb_joins_open(j, to)) return HB_OK;
    *edge = hb_wordlist_put(&j->away, 2);
    if (*edge == NULL) return HB_ERR_MEMORY;
    (*edge)[0] = v;
    (*edge)[1] = to;
    return HB_OK;
}

static hb_status note_class_away(hb_joins *j, instances *last, uint32_t v, hb_gid to)
{
    uint32_t common;
    const hb_gid top = hb_joins_top(j, v);
    if (last->edge != NULL && stands_for(j, last, (uint32_t)last->edge[0], v, top, &common)) {
        last->edge[0] = common;
        return HB_OK;
    }
    last->top = top;
    return note_away(j, v, to, &last->edge);
}

/* An object's edges that leave the rank. */
static hb_status note_remote(hb_joins *j, const spread *spreads, instances *last, uint32_t v)
{
    const hb_graph *graph = j->graph;
    const uint32_t class_id = hb_shard_class_id(graph->shard, v);
    uint64_t *edge;
    hb_status status = HB_OK;
    if (j->bfs->distance[v] == HB_UNREACHED) return HB_OK;
    for HB_EACH_REMOTE (graph, v, e) HB_TRY(note_away(j, v, graph->remote[e], &edge));
    if (class_id == HB_NO_CLASS || spreads[class_id].n >= 2) return HB_OK;
    const hb_gid class_gid = graph->shard->class_gid[class_id];
    if (!is_here(j, class_gid)) status = note_class_away(j, &last[class_id], v, class_gid);
out:
    return status;
}

static hb_status note_all_remote(hb_joins *j, const spread *spreads)
{
    const hb_shard *shard = j->graph->shard;
    hb_status status = HB_OK;
    if (j->graph->remote_first == NULL) return HB_OK;
    instances *last = hb_alloc_zero(shard->classes.n, sizeof *last);
    if (last == NULL) return HB_ERR_MEMORY;
    for (uint32_t v = 0; v < shard->n && status == HB_OK; v++) status = note_remote(j, spreads, last, v);
    hb_free(last);
    return status;
}

static hb_status note_all_local(hb_joins *j, const spread *spreads)
{
    const hb_shard *shard = j->graph->shard;
    int worst = HB_OK;
#pragma omp parallel num_threads(threads_for_classes(j)) reduction(max : worst)
    {
        instances *last = hb_alloc_zero(shard->classes.n, sizeof *last);
        if (last == NULL) worst = HB_ERR_MEMORY;
#pragma omp for schedule(dynamic, 4096)
        for (uint32_t v = 0; v < shard->n; v++) {
            int status = last != NULL ? (int)note_local(j, spreads, last, v) : (int)HB_ERR_MEMORY;
            if (status > worst) worst = status;
        }
        hb_free(last);
    }
    return worst > HB_OK ? (hb_status)worst : HB_OK;
}

/* Two edges for each class with instances in two trees. */
static hb_status note_spread(hb_joins *j, const spread *spreads)
{
    const hb_shard *shard = j->graph->shard;
    uint64_t *edge;
    hb_status status = HB_OK;
    for (size_t c = 0; c < shard->classes.n; c++)
        for (uint32_t i = 0; spreads[c].n == 2 && i < 2; i++) {
            const uint32_t v = spreads[c].instance[i];
            const hb_gid to = shard->class_gid[c];
            if (is_here(j, to)) HB_TRY(note_edge(&j->edges[0], j, v, hb_gid_id(to)));
            else HB_TRY(note_away(j, v, to, &edge));
        }
out:
    return status;
}

hb_status hb_joins_note_edges(hb_joins *j)
{
    spread *spreads = hb_alloc_zero(j->graph->shard->classes.n, sizeof *spreads);
    hb_status status = spreads != NULL ? HB_OK : HB_ERR_MEMORY;
    hb_wordlist_init(&j->away, 0);
    j->edges = hb_alloc((size_t)j->n_threads, sizeof *j->edges);
    if (j->edges == NULL) HB_TRY(HB_ERR_MEMORY);
    for (int t = 0; t < j->n_threads; t++) hb_wordlist_init(&j->edges[t], 0);
    HB_TRY(status);
    HB_TRY(see_all(j, spreads));
    HB_TRY(note_all_local(j, spreads));
    HB_TRY(note_all_remote(j, spreads));
    HB_TRY(note_spread(j, spreads));
out:
    hb_free(spreads);
    return status;
}
