#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "reduce/site_sums.h"
#include "report/fill_graph.h"
#include "report/fill_names.h"
#include "report/held_by.h"
#include "report/suspect_text.h"

/* --- paths --- */

/* The last step is what the path is about, and stands for itself. */
static hb_status add_step(hb_step_row *rows, size_t *n, hb_step_row row, int is_last)
{
    if (row.label == NULL) return HB_ERR_MEMORY;
    if (!is_last && *n > 1 && strcmp(rows[*n - 1].label, row.label) == 0) {
        rows[*n - 1].repeat++;
        hb_free(row.label);
    } else rows[(*n)++] = row;
    return HB_OK;
}

static char *root_label(const hb_shard *shard, uint64_t name)
{
    size_t n;
    if (name == HB_NO_STRING) return hb_copy_text("ROOT", 4);
    const char *text = hb_intern_text(&shard->names, (uint32_t)name, &n);
    char *label = hb_alloc(n + 6, 1);
    if (label == NULL) return NULL;
    memcpy(label, "ROOT ", 5);
    memcpy(label + 5, text, n);
    label[n + 5] = '\0';
    return label;
}

hb_status hb_fill_steps(const hb_shard *shard, const uint32_t *root_name, const hb_known *steps, size_t n,
                        hb_step_row **out, size_t *n_out)
{
    hb_status status = HB_OK;
    *n_out = 0;
    *out = hb_alloc_zero(n + 1, sizeof **out);
    if (*out == NULL) return HB_ERR_MEMORY;
    if (n == 0) return HB_OK;
    const uint32_t root = hb_parent_root(steps[0].facts.parent);
    HB_TRY(add_step(*out, n_out, (hb_step_row){ .label = root_label(shard, root_name[root]), .repeat = 1 }, 0));
    for (size_t i = 0; i < n; i++) {
        hb_step_row row = { .address = steps[i].facts.address, .memsize = steps[i].facts.memsize,
                            .retained_memsize = steps[i].retained_memsize, .repeat = 1 };
        HB_TRY(hb_fill_step_label(shard, &steps[i].facts, &row.label));
        HB_TRY(add_step(*out, n_out, row, i == n - 1));
    }
out:
    return status;
}

/* --- what is in it --- */

static int by_bytes(const void *a, const void *b)
{
    const hb_part_row *x = a, *y = b;
    if (x->memsize != y->memsize) return x->memsize < y->memsize ? 1 : -1;
    if (x->objects != y->objects) return x->objects < y->objects ? 1 : -1;
    if (x->type != NULL && x->type != y->type) return strcmp(x->type, y->type);
    const char *p = x->type != NULL ? x->class_name : x->file, *q = x->type != NULL ? y->class_name : y->file;
    if (p == NULL || q == NULL) return (p != NULL) - (q != NULL);
    const int names = strcmp(p, q);
    return names != 0 ? names : (x->line > y->line) - (x->line < y->line);
}

/* Rows of one suspect, added up by one word of the key. */
static hb_status add_up(const hb_suspect_sources *s, size_t place, unsigned word, hb_table *sums)
{
    for (size_t i = 0; i < s->suspects->sums.n; i++) {
        const uint64_t *row = hb_table_row(&s->suspects->sums, i), *values = row + HB_SUSPECT_KEY_WORDS;
        if (row[HB_SUSPECT_PLACE] != place || values[HB_SUSPECT_OBJECTS] == 0) continue;
        uint64_t *to = hb_table_put(sums, &row[word], NULL);
        if (to == NULL) return HB_ERR_MEMORY;
        to[0] += values[HB_SUSPECT_OBJECTS];
        to[1] += values[HB_SUSPECT_MEMSIZE];
    }
    return HB_OK;
}

static hb_status fill_part(const hb_shard *shard, const uint64_t *row, int by_class, hb_part_row *out)
{
    out->objects = row[1];
    out->memsize = row[2];
    if (!by_class) return hb_fill_place(shard, row[0], &out->file, &out->line);
    out->type = hb_type_name((hb_type)(row[0] & 0xff));
    return hb_fill_name(shard, row[0] >> 32, &out->class_name);
}

static hb_status fill_parts(const hb_suspect_sources *s, size_t place, unsigned word, hb_part_row **out, size_t *n)
{
    const int by_class = word == HB_SUSPECT_CLASS;
    hb_table sums;
    hb_status status;
    hb_table_init(&sums, 1, 2);
    HB_TRY(add_up(s, place, word, &sums));
    *out = hb_alloc_zero(sums.n, sizeof **out);
    if (*out == NULL) HB_TRY(HB_ERR_MEMORY);
    for (size_t i = 0; i < sums.n; i++) {
        const uint64_t *row = hb_table_row(&sums, i);
        if (!by_class && row[0] == HB_NO_STRING) continue;
        HB_TRY(fill_part(s->shard, row, by_class, &(*out)[(*n)++]));
    }
    if (*n > 0) qsort(*out, *n, sizeof **out, by_bytes);
    for (; s->top != 0 && *n > s->top; --*n) {
        hb_free((*out)[*n - 1].class_name);
        hb_free((*out)[*n - 1].file);
    }
out:
    hb_table_fini(&sums);
    return status;
}

/* --- how it grows --- */

/* Of what is allocated in an interval as these are, the part that outlives the next: what outlived it, an interval, over
 * what is there of the last interval, which the next has still to come for. */
