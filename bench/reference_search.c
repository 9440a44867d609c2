/* Breadth-first search as a textbook has it: a queue that is an array of all objects. With levels (class edges, hops), the queue is taken
 * one count of hops at a time. Since those come in ascending order, so do the classes when they are first seen, and
 * the list of them is the seed list of the next level, sorted already; seeds join the queue when it comes to their
 * hops. Parents are found on the way. 16 bytes an object for the result, 4 for the queue. */
#include "bench/reference_graph.h"

#include <string.h>

#include "base/memory.h"

/* --- breadth first, all edges alike --- */

typedef struct queue {
    uint32_t *ids;
    size_t head, tail;
} queue;

static void visit(ref_tree *tree, queue *q, uint32_t v, uint32_t hops, uint32_t parent)
{
    if (tree->hops[v] != REF_UNREACHED) return;
    tree->hops[v] = hops;
    tree->parent[v] = parent;
    q->ids[q->tail++] = v;
}

hb_status ref_search(const hb_graph *graph, int with_classes, ref_tree *out)
{
    const uint32_t n = graph->shard->n;
    queue q = { .ids = hb_alloc(n, sizeof *q.ids) };
    *out = (ref_tree){ .hops = hb_alloc(n, sizeof *out->hops), .parent = hb_alloc(n, sizeof *out->parent) };
    hb_status status = q.ids != NULL && out->hops != NULL && out->parent != NULL ? HB_OK : HB_ERR_MEMORY;
    if (status == HB_OK) {
        memset(out->hops, 0xff, n * sizeof *out->hops);
        for (size_t i = 0; i < graph->n_root_edges; i++) visit(out, &q, graph->root_edges[i].id, 1, HB_NO_ID);
        while (q.head < q.tail) {
            const uint32_t v = q.ids[q.head++], hops = out->hops[v] + 1;
            const uint32_t class = with_classes ? ref_class_of(graph, v) : HB_NO_ID;
            for HB_EACH_EDGE (graph, v, e) visit(out, &q, graph->target[e], hops, v);
            if (class != HB_NO_ID) visit(out, &q, class, hops, v);
        }
    }
    hb_free(q.ids);
    return status;
}

void ref_tree_fini(ref_tree *tree)
{
    hb_free(tree->hops);
    hb_free(tree->parent);
    *tree = (ref_tree){ 0 };
}

/* --- breadth first, by (class edges, hops) --- */

typedef struct class_seed {
    hb_distance best;   /* the least distance of an object of the class */
    uint32_t source;    /* the lowest id of those */
} class_seed;

typedef struct level_search {
    const hb_graph *graph;
    hb_bfs *bfs;
    queue q;
    class_seed *seeds;          /* by class_id */
    uint32_t *seen;             /* class_ids, in the order in which they were first seen */
    size_t n_seen, next_seen;   /* next_seen: the first whose object has not joined the queue yet */
} level_search;

/* An edge gives v this distance. Of equal ones the lowest parent counts. */
static void offer(level_search *s, uint32_t v, hb_distance distance, hb_parent parent)
{
    if (distance > s->bfs->distance[v]) return;
    if (distance == s->bfs->distance[v]) {
        if (parent < s->bfs->parent[v]) s->bfs->parent[v] = parent;
        return;
    }
    s->bfs->distance[v] = distance;
    s->bfs->parent[v] = parent;
    s->q.ids[s->q.tail++] = v;
}

static void see_class(level_search *s, uint32_t v, hb_distance distance)
{
    const uint32_t c = hb_shard_class_id(s->graph->shard, v);
    if (c == HB_NO_CLASS) return;
    class_seed *seed = &s->seeds[c];
    if (seed->best == HB_UNREACHED) {
        *seed = (class_seed){ .best = distance, .source = v };
        s->seen[s->n_seen++] = c;
    } else if (seed->best == distance && v < seed->source) seed->source = v;
}

/* Lets the classes join that the last level saw first at these hops less one. */
static void join_seeds(level_search *s, size_t end, hb_distance distance)
{
    const hb_distance class_step = (UINT64_C(1) << 32) + 1;
    for (; s->next_seen < end && s->seeds[s->seen[s->next_seen]].best + class_step == distance; s->next_seen++) {
        const uint32_t c = s->seen[s->next_seen];
        const hb_gid gid = s->graph->shard->class_gid[c];
        if (gid != HB_NO_GID) offer(s, hb_gid_id(gid), distance, (uint64_t)s->seeds[c].source << 1 | 1);
    }
}

/* Follows the edges of all that the queue holds at this distance. */
static void settle(level_search *s, hb_distance distance)
{
    for (size_t end = s->q.tail; s->q.head < end; s->q.head++) {
        const uint32_t v = s->q.ids[s->q.head];
        for HB_EACH_EDGE (s->graph, v, e) offer(s, s->graph->target[e], distance + 1, (uint64_t)v << 1);
        see_class(s, v, distance);
    }
}

static void search_level(level_search *s, uint32_t level)
{
    const size_t end = s->n_seen;   /* what is seen from here on is for the next level */
    for (;;) {
        hb_distance distance;
        if (s->q.head < s->q.tail) distance = s->bfs->distance[s->q.ids[s->q.head]];
        else if (s->next_seen < end)
            distance = (uint64_t)level << 32 | (hb_distance_hops(s->seeds[s->seen[s->next_seen]].best) + 1);
        else return;
        join_seeds(s, end, distance);
        settle(s, distance);
    }
}

static void seed_roots(level_search *s)
{
    for (size_t i = 0; i < s->graph->n_root_edges; i++)
        offer(s, s->graph->root_edges[i].id, 1, HB_PARENT_ROOT | s->graph->root_edges[i].root);
}

hb_status ref_search_levels(const hb_graph *graph, hb_bfs *out)
{
    const uint32_t n = graph->shard->n;
    const size_t n_classes = graph->shard->classes.n;
    level_search s = { .graph = graph, .bfs = out, .q.ids = hb_alloc(n, sizeof *s.q.ids),
                       .seeds = hb_alloc(n_classes, sizeof *s.seeds), .seen = hb_alloc(n_classes, sizeof *s.seen) };
    *out = (hb_bfs){ .distance = hb_alloc(n, sizeof *out->distance), .parent = hb_alloc(n, sizeof *out->parent) };
    hb_status status = HB_ERR_MEMORY;
    if (s.q.ids != NULL && s.seeds != NULL && s.seen != NULL && out->distance != NULL && out->parent != NULL) {
        memset(out->distance, 0xff, n * sizeof *out->distance);
        memset(out->parent, 0xff, n * sizeof *out->parent);
        for (size_t c = 0; c < n_classes; c++) s.seeds[c].best = HB_UNREACHED;
        seed_roots(&s);
        search_level(&s, 0);
        for (uint32_t level = 1; s.next_seen < s.n_seen; level++) search_level(&s, level);
        status = HB_OK;
    }
    hb_free(s.q.ids);
    hb_free(s.seeds);
    hb_free(s.seen);
    return status;
}
