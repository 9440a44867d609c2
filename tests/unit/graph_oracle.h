/* The oracle of the search, in another style than the code: every rank holds the whole heap, relaxes all edges until
 * nothing changes and reads parents, instance variables and singletons' names off their definitions. */
#ifndef HB_TESTS_UNIT_GRAPH_ORACLE_H
#define HB_TESTS_UNIT_GRAPH_ORACLE_H

#include <stdint.h>
#include <stdlib.h>

#include "partition/shard.h"
#include "partition/splitters.h"
#include "tests/unit/random_heap.h"

typedef struct thing {
    const heap_line *line;
    uint32_t classes, hops;   /* UINT32_MAX: unreached */
    int64_t parent;           /* index of the parent; -1: none; -2 - r: ROOT line r */
    int by_class;
    uint32_t via;             /* HB_NO_STRING: none */
    uint32_t attached;        /* name of the class whose singleton it is, HB_NO_STRING: none */
    int64_t class_at;         /* index of the class object, -1: none */
    hb_gid gid;
} thing;

typedef struct oracle {
    const heap *heap;
    thing *things;            /* by address */
    size_t n;
    heap_root *roots;         /* those that name anything, in the order of the dump */
    size_t n_roots;
    uint64_t dangling;
} oracle;

static inline int things_by_address(const void *a, const void *b)
{
    const thing *x = a, *y = b;
    if (x->line->address != y->line->address) return x->line->address < y->line->address ? -1 : 1;
    return (x->line->where > y->line->where) - (x->line->where < y->line->where);
}

static inline int roots_by_where(const void *a, const void *b)
{
    const heap_root *x = a, *y = b;
    return (x->where > y->where) - (x->where < y->where);
}

static inline int64_t at_address(const oracle *o, uint64_t address)
{
    size_t low = 0, high = o->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (o->things[middle].line->address < address) low = middle + 1;
        else high = middle;
    }
    return low < o->n && o->things[low].line->address == address ? (int64_t)low : -1;
}

static inline void count_dangling(oracle *o)
{
    const heap *h = o->heap;
    for (size_t i = 0; i < h->n_refs; i++) o->dangling += at_address(o, h->refs[i]) < 0;
    for (size_t i = 0; i < h->n_loose; i++) o->dangling += at_address(o, h->loose[i]) < 0;
}

static inline int is_class(const heap_line *line)
{
    return line->type == HB_TYPE_CLASS || line->type == HB_TYPE_MODULE || line->type == HB_TYPE_ICLASS;
}

/* The name of a thing's class: none when what stands there is no class, or has no name. */
static inline uint32_t class_name_of(const oracle *o, const thing *t)
{
    if (t->class_at < 0 || !is_class(o->things[t->class_at].line)) return HB_NO_STRING;
    return o->things[t->class_at].line->name;
}

static inline void attach_singletons(oracle *o)
{
    for (size_t i = 0; i < o->n; i++) {
        const heap_line *line = o->things[i].line;
        if (o->things[i].class_at < 0 || line->type == HB_TYPE_ICLASS || !is_class(line)) continue;
        thing *to = &o->things[o->things[i].class_at];
        if (!is_class(to->line) || !(to->line->flags & HB_FLAG_SINGLETON) || to->line->name != HB_NO_STRING) continue;
        if (line->name < to->attached) to->attached = line->name;
    }
}

static inline void oracle_init(oracle *o, const heap *h)
{
    *o = (oracle){ .heap = h, .things = must_alloc(h->n_lines, sizeof *o->things),
                   .roots = must_alloc(h->n_roots, sizeof *o->roots) };
    thing *all = must_alloc(h->n_lines, sizeof *all);
    for (size_t i = 0; i < h->n_lines; i++) all[i].line = &h->lines[i];
    qsort(all, h->n_lines, sizeof *all, things_by_address);
    for (size_t i = 0; i < h->n_lines; i++)
        if (i == 0 || all[i].line->address != all[i - 1].line->address) o->things[o->n++] = all[i];
    free(all);
    for (size_t i = 0; i < o->n; i++) {
        thing *t = &o->things[i];
        t->classes = t->hops = UINT32_MAX;
        t->parent = -1;
        t->via = t->attached = HB_NO_STRING;
        t->class_at = t->line->class_address == 0 ? -1 : at_address(o, t->line->class_address);
    }
    for (size_t r = 0; r < h->n_roots; r++)
        if (h->roots[r].n > 0) o->roots[o->n_roots++] = h->roots[r];
    if (o->n_roots > 0) qsort(o->roots, o->n_roots, sizeof *o->roots, roots_by_where);
    count_dangling(o);
    attach_singletons(o);
}

