/* Of the index of a dump with 10 million objects a question reads: for what refers to an object, where the references of each begin
 * (80 MB), all references (88 MB) and all classes (40 MB); for what it dominates, all immediate dominators (40 MB). The pieces are compared without a
 * branch on each item; what is found is rare. */
#include "index/around.h"

#include <string.h>

#include "base/memory.h"
#include "index/ranking.h"
#include "partition/pagemap.h"

static uint64_t at_most(uint64_t n, uint64_t most)
{
    return n < most ? n : most;
}

/* How many of n items are `wanted`. */
static size_t count(const uint32_t *items, size_t n, uint32_t wanted)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) found += items[i] == wanted;
    return found;
}

/* --- rows --- */

static hb_status rank(hb_index *index, hb_ranking *ranking, uint32_t id, hb_error *err)
{
    uint64_t retained = 0;
    const hb_status status = hb_look_item(index, HB_INDEX_RETAINED_MEMSIZE, id, &retained, err);
    return status == HB_OK ? hb_ranking_add(ranking, retained, id) : status;
}

/* The first of a ranking as rows. */
static hb_status list_ranked(hb_index *index, hb_ranking *ranking, hb_referrer **rows, size_t *n, hb_error *err)
{
    hb_status status;
    hb_ranking_finish(ranking);
    uint32_t *ids = hb_alloc(ranking->n, sizeof *ids);
    if (ids == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < ranking->n; i++) ids[i] = ranking->rows[i].id;
    HB_TRY(hb_look_rows(index, ids, ranking->n, rows, err));
    *n = ranking->n;
out:
    hb_free(ids);
    return status;
}

/* --- what it refers to --- */

/* Where its references stand. */
static hb_status find_references(hb_index *index, uint32_t id, uint64_t range[2], hb_error *err)
{
    const hb_status status = hb_index_read(index, HB_INDEX_FIRST, id, 2, range, err);
    if (status != HB_OK) return status;
    return range[0] <= range[1] && range[1] <= index->n_items[HB_INDEX_TARGET] ? HB_OK : hb_look_refuse(index, err);
}

/* Names of the instance variables that n references of an object are, by reference; *names is allocated here; NULL: that is not known. They are told from the
 * last one up (hb_graph_last_ivar). */
static hb_status find_ivars(hb_index *index, uint32_t id, uint64_t n, uint32_t **names, hb_error *err)
{
    uint64_t type = 0, ivar = HB_NO_IVAR;
    hb_status status;
    *names = NULL;
    HB_TRY(hb_look_item(index, HB_INDEX_TYPE, id, &type, err));
    if (type == HB_TYPE_OBJECT) HB_TRY(hb_look_item(index, HB_INDEX_NAME, id, &ivar, err));
    if (ivar == HB_NO_IVAR) return HB_OK;
    if (n > index->n_items[HB_INDEX_IVAR_NAME]) return hb_look_refuse(index, err);
    *names = hb_alloc(n, sizeof **names);
    if (*names == NULL) return HB_ERR_MEMORY;
    for (uint64_t i = n; i-- > 0;) {
        HB_TRY(hb_index_read(index, HB_INDEX_IVAR_NAME, ivar, 1, &(*names)[i], err));
        if ((*names)[i] != HB_NO_STRING && (*names)[i] >= index->strings.names.n) HB_TRY(hb_look_refuse(index, err));
        HB_TRY(hb_look_item(index, HB_INDEX_IVAR_BEFORE, ivar, &ivar, err));
    }
out:
    if (status != HB_OK) {
        hb_free(*names);
        *names = NULL;
    }
    return status;
}

/* Reads references [range[0], range[1]): the first `top` that do not dangle, with their places, and how many do. */
static hb_status read_references(hb_index *index, const uint64_t range[2], uint64_t top, hb_around *out, uint32_t **ids, hb_error *err)
{
    uint32_t *piece = hb_alloc(HB_INDEX_PIECE, sizeof *piece);
    size_t cap = 0;
    hb_status status = piece != NULL ? HB_OK : HB_ERR_MEMORY;
    for (uint64_t at = range[0], n; status == HB_OK && at < range[1]; at += n) {
        n = at_most(range[1] - at, HB_INDEX_PIECE);
        HB_TRY(hb_index_read(index, HB_INDEX_TARGET, at, n, piece, err));
        out->n_dangling += count(piece, n, HB_NO_ID);
        for (uint64_t i = 0; i < n && (top == 0 || out->references.n < top); i++) {
            if (piece[i] == HB_NO_ID) continue;
            if (piece[i] >= index->n) HB_TRY(hb_look_refuse(index, err));
            HB_TRY(hb_grow(ids, &cap, out->references.n + 1, sizeof **ids));
            (*ids)[out->references.n++] = piece[i];
        }
    }
out:
    hb_free(piece);
    return status;
}

static hb_status list_references(hb_index *index, uint32_t id, uint64_t top, hb_around *out, hb_error *err)
{
    uint64_t range[2];
    uint32_t *ids = NULL, *names = NULL;
    hb_status status;
    HB_TRY(find_references(index, id, range, err));
    HB_TRY(find_ivars(index, id, range[1] - range[0], &names, err));
    HB_TRY(read_references(index, range, top, out, &ids, err));
    HB_TRY(hb_look_rows(index, ids, out->references.n, &out->references.rows, err));
    out->references.n_all = range[1] - range[0];
    /* Of an object whose instance variables are known none dangles, so that the first rows are the first references. */
    if (names != NULL && out->n_dangling > 0) HB_TRY(hb_look_refuse(index, err));
    for (size_t i = 0; names != NULL && i < out->references.n; i++) out->references.rows[i].via = names[i];
out:
    hb_free(ids);
    hb_free(names);
    return status;
}

