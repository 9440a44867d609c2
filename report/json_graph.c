#include "report/json_graph.h"

#include <assert.h>

#include "base/memory.h"
#include "report/rate.h"

void hb_json_put_sums(hb_json_builder *b, hb_json *object, uint64_t objects, uint64_t memsize)
{
    hb_json_put(b, object, "objects", hb_json_number(objects));
    hb_json_put(b, object, "memsize", hb_json_number(memsize));
}

void hb_json_put_place(hb_json_builder *b, hb_json *object, const char *file, uint32_t line)
{
    hb_json_put(b, object, "file", hb_json_text(file));
    hb_json_put(b, object, "line", file != NULL ? hb_json_number(line) : hb_json_null());
}

void hb_json_put_site_key(hb_json_builder *b, hb_json *object, const hb_site_key *key)
{
    hb_json_put(b, object, "type", hb_json_text(key->type));
    hb_json_put(b, object, "class", hb_json_text(key->class_name));
    hb_json_put_place(b, object, key->file, key->line);
}

void hb_json_put_rate(hb_json_builder *b, hb_json *object, int is_known, double rate, double low, double high)
{
    hb_json_put(b, object, "rate", is_known ? hb_json_rounded(rate) : hb_json_null());
    hb_json_put(b, object, "rate_low", is_known ? hb_json_rounded(low) : hb_json_null());
    hb_json_put(b, object, "rate_high", is_known ? hb_json_rounded(high) : hb_json_null());
}

void hb_json_put_growth(hb_json_builder *b, hb_json *object, const hb_series_report *series)
{
    hb_trend rate;
    hb_json *entry = hb_json_put(b, object, "growth", hb_json_object());
    if (hb_series_rate(series, &rate) != HB_OK) b->failed = 1;
    else hb_json_put_rate(b, entry, rate.has_slope, rate.slope, rate.low, rate.high);
}

/* --- paths --- */

/* Preorder to nested: lists[d] is the list that the next node of depth d goes into. */
void hb_json_put_tree(hb_json_builder *b, hb_json *object, const hb_path_node *nodes, size_t n)
{
    hb_json *tree = hb_json_put(b, object, "tree", hb_json_array());
    size_t deepest = 0;
    for (size_t i = 0; i < n; i++)
        if (nodes[i].depth > deepest) deepest = nodes[i].depth;
    /* Pointers are meant. NOLINTNEXTLINE(bugprone-sizeof-expression) */
    hb_json **lists = hb_alloc_zero(deepest + 2, sizeof *lists);
    if (lists == NULL) {
        b->failed = 1;
        return;
    }
    lists[0] = tree;
    for (size_t i = 0; i < n; i++) {
        const hb_path_node *node = &nodes[i];
        assert(i == 0 ? node->depth == 0 : node->depth <= node[-1].depth + 1);
        hb_json *entry = hb_json_append(b, lists[node->depth], hb_json_object());
        hb_json_put(b, entry, "label", hb_json_text(node->label));
        hb_json_put(b, entry, "repeat", hb_json_number(node->repeat));
        hb_json_put_sums(b, entry, node->objects, node->memsize);
        hb_json_put(b, entry, "example", hb_json_address(node->example));
        lists[node->depth + 1] = hb_json_put(b, entry, "children", hb_json_array());
    }
    hb_free(lists);
}

void hb_json_put_paths(hb_json_builder *b, hb_json *object, const hb_series_report *series)
{
    hb_json *paths = hb_json_put(b, object, "paths", hb_json_array());
    for (size_t i = 0; series->has_reachability && i < series->n_paths; i++) {
        const hb_path_report *path = &series->paths[i];
        hb_json *entry = hb_json_append(b, paths, hb_json_object());
        hb_json_put_site_key(b, hb_json_put(b, entry, "site", hb_json_object()), &path->site);
        hb_json_put_sums(b, entry, path->objects, path->memsize);
        hb_json_put(b, entry, "unreachable", hb_json_number(path->unreachable));
        hb_json_put_tree(b, entry, path->nodes, path->n_nodes);
    }
}

/* --- dominators --- */

void hb_json_put_object(hb_json_builder *b, hb_json *entry, const hb_object_row *row)
{
    hb_json_put(b, entry, "address", hb_json_address(row->address));
    hb_json_put(b, entry, "type", hb_json_text(row->type));
    hb_json_put(b, entry, "class", hb_json_text(row->class_name));
    hb_json_put(b, entry, "label", hb_json_text(row->label));
    hb_json_put(b, entry, "retained_memsize", hb_json_number(row->retained_memsize));
    hb_json_put(b, entry, "retained_objects", hb_json_number(row->retained_objects));
}

static void put_retained_sums(hb_json_builder *b, hb_json *entry, const hb_group_row *row)
{
    hb_json_put(b, entry, "objects", hb_json_number(row->objects));
    hb_json_put(b, entry, "outermost", hb_json_number(row->outermost));
    hb_json_put(b, entry, "retained_memsize", hb_json_number(row->retained_memsize));
    hb_json_put(b, entry, "retained_objects", hb_json_number(row->retained_objects));
}

static void put_groups(hb_json_builder *b, hb_json *object, const hb_dominator_report *d)
{
    hb_json *classes = hb_json_put(b, object, "classes", hb_json_array());
    for (size_t i = 0; i < d->n_classes; i++) {
        hb_json *entry = hb_json_append(b, classes, hb_json_object());
        hb_json_put(b, entry, "type", hb_json_text(d->classes[i].type));
        hb_json_put(b, entry, "class", hb_json_text(d->classes[i].name));
        put_retained_sums(b, entry, &d->classes[i]);
    }
    hb_json *sites = hb_json_put(b, object, "sites", hb_json_array());
    for (size_t i = 0; i < d->n_sites; i++) {
        hb_json *entry = hb_json_append(b, sites, hb_json_object());
        hb_json_put_place(b, entry, d->sites[i].name, d->sites[i].line);
        put_retained_sums(b, entry, &d->sites[i]);
    }
}

