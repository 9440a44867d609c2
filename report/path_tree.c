#include "report/path_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/object_label.h"
#include "report/path_fold.h"

typedef struct tree {
    const hb_intern *names;
    const hb_paths *paths;
    hb_table places;          /* node key -> place in `branches` */
    hb_path_branch *branches;
    size_t n, cap;
} tree;

/* --- labels --- */

/* *text, a copy that is freed by the caller: NULL without a name. */
static hb_status name_text(const hb_intern *names, uint64_t id, char **text)
{
    size_t n;
    *text = NULL;
    if (id == HB_LABEL_NO_NAME) return HB_OK;
    const char *bytes = hb_intern_text(names, (uint32_t)id, &n);
    *text = hb_copy_text(bytes, n);
    if (*text == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        if ((*text)[i] == '\0') (*text)[i] = '?';
    return HB_OK;
}

/* node: the values of a row of hb_paths.nodes. */
static char *label_text(const hb_intern *names, const uint64_t *node)
{
    const hb_label label = node[HB_NODE_LABEL];
    const int is_root = (label & HB_LABEL_ROOT) != 0;
    hb_object_words words = { .type = is_root ? HB_TYPE_ROOT : (hb_type)hb_label_type(label),
                              .is_singleton = (label & HB_LABEL_SINGLETON) != 0 };
    char *name = NULL, *via = NULL, *text = NULL;
    if (label == HB_LABEL_DEEPER) return hb_copy_text("...", 3);
    if (name_text(names, hb_label_name(label), &name) == HB_OK && name_text(names, node[HB_NODE_VIA], &via) == HB_OK) {
        words.class_name = words.own_name = name;
        words.via = via;
        text = hb_step_label(&words, (label & HB_LABEL_BY_CLASS) != 0);
    }
    hb_free(name);
    hb_free(via);
    return text;
}

/* --- collecting the nodes --- */

/* Adds the node and, so far as they are new, those above it; *place is its place. */
static hb_status add_node(tree *t, uint64_t key, size_t *place)
{
    size_t below = SIZE_MAX;
    *place = SIZE_MAX;
    while (key != 0) {
        int fresh;
        uint64_t *at = hb_table_put(&t->places, &key, &fresh);
        if (at == NULL) return HB_ERR_MEMORY;
        const uint64_t *row = hb_table_find(&t->paths->nodes, &key);
        if (fresh) {
            if (hb_grow(&t->branches, &t->cap, t->n + 1, sizeof *t->branches) != HB_OK) return HB_ERR_MEMORY;
            *at = t->n++;
            t->branches[*at] = (hb_path_branch){ .depth = row[HB_NODE_DEPTH], .repeat = 1, .above = HB_NO_BRANCH,
                                                 .text = label_text(t->names, row) };
            if (t->branches[*at].text == NULL) return HB_ERR_MEMORY;
        }
        if (below != SIZE_MAX) t->branches[below].above = *at;
        if (*place == SIZE_MAX) *place = *at;
        if (!fresh) break;
        below = *at;
        key = row[HB_NODE_PARENT];
    }
    return HB_OK;
}

static hb_status collect(tree *t, unsigned group)
{
    const hb_table *counts = &t->paths->counts;
    for (size_t i = 0; i < counts->n; i++) {
        const uint64_t *row = hb_table_row(counts, i), *values = row + 2;
        size_t place;
        if (row[1] != group) continue;
        hb_status status = add_node(t, row[0], &place);
        if (status != HB_OK) return status;
        t->branches[place].objects += values[HB_COUNT_OBJECTS];
        t->branches[place].memsize += values[HB_COUNT_MEMSIZE];
        t->branches[place].example = values[HB_COUNT_EXAMPLE];
        t->branches[place].repeat = values[HB_COUNT_REPEAT];
    }
    return HB_OK;
}

/* --- summing and ordering --- */

static int deepest_first(const void *a, const void *b, void *ctx)
{
    const hb_path_branch *branches = ctx, *x = &branches[*(const size_t *)a], *y = &branches[*(const size_t *)b];
    return (x->depth < y->depth) - (x->depth > y->depth);
}

/* By parent, then rank among siblings, no two of which are called alike: children of one node stand side by side. */
static int by_family(const void *a, const void *b, void *ctx)
{
    const hb_path_branch *branches = ctx, *x = &branches[*(const size_t *)a], *y = &branches[*(const size_t *)b];
    if (x->above != y->above) return x->above + 1 < y->above + 1 ? -1 : 1;
    if (x->objects != y->objects) return x->objects < y->objects ? 1 : -1;
    return strcmp(x->text, y->text);
}

static void sum_up(tree *t, size_t *order)
{
    qsort_r(order, t->n, sizeof *order, deepest_first, t->branches);
    for (size_t i = 0; i < t->n; i++) {
        const hb_path_branch *b = &t->branches[order[i]];
        if (b->above == HB_NO_BRANCH) continue;
        t->branches[b->above].objects += b->objects;
        t->branches[b->above].memsize += b->memsize;
    }
}

/* Writes the subtree at `place` in preorder; at most HB_PATH_DEPTH calls deep. family[p]: where p's children begin in
 * `order`; the labels move over. */
static void emit(tree *t, const size_t *order, const size_t *family, size_t place, hb_path_node *out, size_t *n)
{
    hb_path_branch *b = &t->branches[place];
    hb_path_node *node = &out[(*n)++];
    *node = (hb_path_node){ .label = b->text, .repeat = b->repeat, .objects = b->objects, .memsize = b->memsize, .example = b->example,
                            .depth = (uint32_t)b->depth };
    b->text = NULL;
    for (size_t i = family[place]; i < t->n && t->branches[order[i]].above == place; i++) {
        node->n_children++;
        emit(t, order, family, order[i], out, n);
    }
}

static hb_status flatten(tree *t, hb_path_node **nodes, size_t *n_nodes, uint64_t *reached)
{
    size_t *order = hb_alloc(t->n, sizeof *order), *family = hb_alloc(t->n, sizeof *family);
    hb_status status = HB_OK;
    *nodes = hb_alloc(t->n, sizeof **nodes);
    if (order == NULL || family == NULL || *nodes == NULL) HB_TRY(HB_ERR_MEMORY);
    for (size_t i = 0; i < t->n; i++) order[i] = i;
    if (t->n > 0) {
        sum_up(t, order);
        qsort_r(order, t->n, sizeof *order, by_family, t->branches);
    }
    for (size_t i = 0; i < t->n; i++) family[i] = t->n;
    for (size_t i = t->n; i-- > 0;)
        if (t->branches[order[i]].above != HB_NO_BRANCH) family[t->branches[order[i]].above] = i;
    for (size_t i = 0; i < t->n && t->branches[order[i]].above == HB_NO_BRANCH; i++) {
        *reached += t->branches[order[i]].objects;
        emit(t, order, family, order[i], *nodes, n_nodes);
    }
out:
    hb_free(order);
    hb_free(family);
    return status;
}

hb_status hb_path_tree_build(const hb_intern *names, const hb_paths *paths, unsigned group, hb_path_node **nodes,
                             size_t *n_nodes, uint64_t *reached)
{
    tree t = { .names = names, .paths = paths };
    hb_status status;
    *reached = 0;
    hb_table_init(&t.places, 1, 1);
    HB_TRY(collect(&t, group));
    HB_TRY(hb_path_fold(t.branches, &t.n));
    HB_TRY(flatten(&t, nodes, n_nodes, reached));
out:
    for (size_t i = 0; i < t.n; i++) hb_free(t.branches[i].text);
    hb_free(t.branches);
    hb_table_fini(&t.places);
    return status;
}
