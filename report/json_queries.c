#include "report/json_queries.h"

#include <string.h>

#include "report/json_graph.h"

static void put_path(hb_json_builder *b, hb_json *entry, const hb_query_report *q)
{
    hb_json_put_sums(b, entry, q->objects, q->memsize);
    hb_json_put(b, entry, "unreachable", q->no_roots ? hb_json_null() : hb_json_number(q->unreachable));
    if (q->is_single) hb_json_put_steps(b, entry, "steps", q->steps, q->n_steps);
    else hb_json_put_tree(b, entry, q->nodes, q->n_nodes);
}

void hb_json_put_referrers(hb_json_builder *b, hb_json *entry, const hb_query_report *q)
{
    hb_json *roots = hb_json_put(b, entry, "roots", hb_json_array());
    for (size_t i = 0; i < q->n_roots; i++) hb_json_append(b, roots, hb_json_text(q->roots[i]));
    hb_json_put(b, entry, "references", hb_json_number(q->references));
    hb_json_put(b, entry, "instances", hb_json_number(q->instances));
    hb_json *objects = hb_json_put(b, entry, "objects", hb_json_array());
    for (size_t i = 0; i < q->n_referrers; i++) {
        hb_json *row = hb_json_append(b, objects, hb_json_object());
        hb_json_put_object(b, row, &q->referrers[i].object);
        hb_json_put(b, row, "via", hb_json_text(q->referrers[i].via));
    }
}

void hb_json_put_query(hb_json_builder *b, hb_json *entry, const hb_query_report *q)
{
    hb_json_put(b, entry, q->option, hb_json_text(q->what));
    hb_json_put(b, entry, "found", hb_json_bool(q->found));
    if (strcmp(q->option, "path") == 0) put_path(b, entry, q);
    else hb_json_put_referrers(b, entry, q);
}

void hb_json_put_queries(hb_json_builder *b, hb_json *object, const hb_series_report *series)
{
    hb_json *queries = hb_json_put(b, object, "queries", hb_json_array());
    for (size_t i = 0; i < series->n_queries; i++) hb_json_put_query(b, hb_json_append(b, queries, hb_json_object()), &series->queries[i]);
}
