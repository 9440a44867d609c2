#include "report/text_reading.h"

#include <inttypes.h>

#include "base/memory.h"
#include "report/text_out.h"

#define ELLIPSIS "\xe2\x80\xa6"
#define SHAPES_COLUMNS 11   /* as wide as `objects` of the other tables */

/* What the rows of a list of places are. */
typedef struct ranking {
    const char *what, *head;
    int has_lines;
} ranking;

static const ranking of_gems = { "Gems", "gem", 0 }, of_files = { "Files", "file", 0 }, of_sites = { "Sites", "where", 1 };

static size_t at_most(uint64_t top, size_t n)
{
    return top != 0 && top < n ? (size_t)top : n;
}

/* Rows of a table, filled by the caller; NULL after a failure. */
static hb_text_row *rows_of(hb_text *t, size_t n)
{
    hb_text_row *rows = hb_alloc_zero(n, sizeof *rows);
    if (rows == NULL) t->status = HB_ERR_MEMORY;
    return rows;
}

static void print_more(hb_text *t, size_t n, size_t n_all)
{
    char number[HB_TEXT_NUMBER];
    if (n < n_all) hb_text_print(t, "  %s more: --top 0 shows all\n", hb_text_count(number, n_all - n));
}

static char *where_of(hb_text *t, const hb_place_row *row, int has_lines)
{
    if (row->file == NULL) return hb_text_format(t, "(no site recorded)");
    return has_lines ? hb_text_format(t, "%s:%" PRIu32, row->file, row->line) : hb_text_format(t, "%s", row->file);
}

static void print_total(hb_text *t, const char *what, const char *generation, uint64_t objects, uint64_t memsize)
{
    char count[HB_TEXT_NUMBER], bytes[HB_TEXT_NUMBER];
    hb_text_print(t, "%s%s: %s object%s, %s\n", what, generation, hb_text_count(count, objects), hb_text_plural(objects),
                  hb_text_bytes(bytes, memsize));
}

hb_status hb_text_generations(const hb_reading *reading, FILE *out)
{
    static const hb_text_heads heads = { NULL, "generation", NULL };
    const hb_dump_report *dump = &reading->series.dumps[0];
    hb_text t = { .out = out };
    print_total(&t, "Generations", "", dump->objects, dump->memsize);
    hb_text_row *rows = rows_of(&t, dump->n_generations);
    for (size_t i = 0; rows != NULL && i < dump->n_generations; i++) {
        const hb_generation_row *row = &dump->generations[i];
        rows[i] = (hb_text_row){ row->objects, row->memsize, NULL,
                                 row->generation < 0 ? hb_text_format(&t, "nil") : hb_text_format(&t, "%" PRId64, row->generation), NULL };
    }
    if (rows != NULL && dump->n_generations != 0) hb_text_table(&t, &heads, rows, dump->n_generations);
    hb_free(rows);
    return t.status;
}

static void print_places(hb_text *t, const ranking *of, hb_place_list *places, hb_place_order order, uint64_t top)
{
    const int has_references = order == HB_PLACES_BY_REFERENCES;
    const hb_text_heads heads = { has_references ? "references" : NULL, of->head, NULL };
    char number[HB_TEXT_NUMBER];
    const size_t n = at_most(top, places->n);
    hb_text_row *rows = rows_of(t, n);
    if (rows == NULL) return;
    hb_place_list_sort(places, order);
    for (size_t i = 0; i < n; i++) {
        const hb_place_row *row = &places->rows[i];
        rows[i] = (hb_text_row){ row->objects, row->memsize, NULL, where_of(t, row, of->has_lines), NULL };
        if (has_references) rows[i].middle = hb_text_format(t, "%s", hb_text_count(number, row->references));
    }
    hb_text_print(t, "\n%s by %s\n", of->what, has_references ? "references that their objects have" :
                  order == HB_PLACES_BY_MEMSIZE ? "bytes" : "objects");
    hb_text_table(t, &heads, rows, n);
    hb_free(rows);
    print_more(t, n, places->n);
}

static void print_both(hb_text *t, const ranking *of, hb_place_list *places, uint64_t top)
{
    print_places(t, of, places, HB_PLACES_BY_MEMSIZE, top);
    print_places(t, of, places, HB_PLACES_BY_OBJECTS, top);
}