static hb_status survival(const hb_suspect_sources *s, size_t place, uint64_t *permille)
{
    const hb_table *sums = &s->suspects->sums;
    const unsigned n_intervals = (unsigned)s->n_analysed - 1;
    unsigned __int128 survived = 0, fresh = 0;
    hb_table alike;   /* class, site -> what outlived an interval, what is there of the last */
    hb_status status = HB_OK;
    hb_table_init(&alike, 2, 2);
    for (size_t i = 0; i < sums->n; i++) {
        const uint64_t *row = hb_table_row(sums, i), *values = row + HB_SUSPECT_KEY_WORDS;
        uint64_t *to = hb_table_put(&alike, row + HB_SUSPECT_CLASS, NULL);
        if (to == NULL) HB_TRY(HB_ERR_MEMORY);
        to[0] += values[HB_SUSPECT_OBJECTS];
        to[1] += values[HB_SUSPECT_BORN + n_intervals - 1];
    }
    for (size_t i = 0; i < sums->n; i++) {
        const uint64_t *row = hb_table_row(sums, i);
        if (row[HB_SUSPECT_PLACE] != place || row[HB_SUSPECT_KEY_WORDS + HB_SUSPECT_OBJECTS] == 0) continue;
        const uint64_t *found = hb_table_find(&alike, row + HB_SUSPECT_CLASS);
        survived += found[0];
        fresh += found[1];
    }
    fresh *= n_intervals - 1;
    *permille = fresh <= survived ? 1000 : (uint64_t)(survived * 1000 / fresh);
out:
    hb_table_fini(&alike);
    return status;
}

static hb_status fill_growth(const hb_suspect_sources *s, size_t place, size_t n_dumps, hb_suspect_report *out)
{
    const hb_table *sums = &s->suspects->sums;
    uint64_t later = 0, later_memsize = 0;
    if (s->n_analysed < 2) return HB_OK;
    /* Of a group without a holder only what is retained is known: what was born in the last interval is not in it. */
    const int all = place < s->suspects->n || s->n_analysed == 2;
    const uint64_t n_intervals = (uint64_t)s->n_analysed - (all ? 1 : 2);
    out->born = hb_alloc_zero(n_dumps, sizeof *out->born);
    if (out->born == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < sums->n; i++) {
        const uint64_t *row = hb_table_row(sums, i), *values = row + HB_SUSPECT_KEY_WORDS;
        if (row[HB_SUSPECT_PLACE] != place) continue;
        later += values[HB_SUSPECT_LATER];
        later_memsize += values[HB_SUSPECT_LATER_MEMSIZE];
        for (int k = 1; k < s->n_analysed; k++) out->born[s->position[k]] += values[HB_SUSPECT_BORN + k - 1];
    }
    out->growth_objects = later / n_intervals;
    out->growth_memsize = later_memsize / n_intervals;
    out->has_survival = s->n_analysed > 2;
    return out->has_survival ? survival(s, place, &out->survival_permille) : HB_OK;
}

/* --- who holds it --- */

static hb_status fill_holder(const hb_suspect_sources *s, size_t place, hb_suspect_report *out)
{
    const size_t begin = place == 0 ? 0 : s->paths->end[place - 1], n = s->paths->end[place] - begin;
    const hb_known *steps = s->paths->steps + begin;
    char *root = NULL;
    size_t by;
    hb_status status;
    out->has_holder = place < s->suspects->n;
    if (out->has_holder) HB_TRY(hb_fill_object(s->shard, &s->holders[place], &out->holder));
    HB_TRY(hb_fill_steps(s->shard, s->root_name, steps, n, &out->path, &out->n_path));
    if (n > 0) HB_TRY(hb_fill_name(s->shard, s->root_name[hb_parent_root(steps[0].facts.parent)], &root));
    out->held_by = hb_held_by(s->shard, steps, n, root, &by);
    char *decided = NULL;
    if (by != SIZE_MAX) HB_TRY(hb_fill_label(s->shard, &steps[by].facts, &decided));
    out->text = hb_suspect_text(out, by == n - 1 ? "" : decided, root, s->n_analysed);
    hb_free(decided);
    if (out->text == NULL) HB_TRY(HB_ERR_MEMORY);
out:
    hb_free(root);
    return status;
}

static uint64_t share_of(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : (uint64_t)((unsigned __int128)part * 1000 / whole);
}

hb_status hb_fill_suspect(const hb_suspect_sources *s, size_t place, size_t n_dumps, hb_suspect_report *out)
{
    const hb_table *sums = &s->suspects->sums;
    hb_status status;
    for (size_t i = 0; i < sums->n; i++) {
        const uint64_t *row = hb_table_row(sums, i), *values = row + HB_SUSPECT_KEY_WORDS;
        if (row[HB_SUSPECT_PLACE] != place) continue;
        out->objects += values[HB_SUSPECT_OBJECTS];
        out->memsize += values[HB_SUSPECT_MEMSIZE];
    }
    out->share_permille = share_of(out->memsize, s->suspects->total_memsize);
    HB_TRY(fill_growth(s, place, n_dumps, out));
    HB_TRY(fill_parts(s, place, HB_SUSPECT_CLASS, &out->classes, &out->n_classes));
    HB_TRY(fill_parts(s, place, HB_SUSPECT_SITE, &out->sites, &out->n_sites));
    HB_TRY(fill_holder(s, place, out));
out:
    return status;
}
