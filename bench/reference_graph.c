/* The yardstick: each algorithm as a textbook has it, one thread, straight on the program's edges. An object's edges
 * are its references, then its class.
 *
 * Breadth-first search: a queue that is an array of all objects. With levels (class edges, hops), the queue is taken
 * one count of hops at a time. Since those come in ascending order, so do the classes when they are first seen, and
 * the list of them is the seed list of the next level, sorted already; seeds join the queue when it comes to their
 * hops. Parents are found on the way. 16 bytes an object for the result, 4 for the queue.
 *
 * Dominators: semi-NCA (L. Georgiadis, R. E. Tarjan, R. F. Werneck, "Finding dominators in practice", 2006,
 * doi:10.7155/jgaa.00119).
 *
 *   1. A depth-first search numbers the objects in preorder and counts their predecessors.
 *   2. The predecessors of each are laid side by side.
 *   3. Semidominators, in reverse preorder, by evaluation with path compression over the search tree.
 *   4. Immediate dominators, in preorder: the nearest ancestor that is not below the semidominator.
 *   5. Retained sizes, in reverse preorder: each adds what it has to its dominator.
 *
 * All of it is on preorder numbers, 0 being the virtual root, in 32 bits; nothing recurses. 32 bytes an object and 4
 * an edge, and the depth-first stack; then, with the edges gone, 28 an object and 20 for the result. Time: linear but
 * for compression (O(log n) an edge) and for step 4, quadratic at worst and linear on any heap seen so far. */
#include "bench/reference_graph.h"

#include <string.h>

#include "base/memory.h"

/* The object of v's class, HB_NO_ID: none. */
static uint32_t class_of(const hb_graph *graph, uint32_t v)
{
    const uint32_t c = graph->shard->class_id[v];
    if (c == HB_NO_CLASS || graph->shard->class_gid[c] == HB_NO_GID) return HB_NO_ID;
    return hb_gid_id(graph->shard->class_gid[c]);
}

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
            const uint32_t class = with_classes ? class_of(graph, v) : HB_NO_ID;
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
    const uint32_t c = s->graph->shard->class_id[v];
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

/* --- dominators --- */

/* An object on the depth-first stack, and how far along its edges the search is. */
typedef struct step {
    uint64_t edge;
    uint32_t id, number;
} step;

/* Arrays by preorder number unless they say otherwise; number 0 is the virtual root. */
typedef struct semi_nca {
    const hb_graph *graph;
    uint32_t n;                        /* objects reached; their numbers are 1 to n */
    uint32_t *number;                  /* by id; 0: not reached */
    uint32_t *id;
    uint32_t *idom;                    /* first the parent in the search tree */
    uint32_t *first, *pred;            /* predecessors of i: pred[first[i]] up to pred[first[i + 1]] */
    uint32_t *ancestor, *label, *semi;
    uint32_t *path;                    /* what a compression walks over */
    step *stack;
    size_t n_stack, cap_stack;
} semi_nca;

static hb_status open_arrays(semi_nca *s, const hb_graph *graph)
{
    const size_t n = (size_t)graph->shard->n + 2;
    if (graph->first[graph->shard->n] + graph->shard->n + graph->n_root_edges >= UINT32_MAX) return HB_ERR_USAGE;
    s->graph = graph;
    s->number = hb_alloc_zero(n, sizeof *s->number);
    s->id = hb_alloc(n, sizeof *s->id);
    s->idom = hb_alloc(n, sizeof *s->idom);
    s->first = hb_alloc_zero(n, sizeof *s->first);
    return s->number != NULL && s->id != NULL && s->idom != NULL && s->first != NULL ? HB_OK : HB_ERR_MEMORY;
}

static void close_edges(semi_nca *s)
{
    hb_free(s->stack);
    hb_free(s->first);
    hb_free(s->pred);
    hb_free(s->ancestor);
    hb_free(s->label);
    hb_free(s->semi);
    hb_free(s->path);
    s->stack = NULL;
    s->first = s->pred = s->ancestor = s->label = s->semi = s->path = NULL;
}

/* Numbers an object below the one with this number, and puts it on the stack. */
static hb_status enter(semi_nca *s, uint32_t id, uint32_t parent)
{
    if (s->n_stack == s->cap_stack && hb_grow(&s->stack, &s->cap_stack, s->n_stack + 1, sizeof *s->stack) != HB_OK)
        return HB_ERR_MEMORY;
    const uint32_t number = ++s->n;
    s->number[id] = number;
    s->id[number] = id;
    s->idom[number] = parent;
    s->stack[s->n_stack++] = (step){ .edge = s->graph->first[id], .id = id, .number = number };
    return HB_OK;
}

/* The target of the next edge of the object on top, HB_NO_ID: it has no more. */
static uint32_t next_target(const hb_graph *graph, step *top)
{
    const uint64_t end = graph->first[top->id + 1];
    if (top->edge < end) {
        const uint32_t target = graph->target[top->edge++];
        if (target != HB_NO_ID) return target;
        top->edge = end;
    }
    return top->edge++ == end ? class_of(graph, top->id) : HB_NO_ID;
}

/* Numbers all that can be reached from this object; counts in first[i] how many edges lead to i. */
static hb_status search_depth_first(semi_nca *s, uint32_t root)
{
    if (s->number[root] == 0 && enter(s, root, 0) != HB_OK) return HB_ERR_MEMORY;
    s->first[s->number[root]]++;
    while (s->n_stack != 0) {
        step *top = &s->stack[s->n_stack - 1];
        const uint32_t to = next_target(s->graph, top);
        if (to == HB_NO_ID) {
            s->n_stack--;
            continue;
        }
        if (s->number[to] == 0 && enter(s, to, top->number) != HB_OK) return HB_ERR_MEMORY;
        s->first[s->number[to]]++;
    }
    return HB_OK;
}

