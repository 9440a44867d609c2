/* The first screen: 24 lines, of which the growth table takes up to ten and a suspect about seven. */
#include "report/text_suspects.h"

#include "base/memory.h"
#include "report/rate.h"
#include "report/text_chain.h"
#include "report/text_paths.h"
#include "report/text_rate.h"

#define ELLIPSIS "\xe2\x80\xa6"
#define SHOWN 5              /* suspects */
#define NUMBER_COLUMNS 5     /* "  1. " */
#define START 14             /* "     classes  " */
#define SENTENCE_COLUMNS 480 /* at most, in all its lines */
#define LABEL_COLUMNS 60
#define PARTS_SHOWN 8        /* classes, sites */
#define PART_COLUMNS 70
#define PART_LINES 2
#define MORE_COLUMNS 14      /* ", ... 1,234 more" */
#define LOW_SURVIVAL 500     /* permille: below, more of these objects go than stay */

static size_t n_shown(const hb_series_report *series)
{
    return series->n_suspects < SHOWN ? series->n_suspects : SHOWN;
}

static void print_path(hb_text *t, const hb_suspect_report *s)
{
    hb_text_chain chain;
    if (s->n_path == 0) return;
    hb_text_print(t, "%*s%-*s", NUMBER_COLUMNS, "", START - NUMBER_COLUMNS, "path");
    hb_text_chain_begin(&chain, t, START, s->n_path);
    for (size_t i = 0; i < s->n_path; i++) hb_text_chain_add(&chain, s->path[i].label, s->path[i].repeat);
    hb_text_print(t, "\n");
}

/* "1,200 STRING String (48.0 kB)", "1,200 at app.rb:15 (48.0 kB)"; raw, to be freed. */
static char *part_words(hb_text *t, const hb_part_row *part)
{
    char objects[HB_TEXT_NUMBER], size[HB_TEXT_NUMBER];
    hb_text_count(objects, part->objects);
    hb_text_bytes(size, part->memsize);
    if (part->type == NULL) return hb_text_format(t, "%s at %s:%u (%s)", objects, part->file, (unsigned)part->line, size);
    return hb_text_format(t, "%s %s%s%s (%s)", objects, part->type, part->class_name != NULL ? " " : "",
                          part->class_name != NULL ? part->class_name : "", size);
}

static void print_parts(hb_text *t, const char *name, const hb_part_row *parts, size_t n)
{
    size_t column = START, lines = 1;
    if (n == 0) return;
    hb_text_print(t, "%*s%-*s", NUMBER_COLUMNS, "", START - NUMBER_COLUMNS, name);
    for (size_t i = 0; i < n; i++) {
        char *words = part_words(t, &parts[i]);
        const size_t room = HB_TEXT_COLUMNS - 1 - (lines == PART_LINES && i + 1 < n ? MORE_COLUMNS : 0);
        const int fits = column + 2 + hb_text_width(t, words, PART_COLUMNS) <= room;
        if (i == PARTS_SHOWN || (!fits && lines == PART_LINES && i != 0)) {
            hb_text_print(t, ", " ELLIPSIS " %zu more", n - i);
            hb_free(words);
            break;
        }
        if (!fits && i != 0) {
            hb_text_print(t, ",\n%*s", START, "");
            column = START;
            lines++;
        } else if (i != 0) {
            hb_text_print(t, ", ");
            column += 2;
        }
        column += hb_text_cell(t, words, PART_COLUMNS);
        hb_free(words);
    }
    hb_text_print(t, "\n");
}

static void print_rate(hb_text *t, const hb_series_report *series, const hb_suspect_report *s)
{
    hb_trend rate;
    const hb_status status = hb_suspect_rate(series, s, &rate);
    if (status != HB_OK) t->status = status;
    if (status != HB_OK || !rate.has_slope) return;
    hb_text_print(t, "%*s%-*s", NUMBER_COLUMNS, "", START - NUMBER_COLUMNS, "rate");
    hb_text_print_rate(t, &rate);
    hb_text_print(t, "\n");
}

static void print_suspect(hb_text *t, const hb_series_report *series, size_t place)
{
    const hb_suspect_report *s = &series->suspects[place];
    hb_text_print(t, "%3zu. ", place + 1);
    hb_text_wrapped(t, s->text, NUMBER_COLUMNS, SENTENCE_COLUMNS);
    hb_text_print(t, "\n");
    print_rate(t, series, s);
    print_path(t, s);
    print_parts(t, "classes", s->classes, s->n_classes);
    print_parts(t, "sites", s->sites, s->n_sites);
    if (s->has_survival && s->survival_permille < LOW_SURVIVAL)
        hb_text_print(t, "%*s%-*sonly %u %% of such objects outlive the next dump: it may be load, and no leak\n",
                      NUMBER_COLUMNS, "", START - NUMBER_COLUMNS, "but", (unsigned)(s->survival_permille / 10));
}

static void print_none(hb_text *t, const hb_series_report *series)
{
    if (!series->has_reachability)
        hb_text_print(t, "\nNo suspects: no ROOT lines (a `since:` dump?): no retention paths, and no telling who holds "
                         "what\n");
    else if (!series->has_retained)
        hb_text_print(t, "\nNo suspect: no place holds 10 %% or more of what is reachable.\n");
    else if (series->retained_objects == 0)
        hb_text_print(t, "\nNo suspect: nothing is retained.\n");
    else
        hb_text_print(t, "\nNo suspect: no place holds 5 %% or more of what is retained (and at least 20 objects or "
                         "64 KiB).\n");
}

static void print_more(hb_text *t, const hb_series_report *series)
{
    uint64_t permille = 0;
    const size_t shown = n_shown(series), more = series->n_suspects - shown;
    if (more == 0) return;
    for (size_t i = shown; i < series->n_suspects; i++) permille += series->suspects[i].share_permille;
    hb_text_print(t, "  " ELLIPSIS " %zu more suspect%s, with %u %% of what is %s: --json FILE has all\n", more,
                  hb_text_plural(more), (unsigned)(permille / 10), series->has_retained ? "retained" : "reachable");
}

void hb_text_suspects(hb_text *t, const hb_series_report *series)
{
    if (series->n_suspects == 0) {
        print_none(t, series);
        return;
    }
    hb_text_print(t, series->n_suspects == 1 ? "\nSuspect\n" : "\nSuspects\n");
    for (size_t i = 0; i < n_shown(series); i++) print_suspect(t, series, i);
    print_more(t, series);
}

/* With one object the path has said all. */
static int has_tree(const hb_suspect_report *s)
{
    return s->n_nodes != 0 && s->objects > 1;
}

void hb_text_suspect_trees(hb_text *t, const hb_series_report *series)
{
    char objects[HB_TEXT_NUMBER], size[HB_TEXT_NUMBER];
    int first = 1;
    for (size_t i = 0; i < n_shown(series); i++) {
        const hb_suspect_report *s = &series->suspects[i];
        if (!has_tree(s)) continue;
        if (first)
            hb_text_print(t, "\nHow they are held (share and number of each suspect's objects, from the GC roots "
                             "down)\n");
        first = 0;
        hb_text_print(t, "%3zu. ", i + 1);
        hb_text_cell(t, s->has_holder ? s->holder.label : s->n_path > 0 ? s->path[s->n_path - 1].label : "the roots",
                     LABEL_COLUMNS);
        hb_text_print(t, ": %s object%s, %s\n", hb_text_count(objects, s->objects), hb_text_plural(s->objects),
                      hb_text_bytes(size, s->memsize));
        hb_text_tree(t, s->nodes, s->n_nodes, s->objects, s->memsize);
    }
}
