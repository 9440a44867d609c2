/* From the virtual root down the crown of the dominator tree, one chain at a time.
 *
 * A place is an object whose references have names or meanings of their own: a class, a module, an object, a struct, a
 * thread. Each of its large branches may be a leak of its own, so where there are several each begins a chain, and what
 * is left is a suspect only if that is large. With one large branch the chain goes on, unless that is of the same kind:
 * a list or tree begins here. (Classes hold classes, as namespaces.) A container holds many alike (hash, array, and whatever else), and the chain goes on
 * to its largest child while that keeps more than 0.7.
 *
 * Kinds that repeat along a chain of containers are a recursive structure too: the chain ends at the first of them. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "pipeline/line.h"
#include "reduce/suspects.h"

#define RUN 8             /* kinds that repeat so often are a recursive structure */
#define KEEPS_TENTHS 7    /* the largest child is followed while it keeps more than this of its parent */

typedef struct walk {
    const hb_crown *crown;
    uint64_t least;
    size_t *first, *child;   /* rows of children by row, the last row that of the virtual root; heaviest first */
    size_t *stack, n_stack, cap_stack;
    size_t *chain, n_chain, cap_chain;
    size_t *found;
    size_t n_found;
} walk;

static int is_place(uint64_t kind)
{
    const unsigned type = kind & 0xff;
    return hb_type_is_class(type) || type == HB_TYPE_OBJECT || type == HB_TYPE_STRUCT || type == HB_TYPE_DATA;
}

static int by_weight(const void *a, const void *b, void *ctx)
{
    const hb_crown_row *rows = ctx, *x = &rows[*(const size_t *)a], *y = &rows[*(const size_t *)b];
    if (x->weight != y->weight) return x->weight < y->weight ? 1 : -1;
    return (x->gid > y->gid) - (x->gid < y->gid);
}

static hb_status list_children(walk *w)
{
    const size_t n = w->crown->n;
    const hb_crown_row *rows = w->crown->rows;
    size_t *parent = hb_alloc(n, sizeof *parent);
    w->first = hb_alloc_zero(n + 3, sizeof *w->first);
    w->child = hb_alloc(n, sizeof *w->child);
    if (parent == NULL || w->first == NULL || w->child == NULL) {
        hb_free(parent);
        return HB_ERR_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        parent[i] = rows[i].idom == HB_NO_GID ? n : hb_crown_find(w->crown, rows[i].idom);
        w->first[parent[i] + 2]++;
    }
    for (size_t i = 0; i <= n; i++) w->first[i + 2] += w->first[i + 1];
    for (size_t i = 0; i < n; i++) w->child[w->first[parent[i] + 1]++] = i;
    for (size_t i = 0; i <= n; i++)
        if (w->first[i + 1] - w->first[i] > 1)
            qsort_r(w->child + w->first[i], w->first[i + 1] - w->first[i], sizeof *w->child, by_weight,
                    w->crown->rows);
    hb_free(parent);
    return HB_OK;
}

static hb_status push(size_t **list, size_t *n, size_t *cap, size_t item)
{
    if (hb_grow(list, cap, *n + 1, sizeof **list) != HB_OK) return HB_ERR_MEMORY;
    (*list)[(*n)++] = item;
    return HB_OK;
}

/* Children of at least w->least; they come first. */
static size_t large_children(const walk *w, size_t row, uint64_t *weight)
{
    size_t n = 0;
    *weight = 0;
    for (size_t i = w->first[row]; i < w->first[row + 1]; i++, n++) {
        const uint64_t of_child = w->crown->rows[w->child[i]].weight;
        if (of_child < w->least) break;
        *weight += of_child;
    }
    return n;
}

static void find(walk *w, size_t row)
{
    if (w->n_found < HB_SUSPECTS_MOST) w->found[w->n_found++] = row;
}

/* Where a chain that ends here piles up: its end, or the first link of a structure that repeats; then up past objects
 * that are hidden from Ruby and so have no class. */
