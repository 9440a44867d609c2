#include "report/reading.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "pipeline/site.h"
#include "report/fill.h"
#include "report/fill_names.h"
#include "report/gem.h"

/* --- sites --- */

/* site: id + 1, 0: none. */
static hb_status fill_place(const hb_intern *sites, uint64_t site, hb_place_row *out)
{
    size_t n;
    *out = (hb_place_row){ 0 };
    if (site == 0) return HB_OK;
    const char *text = hb_intern_text(sites, (uint32_t)(site - 1), &n);
    out->line = hb_site_split(text, &n);
    out->file = hb_fill_copy(text, n);
    return out->file != NULL ? HB_OK : HB_ERR_MEMORY;
}

static hb_status fill_sites(const hb_places *places, hb_reading *out)
{
    hb_status status = HB_OK;
    out->places.rows = hb_alloc_zero(places->rows.n, sizeof *out->places.rows);
    if (out->places.rows == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < places->rows.n && status == HB_OK; i++) {
        const uint64_t *values = hb_table_values(&places->rows, i);
        hb_place_row *row = &out->places.rows[out->places.n++];
        status = fill_place(&places->texts, hb_table_row(&places->rows, i)[0], row);
        row->objects = values[HB_PLACE_OBJECTS];
        row->memsize = values[HB_PLACE_MEMSIZE];
        row->references = values[HB_PLACE_REFERENCES];
    }
    return status;
}

static uint64_t figure_of(const hb_place_row *row, hb_place_order order)
{
    switch (order) {
    case HB_PLACES_BY_MEMSIZE: return row->memsize;
    case HB_PLACES_BY_OBJECTS: return row->objects;
    case HB_PLACES_BY_REFERENCES: return row->references;
    case HB_PLACES_BY_FILE: return 0;
    }
    return 0;
}

static int by_figure(const void *a, const void *b, void *ctx)
{
    const hb_place_row *x = a, *y = b;
    const hb_place_order order = *(const hb_place_order *)ctx;
    const uint64_t figure_x = figure_of(x, order), figure_y = figure_of(y, order);
    if (figure_x != figure_y) return figure_x < figure_y ? 1 : -1;
    if (x->file == NULL || y->file == NULL) return (x->file != NULL) - (y->file != NULL);
    const int by_file = strcmp(x->file, y->file);
    return by_file != 0 ? by_file : (x->line > y->line) - (x->line < y->line);
}

void hb_place_list_sort(hb_place_list *list, hb_place_order order)
{
    if (list->n != 0) qsort_r(list->rows, list->n, sizeof *list->rows, by_figure, &order);
}

/* --- files and gems --- */

static int is_same_file(const hb_place_row *a, const hb_place_row *b)
{
    return a->file != NULL && b->file != NULL ? strcmp(a->file, b->file) == 0 : a->file == b->file;
}

/* Makes one row of neighbours with the same file. */
static void merge_rows(hb_place_list *list)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        const hb_place_row *row = &list->rows[i];
        if (n == 0 || !is_same_file(&list->rows[n - 1], row)) {
            list->rows[n++] = *row;
            continue;
        }
        hb_place_row *last = &list->rows[n - 1];
        last->objects += row->objects;
        last->memsize += row->memsize;
        last->references += row->references;
        hb_free(row->file);
    }
    list->n = n;
}

static hb_view whole_path(hb_view path)
{
    return path;
}

/* The sites by what name_of makes of their paths. */
static hb_status add_up_sites(const hb_place_list *sites, hb_view (*name_of)(hb_view path), hb_place_list *out)
{
    out->rows = hb_alloc_zero(sites->n, sizeof *out->rows);
    if (out->rows == NULL) return HB_ERR_MEMORY;
    for (; out->n < sites->n; out->n++) {
        hb_place_row *row = &out->rows[out->n];
        *row = sites->rows[out->n];
        row->line = 0;
        if (row->file == NULL) continue;
        const hb_view name = name_of((hb_view){ row->file, strlen(row->file) });
        row->file = hb_fill_copy(name.text, name.n);
        if (row->file == NULL) return HB_ERR_MEMORY;
    }
    hb_place_list_sort(out, HB_PLACES_BY_FILE);
    merge_rows(out);
    return HB_OK;
}

hb_status hb_reading_fill_places(const hb_places *places, hb_reading *out)
{
    hb_status status;
    HB_TRY(fill_sites(places, out));
    HB_TRY(add_up_sites(&out->places, whole_path, &out->files));
    status = add_up_sites(&out->places, hb_gem_of, &out->gems);
out:
    return status;
}

int hb_reading_has_files(const hb_reading *reading)
{
    const hb_place_list *files = &reading->files;
    return files->n > 1 || (files->n == 1 && files->rows[0].file != NULL);
}

/* --- classes --- */

static int by_memsize(const void *a, const void *b)
{
    const hb_site_row *x = a, *y = b;
    if (x->memsize != y->memsize) return x->memsize < y->memsize ? 1 : -1;
    if (x->objects != y->objects) return x->objects < y->objects ? 1 : -1;
    const int by_type = strcmp(x->key.type, y->key.type);
    if (by_type != 0) return by_type;
    if (x->key.class_name == NULL || y->key.class_name == NULL) return (x->key.class_name != NULL) - (y->key.class_name != NULL);
    return strcmp(x->key.class_name, y->key.class_name);
}

