/* Marks, across ranks. Each rank has marked upwards from its objects to the tops of its own trees; where a top is an
 * entry, the path goes on below another rank's object.
 *
 *   gather   the entries' masks on rank 0
 *   solve    up the tree of entries, children before parents
 *   tell     each entry that is on a path learns its mask
 *   spread   and passes it on to its parent's rank, which marks upwards from there */
#include "graph/path_marks.h"

#include "base/exchange.h"
#include "base/memory.h"
#include "graph/forest_ask.h"

typedef struct marker {
    hb_path_entries *entries;
    hb_path_spots *spots;
    uint64_t *own;       /* this rank's masks, by number of the entry */
    size_t next;
} marker;

/* What rank 0 has found of each entry, in *masks by number. */
static hb_status solve(const hb_forest *f, const uint64_t *own, uint64_t **masks)
{
    uint64_t *all = NULL;
    hb_status status;
    HB_TRY(hb_forest_gather(f, own, 1, &all));
    for (size_t i = f->n_places; i-- > 0;) {
        const size_t place = f->sorted[i];
        if (f->up[place] != HB_NO_PLACE) all[f->up[place]] |= all[place];
    }
    HB_TRY(hb_forest_tell(f, all, 1, masks));
out:
    hb_free(all);
    return status;
}

/* Parent's id << 32 | marks. */
static hb_status spread(void *ctx, hb_outbox *box, int *more)
{
    marker *m = ctx;
    const hb_forest *f = m->entries->forest;
    for (; m->next < f->n_entries && !hb_outbox_full(box); m->next++) {
        if (m->own[m->next] == 0) continue;
        const hb_gid above = hb_forest_above(f, f->entry[m->next]);
        uint64_t *word = hb_outbox_put(box, hb_gid_rank(above), 1);
        if (word == NULL) return HB_ERR_MEMORY;
        *word = (uint64_t)hb_gid_id(above) << 32 | m->own[m->next];
    }
    *more = m->next < f->n_entries;
    return HB_OK;
}

static hb_status mark_parents(void *ctx, int from, const uint64_t *words, size_t n)
{
    (void)from;
    marker *m = ctx;
    for (size_t i = 0; i < n; i++) {
        const hb_status status = hb_path_spots_pass(m->spots, (uint32_t)(words[i] >> 32), (uint32_t)words[i]);
        if (status != HB_OK) return status;
    }
    return HB_OK;
}

static hb_status pass_entries(marker *m)
{
    const hb_forest *f = m->entries->forest;
    hb_status status = HB_OK;
    for (size_t i = 0; i < f->n_entries && status == HB_OK; i++)
        status = hb_path_spots_pass(m->spots, f->entry[i], (uint32_t)m->own[i]);
    return status;
}

hb_status hb_path_entries_mark(hb_path_entries *entries, hb_path_spots *spots)
{
    const hb_forest *f = entries->forest;
    marker m = { .entries = entries, .spots = spots };
    uint64_t *masks = hb_alloc(f->n_entries, sizeof *masks);
    hb_status status;
    HB_TRY(hb_comm_agree(f->comm, masks != NULL ? HB_OK : HB_ERR_MEMORY));
    for (size_t i = 0; i < f->n_entries; i++) masks[i] = entries->local->place[f->entry[i]].mask;
    HB_TRY(solve(f, masks, &m.own));
    HB_TRY(hb_comm_agree(f->comm, pass_entries(&m)));
    HB_TRY(hb_exchange(f->comm, spread, mark_parents, &m));
out:
    hb_free(masks);
    hb_free(m.own);
    return status;
}
