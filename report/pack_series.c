/* One function a struct, field by field; the order is the format. */
#include "report/pack_series.h"

#include <math.h>
#include <string.h>

#include "report/held_by.h"
#include "report/pack_dump.h"
#include "report/pack_parts.h"

static void put_key(hb_codec *c, hb_site_key *key)
{
    hb_codec_static(c, &key->type, hb_pack_find_type);
    hb_codec_text(c, &key->class_name);
    hb_codec_text(c, &key->file);
    hb_codec_u32(c, &key->line);
}

static void put_sites(hb_codec *c, hb_site_row **rows, size_t *n, size_t n_dumps, int with_born)
{
    HB_PACK_LIST(c, *rows, *n);
    HB_PACK_EACH (row, *rows, *n) {
        put_key(c, &row->key);
        hb_codec_word(c, &row->objects);
        hb_codec_word(c, &row->memsize);
        hb_codec_words(c, &row->born, n_dumps);
        if (with_born != (row->born != NULL)) hb_codec_refuse(c);
    }
}

/* In preorder: a node is at most one deeper than the one before. */
static void put_nodes(hb_codec *c, hb_path_node **nodes, size_t *n)
{
    uint32_t depth = 0;
    HB_PACK_LIST(c, *nodes, *n);
    HB_PACK_EACH (node, *nodes, *n) {
        hb_codec_text(c, &node->label);
        hb_codec_word(c, &node->repeat);
        hb_codec_word(c, &node->objects);
        hb_codec_word(c, &node->memsize);
        hb_codec_word(c, &node->example);
        hb_codec_u32(c, &node->depth);
        hb_codec_u32(c, &node->n_children);
        if (node->label == NULL || node->depth > depth) hb_codec_refuse(c);
        depth = node->depth + 1;
    }
}

static void put_paths(hb_codec *c, hb_path_report **paths, size_t *n)
{
    HB_PACK_LIST(c, *paths, *n);
    HB_PACK_EACH (path, *paths, *n) {
        put_key(c, &path->site);
        hb_codec_word(c, &path->objects);
        hb_codec_word(c, &path->memsize);
        hb_codec_word(c, &path->unreachable);
        put_nodes(c, &path->nodes, &path->n_nodes);
    }
}

static void put_object(hb_codec *c, hb_object_row *row)
{
    hb_codec_word(c, &row->address);
    hb_codec_static(c, &row->type, hb_pack_find_type);
    hb_codec_text(c, &row->class_name);
    hb_codec_text(c, &row->label);
    hb_codec_word(c, &row->memsize);
    hb_codec_word(c, &row->retained_memsize);
    hb_codec_word(c, &row->retained_objects);
    hb_codec_word(c, &row->other);
    hb_codec_word(c, &row->other_memsize);
    if (row->label == NULL) hb_codec_refuse(c);
}

static void put_objects(hb_codec *c, hb_object_row **rows, size_t *n)
{
    HB_PACK_LIST(c, *rows, *n);
    HB_PACK_EACH (row, *rows, *n) put_object(c, row);
}

static void put_groups(hb_codec *c, hb_group_row **rows, size_t *n, int have_types)
{
    HB_PACK_LIST(c, *rows, *n);
    HB_PACK_EACH (row, *rows, *n) {
        if (have_types) hb_codec_static(c, &row->type, hb_pack_find_type);
        hb_codec_text(c, &row->name);
        hb_codec_u32(c, &row->line);
        hb_codec_word(c, &row->objects);
        hb_codec_word(c, &row->outermost);
        hb_codec_word(c, &row->retained_memsize);
        hb_codec_word(c, &row->retained_objects);
    }
}

static void put_steps(hb_codec *c, hb_step_row **rows, size_t *n)
{
    HB_PACK_LIST(c, *rows, *n);
    HB_PACK_EACH (row, *rows, *n) {
        hb_codec_text(c, &row->label);
        hb_codec_word(c, &row->address);
        hb_codec_word(c, &row->memsize);
        hb_codec_word(c, &row->retained_memsize);
        hb_codec_word(c, &row->repeat);
        if (row->label == NULL) hb_codec_refuse(c);
    }
}