static size_t accumulation_point(const walk *w)
{
    const hb_crown_row *rows = w->crown->rows;
    size_t at = w->n_chain - 1;
    for (size_t begin = 0; begin + RUN <= w->n_chain && at == w->n_chain - 1; begin++)
        for (size_t period = 1; period <= 2; period++) {
            size_t same = 0;
            while (begin + same + period < w->n_chain &&
                   rows[w->chain[begin + same]].kind == rows[w->chain[begin + same + period]].kind)
                same++;
            if (same + period < RUN) continue;
            at = begin;
            break;
        }
    while (at > 0 && rows[w->chain[at]].kind >> 32 == UINT32_MAX && !hb_type_is_class(rows[w->chain[at]].kind & 0xff)) at--;
    return w->chain[at];
}

/* Splits at a place with several large branches. */
static hb_status split(walk *w, size_t row, size_t n_large, uint64_t in_large)
{
    for (size_t i = n_large; i-- > 0;)
        if (push(&w->stack, &w->n_stack, &w->cap_stack, w->child[w->first[row] + i]) != HB_OK) return HB_ERR_MEMORY;
    if (row < w->crown->n && w->crown->rows[row].weight - in_large >= w->least) find(w, row);
    return HB_OK;
}

/* Whether a child keeps more than KEEPS_TENTHS of its parent's weight; exact, and in 64 bits. */
static int keeps(uint64_t child, uint64_t parent)
{
    return (unsigned __int128)child * 10 > (unsigned __int128)parent * KEEPS_TENTHS;
}

/* The row that the chain goes on to; SIZE_MAX: it ends here. *splits: it ends, and others begin. */
static size_t next_link(const walk *w, size_t row, int *splits)
{
    const hb_crown_row *rows = w->crown->rows;
    uint64_t in_large;
    const size_t n_large = large_children(w, row, &in_large);
    *splits = 0;
    if (w->first[row] == w->first[row + 1]) return SIZE_MAX;
    const size_t largest = w->child[w->first[row]];
    if (!is_place(rows[row].kind))
        return keeps(rows[largest].weight, rows[row].weight) ? largest : SIZE_MAX;
    for (size_t i = 0; i < n_large && !hb_type_is_class(rows[row].kind & 0xff); i++)
        if (rows[w->child[w->first[row] + i]].kind == rows[row].kind) return SIZE_MAX;
    if (n_large == 1 && rows[row].weight - in_large < w->least) return largest;
    *splits = n_large > 0;
    return SIZE_MAX;
}

static hb_status follow(walk *w, size_t row)
{
    int splits = 0;
    w->n_chain = 0;
    for (size_t next = row; next != SIZE_MAX; next = next_link(w, row, &splits)) {
        row = next;
        if (push(&w->chain, &w->n_chain, &w->cap_chain, row) != HB_OK) return HB_ERR_MEMORY;
    }
    if (splits) {
        uint64_t in_large;
        const size_t n_large = large_children(w, row, &in_large);
        return split(w, row, n_large, in_large);
    }
    find(w, accumulation_point(w));
    return HB_OK;
}

hb_status hb_suspects_walk(const hb_crown *crown, uint64_t least, size_t *rows, size_t *n)
{
    walk w = { .crown = crown, .least = least, .found = rows };
    uint64_t in_large;
    hb_status status;
    *n = 0;
    HB_TRY(list_children(&w));
    HB_TRY(split(&w, crown->n, large_children(&w, crown->n, &in_large), 0));
    while (w.n_stack > 0) HB_TRY(follow(&w, w.stack[--w.n_stack]));
    if (w.n_found > 0) qsort_r(rows, w.n_found, sizeof *rows, by_weight, crown->rows);
    *n = w.n_found;
out:
    hb_free(w.first);
    hb_free(w.child);
    hb_free(w.stack);
    hb_free(w.chain);
    return status;
}