/* --- what refers to it --- */

/* The first instance variable of `from` that refers to an object. */
static hb_status find_via(hb_index *index, uint32_t from, uint32_t id, uint64_t *via, hb_error *err)
{
    uint64_t range[2];
    uint32_t *names = NULL, target;
    hb_status status;
    HB_TRY(find_references(index, from, range, err));
    HB_TRY(find_ivars(index, from, range[1] - range[0], &names, err));
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

/* References [at, at + n), of objects from *v on, which are n_objects and begin with `base`; *last: the last one found. */
static hb_status search_piece(search *s, uint64_t at, uint64_t n, uint32_t base, uint64_t *v, uint64_t *last)
{
    hb_status status = hb_index_read(s->index, HB_INDEX_TARGET, at, n, s->piece, s->err);
    if (status != HB_OK || count(s->piece, n, s->id) == 0) return status;
    for (uint64_t i = 0; i < n && status == HB_OK; i++) {
        if (s->piece[i] != s->id) continue;
        while (s->first[*v + 1] <= at + i) ++*v;   /* the last of `first` is above */
        if (*v != *last) status = rank(s->index, &s->ranking, base + (uint32_t)*v, s->err);
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
        n_items = at_most(*next - at, HB_INDEX_PIECE);
        status = search_piece(s, at, n_items, base, &v, &last);
    }
    return status;
}

static hb_status count_instances(search *s, uint64_t *instances)
{
    hb_status status = HB_OK;
    for (uint64_t at = 0, n; at < s->index->n && status == HB_OK; at += n) {
        n = at_most(s->index->n - at, HB_INDEX_PIECE);
        status = hb_index_read(s->index, HB_INDEX_CLASS, at, n, s->piece, s->err);
        if (status == HB_OK) *instances += count(s->piece, n, s->id);
    }
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

static hb_status list_referrers(hb_index *index, uint32_t id, uint64_t top, hb_referrers *out, hb_error *err)
{
    search s = { .index = index, .id = id, .ranking = { .top = top }, .err = err };
    uint64_t next = 0;
    hb_status status = HB_OK;
    s.first = hb_alloc(HB_INDEX_PIECE + 1, sizeof *s.first);
    s.piece = hb_alloc(HB_INDEX_PIECE, sizeof *s.piece);
    if (s.first == NULL || s.piece == NULL) HB_TRY(HB_ERR_MEMORY);
    for (uint32_t base = 0, n; base < index->n; base += n) {
        n = (uint32_t)at_most(index->n - base, HB_INDEX_PIECE);
        HB_TRY(search_objects(&s, base, n, &next));
    }
    HB_TRY(count_instances(&s, &out->instances));
    HB_TRY(list_ranked(index, &s.ranking, &out->rows, &out->n, err));
    out->references = s.ranking.n_all;
    for (size_t i = 0; i < out->n; i++)
        HB_TRY(find_via(index, hb_gid_id(out->rows[i].object.gid), id, &out->rows[i].via, err));
    HB_TRY(list_roots(index, id, out, err));
out:
    hb_ranking_fini(&s.ranking);
    hb_free(s.first);
    hb_free(s.piece);
    return status;
}

/* --- what it dominates --- */

static hb_status list_dominated(hb_index *index, uint32_t id, uint64_t top, hb_look_list *out, hb_error *err)
{
    hb_ranking ranking = { .top = top };
    uint32_t *piece = hb_alloc(HB_INDEX_PIECE, sizeof *piece);
    hb_status status = piece != NULL ? HB_OK : HB_ERR_MEMORY;
    for (uint64_t base = 0, n; status == HB_OK && base < index->n; base += n) {
        n = at_most(index->n - base, HB_INDEX_PIECE);
        HB_TRY(hb_index_read(index, HB_INDEX_IDOM, base, n, piece, err));
        if (count(piece, n, id) == 0) continue;
        for (uint64_t i = 0; i < n; i++)
            if (piece[i] == id) HB_TRY(rank(index, &ranking, (uint32_t)(base + i), err));
    }
    if (status == HB_OK) status = list_ranked(index, &ranking, &out->rows, &out->n, err);
    out->n_all = ranking.n_all;
out:
    hb_ranking_fini(&ranking);
    hb_free(piece);
    return status;
}

/* --- all of it --- */

static hb_status find_class(hb_index *index, uint32_t id, uint64_t *address, hb_error *err)
{
    uint64_t class_id = HB_NO_ID;
    const hb_status status = hb_look_item(index, HB_INDEX_CLASS, id, &class_id, err);
    if (status != HB_OK || class_id == HB_NO_ID) return status;
    return hb_look_item(index, HB_INDEX_ADDRESS, class_id, address, err);
}

hb_status hb_look_around(hb_index *index, uint32_t id, uint64_t top, hb_around *out, hb_error *err)
{
    hb_status status;
    *out = (hb_around){ 0 };
    HB_TRY(hb_look_known(index, &id, 1, &out->object, err));
    HB_TRY(hb_index_read(index, HB_INDEX_GENERATION, id, 1, &out->generation, err));
    HB_TRY(find_class(index, id, &out->class_address, err));
    HB_TRY(hb_look_dominators(index, id, top, &out->dominators, err));
    HB_TRY(list_dominated(index, id, top, &out->dominated, err));
    HB_TRY(list_references(index, id, top, out, err));
    HB_TRY(list_referrers(index, id, top, &out->referrers, err));
out:
    if (status != HB_OK) hb_around_fini(out);
    return status;
}

void hb_around_fini(hb_around *around)
{
    hb_look_list_fini(&around->dominators);
    hb_look_list_fini(&around->dominated);
    hb_look_list_fini(&around->references);
    hb_referrers_fini(&around->referrers);
    *around = (hb_around){ 0 };
}
