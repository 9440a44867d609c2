/* What a search on one rank keeps, and its two steps: from the objects of one distance to those of the next.
 *
 * Objects of equal distance are a front: bits by id and, while they are few, a list as well. A bitmap of what is reached
 * already fits in the cache where distances do not, and a front that is read off its bits is in the order of ids: so
 * rows are read in the order in which they lie, and whoever reaches an object first is its lowest parent. */
#ifndef HB_GRAPH_BFS_FRONT_H
#define HB_GRAPH_BFS_FRONT_H

#include "graph/graph.h"
#include "graph/tree.h"

typedef struct hb_front {
    uint64_t *bits;   /* by id */
    uint32_t *ids;    /* n of them, in no order; of a wide front not kept */
    size_t n;
} hb_front;

/* The least distance of an object of a class, and the lowest id of those that have it. */
typedef struct hb_class_best {
    hb_distance distance;
    uint32_t source;
} hb_class_best;

typedef struct hb_class_bests {
    hb_class_best *best;   /* by class_id; HB_UNREACHED: not seen */
    uint32_t *seen;        /* class_ids, in the order in which they were first seen */
    size_t n_seen;
} hb_class_bests;

typedef struct hb_one_search {
    const hb_graph *graph;
    hb_bfs *bfs;              /* distance, parent: set where an object is reached */
    uint64_t *reached;        /* bits by id */
    size_t n_words;           /* of reached and of the bits of fronts */
    hb_front now, next;
    size_t most_listed;       /* objects of a front from which on it is wide */
    hb_class_bests classes;
} hb_one_search;

static inline int hb_front_is_wide(const hb_one_search *s, const hb_front *f) { return f->n > s->most_listed; }

hb_status hb_class_bests_init(hb_class_bests *classes, size_t n_classes);
void hb_class_bests_fini(hb_class_bests *classes);

/* An object at this distance, the least that any object of its class will still be seen at. */
static inline void hb_see_class(hb_class_bests *classes, uint32_t class_id, uint32_t v, hb_distance distance)
{
    if (class_id == HB_NO_CLASS) return;
    hb_class_best *best = &classes->best[class_id];
    if (best->distance == HB_UNREACHED) {
        *best = (hb_class_best){ .distance = distance, .source = v };
        classes->seen[classes->n_seen++] = class_id;
    } else if (best->distance == distance && v < best->source) best->source = v;
}

/* An edge leads to v, which belongs to this front if nothing came to it nearer; of several the lowest parent counts. */
static inline void hb_front_offer(hb_one_search *s, hb_front *f, uint32_t v, hb_parent parent)
{
    const uint64_t bit = UINT64_C(1) << (v & 63);
    if ((s->reached[v >> 6] & bit) == 0) {
        s->reached[v >> 6] |= bit;
        f->bits[v >> 6] |= bit;
        s->bfs->parent[v] = parent;
        if (f->n++ < s->most_listed) f->ids[f->n - 1] = v;
    } else if ((f->bits[v >> 6] & bit) != 0 && parent < s->bfs->parent[v]) s->bfs->parent[v] = parent;
}

/* Gives all of `now` this distance, and makes `next` of what their references lead to, as the new `now`. */
void hb_front_step(hb_one_search *s, hb_distance distance);

#endif
