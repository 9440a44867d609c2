/* A report in, one JSON document out (report/json_out.h). Keys keep the order in which they were put. */
#include "report/json.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/version.h"
#include "report/fleet_sites.h"
#include "report/json_fleet.h"
#include "report/json_graph.h"
#include "report/json_out.h"
#include "report/json_queries.h"
#include "report/json_symptoms.h"

#define SCHEMA 1

static const char *status_name(hb_dump_status status)
{
    switch (status) {
    case HB_DUMP_OK: return "ok";
    case HB_DUMP_TRUNCATED: return "truncated";
    case HB_DUMP_FAILED: return "failed";
    }
    return "failed";
}

static void put_invalid(hb_json_builder *b, hb_json *object, const hb_dump_report *dump)
{
    hb_json *list = hb_json_put(b, object, "invalid", hb_json_array());
    for (size_t i = 0; i < dump->n_invalid; i++) {
        hb_json *line = hb_json_append(b, list, hb_json_object());
        hb_json_put(b, line, "line", hb_json_number(dump->invalid[i].line));
        hb_json_put(b, line, "byte", hb_json_number(dump->invalid[i].byte));
        hb_json_put(b, line, "reason", hb_json_text(dump->invalid[i].reason));
    }
}

static void put_types(hb_json_builder *b, hb_json *object, const hb_dump_report *dump)
{
    hb_json *types = hb_json_put(b, object, "types", hb_json_object());
    for (size_t i = 0; i < dump->n_types; i++) {
        const hb_type_row *row = &dump->types[i];
        hb_json_put_sums(b, hb_json_put(b, types, row->type, hb_json_object()), row->objects, row->memsize);
    }
}

static void put_generations(hb_json_builder *b, hb_json *object, const hb_dump_report *dump)
{
    hb_json *list = hb_json_put(b, object, "generations", hb_json_array());
    for (size_t i = 0; i < dump->n_generations; i++) {
        const hb_generation_row *row = &dump->generations[i];
        hb_json *entry = hb_json_append(b, list, hb_json_object());
        hb_json_put(b, entry, "generation", row->generation < 0 ? hb_json_null() : hb_json_number((uint64_t)row->generation));
        hb_json_put_sums(b, entry, row->objects, row->memsize);
    }
}

static void put_time(hb_json_builder *b, hb_json *object, const hb_dump_report *dump)
{
    char moment[HB_CLOCK_MOMENT];
    hb_json_put(b, object, "taken_at",
                dump->has_time ? hb_json_text(hb_clock_moment(moment, dump->taken_at_ms)) : hb_json_null());
    hb_json_put(b, object, "time_source",
                dump->has_time ? hb_json_text(hb_time_source_name(dump->time_source)) : hb_json_null());
}

static void append_dump(hb_json_builder *b, hb_json *list, const hb_dump_report *dump)
{
    hb_json *object = hb_json_append(b, list, hb_json_object());
    hb_json_put(b, object, "path", hb_json_text(dump->path));
    hb_json_put(b, object, "status", hb_json_text(status_name(dump->status)));
    hb_json_put(b, object, "error", dump->status == HB_DUMP_OK ? hb_json_null() : hb_json_text(dump->error));
    put_time(b, object, dump);
    hb_json_put(b, object, "compared", hb_json_bool(dump->compared));
    hb_json_put(b, object, "left_out", dump->left_out != NULL ? hb_json_text(dump->left_out) : hb_json_null());
    hb_json_put(b, object, "bytes", hb_json_number(dump->bytes));
    hb_json_put(b, object, "lines", hb_json_number(dump->lines));
    hb_json_put(b, object, "invalid_lines", hb_json_number(dump->invalid_lines));
    put_invalid(b, object, dump);
    hb_json_put_sums(b, object, dump->objects, dump->memsize);
    hb_json_put(b, object, "roots", hb_json_number(dump->roots));
    hb_json_put(b, object, "shapes", hb_json_number(dump->shapes));
    hb_json_put(b, object, "empty_slots", hb_json_number(dump->empty_slots));
    hb_json_put(b, object, "references", hb_json_number(dump->references));
    hb_json_put(b, object, "dangling_references", hb_json_number(dump->dangling_references));
    put_types(b, object, dump);
    put_generations(b, object, dump);
}

static void put_live(hb_json_builder *b, hb_json *object, const hb_series_report *series)
{
    hb_json *classes = hb_json_put(b, object, "classes", hb_json_array());
    for (size_t i = 0; i < series->n_classes; i++) {
        hb_json *row = hb_json_append(b, classes, hb_json_object());
        hb_json_put(b, row, "class", hb_json_text(series->classes[i].class_name));
        hb_json_put_sums(b, row, series->classes[i].objects, series->classes[i].memsize);
    }
    hb_json *sites = hb_json_put(b, object, "sites", hb_json_array());
    for (size_t i = 0; i < series->n_live_sites; i++) {
        hb_json *row = hb_json_append(b, sites, hb_json_object());
        hb_json_put_site_key(b, row, &series->live_sites[i].key);
        hb_json_put_sums(b, row, series->live_sites[i].objects, series->live_sites[i].memsize);
    }
}

