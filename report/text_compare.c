#include "report/text_compare.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/text_out.h"

/* --- the table --- */

static void print_total(hb_text *t, const hb_series_report *series, int is_later)
{
    char objects[HB_TEXT_NUMBER], bytes[HB_TEXT_NUMBER];
    hb_text_print(t, "%s: %s object%s, %s\n  %s\n", is_later ? "Retained" : "New",
                  hb_text_count(objects, series->retained_objects), hb_text_plural(series->retained_objects),
                  hb_text_bytes(bytes, series->retained_memsize),
                  is_later ? "not in the first dump, in the second and still in the third" : "not in the first dump, in the second");
    if (series->score < 100)
        hb_text_print(t, "  trust in the difference: %u of 100: what was moved by a compaction looks new\n", (unsigned)series->score);
}

static void print_sites(hb_text *t, const hb_series_report *series, size_t n)
{
    static const hb_text_heads heads = { NULL, "what", "where" };
    char number[HB_TEXT_NUMBER];
    hb_text_row *rows = hb_alloc(n, sizeof *rows);
    if (rows == NULL) {
        t->status = HB_ERR_MEMORY;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const hb_site_row *site = &series->sites[i];
        const hb_site_key *key = &site->key;
        rows[i] = (hb_text_row){ site->objects, site->memsize, NULL,
                                 hb_text_format(t, key->class_name != NULL ? "%s %s" : "%s", key->type, key->class_name),
                                 key->file != NULL ? hb_text_format(t, "%s:%u", key->file, (unsigned)key->line)
                                                   : hb_text_format(t, "(no site recorded)") };
    }
    hb_text_table(t, &heads, rows, n);
    hb_free(rows);
    if (n < series->n_sites)
        hb_text_print(t, "  %s more site%s: --top 0 shows all\n", hb_text_count(number, series->n_sites - n),
                      hb_text_plural(series->n_sites - n));
}

hb_status hb_text_compare(const hb_series_report *series, int is_later, uint64_t top, FILE *out)
{
    hb_text t = { .out = out };
    print_total(&t, series, is_later);
    const size_t n = top != 0 && top < series->n_sites ? (size_t)top : series->n_sites;
    if (n != 0) print_sites(&t, series, n);
    return t.status;
}

/* --- heapy's lines --- */

typedef struct heapy_row {
    const char *type, *file;   /* file: NULL: none */
    uint32_t line;
    uint64_t objects, memsize;
} heapy_row;

static int by_site(const void *a, const void *b)
{
    const heapy_row *x = a, *y = b;
    const int by_type = strcmp(x->type, y->type);
    if (by_type != 0) return by_type;
    if (x->file == NULL || y->file == NULL) return (x->file != NULL) - (y->file != NULL);
    const int by_file = strcmp(x->file, y->file);
    return by_file != 0 ? by_file : (x->line > y->line) - (x->line < y->line);
}

static int by_objects(const void *a, const void *b)
{
    const heapy_row *x = a, *y = b;
    if (x->objects != y->objects) return x->objects < y->objects ? 1 : -1;
    return by_site(a, b);
}

/* Sites without their classes; returns how many rows there are. */
static size_t merge(const hb_series_report *series, heapy_row *rows)
{
    size_t n = 0;
    for (size_t i = 0; i < series->n_sites; i++) {
        const hb_site_row *site = &series->sites[i];
        rows[i] = (heapy_row){ site->key.type, site->key.file, site->key.line, site->objects, site->memsize };
    }
    if (series->n_sites != 0) qsort(rows, series->n_sites, sizeof *rows, by_site);
    for (size_t i = 0; i < series->n_sites; i++) {
        if (n == 0 || by_site(&rows[n - 1], &rows[i]) != 0) {
            rows[n++] = rows[i];
            continue;
        }
        rows[n - 1].objects += rows[i].objects;
        rows[n - 1].memsize += rows[i].memsize;
    }
    if (n != 0) qsort(rows, n, sizeof *rows, by_objects);
    return n;
}

hb_status hb_text_compare_heapy(const hb_series_report *series, int is_later, FILE *out)
{
    hb_text t = { .out = out };
    heapy_row *rows = hb_alloc(series->n_sites, sizeof *rows);
    const size_t n = rows != NULL ? merge(series, rows) : 0;
    if (rows == NULL) t.status = HB_ERR_MEMORY;
    for (const heapy_row *row = rows; n != 0 && row < rows + n; row++) {
        hb_text_print(&t, "%s %s %" PRIu64 " objects of size %" PRIu64 "/%" PRIu64 " (in bytes) at: ", is_later ? "Retained" : "Allocated",
                      row->type, row->objects, row->memsize, series->retained_memsize);
        hb_text_cell(&t, row->file, SIZE_MAX);
        if (row->line != 0) hb_text_print(&t, ":%" PRIu32 "\n", row->line);
        else hb_text_print(&t, ":\n");
    }
    hb_free(rows);
    return t.status;
}
