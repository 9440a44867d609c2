#include "report/text_queries.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "report/text_paths.h"

#define LABEL_COLUMNS 64
#define WHAT_COLUMNS 80
#define FIGURE_COLUMNS 10   /* a size: "999.9 MB" */
#define STEPS_HEAD 20       /* steps kept at both ends of a path that is too long */
#define STEPS_TAIL 20
#define REFERRERS_SHOWN 20
#define LEFT_COLUMNS (2 + FIGURE_COLUMNS + 2 + FIGURE_COLUMNS + 2 + 18 + 2)   /* before a label */

static void print_label(hb_text *t, const char *label)
{
    hb_text_cell(t, label, LABEL_COLUMNS);
}

/* --- rows --- */

void hb_text_objects_head(hb_text *t, const char *what)
{
    hb_text_print(t, "  %*s  %*s  %-18s  %s\n", FIGURE_COLUMNS, "own", FIGURE_COLUMNS, "retained", "address", what);
}

/* --- one object --- */

static void print_step(hb_text *t, const hb_step_row *step)
{
    char own[HB_TEXT_NUMBER], retained[HB_TEXT_NUMBER], count[HB_TEXT_NUMBER];
    const int is_root = step->address == 0;
    hb_text_print(t, "  %*s  %*s  ", FIGURE_COLUMNS, is_root ? "" : hb_text_bytes(own, step->memsize), FIGURE_COLUMNS,
                  is_root ? "" : hb_text_bytes(retained, step->retained_memsize));
    if (is_root) hb_text_print(t, "%-18s  ", "");
    else hb_text_print(t, "%#-18" PRIx64 "  ", step->address);
    print_label(t, step->label);
    if (step->repeat > 1) hb_text_print(t, " (x %s)", hb_text_count(count, step->repeat));
    hb_text_print(t, "\n");
}

static void print_steps(hb_text *t, const hb_query_report *q)
{
    uint64_t hops = 0;
    char number[HB_TEXT_NUMBER];
    for (size_t i = 1; i < q->n_steps; i++) hops += q->steps[i].repeat;
    hb_text_print(t, "%s step%s from a root\n", hb_text_count(number, hops), hb_text_plural(hops));
    hb_text_objects_head(t, "held");
    for (size_t i = 0; i < q->n_steps; i++) {
        if (i == STEPS_HEAD && q->n_steps > STEPS_HEAD + STEPS_TAIL + 1) {
            const size_t left_out = q->n_steps - STEPS_HEAD - STEPS_TAIL;
            hb_text_print(t, "%*s%zu more (the JSON has them)\n", LEFT_COLUMNS, "", left_out);
            i += left_out;
        }
        print_step(t, &q->steps[i]);
    }
}

static void print_object(hb_text *t, const hb_query_report *q)
{
    if (q->no_roots) hb_text_print(t, "not known: the dump has no ROOT lines\n");
    else if (q->n_steps == 0) hb_text_print(t, "no root reaches this object: garbage not collected yet\n");
    else print_steps(t, q);
}

/* --- many --- */

static void print_group(hb_text *t, const hb_query_report *q)
{
    char objects[HB_TEXT_NUMBER], size[HB_TEXT_NUMBER];
    if (!q->found) {
        hb_text_print(t, "no object of the last dump fits\n");
        return;
    }
    const hb_path_report path = { .objects = q->objects, .memsize = q->memsize, .unreachable = q->unreachable,
                                  .nodes = q->nodes, .n_nodes = q->n_nodes };
    hb_text_print(t, "%s object%s, %s\n", hb_text_count(objects, q->objects), hb_text_plural(q->objects),
                  hb_text_bytes(size, q->memsize));
    hb_text_path_tree(t, &path);
}

/* --- referrers --- */

void hb_text_objects_row(hb_text *t, const hb_object_row *object, const char *via)
{
    char own[HB_TEXT_NUMBER], retained[HB_TEXT_NUMBER];
    hb_text_print(t, "  %*s  %*s  %#-18" PRIx64 "  ", FIGURE_COLUMNS, hb_text_bytes(own, object->memsize), FIGURE_COLUMNS,
                  hb_text_bytes(retained, object->retained_memsize), object->address);
    if (via != NULL) {
        hb_text_cell(t, via, LABEL_COLUMNS / 2);
        hb_text_print(t, " of ");
    }
    print_label(t, object->label);
    hb_text_print(t, "\n");
}

void hb_text_objects_more(hb_text *t, uint64_t n, const char *where)
{
    char number[HB_TEXT_NUMBER];
    if (n > 0) hb_text_print(t, "%*s%s more%s\n", LEFT_COLUMNS, "", hb_text_count(number, n), where);
}

static void print_roots(hb_text *t, const hb_query_report *q)
{
    for (size_t i = 0; i < q->n_roots; i++) {
        hb_text_print(t, "%*sROOT ", LEFT_COLUMNS, "");
        hb_text_cell(t, q->roots[i], LABEL_COLUMNS);
        hb_text_print(t, "\n");
    }
}

void hb_text_referrers(hb_text *t, const hb_query_report *q, size_t most, const char *where)
{
    char a[HB_TEXT_NUMBER], b[HB_TEXT_NUMBER];
    hb_text_print(t, "%zu ROOT line%s and %s object%s refer to it", q->n_roots, hb_text_plural(q->n_roots),
                  hb_text_count(a, q->references), hb_text_plural(q->references));
    if (q->instances != 0)
        hb_text_print(t, "; it is the class of %s object%s", hb_text_count(b, q->instances), hb_text_plural(q->instances));
    hb_text_print(t, "\n");
    hb_text_objects_head(t, "by");
    print_roots(t, q);
    const size_t shown = q->n_referrers < most ? q->n_referrers : most;
    for (size_t i = 0; i < shown; i++) hb_text_objects_row(t, &q->referrers[i].object, q->referrers[i].via);
    hb_text_objects_more(t, q->references - shown, where);
}

void hb_text_query(hb_text *t, const hb_query_report *q)
{
    const int is_path = strcmp(q->option, "path") == 0;
    hb_text_print(t, is_path ? "How it is held: " : "Who refers to ");
    hb_text_cell(t, q->what, WHAT_COLUMNS);
    hb_text_print(t, ": ");
    if (is_path && !q->is_single) print_group(t, q);
    else if (!q->found) hb_text_print(t, "no object of the last dump has this address\n");
    else if (is_path) print_object(t, q);
    else hb_text_referrers(t, q, REFERRERS_SHOWN, "");
}

void hb_text_queries(hb_text *t, const hb_series_report *series)
{
    for (size_t i = 0; i < series->n_queries; i++) {
        hb_text_print(t, "\n");
        hb_text_query(t, &series->queries[i]);
    }
}