static inline void oracle_fini(oracle *o)
{
    free(o->things);
    free(o->roots);
}

static inline int improve(thing *t, uint32_t classes, uint32_t hops)
{
    if (t->classes < classes || (t->classes == classes && t->hops <= hops)) return 0;
    t->classes = classes;
    t->hops = hops;
    return 1;
}

/* Relaxes every edge until nothing changes. */
static inline void relax(oracle *o)
{
    const uint64_t *refs = o->heap->refs;
    for (size_t r = 0; r < o->n_roots; r++)
        for (size_t k = 0; k < o->roots[r].n; k++) {
            int64_t to = at_address(o, refs[o->roots[r].first + k]);
            if (to >= 0) improve(&o->things[to], 0, 1);
        }
    for (int changed = 1; changed;) {
        changed = 0;
        for (size_t i = 0; i < o->n; i++) {
            const thing *t = &o->things[i];
            if (t->hops == UINT32_MAX) continue;
            for (size_t k = 0; k < t->line->n; k++) {
                int64_t to = at_address(o, refs[t->line->first + k]);
                if (to >= 0) changed |= improve(&o->things[to], t->classes, t->hops + 1);
            }
            if (t->class_at >= 0) changed |= improve(&o->things[t->class_at], t->classes + 1, t->hops + 1);
        }
    }
}

static inline void give_parent(thing *to, const thing *from, size_t i, int by_class)
{
    if (to->parent != -1 || to->hops == UINT32_MAX) return;
    if (to->hops != from->hops + 1 || to->classes != from->classes + (uint32_t)by_class) return;
    to->parent = (int64_t)i;
    to->by_class = by_class;
}

/* The first ROOT line in the dump, or else the lowest address with an edge that gives the distance: so first come, first
 * served when ROOT lines and then objects are visited in order. */
static inline void find_parents(oracle *o)
{
    const uint64_t *refs = o->heap->refs;
    for (size_t r = 0; r < o->n_roots; r++)
        for (size_t k = 0; k < o->roots[r].n; k++) {
            int64_t to = at_address(o, refs[o->roots[r].first + k]);
            if (to >= 0 && o->things[to].parent == -1) o->things[to].parent = -2 - (int64_t)r;
        }
    for (size_t i = 0; i < o->n; i++) {
        const thing *t = &o->things[i];
        if (t->hops == UINT32_MAX) continue;
        for (size_t k = 0; k < t->line->n; k++) {
            int64_t to = at_address(o, refs[t->line->first + k]);
            if (to >= 0) give_parent(&o->things[to], t, i, 0);
        }
        if (t->class_at >= 0) give_parent(&o->things[t->class_at], t, i, 1);
    }
}

/* The instance variable that holds `to`, the first of several: if every reference of its parent is one. */
static inline uint32_t ivar_of(const oracle *o, const thing *from, const thing *to)
{
    const heap_line *line = from->line;
    const uint64_t *refs = o->heap->refs + line->first;
    uint32_t names[HEAP_SHAPES + 1];
    if (line->type != HB_TYPE_OBJECT || line->name == HB_NO_STRING) return HB_NO_STRING;
    if (line->n == 0 || heap_chain(o->heap, line->name, names) != (int)line->n) return HB_NO_STRING;
    for (size_t k = 0; k < line->n; k++)
        if (at_address(o, refs[k]) < 0) return HB_NO_STRING;
    for (size_t k = 0; k < line->n; k++)
        if (refs[k] == to->line->address) return names[line->n - 1 - k];
    return HB_NO_STRING;
}

static inline void find_ivars(oracle *o)
{
    for (size_t i = 0; i < o->n; i++) {
        thing *t = &o->things[i];
        if (t->parent >= 0 && !t->by_class) t->via = ivar_of(o, &o->things[t->parent], t);
    }
}

/* Ranks own ranges of addresses, and number what they own in order. */
static inline int owner_of(const hb_splitters *s, uint64_t address)
{
    int owner = 0;
    for (int r = 1; r < s->n; r++)
        if (s->first[r] <= address) owner = r;
    return owner;
}

static inline void number_things(oracle *o, const hb_splitters *s)
{
    uint32_t next[64] = { 0 };
    for (size_t i = 0; i < o->n; i++) {
        int owner = owner_of(s, o->things[i].line->address);
        o->things[i].gid = (uint64_t)(unsigned)owner << 32 | next[owner]++;
    }
}

#endif
