#include "report/json_sheet.h"

#include "report/json_graph.h"
#include "report/json_queries.h"

static hb_json *number_or_null(int is_known, uint64_t value)
{
    return is_known ? hb_json_number(value) : hb_json_null();
}

static void put_objects(hb_json_builder *b, hb_json *entry, const hb_sheet_list *list, int has_via)
{
    hb_json *objects = hb_json_put(b, entry, "objects", hb_json_array());
    for (size_t i = 0; i < list->n; i++) {
        hb_json *row = hb_json_append(b, objects, hb_json_object());
        hb_json_put_object(b, row, &list->rows[i].object);
        if (has_via) hb_json_put(b, row, "via", hb_json_text(list->rows[i].via));
    }
}

static void put_list(hb_json_builder *b, hb_json *line, const char *key, const hb_sheet_list *list)
{
    hb_json *entry = hb_json_put(b, line, key, hb_json_object());
    hb_json_put(b, entry, "count", hb_json_number(list->n_all));
    put_objects(b, entry, list, 0);
}

static void put_object(hb_json_builder *b, hb_json *line, const hb_sheet *s)
{
    hb_json_put_object(b, line, &s->object);
    hb_json_put(b, line, "memsize", hb_json_number(s->object.memsize));
    hb_json_put(b, line, "class_address", hb_json_address(s->class_address));
    hb_json_put(b, line, "name", hb_json_text(s->name));
    hb_json_put(b, line, "singleton", hb_json_bool(s->is_singleton));
    hb_json_put(b, line, "singleton_of", hb_json_text(s->singleton_of));
    hb_json_put(b, line, "length", number_or_null(s->has_size, s->size));
    hb_json_put_place(b, line, s->file, s->line);
    hb_json_put(b, line, "generation", number_or_null(s->generation >= 0, (uint64_t)s->generation));
    hb_json_put(b, line, "reached", s->has_roots ? hb_json_bool(s->is_reached) : hb_json_null());
    hb_json_put(b, line, "hops", number_or_null(s->is_reached, s->hops));
    hb_json_put(b, line, "class_edges", number_or_null(s->is_reached, s->class_edges));
}

static void put_references(hb_json_builder *b, hb_json *line, const hb_sheet *s)
{
    hb_json *references = hb_json_put(b, line, "references", hb_json_object());
    hb_json_put(b, references, "count", hb_json_number(s->references.n_all));
    hb_json_put(b, references, "dangling", hb_json_number(s->n_dangling));
    put_objects(b, references, &s->references, 1);
    hb_json_put_referrers(b, hb_json_put(b, line, "referrers", hb_json_object()), &s->referrers);
}

hb_status hb_json_sheet(const hb_sheet *s, FILE *out)
{
    hb_json_builder b = { 0 };
    hb_json *line = hb_json_object();
    hb_json_put(&b, line, "show", s->address != 0 ? hb_json_address(s->address) : hb_json_text("0x0"));
    hb_json_put(&b, line, "found", hb_json_bool(s->found));
    if (s->found) {
        put_object(&b, line, s);
        put_list(&b, line, "dominators", &s->dominators);
        put_list(&b, line, "dominated", &s->dominated);
        put_references(&b, line, s);
        if (s->text != NULL) hb_json_put(&b, line, "text", hb_json_text(s->text));
    }
    return hb_json_end_line(&b, line, out);
}

hb_status hb_json_answer(const hb_query_report *query, FILE *out)
{
    hb_json_builder b = { 0 };
    hb_json *line = hb_json_object();
    hb_json_put_query(&b, line, query);
    return hb_json_end_line(&b, line, out);
}

hb_status hb_json_found(const hb_object_row *object, const char *file, uint32_t line, FILE *out)
{
    hb_json_builder b = { 0 };
    hb_json *entry = hb_json_object();
    hb_json_put_object(&b, entry, object);
    hb_json_put(&b, entry, "memsize", hb_json_number(object->memsize));
    hb_json_put_place(&b, entry, file, line);
    return hb_json_end_line(&b, entry, out);
}
