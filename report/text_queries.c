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

static void print_label(hb_text *t, const char *label)
{
    hb_text_cell(t, label, LABEL_COLUMNS);
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
    hb_text_print(t, "  %*s  %*s  %-18s  held\n", FIGURE_COLUMNS, "own", FIGURE_COLUMNS, "retained", "address");
    for (size_t i = 0; i < q->n_steps; i++) {
        if (i == STEPS_HEAD && q->n_steps > STEPS_HEAD + STEPS_TAIL + 1) {
            const size_t left_out = q->n_steps - STEPS_HEAD - STEPS_TAIL;
            hb_text_print(t, "  %*s  %zu more (--json has them)\n", 2 * FIGURE_COLUMNS + 2 + 20, "", left_out);
            i += left_out;
        }
        print_step(t, &q->steps[i]);
    }
}

static void print_object(hb_text *t, const hb_query_report *q)
{
    if (!q->found) hb_text_print(t, "no object of the last dump has this address\n");
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

static void print_referrer(hb_text *t, const hb_referrer_row *row)
{
    char own[HB_TEXT_NUMBER], retained[HB_TEXT_NUMBER];
    hb_text_print(t, "  %*s  %*s  %#-18" PRIx64 "  ", FIGURE_COLUMNS, hb_text_bytes(own, row->object.memsize),
                  FIGURE_COLUMNS, hb_text_bytes(retained, row->object.retained_memsize), row->object.address);
    if (row->via != NULL) {
        hb_text_cell(t, row->via, LABEL_COLUMNS / 2);
        hb_text_print(t, " of ");
    }
    print_label(t, row->object.label);
    hb_text_print(t, "\n");
}

static void print_roots(hb_text *t, const hb_query_report *q)
{
    for (size_t i = 0; i < q->n_roots; i++) {
        hb_text_print(t, "  %*s  %*s  %-18s  ROOT ", FIGURE_COLUMNS, "", FIGURE_COLUMNS, "", "");
        hb_text_cell(t, q->roots[i], LABEL_COLUMNS);
        hb_text_print(t, "\n");
    }
}

static void print_referrers(hb_text *t, const hb_query_report *q)
{
    char a[HB_TEXT_NUMBER], b[HB_TEXT_NUMBER];
    if (!q->found) {
        hb_text_print(t, "no object of the last dump has this address\n");
        return;
    }
    hb_text_print(t, "%zu ROOT line%s and %s object%s refer to it", q->n_roots, hb_text_plural(q->n_roots),
                  hb_text_count(a, q->references), hb_text_plural(q->references));
    if (q->instances != 0)
        hb_text_print(t, "; it is the class of %s object%s", hb_text_count(b, q->instances), hb_text_plural(q->instances));
    hb_text_print(t, "\n  %*s  %*s  %-18s  by\n", FIGURE_COLUMNS, "own", FIGURE_COLUMNS, "retained", "address");
    print_roots(t, q);
    size_t shown = q->n_referrers < REFERRERS_SHOWN ? q->n_referrers : REFERRERS_SHOWN;
    for (size_t i = 0; i < shown; i++) print_referrer(t, &q->referrers[i]);
    if (q->references > shown)
        hb_text_print(t, "  %*s  %s more\n", 2 * FIGURE_COLUMNS + 2 + 20, "", hb_text_count(a, q->references - shown));
}

void hb_text_queries(hb_text *t, const hb_series_report *series)
{
    for (size_t i = 0; i < series->n_queries; i++) {
        const hb_query_report *q = &series->queries[i];
        const int is_path = strcmp(q->option, "path") == 0;
        hb_text_print(t, is_path ? "\nHow it is held: " : "\nWho refers to ");
        hb_text_cell(t, q->what, WHAT_COLUMNS);
        hb_text_print(t, ": ");
        if (!is_path) print_referrers(t, q);
        else if (q->is_single) print_object(t, q);
        else print_group(t, q);
    }
}
