/* A report in, one JSON document out, through libjansson (https://jansson.readthedocs.io).
 *
 * The document is built in memory from the top down: put() and append() hand a new value to its parent and return
 * it, borrowed, or NULL when anything failed. Jansson takes a NULL parent or value for a failure and frees the other,
 * so the builders below need no checks; one flag tells at the end. Keys keep the order in which they were put.
 * Cost: about 100 bytes a number and 500 an object. Writing piece by piece would need less, but it is the
 * rankings, a few thousand rows, that fill a document, and escaping is better left to the library. */
#include "report/json.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "base/memory.h"
#include "base/version.h"
#include "report/fleet_sites.h"
#include "report/utf8.h"

#define SCHEMA 1

typedef struct builder {
    int failed;
} builder;

static json_t *put(builder *b, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new_nocheck(object, key, value) == 0) return value;
    b->failed = 1;
    return NULL;
}

static json_t *append(builder *b, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) == 0) return value;
    b->failed = 1;
    return NULL;
}

static json_t *number(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static json_t *text(const char *bytes)
{
    if (bytes == NULL) return json_null();
    size_t n;
    char *clean = hb_utf8_clean(bytes, strlen(bytes), &n);
    if (clean == NULL) return NULL;
    json_t *value = json_stringn_nocheck(clean, n);
    hb_free(clean);
    return value;
}

static json_t *address(uint64_t value)
{
    char hex[24];
    if (value == 0) return json_null();
    snprintf(hex, sizeof hex, "0x%" PRIx64, value);
    return json_string_nocheck(hex);
}

static void put_sums(builder *b, json_t *object, uint64_t objects, uint64_t memsize)
{
    put(b, object, "objects", number(objects));
    put(b, object, "memsize", number(memsize));
}

static void put_site_key(builder *b, json_t *object, const hb_site_key *key)
{
    put(b, object, "type", text(key->type));
    put(b, object, "class", text(key->class_name));
    put(b, object, "file", text(key->file));
    put(b, object, "line", key->file != NULL ? number(key->line) : json_null());
}

static const char *status_name(hb_dump_status status)
{
    switch (status) {
    case HB_DUMP_OK: return "ok";
    case HB_DUMP_TRUNCATED: return "truncated";
    case HB_DUMP_FAILED: return "failed";
    }
    return "failed";
}

static void put_invalid(builder *b, json_t *object, const hb_dump_report *dump)
{
    json_t *list = put(b, object, "invalid", json_array());
    for (size_t i = 0; i < dump->n_invalid; i++) {
        json_t *line = append(b, list, json_object());
        put(b, line, "line", number(dump->invalid[i].line));
        put(b, line, "byte", number(dump->invalid[i].byte));
        put(b, line, "reason", text(dump->invalid[i].reason));
    }
}

static void put_types(builder *b, json_t *object, const hb_dump_report *dump)
{
    json_t *types = put(b, object, "types", json_object());
    for (size_t i = 0; i < dump->n_types; i++) {
        const hb_type_row *row = &dump->types[i];
        put_sums(b, put(b, types, row->type, json_object()), row->objects, row->memsize);
    }
}

static void put_generations(builder *b, json_t *object, const hb_dump_report *dump)
{
    json_t *list = put(b, object, "generations", json_array());
    for (size_t i = 0; i < dump->n_generations; i++) {
        const hb_generation_row *row = &dump->generations[i];
        json_t *entry = append(b, list, json_object());
        put(b, entry, "generation", row->generation < 0 ? json_null() : json_integer(row->generation));
        put_sums(b, entry, row->objects, row->memsize);
    }
}

static void append_dump(builder *b, json_t *list, const hb_dump_report *dump)
{
    json_t *object = append(b, list, json_object());
    put(b, object, "path", text(dump->path));
    put(b, object, "status", text(status_name(dump->status)));
    put(b, object, "error", dump->status == HB_DUMP_OK ? json_null() : text(dump->error));
    put(b, object, "compared", json_boolean(dump->compared));
    put(b, object, "bytes", number(dump->bytes));
    put(b, object, "lines", number(dump->lines));
    put(b, object, "invalid_lines", number(dump->invalid_lines));
    put_invalid(b, object, dump);
    put_sums(b, object, dump->objects, dump->memsize);
    put(b, object, "roots", number(dump->roots));
    put(b, object, "shapes", number(dump->shapes));
    put(b, object, "empty_slots", number(dump->empty_slots));
    put(b, object, "references", number(dump->references));
    put(b, object, "dangling_references", number(dump->dangling_references));
    put_types(b, object, dump);
    put_generations(b, object, dump);
}

static void put_live(builder *b, json_t *object, const hb_series_report *series)
{
    json_t *classes = put(b, object, "classes", json_array());
    for (size_t i = 0; i < series->n_classes; i++) {
        json_t *row = append(b, classes, json_object());
        put(b, row, "class", text(series->classes[i].class_name));
        put_sums(b, row, series->classes[i].objects, series->classes[i].memsize);
    }
    json_t *sites = put(b, object, "sites", json_array());
    for (size_t i = 0; i < series->n_live_sites; i++) {
        json_t *row = append(b, sites, json_object());
        put_site_key(b, row, &series->live_sites[i].key);
        put_sums(b, row, series->live_sites[i].objects, series->live_sites[i].memsize);
    }
}

static void put_trust(builder *b, json_t *object, const hb_series_report *series)
{
    json_t *trust = put(b, object, "trust", json_object());
    put(b, trust, "same", number(series->same));
    put(b, trust, "reused_slots", number(series->reused_slots));
    put(b, trust, "moved", number(series->moved));
    put(b, trust, "score", number(series->score));
}

/* How many of n rows a ranking shows. */
static size_t shown(uint64_t top, size_t n)
{
    return top != 0 && top < n ? top : n;
}

static void put_retained(builder *b, json_t *object, const hb_series_report *series, uint64_t top)
{
    json_t *retained = put(b, object, "retained", json_object());
    put_sums(b, retained, series->retained_objects, series->retained_memsize);
    json_t *sites = put(b, retained, "sites", json_array());
    for (size_t i = 0; i < shown(top, series->n_sites); i++) {
        const hb_site_row *site = &series->sites[i];
        json_t *row = append(b, sites, json_object());
        put_site_key(b, row, &site->key);
        put_sums(b, row, site->objects, site->memsize);
        json_t *born = put(b, row, "born", json_array());
        for (size_t d = 0; site->born != NULL && d < series->n_dumps; d++) append(b, born, number(site->born[d]));
    }
}

static void put_reachability(builder *b, json_t *object, const hb_series_report *series)
{
    if (!series->has_reachability) {
        put(b, object, "reachability", json_null());
        return;
    }
    json_t *reachability = put(b, object, "reachability", json_object());
    put(b, reachability, "reachable", number(series->reachable));
    put(b, reachability, "unreachable", number(series->unreachable));
    put(b, reachability, "reachable_memsize", number(series->reachable_memsize));
    put(b, reachability, "without_class_edges", number(series->without_class_edges));
    put(b, reachability, "max_hops", number(series->max_hops));
    put(b, reachability, "hops_sum", number(series->hops_sum));
}

/* Preorder to nested: lists[d] is the list that the next node of depth d goes into. */
static void put_tree(builder *b, json_t *object, const hb_path_report *path)
{
    json_t *tree = put(b, object, "tree", json_array());
    size_t deepest = 0;
    for (size_t i = 0; i < path->n_nodes; i++)
        if (path->nodes[i].depth > deepest) deepest = path->nodes[i].depth;
    json_t **lists = hb_alloc_zero(deepest + 2, sizeof *lists);
    if (lists == NULL) {
        b->failed = 1;
        return;
    }
    lists[0] = tree;
    for (size_t i = 0; i < path->n_nodes; i++) {
        const hb_path_node *node = &path->nodes[i];
        assert(i == 0 ? node->depth == 0 : node->depth <= node[-1].depth + 1);
        json_t *entry = append(b, lists[node->depth], json_object());
        put(b, entry, "label", text(node->label));
        put(b, entry, "repeat", number(node->repeat));
        put_sums(b, entry, node->objects, node->memsize);
        put(b, entry, "example", address(node->example));
        lists[node->depth + 1] = put(b, entry, "children", json_array());
    }
    hb_free(lists);
}

static void put_paths(builder *b, json_t *object, const hb_series_report *series)
{
    json_t *paths = put(b, object, "paths", json_array());
    for (size_t i = 0; series->has_reachability && i < series->n_paths; i++) {
        const hb_path_report *path = &series->paths[i];
        json_t *entry = append(b, paths, json_object());
        put_site_key(b, put(b, entry, "site", json_object()), &path->site);
        put_sums(b, entry, path->objects, path->memsize);
        put(b, entry, "unreachable", number(path->unreachable));
        put_tree(b, entry, path);
    }
}

static void append_series(builder *b, json_t *list, const hb_series_report *series, uint64_t top)
{
    json_t *object = append(b, list, json_object());
    put(b, object, "name", text(series->name));
    json_t *dumps = put(b, object, "dumps", json_array());
    for (size_t i = 0; i < series->n_dumps; i++) append_dump(b, dumps, &series->dumps[i]);
    if (!series->has_last) return;
    put_live(b, object, series);
    put_trust(b, object, series);
    if (series->has_retained) put_retained(b, object, series, top);
    put_reachability(b, object, series);
    put_paths(b, object, series);
}

static void put_fleet(builder *b, json_t *document, const hb_report *report)
{
    hb_fleet_site *sites = NULL;
    size_t n_sites = 0, n_dumps = 0;
    if (hb_fleet_sites_merge(report, &sites, &n_sites, NULL) != HB_OK) b->failed = 1;
    for (size_t i = 0; i < report->n_series; i++) n_dumps += report->series[i].n_dumps;

    json_t *fleet = put(b, document, "fleet", json_object());
    put(b, fleet, "series", number(report->n_series));
    put(b, fleet, "dumps", number(n_dumps));
    json_t *list = put(b, fleet, "sites", json_array());
    for (size_t i = 0; i < shown(report->top, n_sites); i++) {
        json_t *row = append(b, list, json_object());
        put_site_key(b, row, sites[i].key);
        put_sums(b, row, sites[i].objects, sites[i].memsize);
        put(b, row, "series", number(sites[i].n_series));
    }
    hb_free(sites);
}

static void put_problems(builder *b, json_t *document, const hb_report *report)
{
    json_t *problems = put(b, document, "problems", json_array());
    for (size_t i = 0; i < report->n_problems; i++) {
        json_t *problem = append(b, problems, json_object());
        put(b, problem, "path", text(report->problems[i].path));
        put(b, problem, "what", text(report->problems[i].what));
    }
}

static void build(builder *b, json_t *document, const hb_report *report)
{
    put(b, document, "schema", json_integer(SCHEMA));
    put(b, document, "generator", text("heapbatch " HB_VERSION));
    put(b, document, "identity", text(report->identity));
    json_t *series = put(b, document, "series", json_array());
    for (size_t i = 0; i < report->n_series; i++) append_series(b, series, &report->series[i], report->top);
    put_fleet(b, document, report);
    put_problems(b, document, report);
}

/* json_dump_callback: 0, or -1 to stop. */
static int write_piece(const char *piece, size_t n, void *out)
{
    return fwrite(piece, 1, n, out) == n ? 0 : -1;
}

hb_status hb_json_write(const hb_report *report, FILE *out, hb_error *err)
{
    builder b = { 0 };
    json_t *document = json_object();
    hb_status status = HB_OK;

    build(&b, document, report);
    errno = 0;
    if (b.failed || (json_dump_callback(document, write_piece, out, JSON_INDENT(2)) != 0 && !ferror(out)))
        status = hb_error_set(err, HB_ERR_MEMORY, NULL, HB_NO_BYTE, "out of memory while writing the JSON report");
    else if (ferror(out) || fputc('\n', out) == EOF || fflush(out) != 0)
        status = hb_error_set(err, HB_ERR_IO, NULL, HB_NO_BYTE, "cannot write the JSON report: %s", strerror(errno));
    json_decref(document);
    return status;
}