static void put_trust(hb_json_builder *b, hb_json *object, const hb_series_report *series)
{
    hb_json *trust = hb_json_put(b, object, "trust", hb_json_object());
    hb_json_put(b, trust, "same", hb_json_number(series->same));
    hb_json_put(b, trust, "reused_slots", hb_json_number(series->reused_slots));
    hb_json_put(b, trust, "moved", hb_json_number(series->moved));
    hb_json_put(b, trust, "strings", hb_json_number(series->strings));
    hb_json_put(b, trust, "strings_elsewhere", hb_json_number(series->strings_elsewhere));
    hb_json_put(b, trust, "score", hb_json_number(series->score));
}

/* A figure for each dump, null where it was not counted. */
static void put_counts(hb_json_builder *b, hb_json *row, const char *key, const hb_series_report *series, const uint64_t *figures)
{
    hb_json *list = hb_json_put(b, row, key, hb_json_array());
    for (size_t i = 0; i < series->n_dumps; i++)
        hb_json_append(b, list, series->dumps[i].counted ? hb_json_number(figures[i]) : hb_json_null());
}

static void put_class_growth(hb_json_builder *b, hb_json *object, const hb_series_report *series)
{
    hb_json *list = hb_json_put(b, object, "class_growth", series->has_growth ? hb_json_array() : hb_json_null());
    for (size_t i = 0; i < series->n_growth; i++) {
        const hb_growth_row *growth = &series->growth[i];
        hb_json *row = hb_json_append(b, list, hb_json_object());
        hb_json_put(b, row, "type", hb_json_text(growth->type));
        hb_json_put(b, row, "class", hb_json_text(growth->class_name));
        put_counts(b, row, "objects", series, growth->objects);
        put_counts(b, row, "memsize", series, growth->memsize);
    }
}

static void put_strings(hb_json_builder *b, hb_json *object, const hb_strings_report *strings)
{
    hb_json *entry = hb_json_put(b, object, "strings", strings->is_there ? hb_json_object() : hb_json_null());
    if (!strings->is_there) return;
    hb_json_put(b, entry, "objects", hb_json_number(strings->objects));
    hb_json_put(b, entry, "without_value", hb_json_number(strings->without_value));
    hb_json_put(b, entry, "distinct", hb_json_number(strings->distinct));
    hb_json_put(b, entry, "duplicate_objects", hb_json_number(strings->duplicate_objects));
    hb_json_put(b, entry, "duplicate_memsize", hb_json_number(strings->duplicate_memsize));
    hb_json *top = hb_json_put(b, entry, "top", hb_json_array());
    for (size_t i = 0; i < strings->n_top; i++) {
        const hb_string_row *string = &strings->top[i];
        hb_json *row = hb_json_append(b, top, hb_json_object());
        hb_json_put(b, row, "bytes", hb_json_number(string->bytes));
        hb_json_put_sums(b, row, string->objects, string->memsize);
        hb_json_put(b, row, "first", hb_json_address(string->first));
        hb_json_put(b, row, "value", hb_json_text(string->value));
        hb_json_put(b, row, "value_cut", hb_json_bool(string->is_cut));
    }
}

/* How many of n rows a ranking shows. */
static size_t shown(uint64_t top, size_t n)
{
    return top != 0 && top < n ? top : n;
}

static void put_retained(hb_json_builder *b, hb_json *object, const hb_series_report *series, uint64_t top)
{
    hb_json *retained = hb_json_put(b, object, "retained", hb_json_object());
    hb_json_put_sums(b, retained, series->retained_objects, series->retained_memsize);
    hb_json *sites = hb_json_put(b, retained, "sites", hb_json_array());
    for (size_t i = 0; i < shown(top, series->n_sites); i++) {
        const hb_site_row *site = &series->sites[i];
        hb_json *row = hb_json_append(b, sites, hb_json_object());
        hb_json_put_site_key(b, row, &site->key);
        hb_json_put_sums(b, row, site->objects, site->memsize);
        hb_json *born = hb_json_put(b, row, "born", hb_json_array());
        for (size_t d = 0; site->born != NULL && d < series->n_dumps; d++) hb_json_append(b, born, hb_json_number(site->born[d]));
    }
}