static void print_classes(hb_text *t, const hb_reading *reading, uint64_t top)
{
    static const hb_text_heads heads = { NULL, "what", NULL };
    const size_t n = at_most(top, reading->n_classes);
    hb_text_row *rows = rows_of(t, n);
    if (rows == NULL) return;
    for (size_t i = 0; i < n; i++) {
        const hb_site_row *row = &reading->classes[i];
        rows[i] = (hb_text_row){ row->objects, row->memsize, NULL,
                                 row->key.class_name != NULL ? hb_text_format(t, "%s %s", row->key.type, row->key.class_name)
                                                             : hb_text_format(t, "%s", row->key.type), NULL };
    }
    hb_text_print(t, "\nClasses by bytes\n");
    hb_text_table(t, &heads, rows, n);
    hb_free(rows);
    print_more(t, n, reading->n_classes);
}

/* The site of most of these strings, or their contents. */
static char *name_string(hb_text *t, const hb_reading *reading, size_t i)
{
    char number[HB_TEXT_NUMBER];
    const hb_string_row *row = &reading->series.equal.top[i];
    if (row->value != NULL) return hb_text_format(t, "\"%s\"%s", row->value, row->is_cut ? ELLIPSIS : "");
    return hb_text_format(t, "%s byte%s", hb_text_count(number, row->bytes), hb_text_plural(row->bytes));
}

static char *place_string(hb_text *t, const hb_place_list *places)
{
    if (places->n == 0) return NULL;
    char *first = where_of(t, &places->rows[0], 1);
    if (first == NULL || places->n == 1) return first;
    char *all = hb_text_format(t, "%s and %zu more", first, places->n - 1);
    hb_free(first);
    return all;
}

static void print_strings(hb_text *t, const hb_reading *reading)
{
    static const hb_text_heads heads = { NULL, "contents", "where" };
    const hb_strings_report *equal = &reading->series.equal;
    size_t n = 0;
    while (n < equal->n_top && equal->top[n].objects > 1) n++;
    if (n == 0) return;
    hb_text_row *rows = rows_of(t, n);
    if (rows == NULL) return;
    for (size_t i = 0; i < n; i++)
        rows[i] = (hb_text_row){ equal->top[i].objects, equal->top[i].memsize, NULL, name_string(t, reading, i),
                                 place_string(t, &reading->strings[i]) };
    hb_text_print(t, "\nEqual strings by objects%s\n", equal->top[0].value == NULL ? "; --show-values shows their contents" : "");
    hb_text_table(t, &heads, rows, n);
    hb_free(rows);
}

/* An instance variable that is set now after this one, now after that one, is added by several shapes. */
static void print_edges(hb_text *t, const hb_reading *reading, uint64_t top)
{
    char number[HB_TEXT_NUMBER];
    const size_t n = at_most(top, reading->n_edges);
    if (n == 0) return;
    hb_text_print(t, "\nShape edges: instance variables by how many shapes add them\n  %*s  instance variable\n", SHAPES_COLUMNS, "shapes");
    for (size_t i = 0; i < n; i++) {
        hb_text_print(t, "  %*s  ", SHAPES_COLUMNS, hb_text_count(number, reading->edges[i].shapes));
        hb_text_cell(t, reading->edges[i].name, HB_TEXT_COLUMNS - SHAPES_COLUMNS - 4);
        hb_text_print(t, "\n");
    }
    print_more(t, n, reading->n_edges);
}

hb_status hb_text_reading(hb_reading *reading, const char *generation, uint64_t top, FILE *out)
{
    uint64_t objects = 0, memsize = 0;
    hb_text t = { .out = out };
    for (size_t i = 0; i < reading->places.n; i++) {
        objects += reading->places.rows[i].objects;
        memsize += reading->places.rows[i].memsize;
    }
    print_total(&t, "Generation ", generation, objects, memsize);
    if (hb_reading_has_files(reading)) {
        print_both(&t, &of_gems, &reading->gems, top);
        print_both(&t, &of_files, &reading->files, top);
    }
    print_both(&t, &of_sites, &reading->places, top);
    print_classes(&t, reading, top);
    print_places(&t, &of_sites, &reading->places, HB_PLACES_BY_REFERENCES, top);
    print_strings(&t, reading);
    print_edges(&t, reading, top);
    return t.status;
}
