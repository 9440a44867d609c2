#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "pipeline/site.h"
#include "reduce/site_sums.h"
#include "report/fill.h"
#include "report/fill_names.h"
#include "report/path_tree.h"

typedef struct order {
    const hb_shard *shard;
    const hb_table *sums;
    unsigned figure;    /* which value ranks first */
} order;

/* Path and line of a site; an absent one is before all others. */
static const char *site_text(const hb_shard *shard, uint64_t site, size_t *n, uint32_t *line)
{
    *n = 0;
    *line = 0;
    if (site == HB_NO_STRING) return NULL;
    const char *text = hb_intern_text(&shard->sites, (uint32_t)site, n);
    *line = hb_site_split(text, n);
    return text;
}

static int compare_sites(const hb_shard *shard, uint64_t a, uint64_t b)
{
    size_t n, m;
    uint32_t line_a, line_b;
    const char *x = site_text(shard, a, &n, &line_a), *y = site_text(shard, b, &m, &line_b);
    if (x == NULL || y == NULL) return (x != NULL) - (y != NULL);
    int by_bytes = memcmp(x, y, n < m ? n : m);
    if (by_bytes != 0) return by_bytes;
    if (n != m) return n < m ? -1 : 1;
    return (line_a > line_b) - (line_a < line_b);
}

/* Figure descending, then type, class name (none first; ids are in byte order), site. */
static int by_rank(const void *a, const void *b, void *ctx)
{
    const order *o = ctx;
    const uint64_t *x = hb_table_row(o->sums, *(const size_t *)a), *y = hb_table_row(o->sums, *(const size_t *)b);
    uint64_t figure_x = x[HB_SITE_KEY_WORDS + o->figure], figure_y = y[HB_SITE_KEY_WORDS + o->figure];
    if (figure_x != figure_y) return figure_x < figure_y ? 1 : -1;
    uint32_t type_x = (uint32_t)x[HB_SITE_CLASS], type_y = (uint32_t)y[HB_SITE_CLASS];
    if (type_x != type_y) return type_x < type_y ? -1 : 1;
    uint32_t class_x = (uint32_t)(x[HB_SITE_CLASS] >> 32) + 1, class_y = (uint32_t)(y[HB_SITE_CLASS] >> 32) + 1;
    if (class_x != class_y) return class_x < class_y ? -1 : 1;
    return compare_sites(o->shard, x[HB_SITE_SITE], y[HB_SITE_SITE]);
}

/* Row numbers with a figure above 0 and at least least_bytes in the word behind it, ranked. */
static hb_status rank_rows(const hb_shard *shard, const hb_table *sums, unsigned figure, uint64_t least_bytes,
                           size_t **rows, size_t *n)
{
    *n = 0;
    *rows = hb_alloc(sums->n, sizeof **rows);
    if (*rows == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < sums->n; i++) {
        const uint64_t *values = hb_table_values(sums, i);
        if (values[figure] != 0 && values[figure + 1] >= least_bytes) (*rows)[(*n)++] = i;
    }
    order o = { .shard = shard, .sums = sums, .figure = figure };
    if (*n > 0) qsort_r(*rows, *n, sizeof **rows, by_rank, &o);
    return HB_OK;
}

hb_status hb_fill_ranking(const hb_shard *shard, const hb_table *sums, int n_analysed, const hb_fill_limits *limits,
                          size_t **rows, size_t *n)
{
    int retained = n_analysed >= 2;
    hb_status status = rank_rows(shard, sums, retained ? HB_SITE_RETAINED : HB_SITE_OBJECTS,
                                 retained ? limits->min_retained_bytes : 0, rows, n);
    if (limits->top != 0 && *n > limits->top) *n = limits->top;
    return status;
}

static hb_status fill_key(const hb_shard *shard, const uint64_t *key, hb_site_key *out)
{
    size_t n;
    uint32_t name = (uint32_t)(key[HB_SITE_CLASS] >> 32);
    out->type = hb_type_name((hb_type)(key[HB_SITE_CLASS] & 0xff));
    if (name != HB_NO_STRING) {
        const char *text = hb_intern_text(&shard->names, name, &n);
        out->class_name = hb_fill_copy(text, n);
        if (out->class_name == NULL) return HB_ERR_MEMORY;
    }
    const char *file = site_text(shard, key[HB_SITE_SITE], &n, &out->line);
    if (file == NULL) return HB_OK;
    out->file = hb_fill_file(shard, file, n);
    return out->file != NULL ? HB_OK : HB_ERR_MEMORY;
}

static hb_status fill_born(const uint64_t *values, const size_t *position, int n_analysed, size_t n_dumps,
                           hb_site_row *out)
{
    out->born = hb_alloc_zero(n_dumps, sizeof *out->born);
    if (out->born == NULL) return HB_ERR_MEMORY;
    for (int k = 0; k < n_analysed; k++) out->born[position[k]] = values[HB_SITE_BORN + k];
    return HB_OK;
}

/* The first rows of a ranking by `figure`. born only with a position. */
static hb_status fill_rows(const hb_shard *shard, const hb_table *sums, const size_t *ranked, size_t n,
                           unsigned figure, const size_t *position, int n_analysed, size_t n_dumps,
                           hb_site_row **rows, size_t *n_rows)
{
    hb_status status = HB_OK;
    *rows = hb_alloc_zero(n, sizeof **rows);
    if (*rows == NULL) return HB_ERR_MEMORY;
    for (; *n_rows < n; ++*n_rows) {
        hb_site_row *row = &(*rows)[*n_rows];
        const uint64_t *values = hb_table_values(sums, ranked[*n_rows]);
        row->objects = values[figure];
        row->memsize = values[figure + 1];
        status = fill_key(shard, hb_table_row(sums, ranked[*n_rows]), &row->key);
        if (status == HB_OK && position != NULL) status = fill_born(values, position, n_analysed, n_dumps, row);
        if (status != HB_OK) {
            ++*n_rows;
            return status;
        }
    }
    return HB_OK;
}

