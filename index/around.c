/* What an object dominates is found by a scan through all immediate dominators (index/holders.c has the other scan). */
#include "index/around.h"

#include "base/memory.h"
#include "index/holders.h"
#include "index/piece.h"
#include "index/references.h"
#include "partition/pagemap.h"

/* --- what it refers to --- */

/* Reads references [range[0], range[1]): the first `top` that do not dangle, and how many do. */
static hb_status read_references(hb_index *index, const uint64_t range[2], uint64_t top, hb_around *out, uint32_t **ids, hb_error *err)
{
    uint32_t *piece = hb_alloc(HB_INDEX_PIECE, sizeof *piece);
    size_t cap = 0;
    hb_status status = piece != NULL ? HB_OK : HB_ERR_MEMORY;
    for (uint64_t at = range[0], n; status == HB_OK && at < range[1]; at += n) {
        n = hb_piece_of(range[1] - at);
        HB_TRY(hb_index_read(index, HB_INDEX_TARGET, at, n, piece, err));
        out->n_dangling += hb_piece_count(piece, n, HB_NO_ID);
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
    HB_TRY(hb_look_references(index, id, range, err));
    HB_TRY(hb_look_ivars(index, id, range[1] - range[0], &names, err));
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

/* --- what it dominates --- */

static hb_status list_dominated(hb_index *index, uint32_t id, uint64_t top, hb_look_list *out, hb_error *err)
{
    hb_ranking ranking = { .top = top };
    uint32_t *piece = hb_alloc(HB_INDEX_PIECE, sizeof *piece);
    hb_status status = piece != NULL ? HB_OK : HB_ERR_MEMORY;
    for (uint64_t base = 0, n; status == HB_OK && base < index->n; base += n) {
        n = hb_piece_of(index->n - base);
        HB_TRY(hb_index_read(index, HB_INDEX_IDOM, base, n, piece, err));
        if (hb_piece_count(piece, n, id) == 0) continue;
        for (uint64_t i = 0; i < n; i++)
            if (piece[i] == id) HB_TRY(hb_look_rank(index, &ranking, (uint32_t)(base + i), err));
    }
    if (status == HB_OK) status = hb_look_ranked(index, &ranking, &out->rows, &out->n, err);
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
    HB_TRY(hb_look_referrers(index, id, top, &out->referrers, err));
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
