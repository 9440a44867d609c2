/* What enters: the SHAPE lines, wherever they were read. What leaves: on every rank, each shape's chain to its root
 * with what adds no instance variable left out.
 *
 * Ruby (3.2 and later) shares the layout of objects: a shape adds one instance variable to its parent, or something
 * that takes no room (frozen, an object id). A chain from the root names the instance variables in the order in
 * which the collector visits them, and so that of the object's references.
 *
 * A forged dump may have chains that end nowhere or in themselves; these name nothing. Each shape is walked over
 * once. */
#include "partition/shapes.h"

#include <string.h>

#include "base/memory.h"
#include "pipeline/collect.h"

enum { LINE_PARENT, LINE_WHERE, LINE_IVAR, LINE_VALUES };  /* values of a row of `lines` */

/* Of several lines with one id the first in the dump counts. */
static hb_status put_line(hb_table *lines, const uint64_t *item)
{
    int fresh;
    uint64_t *values = hb_table_put(lines, &item[HB_SHAPE_ID], &fresh);
    if (values == NULL) return HB_ERR_MEMORY;
    if (fresh || item[HB_SHAPE_WHERE] < values[LINE_WHERE])
        memcpy(values, item + HB_SHAPE_PARENT, LINE_VALUES * sizeof *values);
    return HB_OK;
}

static hb_status put_lines(hb_table *lines, const uint64_t *items, size_t n_words)
{
    hb_status status = HB_OK;
    for (size_t at = 0; at < n_words && status == HB_OK; at += HB_SHAPE_WORDS) status = put_line(lines, items + at);
    return status;
}

/* All ranks' lines on all ranks, rows in the same order. */
static hb_status share_lines(hb_comm *comm, hb_wordlist *items, hb_table *lines)
{
    const int root = 0, here = hb_comm_rank(comm) == root;
    hb_table own;
    uint64_t *all = NULL, n_words = 0;
    size_t n_all;
    hb_status status = HB_OK;
    hb_table_init(&own, 1, LINE_VALUES);
    for (size_t i = 0; i < items->n && status == HB_OK; i++)
        status = put_lines(&own, items->blocks[i].words, items->blocks[i].n);
    hb_wordlist_fini(items);
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(hb_comm_gather(comm, own.rows, own.n * HB_SHAPE_WORDS, root, &all, &n_all));
    hb_table_clear(&own);
    if (here) status = put_lines(&own, all, n_all);
    n_words = own.n * HB_SHAPE_WORDS;
    hb_comm_broadcast(comm, &n_words, sizeof n_words, root);
    hb_free(all);
    all = hb_alloc(n_words, sizeof *all);
    if (all == NULL) status = HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(comm, status));
    if (here && n_words != 0) memcpy(all, own.rows, n_words * sizeof *all);
    hb_comm_broadcast(comm, all, n_words * sizeof *all, root);
    status = hb_comm_agree(comm, put_lines(lines, all, n_words));
out:
    hb_free(all);
    hb_table_fini(&own);
    return status;
}

/* The row of a shape's parent; *end: it has none. UINT32_MAX: no such shape. */
static uint32_t parent_of(const hb_shapes *s, uint32_t row, int *end)
{
    const uint64_t parent = hb_table_values(&s->lines, row)[LINE_PARENT];
    const uint64_t *values = parent == UINT64_MAX ? NULL : hb_table_find(&s->lines, &parent);
    *end = parent == UINT64_MAX;
    return values == NULL ? UINT32_MAX : (uint32_t)((size_t)(values - 1 - s->lines.rows) / HB_SHAPE_WORDS);
}

/* Follows the chain from `row` up to what is done, and does what it passed. open: not done yet. */
static void follow_chain(hb_shapes *s, uint32_t row, uint8_t *open, uint32_t *stack)
{
    uint32_t depth = 0, n = UINT32_MAX, last = HB_NO_IVAR;
    int end = 0;
    while (row != UINT32_MAX && open[row] == 1) {
        open[row] = 2;  /* on the stack: to come here again is a cycle */
        stack[depth++] = row;
        row = parent_of(s, row, &end);
    }
    if (end) n = 0;
    else if (row != UINT32_MAX && open[row] == 0) {
        n = s->n[row];
        last = s->last[row];
    }
    while (depth > 0) {
        uint32_t at = stack[--depth];
        s->before[at] = last;
        if (hb_table_values(&s->lines, at)[LINE_IVAR] != 0) {
            if (n != UINT32_MAX) n++;
            last = at;
        }
        s->n[at] = n;
        s->last[at] = last;
        open[at] = 0;
    }
}

static hb_status follow_chains(hb_shapes *s)
{
    const size_t n = s->lines.n;
    uint8_t *open = hb_alloc(n, sizeof *open);
    uint32_t *stack = hb_alloc(n, sizeof *stack);
    s->last = hb_alloc(n, sizeof *s->last);
    s->n = hb_alloc(n, sizeof *s->n);
    s->before = hb_alloc(n, sizeof *s->before);
    const int ok = open != NULL && stack != NULL && s->last != NULL && s->n != NULL && s->before != NULL;
    if (ok) {
        memset(open, 1, n);
        for (uint32_t row = 0; row < n; row++) follow_chain(s, row, open, stack);
    }
    hb_free(open);
    hb_free(stack);
    return ok ? HB_OK : HB_ERR_MEMORY;
}

hb_status hb_shapes_build(hb_comm *comm, hb_wordlist *items, hb_shapes *out)
{
    hb_status status;
    *out = (hb_shapes){ 0 };
    hb_table_init(&out->lines, 1, LINE_VALUES);
    HB_TRY(share_lines(comm, items, &out->lines));
    status = hb_comm_agree(comm, follow_chains(out));
out:
    return status;
}

void hb_shapes_fini(hb_shapes *shapes)
{
    hb_table_fini(&shapes->lines);
    hb_free(shapes->last);
    hb_free(shapes->n);
    hb_free(shapes->before);
    *shapes = (hb_shapes){ 0 };
}

uint32_t hb_shapes_last(const hb_shapes *shapes, uint64_t shape_id, size_t n)
{
    const uint64_t *values = hb_table_find(&shapes->lines, &shape_id);
    if (values == NULL) return HB_NO_IVAR;
    const size_t row = (size_t)(values - 1 - shapes->lines.rows) / HB_SHAPE_WORDS;
    return shapes->n[row] == n ? shapes->last[row] : HB_NO_IVAR;
}

uint32_t hb_shapes_name(const hb_shapes *shapes, uint32_t ivar)
{
    return (uint32_t)hb_table_values(&shapes->lines, ivar)[LINE_IVAR] - 1;
}
