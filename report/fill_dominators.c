#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "reduce/group_sums.h"
#include "report/fill_graph.h"
#include "report/fill_names.h"

static hb_status fill_objects(const hb_shard *shard, const hb_retainer *rows, size_t n, hb_object_row **out,
                              size_t *n_out)
{
    hb_status status = HB_OK;
    *out = hb_alloc_zero(n, sizeof **out);
    if (*out == NULL) return HB_ERR_MEMORY;
    for (; *n_out < n && status == HB_OK; ++*n_out) {
        hb_object_row *row = &(*out)[*n_out];
        status = hb_fill_object(shard, &rows[*n_out].object, row);
        row->other = rows[*n_out].other;
        row->other_memsize = rows[*n_out].other_memsize;
    }
    return status;
}

/* Bytes descending, then by name; names and files are compared as bytes, none before all others. */
static int by_bytes(const void *a, const void *b)
{
    const hb_group_row *x = a, *y = b;
    if (x->retained_memsize != y->retained_memsize) return x->retained_memsize < y->retained_memsize ? 1 : -1;
    if (x->type != NULL && y->type != NULL && x->type != y->type) return strcmp(x->type, y->type);
    if (x->name == NULL || y->name == NULL) return (x->name != NULL) - (y->name != NULL);
    const int names = strcmp(x->name, y->name);
    return names != 0 ? names : (x->line > y->line) - (x->line < y->line);
}

static hb_status fill_group(const hb_shard *shard, const uint64_t *row, int by_class, hb_group_row *out)
{
    const uint64_t *values = row + 1;
    out->objects = values[HB_GROUP_OBJECTS];
    out->outermost = values[HB_GROUP_OUTERMOST];
    out->retained_memsize = values[HB_GROUP_MEMSIZE];
    out->retained_objects = values[HB_GROUP_RETAINED];
    if (!by_class) return hb_fill_place(shard, row[0], &out->name, &out->line);
    out->type = hb_type_name((hb_type)(row[0] & 0xff));
    return hb_fill_name(shard, row[0] >> 32, &out->name);
}

static hb_status fill_groups(const hb_shard *shard, const hb_table *sums, int by_class, uint64_t top,
                             hb_group_row **out, size_t *n_out)
{
    hb_status status = HB_OK;
    *out = hb_alloc_zero(sums->n, sizeof **out);
    if (*out == NULL) return HB_ERR_MEMORY;
    for (; *n_out < sums->n && status == HB_OK; ++*n_out)
        status = fill_group(shard, hb_table_row(sums, *n_out), by_class, &(*out)[*n_out]);
    if (*n_out > 0) qsort(*out, *n_out, sizeof **out, by_bytes);
    while (top != 0 && *n_out > top) hb_free((*out)[--*n_out].name);
    return status;
}

hb_status hb_fill_dominators(const hb_shard *shard, const hb_retainers *r, uint64_t top, hb_dominator_report *out)
{
    hb_status status;
    HB_TRY(fill_objects(shard, r->top, r->n_top, &out->top, &out->n_top));
    HB_TRY(fill_objects(shard, r->drops, r->n_drops, &out->drops, &out->n_drops));
    HB_TRY(fill_groups(shard, &r->groups[HB_BY_CLASS], 1, top, &out->classes, &out->n_classes));
    HB_TRY(fill_groups(shard, &r->groups[HB_BY_SITE], 0, top, &out->sites, &out->n_sites));
out:
    return status;
}
