#include "report/text_sheet.h"

#include <inttypes.h>

#include "report/text_queries.h"

#define MORE ": --top 0 shows all"
#define KEY_COLUMNS 11
#define NAME_COLUMNS (HB_TEXT_COLUMNS - 2 - KEY_COLUMNS - 20)   /* so that an address fits behind it */

static void print_key(hb_text *t, const char *key)
{
    hb_text_print(t, "  %-*s", KEY_COLUMNS, key);
}

static void print_class(hb_text *t, const hb_sheet *s)
{
    print_key(t, "class");
    hb_text_cell(t, s->object.class_name != NULL ? s->object.class_name : "(no name)", NAME_COLUMNS);
    if (s->class_address != 0) hb_text_print(t, " %#" PRIx64, s->class_address);
    hb_text_print(t, "\n");
}

static void print_name(hb_text *t, const hb_sheet *s)
{
    if (s->name == NULL && s->singleton_of == NULL) return;
    print_key(t, "name");
    if (s->name == NULL) hb_text_print(t, "singleton class of ");
    hb_text_cell(t, s->name != NULL ? s->name : s->singleton_of, NAME_COLUMNS);
    hb_text_print(t, "\n");
}

static void print_site(hb_text *t, const hb_sheet *s)
{
    print_key(t, "allocated");
    if (s->file == NULL) hb_text_print(t, "(no site recorded)");
    else {
        hb_text_cell(t, s->file, NAME_COLUMNS);
        hb_text_print(t, ":%" PRIu32, s->line);
    }
    if (s->generation >= 0) hb_text_print(t, ", generation %" PRId64, s->generation);
    hb_text_print(t, "\n");
}

static void print_sizes(hb_text *t, const hb_sheet *s)
{
    char a[HB_TEXT_NUMBER], b[HB_TEXT_NUMBER];
    print_key(t, "size");
    hb_text_print(t, "%s", hb_text_bytes(a, s->object.memsize));
    if (s->has_size) hb_text_print(t, ", length %s", hb_text_count(b, s->size));
    hb_text_print(t, "\n");
    if (!s->is_reached) return;
    print_key(t, "retains");
    hb_text_print(t, "%s in %s object%s\n", hb_text_bytes(a, s->object.retained_memsize), hb_text_count(b, s->object.retained_objects),
                  hb_text_plural(s->object.retained_objects));
}

static void print_distance(hb_text *t, const hb_sheet *s)
{
    char a[HB_TEXT_NUMBER], b[HB_TEXT_NUMBER];
    print_key(t, "reached");
    if (!s->has_roots) hb_text_print(t, "not known: the dump has no ROOT lines\n");
    else if (!s->is_reached) hb_text_print(t, "no root reaches this object: garbage not collected yet\n");
    else {
        hb_text_print(t, "%s step%s from a root", hb_text_count(a, s->hops), hb_text_plural(s->hops));
        if (s->class_edges > 0) hb_text_print(t, ", %s of them over a class pointer", hb_text_count(b, s->class_edges));
        hb_text_print(t, "\n");
    }
}

static void print_list(hb_text *t, const hb_sheet_list *list)
{
    if (list->n_all == 0) return;
    hb_text_objects_head(t, "what");
    for (size_t i = 0; i < list->n; i++) hb_text_objects_row(t, &list->rows[i].object, list->rows[i].via);
    hb_text_objects_more(t, list->n_all - list->n, MORE);
}

static void print_dominance(hb_text *t, const hb_sheet *s)
{
    char number[HB_TEXT_NUMBER];
    if (s->dominators.n_all == 0) hb_text_print(t, "\nWhat dominates it: no object%s\n", s->is_reached ? ", the roots alone" : "");
    else
        hb_text_print(t, "\nWhat dominates it: %s object%s%s\n", hb_text_count(number, s->dominators.n_all), hb_text_plural(s->dominators.n_all),
                      s->dominators.n_all > 1 ? ", the nearest first" : "");
    print_list(t, &s->dominators);
    hb_text_print(t, "\nWhat it dominates: %s object%s immediately\n", hb_text_count(number, s->dominated.n_all),
                  hb_text_plural(s->dominated.n_all));
    print_list(t, &s->dominated);
}

static void print_references(hb_text *t, const hb_sheet *s)
{
    char number[HB_TEXT_NUMBER], dangling[HB_TEXT_NUMBER];
    const hb_sheet_list list = { s->references.n_all - s->n_dangling, s->references.rows, s->references.n };
    hb_text_print(t, "\nWhat it refers to: %s reference%s", hb_text_count(number, s->references.n_all), hb_text_plural(s->references.n_all));
    if (s->n_dangling > 0) hb_text_print(t, ", %s of them to no object of the dump", hb_text_count(dangling, s->n_dangling));
    hb_text_print(t, "\n");
    print_list(t, &list);
    hb_text_print(t, "\nWho refers to it: ");
    hb_text_referrers(t, &s->referrers, s->referrers.n_referrers, MORE);
}

/* The line of the dump, all of it. */
static void print_text(hb_text *t, const hb_sheet *s)
{
    if (s->text == NULL) return;
    hb_text_print(t, "\nIts line of the dump:\n  ");
    hb_text_cell(t, s->text, SIZE_MAX);
    hb_text_print(t, "\n");
}

hb_status hb_text_sheet(const hb_sheet *s, FILE *out)
{
    hb_text t = { .out = out };
    hb_text_print(&t, "0x%" PRIx64 ": ", s->address);
    if (!s->found) {
        hb_text_print(&t, "no object of the dump has this address\n");
        return t.status;
    }
    hb_text_cell(&t, s->object.label, HB_TEXT_COLUMNS);
    hb_text_print(&t, "\n");
    print_class(&t, s);
    print_name(&t, s);
    print_site(&t, s);
    print_sizes(&t, s);
    print_distance(&t, s);
    if (s->is_reached) print_dominance(&t, s);
    print_references(&t, s);
    print_text(&t, s);
    return t.status;
}

hb_status hb_text_answer(const hb_query_report *query, FILE *out)
{
    hb_text t = { .out = out };
    hb_text_query(&t, query);
    return t.status;
}

hb_status hb_text_found_begin(uint64_t objects, uint64_t memsize, FILE *out)
{
    char count[HB_TEXT_NUMBER], bytes[HB_TEXT_NUMBER];
    hb_text t = { .out = out };
    hb_text_print(&t, "%s object%s, %s\n", hb_text_count(count, objects), hb_text_plural(objects), hb_text_bytes(bytes, memsize));
    if (objects > 0) hb_text_objects_head(&t, "what");
    return t.status;
}

hb_status hb_text_found(const hb_object_row *object, FILE *out)
{
    hb_text t = { .out = out };
    hb_text_objects_row(&t, object, NULL);
    return t.status;
}

hb_status hb_text_found_end(uint64_t n_left, FILE *out)
{
    hb_text t = { .out = out };
    hb_text_objects_more(&t, n_left, MORE);
    return t.status;
}
