/* Without other ranks nothing arrives late: objects are settled in the order of their distances, each once, and their
 * parents are known when they are.
 *
 * Level 0 is a breadth-first search from the ROOT lines, hops by hops (graph/bfs_front.h). Level c + 1 is one from the
 * classes of what level c reached. These were seen first in the order of their hops, so the list of them is one of seeds
 * in the right order, and they join the front when it comes to their hops.
 *
 * One thread does it: with the bitmap in the cache it waits little for memory, and threads would have to agree on who
 * reached an object first.
 *
 * Memory: the result, three bits an object, and lists of a few permille of the objects. Cost: each edge once. */
#include "graph/bfs_alone.h"

#include "base/memory.h"
#include "graph/bfs_front.h"
#include "graph/bfs_parents.h"

#define WIDE_SHARE 256   /* a front of more than one object in so many is read off its bits */

typedef struct class_line {
    size_t next, end;   /* places in `seen` of the classes that have still to join in this level */
} class_line;

static hb_status init(hb_one_search *s, const hb_graph *graph, hb_bfs *out)
{
    const uint32_t n = graph->shard->n;
    *s = (hb_one_search){ .graph = graph, .bfs = out, .n_words = ((size_t)n + 63) / 64,
                          .most_listed = n / WIDE_SHARE };
    out->distance = hb_alloc(n, sizeof *out->distance);
    out->parent = hb_alloc(n, sizeof *out->parent);
    out->order = hb_alloc(n, sizeof *out->order);
    s->reached = hb_alloc_zero(s->n_words, sizeof *s->reached);
    s->now.bits = hb_alloc_zero(s->n_words, sizeof *s->now.bits);
    s->next.bits = hb_alloc_zero(s->n_words, sizeof *s->next.bits);
    s->now.ids = hb_alloc(s->most_listed, sizeof *s->now.ids);
    s->next.ids = hb_alloc(s->most_listed, sizeof *s->next.ids);
    if (out->distance == NULL || out->parent == NULL || out->order == NULL || s->reached == NULL || s->now.bits == NULL ||
        s->next.bits == NULL || s->now.ids == NULL || s->next.ids == NULL)
        return HB_ERR_MEMORY;
    return hb_class_bests_init(&s->classes, graph->shard->classes.n);
}

static void fini(hb_one_search *s)
{
    hb_free(s->reached);
    hb_free(s->now.bits);
    hb_free(s->next.bits);
    hb_free(s->now.ids);
    hb_free(s->next.ids);
    hb_class_bests_fini(&s->classes);
}

static hb_distance distance_of_class(const hb_one_search *s, size_t place)
{
    const hb_distance class_step = (UINT64_C(1) << 32) + 1;
    return s->classes.best[s->classes.seen[place]].distance + class_step;
}

/* The classes that are at this distance join the front. */
static void join(hb_one_search *s, class_line *line, hb_distance distance)
{
    const hb_shard *shard = s->graph->shard;
    for (; line->next < line->end && distance_of_class(s, line->next) == distance; line->next++) {
        const uint32_t c = s->classes.seen[line->next];
        const hb_gid gid = shard->class_gid[c], source = hb_gid_of(shard->rank, s->classes.best[c].source);
        if (gid != HB_NO_GID) hb_front_offer(s, &s->now, hb_gid_id(gid), source << 1 | 1);
    }
}

static void search_level(hb_one_search *s, class_line *line, hb_distance distance)
{
    line->end = s->classes.n_seen;   /* what is seen from here on is for the next level */
    for (; s->now.n > 0 || line->next < line->end; distance++) {
        if (s->now.n == 0) distance = distance_of_class(s, line->next);
        join(s, line, distance);
        hb_front_step(s, distance);
    }
}

static void search(hb_one_search *s)
{
    const hb_graph *graph = s->graph;
    class_line line = { 0 };
    for (size_t i = 0; i < graph->n_root_edges; i++)
        hb_front_offer(s, &s->now, graph->root_edges[i].id, HB_PARENT_ROOT | graph->root_edges[i].root);
    search_level(s, &line, 1);
    while (line.next < s->classes.n_seen) search_level(s, &line, 0);
}

static void mark_unreached(const hb_one_search *s)
{
    const uint32_t n = s->graph->shard->n;
    for (size_t w = 0; w < s->n_words; w++)
        for (uint64_t bits = ~s->reached[w]; bits != 0; bits &= bits - 1) {
            const uint32_t v = (uint32_t)(w << 6) + (uint32_t)__builtin_ctzll(bits);
            if (v >= n) return;
            s->bfs->distance[v] = HB_UNREACHED;
            s->bfs->parent[v] = HB_NO_PARENT;
        }
}

hb_status hb_bfs_search_alone(const hb_graph *graph, int n_threads, hb_bfs *out)
{
    hb_one_search s;
    hb_status status;
    HB_TRY(init(&s, graph, out));
    search(&s);
    mark_unreached(&s);
    HB_TRY(hb_bfs_name_edges(graph, out, n_threads));
out:
    fini(&s);
    return status;
}