hb_status hb_reading_fill_classes(const hb_class_growth *growth, hb_reading *out)
{
    out->classes = hb_alloc_zero(growth->rows.n, sizeof *out->classes);
    if (out->classes == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < growth->rows.n; i++) {
        const uint64_t key = hb_table_row(&growth->rows, i)[0], name = key >> 32;
        hb_site_row *row = &out->classes[out->n_classes++];
        *row = (hb_site_row){ .key.type = hb_type_name((hb_type)(key & 0xff)), .objects = hb_class_growth_objects(growth, i, 0),
                              .memsize = hb_class_growth_memsize(growth, i, 0) };
        if (name == 0) continue;
        size_t n;
        const char *text = hb_intern_text(&growth->names, (uint32_t)(name - 1), &n);
        row->key.class_name = hb_fill_copy(text, n);
        if (row->key.class_name == NULL) return HB_ERR_MEMORY;
    }
    if (out->n_classes != 0) qsort(out->classes, out->n_classes, sizeof *out->classes, by_memsize);
    return HB_OK;
}

/* --- shapes --- */

static int by_shapes(const void *a, const void *b)
{
    const hb_edge_row *x = a, *y = b;
    if (x->shapes != y->shapes) return x->shapes < y->shapes ? 1 : -1;
    return strcmp(x->name, y->name);
}

hb_status hb_reading_fill_edges(const hb_places *edges, hb_reading *out)
{
    out->edges = hb_alloc_zero(edges->rows.n, sizeof *out->edges);
    if (out->edges == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < edges->rows.n; i++) {
        size_t n;
        const char *name = hb_intern_text(&edges->texts, (uint32_t)(hb_table_row(&edges->rows, i)[HB_EDGE_NAME] - 1), &n);
        hb_edge_row *row = &out->edges[out->n_edges++];
        *row = (hb_edge_row){ hb_fill_copy(name, n), hb_table_values(&edges->rows, i)[0] };
        if (row->name == NULL) return HB_ERR_MEMORY;
    }
    if (out->n_edges != 0) qsort(out->edges, out->n_edges, sizeof *out->edges, by_shapes);
    return HB_OK;
}

/* --- strings --- */

/* By offset of the line: which row of `equal` it stands for, and how many places that has. */
static hb_status count_places(const hb_equal_strings *equal, const hb_places *places, hb_table *numbers, hb_reading *out)
{
    for (size_t i = 0; i < equal->n; i++) {
        uint64_t *number = hb_table_put(numbers, &equal->rows[i * HB_STRING_WORDS + HB_STRING_KEY + HB_STRING_WHERE], NULL);
        if (number == NULL) return HB_ERR_MEMORY;
        *number = i;
    }
    for (size_t i = 0; i < places->rows.n; i++) {
        const uint64_t *number = hb_table_find(numbers, &hb_table_row(&places->rows, i)[HB_STRING_PLACE_WHERE]);
        if (number != NULL) out->strings[*number].n++;
    }
    for (size_t i = 0; i < equal->n; i++) {
        hb_place_list *list = &out->strings[i];
        list->rows = hb_alloc_zero(list->n, sizeof *list->rows);
        if (list->rows == NULL) return HB_ERR_MEMORY;
        list->n = 0;
    }
    return HB_OK;
}

hb_status hb_reading_fill_strings(const hb_equal_strings *equal, const hb_table *contents, const hb_places *places, hb_reading *out)
{
    hb_table numbers;
    hb_status status;
    hb_table_init(&numbers, 1, 1);
    HB_TRY(hb_fill_strings(equal, 0, contents, &out->series));
    out->strings = hb_alloc_zero(equal->n, sizeof *out->strings);
    if (out->strings == NULL) HB_TRY(HB_ERR_MEMORY);
    HB_TRY(count_places(equal, places, &numbers, out));
    for (size_t i = 0; i < places->rows.n; i++) {
        const uint64_t *key = hb_table_row(&places->rows, i), *number = hb_table_find(&numbers, &key[HB_STRING_PLACE_WHERE]);
        if (number == NULL) continue;
        hb_place_list *list = &out->strings[*number];
        hb_place_row *row = &list->rows[list->n++];
        HB_TRY(fill_place(&places->texts, key[HB_STRING_PLACE_SITE], row));
        row->objects = hb_table_values(&places->rows, i)[0];
    }
    for (size_t i = 0; i < equal->n; i++) hb_place_list_sort(&out->strings[i], HB_PLACES_BY_OBJECTS);
out:
    hb_table_fini(&numbers);
    return status;
}

static void fini_list(hb_place_list *list)
{
    for (size_t i = 0; i < list->n; i++) hb_free(list->rows[i].file);
    hb_free(list->rows);
}

void hb_reading_fini(hb_reading *reading)
{
    for (size_t i = 0; reading->strings != NULL && i < reading->series.equal.n_top; i++) fini_list(&reading->strings[i]);
    for (size_t i = 0; i < reading->n_classes; i++) hb_free(reading->classes[i].key.class_name);
    for (size_t i = 0; i < reading->n_edges; i++) hb_free(reading->edges[i].name);
    fini_list(&reading->places);
    fini_list(&reading->files);
    fini_list(&reading->gems);
    hb_free(reading->edges);
    hb_free(reading->strings);
    hb_free(reading->classes);
    hb_series_report_fini(&reading->series);
    *reading = (hb_reading){ 0 };
}
