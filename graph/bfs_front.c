#include "graph/bfs_front.h"

#include "base/memory.h"

hb_status hb_class_bests_init(hb_class_bests *classes, size_t n_classes)
{
    *classes = (hb_class_bests){ .best = hb_alloc(n_classes, sizeof *classes->best),
                                 .seen = hb_alloc(n_classes, sizeof *classes->seen) };
    if (classes->best == NULL || classes->seen == NULL) return HB_ERR_MEMORY;
    for (size_t c = 0; c < n_classes; c++) classes->best[c].distance = HB_UNREACHED;
    return HB_OK;
}

void hb_class_bests_fini(hb_class_bests *classes)
{
    hb_free(classes->best);
    hb_free(classes->seen);
}

static hb_parent parent_word(const hb_one_search *s, uint32_t v)
{
    return hb_gid_of(s->graph->shard->rank, v) << 1;
}

/* A few objects, in no order. */
static void step_narrow(hb_one_search *s, hb_distance distance)
{
    const hb_graph *graph = s->graph;
    for (size_t i = 0; i < s->now.n; i++) {
        const uint32_t v = s->now.ids[i];
        s->bfs->distance[v] = distance;
        s->bfs->order[s->bfs->n_order++] = v;
        for HB_EACH_EDGE (graph, v, e) hb_front_offer(s, &s->next, graph->target[e], parent_word(s, v));
        hb_see_class(&s->classes, hb_shard_class_id(graph->shard, v), v, distance);
    }
    for (size_t i = 0; i < s->now.n; i++) s->now.bits[s->now.ids[i] >> 6] = 0;
}

/* Many, by ascending id: the first that reaches an object is its parent. */
static void step_wide(hb_one_search *s, hb_distance distance)
{
    const hb_graph *graph = s->graph;
    uint64_t *const reached = s->reached, *const next = s->next.bits;
    hb_parent *const parent = s->bfs->parent;
    uint32_t *order = s->bfs->order + s->bfs->n_order;
    size_t n = 0;
    for (size_t w = 0; w < s->n_words; w++) {
        uint64_t bits = s->now.bits[w];
        if (bits == 0) continue;
        s->now.bits[w] = 0;
        for (; bits != 0; bits &= bits - 1) {
            const uint32_t v = (uint32_t)(w << 6) + (uint32_t)__builtin_ctzll(bits);
            s->bfs->distance[v] = distance;
            *order++ = v;
            for HB_EACH_EDGE (graph, v, e) {
                const uint32_t to = graph->target[e];
                const uint64_t bit = UINT64_C(1) << (to & 63);
                if ((reached[to >> 6] & bit) != 0) continue;
                reached[to >> 6] |= bit;
                next[to >> 6] |= bit;
                parent[to] = parent_word(s, v);
                n++;
            }
            hb_see_class(&s->classes, hb_shard_class_id(graph->shard, v), v, distance);
        }
    }
    s->bfs->n_order = (uint32_t)(order - s->bfs->order);
    s->next.n = n;
}

/* The ids of a front that has only bits so far. */
static void list(hb_front *f)
{
    size_t n = 0;
    for (size_t w = 0; n < f->n; w++)
        for (uint64_t bits = f->bits[w]; bits != 0; bits &= bits - 1)
            f->ids[n++] = (uint32_t)(w << 6) + (uint32_t)__builtin_ctzll(bits);
}

void hb_front_step(hb_one_search *s, hb_distance distance)
{
    if (hb_front_is_wide(s, &s->now)) {
        step_wide(s, distance);
        if (!hb_front_is_wide(s, &s->next)) list(&s->next);
    } else {
        step_narrow(s, distance);
    }
    hb_front done = s->now;
    s->now = s->next;
    s->next = done;
    s->next.n = 0;
}
