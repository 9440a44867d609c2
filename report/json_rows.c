#include "report/json_rows.h"

#include "report/json_graph.h"
#include "report/json_out.h"

/* A line that is built: begun as an object, ended by hb_json_end_line. */
typedef struct row_line {
    hb_json_builder builder;
    hb_json *json;
} row_line;

static size_t at_most(uint64_t top, size_t n)
{
    return top != 0 && top < n ? (size_t)top : n;
}

/* ranking: which one the row is of; NULL: there is one alone. */
static row_line begin(const char *ranking)
{
    row_line line = { .json = hb_json_object() };
    if (ranking != NULL) hb_json_put(&line.builder, line.json, "ranking", hb_json_text(ranking));
    return line;
}

static hb_status end(const row_line *line, FILE *out)
{
    return hb_json_end_line(&line->builder, line->json, out);
}

hb_status hb_json_generations(const hb_reading *reading, FILE *out)
{
    const hb_dump_report *dump = &reading->series.dumps[0];
    hb_status status = HB_OK;
    for (size_t i = 0; i < dump->n_generations && status == HB_OK; i++) {
        const hb_generation_row *row = &dump->generations[i];
        row_line line = begin(NULL);
        hb_json_put(&line.builder, line.json, "generation",
                    row->generation < 0 ? hb_json_null() : hb_json_number((uint64_t)row->generation));
        hb_json_put_sums(&line.builder, line.json, row->objects, row->memsize);
        status = end(&line, out);
    }
    return status;
}

/* --- the objects of a generation --- */

/* ranking: "gem", "file", or "site", of which alone the rows have lines. */
static hb_status print_places(const char *ranking, int has_lines, hb_place_list *places, uint64_t top, FILE *out)
{
    const size_t n = at_most(top, places->n);
    hb_status status = HB_OK;
    hb_place_list_sort(places, HB_PLACES_BY_MEMSIZE);
    for (size_t i = 0; i < n && status == HB_OK; i++) {
        const hb_place_row *row = &places->rows[i];
        row_line line = begin(ranking);
        if (has_lines) hb_json_put_place(&line.builder, line.json, row->file, row->line);
        else hb_json_put(&line.builder, line.json, ranking, hb_json_text(row->file));
        hb_json_put_sums(&line.builder, line.json, row->objects, row->memsize);
        hb_json_put(&line.builder, line.json, "references", hb_json_number(row->references));
        status = end(&line, out);
    }
    return status;
}

static hb_status print_classes(const hb_reading *reading, uint64_t top, FILE *out)
{
    const size_t n = at_most(top, reading->n_classes);
    hb_status status = HB_OK;
    for (size_t i = 0; i < n && status == HB_OK; i++) {
        const hb_site_row *row = &reading->classes[i];
        row_line line = begin("class");
        hb_json_put(&line.builder, line.json, "type", hb_json_text(row->key.type));
        hb_json_put(&line.builder, line.json, "class", hb_json_text(row->key.class_name));
        hb_json_put_sums(&line.builder, line.json, row->objects, row->memsize);
        status = end(&line, out);
    }
    return status;
}

static void put_sites(row_line *line, const hb_place_list *places)
{
    hb_json *sites = hb_json_put(&line->builder, line->json, "sites", hb_json_array());
    for (size_t i = 0; i < places->n; i++) {
        hb_json *site = hb_json_append(&line->builder, sites, hb_json_object());
        hb_json_put_place(&line->builder, site, places->rows[i].file, places->rows[i].line);
        hb_json_put(&line->builder, site, "objects", hb_json_number(places->rows[i].objects));
    }
}

/* `top` rows were found. */
static hb_status print_strings(const hb_reading *reading, FILE *out)
{
    const hb_strings_report *equal = &reading->series.equal;
    hb_status status = HB_OK;
    for (size_t i = 0; i < equal->n_top && status == HB_OK; i++) {
        const hb_string_row *row = &equal->top[i];
        row_line line = begin("string");
        hb_json_put(&line.builder, line.json, "bytes", hb_json_number(row->bytes));
        hb_json_put_sums(&line.builder, line.json, row->objects, row->memsize);
        hb_json_put(&line.builder, line.json, "first", hb_json_address(row->first));
        if (row->value != NULL) {
            hb_json_put(&line.builder, line.json, "value", hb_json_text(row->value));
            hb_json_put(&line.builder, line.json, "value_cut", hb_json_bool(row->is_cut));
        }
        put_sites(&line, &reading->strings[i]);
        status = end(&line, out);
    }
    return status;
}

static hb_status print_edges(const hb_reading *reading, uint64_t top, FILE *out)
{
    const size_t n = at_most(top, reading->n_edges);
    hb_status status = HB_OK;
    for (size_t i = 0; i < n && status == HB_OK; i++) {
        row_line line = begin("shape_edge");
        hb_json_put(&line.builder, line.json, "name", hb_json_text(reading->edges[i].name));
        hb_json_put(&line.builder, line.json, "shapes", hb_json_number(reading->edges[i].shapes));
        status = end(&line, out);
    }
    return status;
}

hb_status hb_json_reading(hb_reading *reading, uint64_t top, FILE *out)
{
    hb_status status;
    if (hb_reading_has_files(reading)) {
        HB_TRY(print_places("gem", 0, &reading->gems, top, out));
        HB_TRY(print_places("file", 0, &reading->files, top, out));
    }
    HB_TRY(print_places("site", 1, &reading->places, top, out));
    HB_TRY(print_classes(reading, top, out));
    HB_TRY(print_strings(reading, out));
    status = print_edges(reading, top, out);
out:
    return status;
}

/* --- the difference --- */

hb_status hb_json_compare(const hb_series_report *series, uint64_t top, FILE *out)
{
    const size_t n = at_most(top, series->n_sites);
    hb_status status = HB_OK;
    for (size_t i = 0; i < n && status == HB_OK; i++) {
        const hb_site_row *row = &series->sites[i];
        row_line line = begin(NULL);
        hb_json_put_site_key(&line.builder, line.json, &row->key);
        hb_json_put_sums(&line.builder, line.json, row->objects, row->memsize);
        status = end(&line, out);
    }
    return status;
}
