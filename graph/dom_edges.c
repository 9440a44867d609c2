/* What enters: the open joins. What leaves: the edges into them, by their holders.
 *
 * Instances of one class in one tree are one edge to the class, from their nearest common ancestor: what is between it
 * and them is passed by. Each thread notes the edges within the rank in a list of its own; those that leave it are noted
 * by one thread. */
#include "graph/dom_edges.h"

#include <omp.h>

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
    const uint32_t class_id = hb_shard_class_id(shard, v);
    if (class_id == HB_NO_CLASS || shard->class_gid[class_id] == HB_NO_GID) return HB_NO_GID;
    return (hb_gid_rank(shard->class_gid[class_id]) == j->forest.rank) == here ? shard->class_gid[class_id] : HB_NO_GID;
}

static hb_status note_local(hb_joins *j, instances *last, uint32_t v)
{
    const hb_graph *graph = j->graph;
    hb_wordlist *edges = &j->edges[omp_get_thread_num()];
    if (j->bfs->distance[v] == HB_UNREACHED) return HB_OK;
    for HB_EACH_EDGE (graph, v, e)
        if (note_edge(edges, j, v, graph->target[e]) != HB_OK) return HB_ERR_MEMORY;
    const hb_gid class_gid = class_of(j, v, 1);
    return class_gid == HB_NO_GID ? HB_OK : note_class(edges, j, &last[hb_shard_class_id(graph->shard, v)], v, class_gid);
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
    if (!hb_joins_open(j, to)) return HB_OK;
    const hb_gid top = hb_joins_top(j, v);
    if (last->edge != NULL && stands_for(j, last, (uint32_t)last->edge[0], v, top, &common)) {
        last->edge[0] = common;
        return HB_OK;
    }
    last->top = top;
    return note_away(j, v, to, &last->edge);
}

static hb_status note_remote(hb_joins *j)
{
    const hb_graph *graph = j->graph;
    const hb_shard *shard = graph->shard;
    uint64_t *edge;
    hb_status status = HB_OK;
    if (graph->remote_first == NULL) return HB_OK;
    instances *last = hb_alloc_zero(shard->classes.n, sizeof *last);
    if (last == NULL) return HB_ERR_MEMORY;
    for (uint32_t v = 0; v < shard->n && status == HB_OK; v++) {
        if (j->bfs->distance[v] == HB_UNREACHED) continue;
        for HB_EACH_REMOTE (graph, v, e)
            if (status == HB_OK) status = note_away(j, v, graph->remote[e], &edge);
        const hb_gid class_gid = class_of(j, v, 0);
        if (status == HB_OK && class_gid != HB_NO_GID) status = note_class_away(j, &last[hb_shard_class_id(shard, v)], v, class_gid);
    }
    hb_free(last);
    return status;
}

hb_status hb_joins_note_edges(hb_joins *j)
{
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
            int status = last != NULL ? (int)note_local(j, last, v) : (int)HB_ERR_MEMORY;
            if (status > worst) worst = status;
        }
        hb_free(last);
    }
    return worst == HB_OK ? note_remote(j) : (hb_status)worst;
}