static void put_parts(hb_codec *c, hb_part_row **rows, size_t *n, int have_types)
{
    HB_PACK_LIST(c, *rows, *n);
    HB_PACK_EACH (row, *rows, *n) {
        if (have_types) hb_codec_static(c, &row->type, hb_pack_find_type);
        hb_codec_text(c, &row->class_name);
        hb_codec_text(c, &row->file);
        hb_codec_u32(c, &row->line);
        hb_codec_word(c, &row->objects);
        hb_codec_word(c, &row->memsize);
    }
}

static void put_suspect(hb_codec *c, hb_suspect_report *s, size_t n_dumps)
{
    hb_codec_static(c, &s->held_by, hb_held_by_find);
    hb_codec_int(c, &s->has_holder, 1);
    if (s->has_holder) put_object(c, &s->holder);
    hb_codec_word(c, &s->objects);
    hb_codec_word(c, &s->memsize);
    hb_codec_word(c, &s->share_permille);
    hb_codec_words(c, &s->born, n_dumps);
    hb_codec_word(c, &s->growth_objects);
    hb_codec_word(c, &s->growth_memsize);
    hb_codec_int(c, &s->has_survival, 1);
    hb_codec_word(c, &s->survival_permille);
    put_steps(c, &s->path, &s->n_path);
    put_parts(c, &s->classes, &s->n_classes, 1);
    put_parts(c, &s->sites, &s->n_sites, 0);
    put_nodes(c, &s->nodes, &s->n_nodes);
    hb_codec_text(c, &s->text);
    if (s->text == NULL) hb_codec_refuse(c);
}

static const char *find_option(const char *text)
{
    static const char *const options[] = { "path", "referrers" };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (strcmp(options[i], text) == 0) return options[i];
    return NULL;
}

static void put_query(hb_codec *c, hb_query_report *q)
{
    hb_codec_static(c, &q->option, find_option);
    hb_codec_text(c, &q->what);
    hb_codec_int(c, &q->found, 1);
    hb_codec_int(c, &q->is_single, 1);
    hb_codec_word(c, &q->objects);
    hb_codec_word(c, &q->memsize);
    hb_codec_word(c, &q->unreachable);
    put_steps(c, &q->steps, &q->n_steps);
    put_nodes(c, &q->nodes, &q->n_nodes);
    HB_PACK_LIST(c, q->roots, q->n_roots);
    HB_PACK_EACH (root, q->roots, q->n_roots) hb_codec_text(c, root);
    hb_codec_word(c, &q->references);
    hb_codec_word(c, &q->instances);
    HB_PACK_LIST(c, q->referrers, q->n_referrers);
    HB_PACK_EACH (row, q->referrers, q->n_referrers) {
        put_object(c, &row->object);
        hb_codec_text(c, &row->via);
    }
    if (q->what == NULL) hb_codec_refuse(c);
}

static void put_growth(hb_codec *c, hb_growth_row **rows, size_t *n, size_t n_dumps)
{
    HB_PACK_LIST(c, *rows, *n);
    HB_PACK_EACH (row, *rows, *n) {
        hb_codec_static(c, &row->type, hb_pack_find_type);
        hb_codec_text(c, &row->class_name);
        hb_codec_words(c, &row->objects, n_dumps);
        hb_codec_words(c, &row->memsize, n_dumps);
        if (row->objects == NULL || row->memsize == NULL) hb_codec_refuse(c);
    }
}

