/* Of the index of a dump with 10 million objects a question reads where the references of each object begin (80 MB), all references
 * (50 MB, 1.26 an object) and all classes (40 MB). */
#include "index/holders.h"

#include <stdlib.h>

#include "base/memory.h"
#include "index/piece.h"
#include "index/references.h"

/* The first instance variable of `from` that refers to an object. */
static hb_status find_via(hb_index *index, uint32_t from, uint32_t id, uint64_t *via, hb_error *err)
{
    uint64_t range[2];
    uint32_t *names = NULL, target;
    hb_status status;
    HB_TRY(hb_look_references(index, from, range, err));
    HB_TRY(hb_look_ivars(index, from, range[1] - range[0], &names, err));
    for (uint64_t at = range[0]; names != NULL && at < range[1]; at++) {
        HB_TRY(hb_index_read(index, HB_INDEX_TARGET, at, 1, &target, err));
        if (target != id) continue;
        *via = names[at - range[0]];
        break;
    }
out:
    hb_free(names);
    return status;
}

typedef struct search {
    hb_index *index;
    uint32_t id;
    uint64_t *first;         /* of a piece of objects: where their references begin, and where the last ones end */
    uint32_t *piece;
    hb_ranking ranking;
    hb_error *err;
} search;

/* References [at, at + n), which are those of object base + *v and later ones. *last: the last one that was found, less base. */
static hb_status search_piece(search *s, uint64_t at, uint64_t n, uint32_t base, uint64_t *v, uint64_t *last)
{
    hb_status status = hb_index_read(s->index, HB_INDEX_TARGET, at, n, s->piece, s->err);
    if (status != HB_OK || hb_piece_count(s->piece, n, s->id) == 0) return status;
    for (uint64_t i = 0; i < n && status == HB_OK; i++) {
        if (s->piece[i] != s->id) continue;
        while (s->first[*v + 1] <= at + i) ++*v;   /* the last of `first` is above */
        if (*v != *last) status = hb_look_rank(s->index, &s->ranking, base + (uint32_t)*v, s->err);
        *last = *v;
    }
    return status;
}

/* Objects [base, base + n). *next: where the references of the first begin. */
static hb_status search_objects(search *s, uint32_t base, uint32_t n, uint64_t *next)
{
    uint64_t v = 0, last = UINT64_MAX;
    hb_status status = hb_index_read(s->index, HB_INDEX_FIRST, base, (uint64_t)n + 1, s->first, s->err);
    if (status == HB_OK && (s->first[0] != *next || s->first[n] < *next)) status = hb_look_refuse(s->index, s->err);
    if (status != HB_OK) return status;
    *next = s->first[n];
    for (uint64_t at = s->first[0], n_items; status == HB_OK && at < *next; at += n_items) {
        n_items = hb_piece_of(*next - at);
        status = search_piece(s, at, n_items, base, &v, &last);
    }
    return status;
}

static hb_status count_instances(search *s, uint64_t *instances)
{
    hb_status status = HB_OK;
    for (uint64_t at = 0, n; at < s->index->n && status == HB_OK; at += n) {
        n = hb_piece_of(s->index->n - at);
        status = hb_index_read(s->index, HB_INDEX_CLASS, at, n, s->piece, s->err);
        if (status == HB_OK) *instances += hb_piece_count(s->piece, n, s->id);
    }
    return status;
}

static int by_id(const void *a, const void *b)
{
    const hb_gid x = (*(hb_referrer *const *)a)->object.gid, y = (*(hb_referrer *const *)b)->object.gid;
    return (x > y) - (x < y);
}

/* In the order of ids: ranked, they are strewn over the index. */
static hb_status find_vias(hb_index *index, uint32_t id, hb_referrer *rows, size_t n, hb_error *err)
{
    /* Pointers are meant. NOLINTNEXTLINE(bugprone-sizeof-expression) */
    hb_referrer **order = hb_alloc(n, sizeof *order);
    hb_status status = order != NULL ? HB_OK : HB_ERR_MEMORY;
    for (size_t i = 0; i < n && status == HB_OK; i++) order[i] = &rows[i];
    /* NOLINTNEXTLINE(bugprone-sizeof-expression) */
    if (n > 0 && status == HB_OK) qsort(order, n, sizeof *order, by_id);
    for (size_t i = 0; i < n && status == HB_OK; i++)
        status = find_via(index, hb_gid_id(order[i]->object.gid), id, &order[i]->via, err);
    hb_free(order);
    return status;
}

/* ROOT lines that name it: they stand together. */
static hb_status list_roots(hb_index *index, uint32_t id, hb_referrers *out, hb_error *err)
{
    const uint64_t n = index->n_items[HB_INDEX_ROOT_EDGES];
    uint64_t low = 0, high = n;
    uint32_t edge[2];
    size_t cap = 0;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        const hb_status status = hb_index_read(index, HB_INDEX_ROOT_EDGES, middle, 1, edge, err);
        if (status != HB_OK) return status;
        if (edge[1] < id) low = middle + 1;
        else high = middle;
    }
    for (; low < n; low++) {
        const hb_status status = hb_index_read(index, HB_INDEX_ROOT_EDGES, low, 1, edge, err);
        if (status != HB_OK) return status;
        if (edge[1] != id) break;
        if (edge[0] >= index->n_roots) return hb_look_refuse(index, err);
        if (out->n_roots > 0 && out->roots[out->n_roots - 1] == edge[0]) continue;   /* a ROOT line may name it twice */
        if (hb_grow(&out->roots, &cap, out->n_roots + 1, sizeof *out->roots) != HB_OK) return HB_ERR_MEMORY;
        out->roots[out->n_roots++] = edge[0];
    }
    return HB_OK;
}

hb_status hb_look_referrers(hb_index *index, uint32_t id, uint64_t top, hb_referrers *out, hb_error *err)
{
    search s = { .index = index, .id = id, .ranking = { .top = top }, .err = err };
    uint64_t next = 0;
    hb_status status = HB_OK;
    *out = (hb_referrers){ 0 };
    s.first = hb_alloc(HB_INDEX_PIECE + 1, sizeof *s.first);
    s.piece = hb_alloc(HB_INDEX_PIECE, sizeof *s.piece);
    if (s.first == NULL || s.piece == NULL) HB_TRY(HB_ERR_MEMORY);
    for (uint32_t base = 0, n; base < index->n; base += n) {
        n = (uint32_t)hb_piece_of(index->n - base);
        HB_TRY(search_objects(&s, base, n, &next));
    }
    HB_TRY(count_instances(&s, &out->instances));
    HB_TRY(hb_look_ranked(index, &s.ranking, &out->rows, &out->n, err));
    out->references = s.ranking.n_all;
    HB_TRY(find_vias(index, id, out->rows, out->n, err));
    HB_TRY(list_roots(index, id, out, err));
out:
    hb_ranking_fini(&s.ranking);
    hb_free(s.first);
    hb_free(s.piece);
    return status;
}
