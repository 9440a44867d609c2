/* What enters: each object's parent. What leaves: the tops of this rank's trees, and on rank 0 how they hang together.
 *
 *   ask      each rank asks the parents' ranks of its entries for the tops that the parents have there
 *   gather   the entries of all ranks, and the answers
 *   solve    on rank 0: each entry's place next above, and an order with those above first */
#include "graph/forest.h"

#include <string.h>

#include "base/memory.h"
#include "graph/forest_ask.h"

/* --- what this rank holds --- */

/* Climbs to the next object whose top is known, and tells it to all below. Several threads may do so at once on the same
 * way: all tell the same. */
static void find_top(hb_forest *f, uint32_t id)
{
    uint32_t at = id, top;
    while ((top = __atomic_load_n(&f->top[at], __ATOMIC_RELAXED)) == HB_NO_ID) {
        const uint32_t above = hb_forest_above_here(f, at);
        if (above == HB_NO_ID) {
            top = at;
            break;
        }
        at = above;
    }
    for (uint32_t v = id; v != at; v = hb_gid_id(hb_forest_above(f, v))) __atomic_store_n(&f->top[v], top, __ATOMIC_RELAXED);
    __atomic_store_n(&f->top[at], top, __ATOMIC_RELAXED);
}

static hb_status find_tops(hb_forest *f)
{
    f->top = hb_alloc(f->n, sizeof *f->top);
    if (f->top == NULL) return HB_ERR_MEMORY;
#pragma omp parallel num_threads(f->n_threads)
    {
#pragma omp for schedule(static)
        for (uint32_t v = 0; v < f->n; v++) f->top[v] = HB_NO_ID;
#pragma omp for schedule(dynamic, 4096)
        for (uint32_t v = 0; v < f->n; v++) find_top(f, v);
    }
    return HB_OK;
}

static hb_status find_entries(hb_forest *f)
{
    size_t cap = 0;
    f->ends = hb_alloc_zero((size_t)hb_comm_size(f->comm), sizeof *f->ends);
    if (f->ends == NULL) return HB_ERR_MEMORY;
    for (uint32_t v = 0; v < f->n; v++) {
        if (!hb_forest_is_entry(f, v)) continue;
        if (hb_grow(&f->entry, &cap, f->n_entries + 1, sizeof *f->entry) != HB_OK) return HB_ERR_MEMORY;
        f->entry[f->n_entries++] = v;
    }
    return HB_OK;
}

size_t hb_forest_entry(const hb_forest *f, uint32_t id)
{
    size_t low = 0, high = f->n_entries;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (f->entry[middle] <= id) low = middle;
        else high = middle;
    }
    return low;
}

/* --- on rank 0 --- */

uint64_t hb_forest_place(const hb_forest *f, hb_gid gid)
{
    const int rank = hb_gid_rank(gid);
    size_t low = rank == 0 ? 0 : f->ends[rank - 1], high = f->ends[rank];
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (f->gid[middle] < gid) low = middle + 1;
        else high = middle;
    }
    return low < f->ends[rank] && f->gid[low] == gid ? low : HB_NO_PLACE;
}

/* Places with those above first: those below wait in a list of the one above until its turn comes. */
static hb_status sort_places(hb_forest *f)
{
    uint64_t *first = hb_alloc(f->n_places, sizeof *first), *next = hb_alloc(f->n_places, sizeof *next);
    size_t n = 0;
    hb_status status = HB_OK;
    f->sorted = hb_alloc(f->n_places, sizeof *f->sorted);
    if (first == NULL || next == NULL || f->sorted == NULL) HB_TRY(HB_ERR_MEMORY);
    memset(first, 0xff, f->n_places * sizeof *first);
    for (size_t i = f->n_places; i-- > 0;) {
        if (f->up[i] == HB_NO_PLACE) continue;
        next[i] = first[f->up[i]];
        first[f->up[i]] = i;
    }
    for (size_t i = 0; i < f->n_places; i++)
        if (f->up[i] == HB_NO_PLACE) f->sorted[n++] = i;
    for (size_t done = 0; done < n; done++)
        for (uint64_t below = first[f->sorted[done]]; below != HB_NO_PLACE; below = next[below])
            f->sorted[n++] = below;
out:
    hb_free(first);
    hb_free(next);
    return status;
}

static hb_status solve(hb_forest *f)
{
    f->n_places = f->ends[hb_comm_size(f->comm) - 1];
    f->up = hb_alloc(f->n_places, sizeof *f->up);
    if (f->up == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < f->n_places; i++) f->up[i] = hb_forest_place(f, f->base[i]);
    return sort_places(f);
}

static uint64_t top_here(void *ctx, uint32_t id)
{
    const hb_forest *f = ctx;
    return hb_gid_of(f->rank, f->top[id]);
}

static hb_status gather_tree(hb_forest *f)
{
    const int root = 0;
    hb_gid *own = hb_alloc(f->n_entries, sizeof *own);
    uint64_t *tops = NULL;
    hb_status status;
    HB_TRY(hb_comm_agree(f->comm, own != NULL ? HB_OK : HB_ERR_MEMORY));
    for (size_t i = 0; i < f->n_entries; i++) own[i] = hb_gid_of(f->rank, f->entry[i]);
    HB_TRY(hb_comm_gather_parts(f->comm, own, f->n_entries, root, &f->gid, f->ends));
    HB_TRY(hb_forest_ask_value(f, top_here, f, &tops));
    HB_TRY(hb_forest_gather(f, tops, 1, &f->base));
    status = hb_comm_agree(f->comm, f->rank == root ? solve(f) : HB_OK);
out:
    hb_free(own);
    hb_free(tops);
    return status;
}

hb_status hb_forest_build(hb_forest *f)
{
    const int alone = hb_comm_size(f->comm) == 1;
    hb_status status = HB_OK;
    if (!alone || f->with_tops) status = find_tops(f);
    if (status == HB_OK && !alone) status = find_entries(f);
    HB_TRY(hb_comm_agree(f->comm, status));
    if (!alone) HB_TRY(gather_tree(f));
out:
    return status;
}

void hb_forest_fini(hb_forest *f)
{
    hb_free(f->top);
    hb_free(f->entry);
    hb_free(f->ends);
    hb_free(f->up);
    hb_free(f->base);
    hb_free(f->gid);
    hb_free(f->sorted);
    *f = (hb_forest){ 0 };
}

/* --- tops --- */

hb_status hb_forest_tops(hb_forest *f, hb_gid **tops)
{
    hb_status status = HB_OK;
    *tops = NULL;
    for (size_t i = 0; i < f->n_places; i++) {
        const size_t place = f->sorted[i];
        if (f->up[place] != HB_NO_PLACE) f->base[place] = f->base[f->up[place]];
    }
    HB_TRY(hb_forest_tell(f, f->base, 1, tops));
out:
    return status;
}