typedef struct class_order {
    const hb_table *classes;
} class_order;

static int by_class_rank(const void *a, const void *b, void *ctx)
{
    const class_order *o = ctx;
    const uint64_t *x = hb_table_row(o->classes, *(const size_t *)a), *y = hb_table_row(o->classes, *(const size_t *)b);
    if (x[1] != y[1]) return x[1] < y[1] ? 1 : -1;
    uint32_t name_x = (uint32_t)x[0] + 1, name_y = (uint32_t)y[0] + 1;
    return (name_x > name_y) - (name_x < name_y);
}

/* Objects and bytes by class name: sites added up. */
static hb_status fill_classes(const hb_shard *shard, const hb_table *sums, uint64_t top, hb_series_report *out)
{
    hb_table classes;
    size_t *rows = NULL, n;
    hb_status status = HB_OK;
    hb_table_init(&classes, 1, 2);
    for (size_t i = 0; i < sums->n; i++) {
        uint64_t name = hb_table_row(sums, i)[HB_SITE_CLASS] >> 32;
        const uint64_t *values = hb_table_values(sums, i);
        uint64_t *row = hb_table_put(&classes, &name, NULL);
        if (row == NULL) HB_TRY(HB_ERR_MEMORY);
        row[0] += values[HB_SITE_OBJECTS];
        row[1] += values[HB_SITE_MEMSIZE];
    }
    rows = hb_alloc(classes.n, sizeof *rows);
    n = top != 0 && top < classes.n ? top : classes.n;
    out->classes = hb_alloc_zero(n, sizeof *out->classes);
    if (rows == NULL || out->classes == NULL) HB_TRY(HB_ERR_MEMORY);
    for (size_t i = 0; i < classes.n; i++) rows[i] = i;
    class_order by_count = { .classes = &classes };
    if (classes.n > 0) qsort_r(rows, classes.n, sizeof *rows, by_class_rank, &by_count);
    for (size_t i = 0; i < n; i++) {
        const uint64_t *row = hb_table_row(&classes, rows[i]);
        hb_class_row *to = &out->classes[out->n_classes++];
        to->objects = row[1];
        to->memsize = row[2];
        if (row[0] == HB_NO_STRING) continue;
        size_t length;
        const char *text = hb_intern_text(&shard->names, (uint32_t)row[0], &length);
        to->class_name = hb_fill_copy(text, length);
        if (to->class_name == NULL) HB_TRY(HB_ERR_MEMORY);
    }
out:
    hb_free(rows);
    hb_table_fini(&classes);
    return status;
}

static hb_status fill_retained(const hb_shard *shard, const hb_table *sums, const size_t *position, int n_analysed,
                               const hb_fill_limits *limits, hb_series_report *out)
{
    size_t *rows = NULL, n;
    hb_status status;
    out->has_retained = 1;
    for (size_t i = 0; i < sums->n; i++) {
        out->retained_objects += hb_table_values(sums, i)[HB_SITE_RETAINED];
        out->retained_memsize += hb_table_values(sums, i)[HB_SITE_RETAINED_MEMSIZE];
    }
    HB_TRY(rank_rows(shard, sums, HB_SITE_RETAINED, limits->min_retained_bytes, &rows, &n));
    HB_TRY(fill_rows(shard, sums, rows, n, HB_SITE_RETAINED, position, n_analysed, out->n_dumps, &out->sites,
                     &out->n_sites));
out:
    hb_free(rows);
    return status;
}

hb_status hb_fill_sites(const hb_shard *shard, const hb_table *sums, const size_t *position, int n_analysed,
                        const hb_fill_limits *limits, hb_series_report *out)
{
    size_t *rows = NULL, n;
    hb_status status;
    for (size_t i = 0; i < sums->n; i++) out->traced |= hb_table_row(sums, i)[HB_SITE_SITE] != HB_NO_STRING;
    HB_TRY(rank_rows(shard, sums, HB_SITE_OBJECTS, 0, &rows, &n));
    if (limits->top != 0 && limits->top < n) n = limits->top;
    HB_TRY(fill_rows(shard, sums, rows, n, HB_SITE_OBJECTS, NULL, 0, 0, &out->live_sites, &out->n_live_sites));
    HB_TRY(fill_classes(shard, sums, limits->top, out));
    if (n_analysed >= 2) HB_TRY(fill_retained(shard, sums, position, n_analysed, limits, out));
out:
    hb_free(rows);
    return status;
}

hb_status hb_fill_path(const hb_shard *shard, const hb_table *sums, size_t row, int n_analysed,
                       const hb_paths *paths, unsigned group, hb_path_report *out)
{
    const uint64_t *values = hb_table_values(sums, row);
    unsigned figure = n_analysed >= 2 ? HB_SITE_RETAINED : HB_SITE_OBJECTS;
    uint64_t reached = 0;
    hb_status status = fill_key(shard, hb_table_row(sums, row), &out->site);
    if (status != HB_OK) return status;
    out->objects = values[figure];
    out->memsize = values[figure + 1];
    status = hb_path_tree_build(&shard->names, paths, group, &out->nodes, &out->n_nodes, &reached);
    out->unreachable = out->objects - reached;
    return status;
}
