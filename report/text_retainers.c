#include "report/text_retainers.h"

#define FEW 5   /* rows of all tables but the first */

static size_t few(const hb_text *t, size_t n)
{
    const size_t most = t->rows < FEW ? t->rows : FEW;
    return n < most ? n : most;
}

static void print_objects(hb_text *t, const hb_dominator_report *d)
{
    static const hb_text_heads heads = { NULL, "object", NULL };
    hb_text_row rows[HB_TEXT_ROWS];
    size_t n = 0;
    for (; n < d->n_top && n < t->rows; n++)
        rows[n] = (hb_text_row){ d->top[n].retained_objects, d->top[n].retained_memsize, NULL,
                                 hb_text_format(t, "%s", d->top[n].label), NULL };
    hb_text_table(t, &heads, rows, n);
}

/* Classes have a type and perhaps a name, sites have a file and a line. */
static char *group_words(hb_text *t, const hb_group_row *row)
{
    if (row->type == NULL) return hb_text_format(t, "%s:%u", row->name, (unsigned)row->line);
    return hb_text_format(t, "%s%s%s", row->type, row->name != NULL ? " " : "", row->name != NULL ? row->name : "");
}

static void print_groups(hb_text *t, const char *what, const hb_group_row *groups, size_t n)
{
    const hb_text_heads heads = { "count", what, NULL };
    char number[HB_TEXT_NUMBER];
    hb_text_row rows[FEW];
    if (n == 0) return;
    for (size_t i = 0; i < n; i++)
        rows[i] = (hb_text_row){ groups[i].retained_objects, groups[i].retained_memsize,
                                 hb_text_format(t, "%s", hb_text_count(number, groups[i].objects)),
                                 group_words(t, &groups[i]), NULL };
    hb_text_table(t, &heads, rows, n);
}

/* Where much hangs together that no single object below retains. */
static void print_drops(hb_text *t, const hb_dominator_report *d)
{
    static const hb_text_heads heads = { "largest part", "in many parts below", NULL };
    char size[HB_TEXT_NUMBER];
    hb_text_row rows[FEW];
    const size_t n = few(t, d->n_drops);
    if (n == 0) return;
    for (size_t i = 0; i < n; i++)
        rows[i] = (hb_text_row){ d->drops[i].retained_objects, d->drops[i].retained_memsize,
                                 hb_text_format(t, "%s", hb_text_bytes(size, d->drops[i].other_memsize)),
                                 hb_text_format(t, "%s", d->drops[i].label), NULL };
    hb_text_table(t, &heads, rows, n);
}

void hb_text_retainers(hb_text *t, const hb_series_report *series)
{
    const hb_dominator_report *d = &series->dominators;
    if (!series->has_reachability || d->n_top == 0) return;
    hb_text_print(t, "\nWho retains most (objects and bytes that would be freed with it, grown or not)\n");
    print_objects(t, d);
    print_groups(t, "class", d->classes, few(t, d->n_classes));
    print_groups(t, "site", d->sites, few(t, d->n_sites));
    print_drops(t, d);
}
