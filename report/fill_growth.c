#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/fill.h"
#include "report/fill_names.h"

typedef struct order {
    const hb_class_growth *growth;
    size_t first, last;   /* which dumps are compared */
} order;

static int64_t change(const order *o, size_t row, uint64_t (*figure)(const hb_class_growth *, size_t, size_t))
{
    return (int64_t)(figure(o->growth, row, o->last) - figure(o->growth, row, o->first));
}

/* The name of a row's class, NULL without one. */
static const char *name_of(const hb_class_growth *growth, size_t row, size_t *n)
{
    const uint64_t name = hb_table_row(&growth->rows, row)[0] >> 32;
    *n = 0;
    return name == 0 ? NULL : hb_intern_text(&growth->names, (uint32_t)(name - 1), n);
}

static unsigned type_of(const hb_class_growth *growth, size_t row)
{
    return (unsigned)(hb_table_row(&growth->rows, row)[0] & 0xff);
}

/* Bytes gained descending, objects gained descending, type, name, none first. */
static int by_growth(const void *a, const void *b, void *ctx)
{
    const order *o = ctx;
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    const int64_t bytes_x = change(o, x, hb_class_growth_memsize), bytes_y = change(o, y, hb_class_growth_memsize);
    const int64_t objects_x = change(o, x, hb_class_growth_objects), objects_y = change(o, y, hb_class_growth_objects);
    if (bytes_x != bytes_y) return bytes_x < bytes_y ? 1 : -1;
    if (objects_x != objects_y) return objects_x < objects_y ? 1 : -1;
    if (type_of(o->growth, x) != type_of(o->growth, y)) return type_of(o->growth, x) < type_of(o->growth, y) ? -1 : 1;
    size_t n, m;
    const char *s = name_of(o->growth, x, &n), *t = name_of(o->growth, y, &m);
    if (s == NULL || t == NULL) return (s != NULL) - (t != NULL);
    const int by_bytes = memcmp(s, t, n < m ? n : m);
    return by_bytes != 0 ? by_bytes : (n > m) - (n < m);
}

static hb_status fill_row(const hb_class_growth *growth, size_t row, size_t n_dumps, hb_growth_row *out)
{
    size_t n;
    const char *name = name_of(growth, row, &n);
    out->type = hb_type_name((hb_type)type_of(growth, row));
    if (name != NULL && (out->class_name = hb_fill_copy(name, n)) == NULL) return HB_ERR_MEMORY;
    out->objects = hb_alloc_zero(n_dumps, sizeof *out->objects);
    out->memsize = hb_alloc_zero(n_dumps, sizeof *out->memsize);
    if (out->objects == NULL || out->memsize == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < n_dumps; i++) {
        out->objects[i] = hb_class_growth_objects(growth, row, i);
        out->memsize[i] = hb_class_growth_memsize(growth, row, i);
    }
    return HB_OK;
}

/* Rows of classes that have more objects, or more bytes, in the last dump. */
static size_t growing(const order *o, size_t *rows)
{
    size_t n = 0;
    for (size_t i = 0; i < o->growth->rows.n; i++)
        if (change(o, i, hb_class_growth_objects) > 0 || change(o, i, hb_class_growth_memsize) > 0) rows[n++] = i;
    return n;
}

hb_status hb_fill_growth(const hb_class_growth *growth, uint64_t top, hb_series_report *out)
{
    order o = { .growth = growth };
    hb_status status = HB_OK;
    if (!hb_series_report_counted(out, &o.first, &o.last)) return HB_OK;
    size_t *rows = hb_alloc(growth->rows.n, sizeof *rows);
    if (rows == NULL) return HB_ERR_MEMORY;
    size_t n = growing(&o, rows);
    if (n != 0) qsort_r(rows, n, sizeof *rows, by_growth, &o);
    if (top != 0 && n > top) n = top;
    out->has_growth = 1;
    out->growth = hb_alloc_zero(n, sizeof *out->growth);
    if (out->growth == NULL) status = HB_ERR_MEMORY;
    for (size_t i = 0; i < n && status == HB_OK; i++)
        status = fill_row(growth, rows[i], out->n_dumps, &out->growth[out->n_growth++]);
    hb_free(rows);
    return status;
}
