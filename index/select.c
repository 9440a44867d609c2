#include "index/select.h"

#include "base/memory.h"
#include "index/piece.h"
#include "index/ranking.h"
#include "pipeline/site.h"

typedef struct selector {
    hb_index *index;
    const hb_filter *filter;
    hb_select_order order;
    uint32_t name;           /* of the class; HB_NO_STRING: nothing has it */
    uint8_t *sites;          /* by site: whether it is meant; NULL: all are */
    uint64_t base;           /* the first object of the piece */
    uint32_t *left;          /* places in the piece of those that fit so far, ascending */
    size_t n;
    uint8_t *type;           /* columns of the piece, as far as they were read */
    uint32_t *id;
    uint64_t *memsize, *retained;
    hb_ranking ranking;
    uint64_t sum;
    hb_error *err;
} selector;

/* Reads a column as far as there are objects left to ask about. */
static hb_status read_column(selector *s, hb_index_section section, void *column)
{
    const uint32_t first = s->left[0], n = s->left[s->n - 1] - first + 1;
    return hb_index_read(s->index, section, s->base + first, n, (char *)column + first * hb_index_item_bytes(section), s->err);
}

/* Keeps those for which the expression on place p holds. */
#define KEEP(s, p, holds)                                        \
    do {                                                         \
        size_t kept = 0;                                         \
        for (size_t i_ = 0; i_ < (s)->n; i_++) {                 \
            const uint32_t p = (s)->left[i_];                    \
            if (holds) (s)->left[kept++] = p;                    \
        }                                                        \
        (s)->n = kept;                                           \
    } while (0)

static hb_status keep_type(selector *s)
{
    const hb_status status = read_column(s, HB_INDEX_TYPE, s->type);
    if (status == HB_OK && s->filter->has_type) KEEP(s, p, s->type[p] == s->filter->type);
    return status;
}

static int has_own_name(const selector *s, uint32_t p)
{
    return s->type[p] == HB_TYPE_DATA || s->type[p] == HB_TYPE_IMEMO;
}

/* Marks in `type` those that are told by their class, and then asks the others for their own names. */
static hb_status keep_class(selector *s)
{
    hb_status status = read_column(s, HB_INDEX_CLASS_NAME, s->id);
    if (status != HB_OK) return status;
    for (size_t i = 0; i < s->n; i++)
        if (s->id[s->left[i]] == s->name) s->type[s->left[i]] = HB_N_TYPES;
    KEEP(s, p, s->type[p] == HB_N_TYPES || has_own_name(s, p));
    if (s->n == 0) return HB_OK;
    status = read_column(s, HB_INDEX_NAME, s->id);
    if (status == HB_OK) KEEP(s, p, s->type[p] == HB_N_TYPES || s->id[p] == s->name);
    return status;
}

static hb_status keep_site(selector *s)
{
    const size_t n_sites = s->index->strings.sites.n;
    const hb_status status = read_column(s, HB_INDEX_SITE, s->id);
    if (status == HB_OK) KEEP(s, p, s->id[p] < n_sites && s->sites[s->id[p]]);
    return status;
}

static hb_status keep_large(selector *s, hb_index_section section, uint64_t *column, uint64_t least)
{
    const hb_status status = read_column(s, section, column);
    if (status == HB_OK && least > 0) KEEP(s, p, column[p] >= least);
    return status;
}

/* What is left of objects [base, base + n). */
static hb_status select_piece(selector *s, uint32_t n)
{
    const hb_filter *f = s->filter;
    hb_status status = HB_OK;
    for (s->n = 0; s->n < n; s->n++) s->left[s->n] = (uint32_t)s->n;
    if (f->has_type || f->class_name != NULL) HB_TRY(keep_type(s));
    if (s->n > 0 && f->class_name != NULL) HB_TRY(keep_class(s));
    if (s->n > 0 && s->sites != NULL) HB_TRY(keep_site(s));
    if (s->n > 0) HB_TRY(keep_large(s, HB_INDEX_MEMSIZE, s->memsize, f->min_memsize));
    if (s->n > 0 && (f->min_retained > 0 || s->order == HB_SELECT_BY_RETAINED))
        HB_TRY(keep_large(s, HB_INDEX_RETAINED_MEMSIZE, s->retained, f->min_retained));
    for (size_t i = 0; i < s->n; i++) {
        const uint32_t p = s->left[i];
        const uint64_t figure = s->order == HB_SELECT_BY_RETAINED ? s->retained[p] : s->order == HB_SELECT_BY_MEMSIZE ? s->memsize[p] : 0;
        s->sum += s->memsize[p];
        HB_TRY(hb_ranking_add(&s->ranking, figure, (uint32_t)s->base + p));
    }
out:
    return status;
}

static hb_status begin(selector *s)
{
    const hb_filter *f = s->filter;
    if (f->class_name != NULL) s->name = hb_intern_find(&s->index->strings.names, f->class_name, f->n_class_name);
    s->left = hb_alloc(HB_INDEX_PIECE, sizeof *s->left);
    s->type = hb_alloc(HB_INDEX_PIECE, sizeof *s->type);
    s->id = hb_alloc(HB_INDEX_PIECE, sizeof *s->id);
    s->memsize = hb_alloc(HB_INDEX_PIECE, sizeof *s->memsize);
    s->retained = hb_alloc(HB_INDEX_PIECE, sizeof *s->retained);
    const int is_there = s->left != NULL && s->type != NULL && s->id != NULL && s->memsize != NULL && s->retained != NULL;
    if (!is_there) return HB_ERR_MEMORY;
    /* Sites are asked once each, not once an object. */
    return f->file != NULL ? hb_site_find(&s->index->strings.sites, f->file, f->n_file, f->line, &s->sites) : HB_OK;
}

static void end(selector *s)
{
    hb_free(s->sites);
    hb_free(s->left);
    hb_free(s->type);
    hb_free(s->id);
    hb_free(s->memsize);
    hb_free(s->retained);
    hb_ranking_fini(&s->ranking);
}

hb_status hb_select(hb_index *index, const hb_filter *filter, hb_select_order order, uint64_t top, hb_selection *out, hb_error *err)
{
    selector s = { .index = index, .filter = filter, .order = order, .name = HB_NO_STRING, .ranking = { .top = top }, .err = err };
    hb_status status;
    *out = (hb_selection){ 0 };
    HB_TRY(begin(&s));
    /* A name that no class and no object has: nothing fits. HB_NO_STRING would mean those without a name. */
    const uint32_t n_objects = filter->class_name != NULL && s.name == HB_NO_STRING ? 0 : index->n;
    for (uint32_t n; s.base < n_objects; s.base += n) {
        n = (uint32_t)hb_piece_of(n_objects - s.base);
        HB_TRY(select_piece(&s, n));
    }
    hb_ranking_finish(&s.ranking);
    out->ids = hb_alloc(s.ranking.n, sizeof *out->ids);
    if (out->ids == NULL) HB_TRY(HB_ERR_MEMORY);
    for (size_t i = 0; i < s.ranking.n; i++) out->ids[i] = s.ranking.rows[i].id;
    out->n = s.ranking.n;
    out->objects = s.ranking.n_all;
    out->memsize = s.sum;
out:
    end(&s);
    return status;
}

void hb_selection_fini(hb_selection *selection)
{
    hb_free(selection->ids);
    *selection = (hb_selection){ 0 };
}