static void put_reachability(hb_json_builder *b, hb_json *object, const hb_series_report *series)
{
    if (!series->has_reachability) {
        hb_json_put(b, object, "reachability", hb_json_null());
        return;
    }
    hb_json *reachability = hb_json_put(b, object, "reachability", hb_json_object());
    hb_json_put(b, reachability, "reachable", hb_json_number(series->reachable));
    hb_json_put(b, reachability, "unreachable", hb_json_number(series->unreachable));
    hb_json_put(b, reachability, "reachable_memsize", hb_json_number(series->reachable_memsize));
    hb_json_put(b, reachability, "without_class_edges", hb_json_number(series->without_class_edges));
    hb_json_put(b, reachability, "max_hops", hb_json_number(series->max_hops));
    hb_json_put(b, reachability, "hops_sum", hb_json_number(series->hops_sum));
}

static void append_series(hb_json_builder *b, hb_json *list, const hb_series_report *series, uint64_t top)
{
    hb_json *object = hb_json_append(b, list, hb_json_object());
    hb_json_put(b, object, "name", hb_json_text(series->name));
    hb_json *dumps = hb_json_put(b, object, "dumps", hb_json_array());
    for (size_t i = 0; i < series->n_dumps; i++) append_dump(b, dumps, &series->dumps[i]);
    if (!series->has_last) return;
    hb_json_put_symptoms(b, object, series);
    put_live(b, object, series);
    hb_json_put_growth(b, object, series);
    put_trust(b, object, series);
    put_class_growth(b, object, series);
    put_strings(b, object, &series->equal);
    if (series->has_retained) put_retained(b, object, series, top);
    put_reachability(b, object, series);
    hb_json_put_paths(b, object, series);
    hb_json_put_dominators(b, object, series);
    hb_json_put_suspects(b, object, series);
    if (series->has_queries) hb_json_put_queries(b, object, series);
}

static void put_fleet(hb_json_builder *b, hb_json *document, const hb_report *report)
{
    hb_fleet_site *sites = NULL;
    size_t n_sites = 0, n_dumps = 0;
    if (hb_fleet_sites_merge(report, &sites, &n_sites, NULL) != HB_OK) b->failed = 1;
    for (size_t i = 0; i < report->n_series; i++) n_dumps += report->series[i].n_dumps;

    hb_json *fleet = hb_json_put(b, document, "fleet", hb_json_object());
    hb_json_put(b, fleet, "series", hb_json_number(report->n_series));
    hb_json_put(b, fleet, "dumps", hb_json_number(n_dumps));
    hb_json_put_totals(b, fleet, report);
    hb_json *list = hb_json_put(b, fleet, "sites", hb_json_array());
    for (size_t i = 0; i < shown(report->top, n_sites); i++) {
        hb_json *row = hb_json_append(b, list, hb_json_object());
        hb_json_put_site_key(b, row, sites[i].key);
        hb_json_put_sums(b, row, sites[i].objects, sites[i].memsize);
        hb_json_put(b, row, "series", hb_json_number(sites[i].n_series));
    }
    hb_json_put_findings(b, fleet, report);
    hb_free(sites);
}

static void put_problems(hb_json_builder *b, hb_json *document, const hb_report *report)
{
    hb_json *problems = hb_json_put(b, document, "problems", hb_json_array());
    for (size_t i = 0; i < report->n_problems; i++) {
        hb_json *problem = hb_json_append(b, problems, hb_json_object());
        hb_json_put(b, problem, "path", hb_json_text(report->problems[i].path));
        hb_json_put(b, problem, "what", hb_json_text(report->problems[i].what));
    }
}

static void build(hb_json_builder *b, hb_json *document, const hb_report *report)
{
    hb_json_put(b, document, "schema", hb_json_number(SCHEMA));
    hb_json_put(b, document, "generator", hb_json_text("heapbatch " HB_VERSION));
    hb_json_put(b, document, "identity", hb_json_text(report->identity));
    hb_json *series = hb_json_put(b, document, "series", hb_json_array());
    for (size_t i = 0; i < report->n_series; i++) append_series(b, series, &report->series[i], report->top);
    put_fleet(b, document, report);
    put_problems(b, document, report);
}

hb_status hb_json_write(const hb_report *report, FILE *out, hb_error *err)
{
    hb_json_builder b = { 0 };
    hb_json *document = hb_json_object();
    hb_status status = HB_OK;

    build(&b, document, report);
    errno = 0;
    if (b.failed || (hb_json_print(document, out) != 0 && !ferror(out)))
        status = hb_error_set(err, HB_ERR_MEMORY, NULL, HB_NO_BYTE, "out of memory while writing the JSON report");
    else if (ferror(out) || fputc('\n', out) == EOF || fflush(out) != 0)
        status = hb_error_set(err, HB_ERR_IO, NULL, HB_NO_BYTE, "cannot write the JSON report: %s", strerror(errno));
    hb_json_free(document);
    return status;
}
