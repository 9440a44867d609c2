/* A tree of labels, in preorder, to a dozen lines a person can follow.
 *
 * Three things make it small. A chain of nodes with one child each stands on one line while it keeps nine tenths of
 * the objects it began with (the objects of a site can themselves be links of the chain, as in a linked list, and
 * then each node holds a little less). Branches that hold little of the bytes become one line behind their siblings,
 * with their objects and bytes: "… n more". And what counts as little is raised from 1 % until the lines fit:
 * print_branches runs dry to count them. Its recursion is as deep as the tree, at most 41 levels. */
#include "report/text_paths.h"

#include <string.h>

#include "base/memory.h"
#include "report/text_chain.h"

#define ELLIPSIS "\xe2\x80\xa6"
#define SITES_SHOWN 3
#define LINES_PER_TREE 12
#define LABEL_COLUMNS 48   /* at most, each */
#define COVERED_TENTHS 9   /* a site is explained by the suspects that hold so much of it */
#define COUNTS_COLUMNS 23  /* "   100 %        2,280  " */
#define INDENT 2           /* a level of branching */
#define DEEPEST_INDENT 24  /* deeper levels stay there */

typedef struct tree_view {
    hb_text *t;
    const hb_path_node *nodes;
    size_t n_nodes;
    uint64_t objects, memsize;  /* all of them, of which shares are told */
    unsigned threshold;         /* percent below which branches are folded */
    int dry;                    /* count lines, print nothing */
    size_t lines;
} tree_view;

/* By bytes, or where there are none by objects. */
static int is_small(const tree_view *view, const hb_path_node *node)
{
    if (view->memsize == 0) return (double)node->objects * 100 < (double)view->threshold * (double)view->objects;
    return (double)node->memsize * 100 < (double)view->threshold * (double)view->memsize;
}

static size_t indent_of(unsigned level)
{
    size_t indent = (size_t)level * INDENT;
    return indent < DEEPEST_INDENT ? indent : DEEPEST_INDENT;
}

static size_t skip_subtree(const tree_view *view, size_t i)
{
    uint32_t depth = view->nodes[i].depth;
    do i++;
    while (i < view->n_nodes && view->nodes[i].depth > depth);
    return i;
}

/* The last node of the chain that begins at i. */
static size_t chain_end(const tree_view *view, size_t i)
{
    const hb_path_node *nodes = view->nodes;
    size_t last = i;
    while (nodes[last].n_children == 1 && last + 1 < view->n_nodes && !is_small(view, &nodes[last + 1]) &&
           (double)nodes[last + 1].objects >= 0.9 * (double)nodes[i].objects)
        last++;
    return last;
}

static void print_counts(const tree_view *view, uint64_t objects, unsigned level)
{
    char count[HB_TEXT_NUMBER];
    hb_text_print(view->t, "   %3u %%  %11s  %*s", hb_text_percent(objects, view->objects),
                  hb_text_count(count, objects), (int)indent_of(level), "");
}

static void print_chain(const tree_view *view, size_t first, size_t last, unsigned level)
{
    hb_text_chain chain;
    print_counts(view, view->nodes[first].objects, level);
    hb_text_chain_begin(&chain, view->t, COUNTS_COLUMNS + indent_of(level), last - first + 1);
    for (size_t i = first; i <= last; i++) hb_text_chain_add(&chain, view->nodes[i].label, view->nodes[i].repeat);
    hb_text_print(view->t, "\n");
}

/* Branches that hold little, added up. */
typedef struct rest {
    uint64_t objects, memsize;
    size_t n;
} rest;

static void print_small(tree_view *view, const rest *small, unsigned level)
{
    char objects[HB_TEXT_NUMBER], size[HB_TEXT_NUMBER];
    view->lines++;
    if (view->dry) return;
    print_counts(view, small->objects, level);
    hb_text_print(view->t, ELLIPSIS " %zu more (%s object%s, %s)\n", small->n, hb_text_count(objects, small->objects),
                  hb_text_plural(small->objects), hb_text_bytes(size, small->memsize));
}

/* The node at i, its siblings after it, and all below them; returns the index after them. Of the roots, the
 * first is shown however little it holds. */
static size_t print_branches(tree_view *view, size_t i, unsigned level)
{
    const hb_path_node *nodes = view->nodes;
    const size_t n = view->n_nodes;
    uint32_t depth = nodes[i].depth;
    rest small = { 0 };
    while (i < n && nodes[i].depth == depth) {
        if (is_small(view, &nodes[i]) && i != 0) {
            small.objects += nodes[i].objects;
            small.memsize += nodes[i].memsize;
            small.n++;
            i = skip_subtree(view, i);
            continue;
        }
        size_t last = chain_end(view, i);
        view->lines++;
        if (!view->dry) print_chain(view, i, last, level);
        i = last + 1;
        if (i < n && nodes[i].depth > nodes[last].depth) i = print_branches(view, i, level + 1);
    }
    if (small.n != 0) print_small(view, &small, level);
    return i;
}

