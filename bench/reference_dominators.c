/* Dominators: semi-NCA (L. Georgiadis, R. E. Tarjan, R. F. Werneck, "Finding dominators in practice", 2006,
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
    return top->edge++ == end ? ref_class_of(graph, top->id) : HB_NO_ID;
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
        const uint32_t v = s->id[i], class = ref_class_of(graph, v);
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
