/* The rankings of the text report: sites, classes, types. Rows are formatted raw into a small array, which
 * hb_text_table lays out, escapes and frees. */
#include "report/text_rankings.h"

#include <inttypes.h>

#include "base/memory.h"
#include "report/fleet_sites.h"
#include "report/text_dumps.h"

#define ELLIPSIS "\xe2\x80\xa6"
#define TYPES_SHOWN 5      /* and of types, and of classes, of a single dump */
#define BORN_SHOWN 4       /* dumps in a histogram before its middle is left out */
#define NAME_COLUMNS 60
#define INDENT 2
#define SENTENCE_COLUMNS 180

#define NO_SITE "(no site recorded)"

static int is_analysed(const hb_series_report *series, size_t dump)
{
    return series->dumps[dump].compared;
}

static size_t count_analysed(const hb_series_report *series)
{
    size_t n = 0;
    for (size_t i = 0; series->has_last && i <= series->last; i++) n += (size_t)is_analysed(series, i);
    return n;
}

static size_t first_analysed(const hb_series_report *series)
{
    size_t i = 0;
    while (i < series->last && !is_analysed(series, i)) i++;
    return i;
}

void hb_text_no_tracing(hb_text *t, const hb_series_report *series)
{
    if (series->n_live_sites != 0 && !series->traced)
        hb_text_print(t, "  no allocation sites: call ObjectSpace.trace_object_allocations_start (require \"objspace\")"
                         "\n  before the first dump, best when the process starts; then sites name file and line\n");
}

static char *site_what(hb_text *t, const hb_site_key *key)
{
    return key->class_name != NULL ? hb_text_format(t, "%s %s", key->type, key->class_name)
                                   : hb_text_format(t, "%s", key->type);
}

static char *site_where(hb_text *t, const hb_site_key *key)
{
    return key->file != NULL ? hb_text_format(t, "%s:%u", key->file, (unsigned)key->line)
                             : hb_text_format(t, NO_SITE);
}

/* "+1140 +1140": the figures of the dumps after the first and before the last, or of the second of two. */
static char *born_histogram(hb_text *t, const hb_series_report *series, const uint64_t *born)
{
    if (born == NULL) return NULL;
    size_t n_shown = count_analysed(series) > 2 ? count_analysed(series) - 2 : 1, seen = 0;
    char *text = hb_text_format(t, "%s", "");
    for (size_t i = first_analysed(series) + 1; i <= series->last && seen < n_shown && text != NULL; i++) {
        if (!is_analysed(series, i)) continue;
        size_t from_end = n_shown - seen;
        int shown = n_shown <= BORN_SHOWN || seen < BORN_SHOWN / 2 || from_end <= BORN_SHOWN / 2;
        int first_left_out = !shown && seen == BORN_SHOWN / 2;
        seen++;
        if (!shown && !first_left_out) continue;
        char *longer = shown ? hb_text_format(t, "%s%s+%" PRIu64, text, seen == 1 ? "" : " ", born[i])
                             : hb_text_format(t, "%s " ELLIPSIS, text);
        hb_free(text);
        text = longer;
    }
    return text;
}

static void print_more_sites(hb_text *t, uint64_t n_total, size_t n_shown)
{
    char number[HB_TEXT_NUMBER];
    if (n_total <= n_shown) return;
    hb_text_print(t, "  " ELLIPSIS " %s more site%s: --top 0 --json FILE has all\n",
                  hb_text_count(number, n_total - n_shown), hb_text_plural(n_total - n_shown));
}

static void print_retained_sentence(hb_text *t, const hb_series_report *series)
{
    char objects[HB_TEXT_NUMBER], size[HB_TEXT_NUMBER];
    const int in_between = count_analysed(series) > 2;
    char *words = hb_text_format(t, "allocated after dump %s%s%s%s", hb_text_dump_name(series, first_analysed(series)),
                                 in_between ? " and before dump " : ", there in dump ",
                                 hb_text_dump_name(series, series->last), in_between ? ", still there" : "");
    hb_text_print(t, "\nRetained: %s object%s, %s\n  ", hb_text_count(objects, series->retained_objects),
                  hb_text_plural(series->retained_objects), hb_text_bytes(size, series->retained_memsize));
    hb_text_wrapped(t, words, INDENT, SENTENCE_COLUMNS);
    hb_text_print(t, in_between ? "\n" : "\n  a third dump would tell what lasts from what was only in use\n");
    hb_free(words);
}

static void print_retained(hb_text *t, const hb_series_report *series)
{
    static const hb_text_heads heads = { "born", "what", "where" };
    hb_text_row rows[HB_TEXT_ROWS];
    size_t n = 0;
    if (series->n_sites == 0) return;
    hb_text_print(t, "\nSites of what is retained\n");
    for (; n < series->n_sites && n < t->rows; n++) {
        const hb_site_row *site = &series->sites[n];
        rows[n] = (hb_text_row){ site->objects, site->memsize, born_histogram(t, series, site->born),
                                 site_what(t, &site->key), site_where(t, &site->key) };
    }
    hb_text_table(t, &heads, rows, n);
    print_more_sites(t, series->n_sites, n);
}

/* The type with the most objects among those after *previous in that order, or NULL. Types are few. */
static const hb_type_row *next_type(const hb_dump_report *dump, const hb_type_row *previous)
{
    const hb_type_row *best = NULL;
    for (const hb_type_row *row = dump->types; row < dump->types + dump->n_types; row++) {
        int comes_after = previous == NULL || row->objects < previous->objects ||
                          (row->objects == previous->objects && row > previous);
        if (comes_after && (best == NULL || row->objects > best->objects)) best = row;
    }
    return best;
}