void hb_text_tree(hb_text *t, const hb_path_node *nodes, size_t n, uint64_t objects, uint64_t memsize)
{
    static const unsigned thresholds[] = { 1, 2, 5, 10, 20 };
    const size_t n_thresholds = sizeof thresholds / sizeof *thresholds;
    if (n == 0) return;
    for (size_t i = 0; i < n_thresholds; i++) {
        tree_view view = { t, nodes, n, objects, memsize, thresholds[i], 1, 0 };
        print_branches(&view, 0, 0);
        if (view.lines > LINES_PER_TREE && i + 1 < n_thresholds) continue;
        view.dry = 0;
        print_branches(&view, 0, 0);
        return;
    }
}

void hb_text_path_tree(hb_text *t, const hb_path_report *path)
{
    hb_text_tree(t, path->nodes, path->n_nodes, path->objects, path->memsize);
    if (path->unreachable != 0) {
        const tree_view view = { .t = t, .objects = path->objects };
        print_counts(&view, path->unreachable, 0);
        hb_text_print(t, "no root reaches these: garbage not collected yet\n");
    }
}

static void print_site(hb_text *t, const hb_path_report *path)
{
    char objects[HB_TEXT_NUMBER], size[HB_TEXT_NUMBER];
    const hb_site_key *key = &path->site;
    hb_text_print(t, "  ");
    hb_text_cell(t, key->type, LABEL_COLUMNS);
    if (key->class_name != NULL) {
        hb_text_print(t, " ");
        hb_text_cell(t, key->class_name, LABEL_COLUMNS);
    }
    if (key->file != NULL) {
        char *place = hb_text_format(t, "%s:%u", key->file, (unsigned)key->line);
        hb_text_print(t, ", ");
        hb_text_cell(t, place, HB_TEXT_COLUMNS / 2);
        hb_free(place);
    }
    hb_text_print(t, ": %s object%s, %s\n", hb_text_count(objects, path->objects), hb_text_plural(path->objects),
                  hb_text_bytes(size, path->memsize));
    hb_text_path_tree(t, path);
}

/* --- what the suspects explain already --- */

static int same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int same_place(const hb_site_key *a, const char *file, uint32_t line)
{
    return a->line == line && same_text(a->file, file);
}

static int same_class(const hb_site_key *a, const char *type, const char *class_name)
{
    return strcmp(a->type, type) == 0 && same_text(a->class_name, class_name);
}

/* Objects that the suspects have of a site: of its place, whatever their class, or without a place of its class. */
static uint64_t in_suspects(const hb_series_report *series, const hb_site_key *key)
{
    uint64_t objects = 0;
    for (size_t i = 0; i < series->n_suspects; i++) {
        const hb_suspect_report *s = &series->suspects[i];
        const hb_part_row *parts = key->file != NULL ? s->sites : s->classes;
        const size_t n = key->file != NULL ? s->n_sites : s->n_classes;
        for (size_t k = 0; k < n; k++)
            if (key->file != NULL ? same_place(key, parts[k].file, parts[k].line)
                                  : same_class(key, parts[k].type, parts[k].class_name))
                objects += parts[k].objects;
    }
    return objects;
}

/* The same of all that is ranked. */
static uint64_t in_all(const hb_series_report *series, const hb_site_key *key)
{
    const hb_site_row *rows = series->has_retained ? series->sites : series->live_sites;
    const size_t n = series->has_retained ? series->n_sites : series->n_live_sites;
    uint64_t objects = 0;
    for (size_t i = 0; i < n; i++)
        if (key->file != NULL ? same_place(key, rows[i].key.file, rows[i].key.line)
                              : same_class(key, rows[i].key.type, rows[i].key.class_name))
            objects += rows[i].objects;
    return objects;
}

static int is_explained(const hb_series_report *series, const hb_site_key *key)
{
    const uint64_t held = in_suspects(series, key);
    return held != 0 && (double)held * 10 >= (double)in_all(series, key) * COVERED_TENTHS;
}

void hb_text_paths(hb_text *t, const hb_series_report *series)
{
    size_t n_shown = 0;
    for (size_t i = 0; series->has_reachability && i < series->n_paths && i < t->rows; i++) {
        if (n_shown == SITES_SHOWN || is_explained(series, &series->paths[i].site)) continue;
        if (n_shown++ == 0)
            hb_text_print(t, "\nWhy %s held (share and number of each site's objects, from the GC roots down)\n",
                          series->n_suspects != 0 ? "others are" : "they are");
        print_site(t, &series->paths[i]);
    }
}
