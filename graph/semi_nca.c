/* Everything works on preorder numbers of a depth-first search: a vertex's parent and its dominators have lower ones.
 *
 *   1. search: preorder numbers and parents in the search tree
 *   2. predecessors, by preorder number, as compressed rows
 *   3. semidominators, from the last vertex to the first: the least label on the way up from each predecessor, among the
 *      vertices already done; ways are compressed as they are walked
 *   4. dominators, from the first to the last: the nearest ancestor in the tree built so far that is not below the
 *      semidominator
 *
 * Nothing recurses: a list of a million nodes is a million levels deep. */
#include "graph/semi_nca.h"

#include <string.h>

#include "base/memory.h"

#define NOT_SEEN UINT32_MAX

typedef struct work {
    uint32_t n;              /* vertices */
    uint32_t n_seen;         /* those that the search reached */
    const uint64_t *first;
    const uint32_t *target;
    uint32_t *number;        /* by vertex: preorder number */
    uint32_t *vertex;        /* all others by preorder number */
    uint32_t *parent;
    uint32_t *ancestor;      /* above it on the compressed way; 0: not linked yet, as the root is never looked up */
    uint32_t *label;         /* the least semidominator between it and its ancestor */
    uint32_t *idom;
    uint64_t *pred_first;
    uint32_t *pred;
    uint32_t *stack;
} work;

static hb_status make_room(work *w)
{
    w->number = hb_alloc(w->n, sizeof *w->number);
    w->vertex = hb_alloc(w->n, sizeof *w->vertex);
    w->parent = hb_alloc(w->n, sizeof *w->parent);
    w->stack = hb_alloc(w->n, sizeof *w->stack);
    return w->number != NULL && w->vertex != NULL && w->parent != NULL && w->stack != NULL ? HB_OK : HB_ERR_MEMORY;
}

static void visit(work *w, uint32_t vertex, uint32_t parent)
{
    w->number[vertex] = w->n_seen;
    w->vertex[w->n_seen] = vertex;
    w->parent[w->n_seen++] = parent;
}

static hb_status search(work *w)
{
    uint64_t *next = hb_alloc(w->n, sizeof *next);
    if (next == NULL) return HB_ERR_MEMORY;
    memcpy(next, w->first, w->n * sizeof *next);
    memset(w->number, 0xff, w->n * sizeof *w->number);
    uint32_t depth = 0;
    visit(w, 0, 0);
    w->stack[depth++] = 0;
    while (depth > 0) {
        const uint32_t v = w->stack[depth - 1];
        while (next[v] < w->first[v + 1] && w->number[w->target[next[v]]] != NOT_SEEN) next[v]++;
        if (next[v] == w->first[v + 1]) {
            depth--;
            continue;
        }
        const uint32_t to = w->target[next[v]++];
        visit(w, to, w->number[v]);
        w->stack[depth++] = to;
    }
    hb_free(next);
    return HB_OK;
}

static hb_status find_predecessors(work *w)
{
    w->pred_first = hb_alloc_zero((size_t)w->n_seen + 2, sizeof *w->pred_first);
    if (w->pred_first == NULL) return HB_ERR_MEMORY;
    /* Counted one row too far, so that filling moves each start to where it belongs. */
    for (uint32_t i = 0; i < w->n_seen; i++)
        for (uint64_t e = w->first[w->vertex[i]]; e < w->first[w->vertex[i] + 1]; e++)
            w->pred_first[(uint64_t)w->number[w->target[e]] + 2]++;
    for (uint32_t i = 0; i < w->n_seen; i++) w->pred_first[(uint64_t)i + 2] += w->pred_first[(uint64_t)i + 1];
    w->pred = hb_alloc(w->pred_first[(uint64_t)w->n_seen + 1], sizeof *w->pred);
    if (w->pred == NULL) return HB_ERR_MEMORY;
    for (uint32_t i = 0; i < w->n_seen; i++)
        for (uint64_t e = w->first[w->vertex[i]]; e < w->first[w->vertex[i] + 1]; e++)
            w->pred[w->pred_first[(uint64_t)w->number[w->target[e]] + 1]++] = i;
    return HB_OK;
}

/* The least label from v up to, but not including, the top of its way. Shortens the way. */
static uint32_t evaluate(work *w, uint32_t v)
{
    uint32_t depth = 0;
    if (w->ancestor[v] == 0) return w->label[v];
    while (w->ancestor[w->ancestor[v]] != 0) {
        w->stack[depth++] = v;
        v = w->ancestor[v];
    }
    while (depth > 0) {
        const uint32_t below = w->stack[--depth];
        if (w->label[v] < w->label[below]) w->label[below] = w->label[v];
        w->ancestor[below] = w->ancestor[v];
        v = below;
    }
    return w->label[v];
}

/* ancestor 0 says "not linked"; a vertex right below the root is linked to ROOT_LINK, which never is. */
static hb_status find_dominators(work *w)
{
    const uint32_t root_link = w->n_seen;
    w->ancestor = hb_alloc_zero((size_t)w->n_seen + 1, sizeof *w->ancestor);
    w->label = hb_alloc((size_t)w->n_seen + 1, sizeof *w->label);
    w->idom = hb_alloc(w->n_seen, sizeof *w->idom);
    if (w->ancestor == NULL || w->label == NULL || w->idom == NULL) return HB_ERR_MEMORY;
    for (uint32_t i = 0; i <= w->n_seen; i++) w->label[i] = i;
    for (uint32_t i = w->n_seen; i-- > 1;) {
        uint32_t least = w->parent[i];
        for (uint64_t e = w->pred_first[i]; e < w->pred_first[(uint64_t)i + 1]; e++) {
            uint32_t found = w->pred[e] == 0 ? 0 : evaluate(w, w->pred[e]);
            if (found < least) least = found;
        }
        w->label[i] = least;
        w->idom[i] = least;
        w->ancestor[i] = w->parent[i] == 0 ? root_link : w->parent[i];
    }
    /* idom holds semidominators; labels are not needed any more. */
    w->idom[0] = 0;
    for (uint32_t i = 1; i < w->n_seen; i++) {
        const uint32_t semi = w->idom[i];
        uint32_t at = w->parent[i];
        while (at > semi) at = w->idom[at];
        w->idom[i] = at;
    }
    return HB_OK;
}

hb_status hb_semi_nca(uint32_t n, const uint64_t *first, const uint32_t *target, uint32_t *idom)
{
    work w = { .n = n, .first = first, .target = target };
    hb_status status;
    HB_TRY(make_room(&w));
    HB_TRY(search(&w));
    HB_TRY(find_predecessors(&w));
    HB_TRY(find_dominators(&w));
    memset(idom, 0xff, n * sizeof *idom);
    for (uint32_t i = 0; i < w.n_seen; i++) idom[w.vertex[i]] = w.vertex[w.idom[i]];
out:
    hb_free(w.number);
    hb_free(w.vertex);
    hb_free(w.parent);
    hb_free(w.ancestor);
    hb_free(w.label);
    hb_free(w.idom);
    hb_free(w.pred_first);
    hb_free(w.pred);
    hb_free(w.stack);
    return status;
}