static void print_types(hb_text *t, const hb_dump_report *dump)
{
    static const hb_text_heads heads = { NULL, "type", NULL };
    hb_text_row rows[TYPES_SHOWN];
    size_t n = 0;
    const hb_type_row *type = next_type(dump, NULL);
    for (; type != NULL && n < TYPES_SHOWN; type = next_type(dump, type))
        rows[n++] = (hb_text_row){ type->objects, type->memsize, NULL, hb_text_format(t, "%s", type->type), NULL };
    if (n != 0) hb_text_table(t, &heads, rows, n);
}

static void print_classes(hb_text *t, const hb_series_report *series)
{
    static const hb_text_heads heads = { NULL, "class", NULL };
    hb_text_row rows[TYPES_SHOWN];
    size_t n = 0;
    for (; n < series->n_classes && n < TYPES_SHOWN; n++) {
        const hb_class_row *row = &series->classes[n];
        const char *name = row->class_name != NULL ? row->class_name : "(no name)";
        rows[n] = (hb_text_row){ row->objects, row->memsize, NULL, hb_text_format(t, "%s", name), NULL };
    }
    if (n != 0) hb_text_table(t, &heads, rows, n);
}

/* Only sites with a file: the classes cover the rest. */
static void print_live_sites(hb_text *t, const hb_series_report *series)
{
    static const hb_text_heads heads = { NULL, "what", "where" };
    hb_text_row rows[HB_TEXT_ROWS];
    size_t n = 0;
    for (size_t i = 0; i < series->n_live_sites && n < t->rows; i++) {
        const hb_site_row *site = &series->live_sites[i];
        if (site->key.file == NULL) continue;
        rows[n++] = (hb_text_row){ site->objects, site->memsize, NULL, site_what(t, &site->key),
                                   site_where(t, &site->key) };
    }
    if (n != 0) hb_text_table(t, &heads, rows, n);
}

static void print_single(hb_text *t, const hb_series_report *series)
{
    hb_text_print(t, "\nIn dump ");
    hb_text_cell(t, hb_text_dump_name(series, series->last), NAME_COLUMNS);
    hb_text_print(t, ":\n");
    print_types(t, &series->dumps[series->last]);
    print_classes(t, series);
    print_live_sites(t, series);
}

void hb_text_total(hb_text *t, const hb_series_report *series)
{
    if (series->has_retained) print_retained_sentence(t, series);
    else
        hb_text_print(t, "\nOne dump shows what is there, not what grows. A second dump of the same process adds what was\n"
                         "allocated in between and is still there; a third tells what lasts from what was only in use.\n");
}

void hb_text_sites(hb_text *t, const hb_series_report *series)
{
    if (series->has_retained) print_retained(t, series);
    else print_single(t, series);
}

/* "+1,000 +80.0 kB": from the first to the last dump that was counted. */
static char *class_change(hb_text *t, const hb_growth_row *row, size_t first, size_t last)
{
    char objects[HB_TEXT_NUMBER], bytes[HB_TEXT_NUMBER];
    return hb_text_format(t, "%s %s", hb_text_count_change(objects, row->objects[first], row->objects[last]),
                          hb_text_bytes_change(bytes, row->memsize[first], row->memsize[last]));
}

void hb_text_class_growth(hb_text *t, const hb_series_report *series)
{
    static const hb_text_heads heads = { "change", "what", NULL };
    hb_text_row rows[HB_TEXT_ROWS];
    size_t first, last, n = 0;
    if (!series->has_growth || !hb_series_report_counted(series, &first, &last)) return;
    hb_text_print(t, "\nGrowth by class: counts, since not all dumps can be compared object by object;\n  from dump ");
    hb_text_cell(t, hb_text_dump_name(series, first), NAME_COLUMNS);
    hb_text_print(t, " to ");
    hb_text_cell(t, hb_text_dump_name(series, last), NAME_COLUMNS);
    hb_text_print(t, "%s\n", series->n_growth == 0 ? ": none grew" : "; --path class:NAME tells who holds one");
    for (; n < series->n_growth && n < t->rows; n++) {
        const hb_growth_row *row = &series->growth[n];
        rows[n] = (hb_text_row){ row->objects[last], row->memsize[last], class_change(t, row, first, last),
                                 hb_text_format(t, "%s%s%s", row->type, row->class_name != NULL ? " " : "",
                                                row->class_name != NULL ? row->class_name : ""), NULL };
    }
    if (n != 0) hb_text_table(t, &heads, rows, n);
}

void hb_text_fleet(hb_text *t, const hb_report *report)
{
    static const hb_text_heads heads = { "series", "what", "where" };
    hb_text_row rows[HB_TEXT_ROWS];
    hb_fleet_site *sites = NULL;
    size_t n_sites = 0, n_dumps = 0, n = 0;
    if (report->n_series < 2 || t->status != HB_OK) return;
    t->status = hb_fleet_sites_merge(report, &sites, &n_sites, NULL);
    for (size_t i = 0; i < report->n_series; i++) n_dumps += report->series[i].n_dumps;
    hb_text_print(t, "\nFleet: %zu series, %zu dumps; what they retain together\n", report->n_series, n_dumps);
    for (; n < n_sites && n < t->rows; n++)
        rows[n] = (hb_text_row){ sites[n].objects, sites[n].memsize,
                                 hb_text_format(t, "%" PRIu64, sites[n].n_series),
                                 site_what(t, sites[n].key), site_where(t, sites[n].key) };
    if (n != 0) hb_text_table(t, &heads, rows, n);
    print_more_sites(t, n_sites, n);
    hb_free(sites);
}