void hb_json_put_dominators(hb_json_builder *b, hb_json *object, const hb_series_report *series)
{
    const hb_dominator_report *d = &series->dominators;
    if (!series->has_reachability) {
        hb_json_put(b, object, "dominators", hb_json_null());
        return;
    }
    hb_json *dominators = hb_json_put(b, object, "dominators", hb_json_object());
    hb_json_put(b, dominators, "total_objects", hb_json_number(series->reachable));
    hb_json_put(b, dominators, "total_memsize", hb_json_number(series->reachable_memsize));
    hb_json *top = hb_json_put(b, dominators, "top", hb_json_array());
    for (size_t i = 0; i < d->n_top; i++) {
        hb_json *entry = hb_json_append(b, top, hb_json_object());
        hb_json_put_object(b, entry, &d->top[i]);
        hb_json_put(b, entry, "idom", d->top[i].other != 0 ? hb_json_address(d->top[i].other) : hb_json_text("root"));
    }
    put_groups(b, dominators, d);
    hb_json *drops = hb_json_put(b, dominators, "big_drops", hb_json_array());
    for (size_t i = 0; i < d->n_drops; i++) {
        hb_json *entry = hb_json_append(b, drops, hb_json_object());
        hb_json_put_object(b, entry, &d->drops[i]);
        hb_json_put(b, entry, "largest_child", hb_json_address(d->drops[i].other));
        hb_json_put(b, entry, "largest_child_memsize", hb_json_number(d->drops[i].other_memsize));
    }
}

/* --- suspects --- */

void hb_json_put_steps(hb_json_builder *b, hb_json *object, const char *key, const hb_step_row *steps, size_t n)
{
    hb_json *path = hb_json_put(b, object, key, hb_json_array());
    for (size_t i = 0; i < n; i++) {
        hb_json *entry = hb_json_append(b, path, hb_json_object());
        const int root = steps[i].address == 0;
        hb_json_put(b, entry, "label", hb_json_text(steps[i].label));
        hb_json_put(b, entry, "address", hb_json_address(steps[i].address));
        hb_json_put(b, entry, "memsize", root ? hb_json_null() : hb_json_number(steps[i].memsize));
        hb_json_put(b, entry, "retained_memsize", root ? hb_json_null() : hb_json_number(steps[i].retained_memsize));
        hb_json_put(b, entry, "repeat", hb_json_number(steps[i].repeat));
    }
}

static void put_contents(hb_json_builder *b, hb_json *entry, const hb_suspect_report *s)
{
    hb_json *classes = hb_json_put(b, entry, "classes", hb_json_array());
    for (size_t i = 0; i < s->n_classes; i++) {
        hb_json *row = hb_json_append(b, classes, hb_json_object());
        hb_json_put(b, row, "type", hb_json_text(s->classes[i].type));
        hb_json_put(b, row, "class", hb_json_text(s->classes[i].class_name));
        hb_json_put_sums(b, row, s->classes[i].objects, s->classes[i].memsize);
    }
    hb_json *sites = hb_json_put(b, entry, "sites", hb_json_array());
    for (size_t i = 0; i < s->n_sites; i++) {
        hb_json *row = hb_json_append(b, sites, hb_json_object());
        hb_json_put_place(b, row, s->sites[i].file, s->sites[i].line);
        hb_json_put_sums(b, row, s->sites[i].objects, s->sites[i].memsize);
    }
}

static void append_suspect(hb_json_builder *b, hb_json *list, const hb_series_report *series,
                           const hb_suspect_report *s)
{
    hb_json *entry = hb_json_append(b, list, hb_json_object());
    hb_trend rate;
    hb_json_put(b, entry, "text", hb_json_text(s->text));
    hb_json_put(b, entry, "held_by", hb_json_text(s->held_by));
    if (s->has_holder) hb_json_put_object(b, hb_json_put(b, entry, "holder", hb_json_object()), &s->holder);
    else hb_json_put(b, entry, "holder", hb_json_null());
    hb_json_put_sums(b, entry, s->objects, s->memsize);
    hb_json_put(b, entry, "share_permille", hb_json_number(s->share_permille));
    hb_json *born = hb_json_put(b, entry, "born", hb_json_array());
    for (size_t d = 0; s->born != NULL && d < series->n_dumps; d++) hb_json_append(b, born, hb_json_number(s->born[d]));
    hb_json_put(b, entry, "growth_objects", hb_json_number(s->growth_objects));
    hb_json_put(b, entry, "growth_memsize", hb_json_number(s->growth_memsize));
    if (hb_suspect_rate(series, s, &rate) != HB_OK) b->failed = 1;
    else hb_json_put_rate(b, entry, rate.has_slope, rate.slope, rate.low, rate.high);
    hb_json_put(b, entry, "survival_permille",
                s->has_survival ? hb_json_number(s->survival_permille) : hb_json_null());
    hb_json_put_steps(b, entry, "path", s->path, s->n_path);
    put_contents(b, entry, s);
    hb_json_put_tree(b, entry, s->nodes, s->n_nodes);
}

void hb_json_put_suspects(hb_json_builder *b, hb_json *object, const hb_series_report *series)
{
    hb_json *list = hb_json_put(b, object, "suspects", hb_json_array());
    for (size_t i = 0; i < series->n_suspects; i++) append_suspect(b, list, series, &series->suspects[i]);
}