static void put_strings(hb_codec *c, hb_strings_report *strings)
{
    uint64_t *const figures[] = { &strings->objects, &strings->without_value, &strings->distinct, &strings->duplicate_objects,
                                  &strings->duplicate_memsize };
    hb_codec_int(c, &strings->is_there, 1);
    hb_codec_text(c, &strings->fault);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) hb_codec_word(c, figures[i]);
    HB_PACK_LIST(c, strings->top, strings->n_top);
    HB_PACK_EACH (row, strings->top, strings->n_top) {
        hb_codec_word(c, &row->bytes);
        hb_codec_word(c, &row->objects);
        hb_codec_word(c, &row->memsize);
        hb_codec_word(c, &row->first);
        hb_codec_text(c, &row->value);
        hb_codec_int(c, &row->is_cut, 1);
    }
}

static void put_sample(hb_codec *c, hb_sample *sample)
{
    uint64_t floor;
    memcpy(&floor, &sample->floor, sizeof floor);
    hb_codec_word(c, &floor);
    memcpy(&sample->floor, &floor, sizeof floor);
    if (!(sample->floor >= 0 && sample->floor < INFINITY)) hb_codec_refuse(c);
    HB_PACK_LIST(c, sample->objects, sample->n);
    HB_PACK_EACH (object, sample->objects, sample->n) {
        hb_codec_word(c, &object->key);
        hb_codec_word(c, &object->memsize);
    }
}

static void put_figures(hb_codec *c, hb_series_report *s)
{
    int *const flags[] = { &s->has_last, &s->traced, &s->has_retained, &s->has_reachability, &s->has_queries,
                           &s->has_growth };
    uint64_t last = s->last;
    uint64_t *const figures[] = { &last, &s->same, &s->reused_slots, &s->moved, &s->score, &s->strings, &s->strings_elsewhere, &s->retained_objects,
                                  &s->retained_memsize, &s->reachable, &s->unreachable, &s->reachable_memsize,
                                  &s->without_class_edges, &s->max_hops, &s->hops_sum };
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) hb_codec_int(c, flags[i], 1);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) hb_codec_word(c, figures[i]);
    s->last = (size_t)last;
}

/* What the printers and the verdict go by. */
static int fits_together(const hb_series_report *s)
{
    if (s->name == NULL || s->score > 100) return 0;
    if (!s->has_last) return !s->has_retained && !s->has_reachability;
    return s->last < s->n_dumps && s->dumps[s->last].compared;
}

void hb_pack_put_series(hb_codec *c, hb_series_report *s)
{
    hb_codec_text(c, &s->name);
    HB_PACK_LIST(c, s->dumps, s->n_dumps);
    HB_PACK_EACH (dump, s->dumps, s->n_dumps) hb_pack_put_dump(c, dump);
    put_figures(c, s);
    HB_PACK_LIST(c, s->classes, s->n_classes);
    HB_PACK_EACH (row, s->classes, s->n_classes) {
        hb_codec_text(c, &row->class_name);
        hb_codec_word(c, &row->objects);
        hb_codec_word(c, &row->memsize);
    }
    put_sites(c, &s->live_sites, &s->n_live_sites, s->n_dumps, 0);
    put_sites(c, &s->sites, &s->n_sites, s->n_dumps, 1);
    put_growth(c, &s->growth, &s->n_growth, s->n_dumps);
    put_strings(c, &s->equal);
    put_paths(c, &s->paths, &s->n_paths);
    put_objects(c, &s->dominators.top, &s->dominators.n_top);
    put_objects(c, &s->dominators.drops, &s->dominators.n_drops);
    put_groups(c, &s->dominators.classes, &s->dominators.n_classes, 1);
    put_groups(c, &s->dominators.sites, &s->dominators.n_sites, 0);
    HB_PACK_LIST(c, s->suspects, s->n_suspects);
    HB_PACK_EACH (suspect, s->suspects, s->n_suspects) put_suspect(c, suspect, s->n_dumps);
    put_sample(c, &s->sample);
    hb_codec_text(c, &s->fault);
    HB_PACK_LIST(c, s->queries, s->n_queries);
    HB_PACK_EACH (query, s->queries, s->n_queries) put_query(c, query);
    if (!fits_together(s)) hb_codec_refuse(c);
}
