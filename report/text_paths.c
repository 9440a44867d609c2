/* A tree of labels, in preorder, to a dozen lines a person can follow.
 *
 * Three things make it small. A chain of nodes with one child each stands on one line while it keeps nine tenths of
 * the objects it began with (the objects of a site can themselves be links of the chain, as in a linked list, and
 * then each node holds a little less). Branches that hold little of the bytes become one line behind their siblings, with
 * their objects and bytes: "… n more". And what counts as little is raised from 1 % until the lines fit: print_branches runs dry to count them. Its recursion is as deep as the tree, at most 41 levels. */
#include "report/text_paths.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

#define ELLIPSIS "\xe2\x80\xa6"
#define SITES_SHOWN 3
#define LINES_PER_SITE 12
#define LABEL_COLUMNS 48   /* at most, each */
#define CHAIN_HEAD 4       /* labels kept at both ends of a chain that is too long */
#define CHAIN_TAIL 5
#define COUNTS_COLUMNS 22  /* "   100 %      2,280  " */
#define INDENT 2           /* a level of branching */
#define DEEPEST_INDENT 24  /* deeper levels stay there */

typedef struct tree_view {
    const hb_path_report *path;
    hb_text *t;
    unsigned threshold;  /* percent below which branches are folded */
    int dry;             /* count lines, print nothing */
    size_t lines;
} tree_view;

/* By bytes, or where there are none by objects. */
static int is_small(const tree_view *view, const hb_path_node *node)
{
    const hb_path_report *path = view->path;
    if (path->memsize == 0) return (double)node->objects * 100 < (double)view->threshold * (double)path->objects;
    return (double)node->memsize * 100 < (double)view->threshold * (double)path->memsize;
}

static size_t indent_of(unsigned level)
{
    size_t indent = (size_t)level * INDENT;
    return indent < DEEPEST_INDENT ? indent : DEEPEST_INDENT;
}

static size_t skip_subtree(const hb_path_report *path, size_t i)
{
    uint32_t depth = path->nodes[i].depth;
    do i++;
    while (i < path->n_nodes && path->nodes[i].depth > depth);
    return i;
}

/* The last node of the chain that begins at i. */
static size_t chain_end(const tree_view *view, size_t i)
{
    const hb_path_node *nodes = view->path->nodes;
    size_t last = i;
    while (nodes[last].n_children == 1 && last + 1 < view->path->n_nodes && !is_small(view, &nodes[last + 1]) &&
           (double)nodes[last + 1].objects >= 0.9 * (double)nodes[i].objects)
        last++;
    return last;
}

static void print_counts(const tree_view *view, uint64_t objects, unsigned level)
{
    char count[HB_TEXT_NUMBER];
    hb_text_print(view->t, "   %3u %%  %11s  %*s", hb_text_percent(objects, view->path->objects),
                  hb_text_count(count, objects), (int)indent_of(level), "");
}

/* Behind an arrow, on a new line where it must be; suffix: short, or "". */
static void print_link(hb_text *t, const char *raw, const char *suffix, size_t start, size_t *column)
{
    if (*column != start) {
        size_t wanted = 4 + hb_text_width(t, raw, LABEL_COLUMNS) + strlen(suffix);
        if (*column + wanted > HB_TEXT_COLUMNS) {
            hb_text_print(t, "\n%*s", (int)start, "");
            *column = start;
        }
        hb_text_print(t, " -> ");
        *column += 4;
    }
    *column += hb_text_cell(t, raw, LABEL_COLUMNS) + strlen(suffix);
    hb_text_print(t, "%s", suffix);
}

static void print_node(hb_text *t, const hb_path_node *node, size_t start, size_t *column)
{
    char suffix[HB_TEXT_NUMBER + 16] = "", count[HB_TEXT_NUMBER];
    if (node->repeat > 1) snprintf(suffix, sizeof suffix, " (x %s in a row)", hb_text_count(count, node->repeat));
    print_link(t, node->label, suffix, start, column);
}

static void print_left_out(hb_text *t, size_t n, size_t start, size_t *column)
{
    char *words = hb_text_format(t, ELLIPSIS " %zu more " ELLIPSIS, n);
    print_link(t, words, "", start, column);
    hb_free(words);
}

static void print_chain(const tree_view *view, size_t first, size_t last, unsigned level)
{
    const hb_path_node *nodes = view->path->nodes;
    size_t start = COUNTS_COLUMNS + indent_of(level), column = start;
    size_t n = last - first + 1, skip_from = last + 1, skip_to = last + 1;
    if (n > CHAIN_HEAD + CHAIN_TAIL + 1) {
        skip_from = first + CHAIN_HEAD;
        skip_to = last + 1 - CHAIN_TAIL;
    }
    print_counts(view, nodes[first].objects, level);
    for (size_t i = first; i <= last;) {
        if (i == skip_from) {
            print_left_out(view->t, skip_to - skip_from, start, &column);
            i = skip_to;
        } else {
            print_node(view->t, &nodes[i], start, &column);
            i++;
        }
    }
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
    const hb_path_report *path = view->path;
    uint32_t depth = path->nodes[i].depth;
    rest small = { 0 };
    while (i < path->n_nodes && path->nodes[i].depth == depth) {
        if (is_small(view, &path->nodes[i]) && i != 0) {
            small.objects += path->nodes[i].objects;
            small.memsize += path->nodes[i].memsize;
            small.n++;
            i = skip_subtree(path, i);
            continue;
        }
        size_t last = chain_end(view, i);
        view->lines++;
        if (!view->dry) print_chain(view, i, last, level);
        i = last + 1;
        if (i < path->n_nodes && path->nodes[i].depth > path->nodes[last].depth)
            i = print_branches(view, i, level + 1);
    }
    if (small.n != 0) print_small(view, &small, level);
    return i;
}

static void print_tree(hb_text *t, const hb_path_report *path)
{
    static const unsigned thresholds[] = { 1, 2, 5, 10, 20 };
    size_t n_thresholds = sizeof thresholds / sizeof *thresholds;
    if (path->n_nodes == 0) return;
    for (size_t i = 0; i < n_thresholds; i++) {
        tree_view view = { path, t, thresholds[i], 1, 0 };
        print_branches(&view, 0, 0);
        if (view.lines > LINES_PER_SITE && i + 1 < n_thresholds) continue;
        view.dry = 0;
        print_branches(&view, 0, 0);
        return;
    }
}

void hb_text_path_tree(hb_text *t, const hb_path_report *path)
{
    print_tree(t, path);
    if (path->unreachable != 0) {
        tree_view view = { path, t, 0, 0, 0 };
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

void hb_text_paths(hb_text *t, const hb_series_report *series)
{
    if (!series->has_reachability) {
        hb_text_print(t, "\nWhy they are held: no ROOT lines (a `since:` dump?): no retention paths\n");
        return;
    }
    if (series->n_paths == 0) return;
    hb_text_print(t, "\nWhy they are held (share and number of each site's objects, from the GC roots down)\n");
    for (size_t i = 0; i < series->n_paths && i < SITES_SHOWN; i++) print_site(t, &series->paths[i]);
}