/* From counts to rows: first[i] ends as the place of the first predecessor of i. */
static hb_status lay_predecessors(semi_nca *s)
{
    const hb_graph *graph = s->graph;
    for (uint32_t i = 1; i <= s->n + 1; i++) s->first[i] += s->first[i - 1];
    s->pred = hb_alloc(s->first[s->n + 1], sizeof *s->pred);
    if (s->pred == NULL) return HB_ERR_MEMORY;
    for (uint32_t i = 1; i <= s->n; i++) {
        const uint32_t v = s->id[i], class = class_of(graph, v);
        for HB_EACH_EDGE (graph, v, e) s->pred[--s->first[s->number[graph->target[e]]]] = i;
        if (class != HB_NO_ID) s->pred[--s->first[s->number[class]]] = i;
    }
    for (size_t i = 0; i < graph->n_root_edges; i++) s->pred[--s->first[s->number[graph->root_edges[i].id]]] = 0;
    return HB_OK;
}

/* The least semidominator on the tree path to v from below the numbers that are not linked yet, those up to `last`. v is
 * above `last`. Hangs all that it walks over to the top of its tree. */
static uint32_t evaluate(semi_nca *s, uint32_t v, uint32_t last)
{
    size_t n = 0;
    while (s->ancestor[v] > last) {
        s->path[n++] = v;
        v = s->ancestor[v];
    }
    while (n != 0) {
        const uint32_t below = s->path[--n];
        if (s->label[v] < s->label[below]) s->label[below] = s->label[v];
        s->ancestor[below] = s->ancestor[v];
        v = below;
    }
    return s->label[v];
}

static hb_status find_semidominators(semi_nca *s)
{
    const size_t n = (size_t)s->n + 1;
    s->ancestor = hb_alloc(n, sizeof *s->ancestor);
    s->label = hb_alloc(n, sizeof *s->label);
    s->semi = hb_alloc(n, sizeof *s->semi);
    s->path = hb_alloc(n, sizeof *s->path);
    if (s->ancestor == NULL || s->label == NULL || s->semi == NULL || s->path == NULL) return HB_ERR_MEMORY;
    memcpy(s->ancestor + 1, s->idom + 1, s->n * sizeof *s->ancestor);
    for (uint32_t i = s->n; i != 0; i--) {
        uint32_t least = i;
        for (uint32_t k = s->first[i]; k < s->first[i + 1]; k++) {
            const uint32_t p = s->pred[k], semi = p <= i ? p : evaluate(s, p, i);
            if (semi < least) least = semi;
        }
        s->semi[i] = s->label[i] = least;
    }
    return HB_OK;
}

static void find_idoms(semi_nca *s)
{
    for (uint32_t i = 1; i <= s->n; i++) {
        uint32_t d = s->idom[i];
        while (d > s->semi[i]) d = s->idom[d];
        s->idom[i] = d;
    }
}

/* Fills the three arrays by id. */
static hb_status sum_retained(const semi_nca *s, ref_dominators *out)
{
    struct { uint64_t memsize, objects; } *sum = hb_alloc((size_t)s->n + 1, sizeof *sum);
    if (sum == NULL) return HB_ERR_MEMORY;
    sum[0].memsize = sum[0].objects = 0;
    for (uint32_t i = 1; i <= s->n; i++) {
        sum[i].memsize = hb_shard_memsize(s->graph->shard, s->id[i]);
        sum[i].objects = 1;
    }
    for (uint32_t i = s->n; i != 0; i--) {
        const uint32_t v = s->id[i], d = s->idom[i];
        sum[d].memsize += sum[i].memsize;
        sum[d].objects += sum[i].objects;
        out->retained_memsize[v] = sum[i].memsize;
        out->retained_objects[v] = sum[i].objects;
        out->idom[v] = d == 0 ? HB_NO_ID : s->id[d];
    }
    hb_free(sum);
    return HB_OK;
}

static hb_status open_result(uint32_t n, ref_dominators *out)
{
    out->idom = hb_alloc(n, sizeof *out->idom);
    out->retained_memsize = hb_alloc_zero(n, sizeof *out->retained_memsize);
    out->retained_objects = hb_alloc_zero(n, sizeof *out->retained_objects);
    if (out->idom == NULL || out->retained_memsize == NULL || out->retained_objects == NULL) return HB_ERR_MEMORY;
    memset(out->idom, 0xff, n * sizeof *out->idom);
    return HB_OK;
}

hb_status ref_dominators_find(const hb_graph *graph, ref_dominators *out)
{
    semi_nca s = { 0 };
    hb_status status;
    *out = (ref_dominators){ 0 };
    HB_TRY(open_arrays(&s, graph));
    for (size_t i = 0; i < graph->n_root_edges; i++) HB_TRY(search_depth_first(&s, graph->root_edges[i].id));
    HB_TRY(lay_predecessors(&s));
    HB_TRY(find_semidominators(&s));
    find_idoms(&s);
    close_edges(&s);
    HB_TRY(open_result(graph->shard->n, out));
    HB_TRY(sum_retained(&s, out));
out:
    close_edges(&s);
    hb_free(s.number);
    hb_free(s.id);
    hb_free(s.idom);
    return status;
}

void ref_dominators_fini(ref_dominators *dominators)
{
    hb_free(dominators->idom);
    hb_free(dominators->retained_memsize);
    hb_free(dominators->retained_objects);
    *dominators = (ref_dominators){ 0 };
}
