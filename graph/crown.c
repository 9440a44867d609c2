#include "graph/crown.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/table.h"

#define ROW_WORDS (sizeof(hb_crown_row) / sizeof(uint64_t))

static uint64_t kind_of(const hb_shard *shard, uint32_t id)
{
    const uint32_t c = hb_shard_class_id(shard, id);
    return hb_shard_type(shard, id) | (uint64_t)(c == HB_NO_CLASS ? HB_NO_STRING : shard->class_name[c]) << 32;
}

static hb_status list_own(const hb_shard *shard, const hb_dominators *d, const uint64_t *weight, uint64_t least,
                          hb_crown_row **rows, size_t *n)
{
    size_t cap = 0;
    for (uint32_t v = 0; v < shard->n; v++) {
        if (weight[v] < least || d->retained_objects[v] == 0) continue;
        if (hb_grow(rows, &cap, *n + 1, sizeof **rows) != HB_OK) return HB_ERR_MEMORY;
        (*rows)[(*n)++] = (hb_crown_row){ .gid = hb_gid_of(shard->rank, v), .idom = d->idom[v], .weight = weight[v],
                                          .kind = kind_of(shard, v) };
    }
    return HB_OK;
}

hb_status hb_crown_gather(hb_comm *comm, const hb_shard *shard, const hb_dominators *d, const uint64_t *weight,
                          uint64_t least, hb_crown *out)
{
    hb_crown_row *rows = NULL;
    uint64_t *all = NULL;
    size_t n = 0, n_words = 0;
    hb_status status;
    *out = (hb_crown){ 0 };
    HB_TRY(hb_comm_agree(comm, list_own(shard, d, weight, least, &rows, &n)));
    HB_TRY(hb_comm_gather(comm, (const uint64_t *)rows, n * ROW_WORDS, 0, &all, &n_words));
    /* Gathered by rank, and ranks are in the order of addresses. */
    out->rows = (hb_crown_row *)all;
    out->n = all != NULL ? n_words / ROW_WORDS : 0;
out:
    hb_free(rows);
    return status;
}

void hb_crown_fini(hb_crown *crown)
{
    hb_free(crown->rows);
    *crown = (hb_crown){ 0 };
}

size_t hb_crown_find(const hb_crown *crown, hb_gid gid)
{
    size_t low = 0, high = crown->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (crown->rows[middle].gid < gid) low = middle + 1;
        else high = middle;
    }
    return low < crown->n && crown->rows[low].gid == gid ? low : SIZE_MAX;
}

/* --- largest children --- */

static void offer(uint64_t *best, hb_gid gid, uint64_t memsize)
{
    if (best[0] != HB_NO_GID && (best[1] > memsize || (best[1] == memsize && best[0] < gid))) return;
    best[0] = gid;
    best[1] = memsize;
}

/* The best of this rank's children, by parent. Of a parent at home its own bytes say whether it is in the crown; of
 * others, all are noted that have a child here. */
static hb_status note_children(const hb_shard *shard, const hb_dominators *d, uint64_t least, hb_table *best)
{
    hb_gid last = HB_NO_GID;
    uint64_t *row = NULL;
    for (uint32_t v = 0; v < shard->n; v++) {
        const hb_gid parent = d->idom[v];
        int fresh = 0;
        if (parent == HB_NO_GID || d->retained_objects[v] == 0) continue;
        if (hb_gid_rank(parent) == shard->rank && d->retained_memsize[hb_gid_id(parent)] < least) continue;
        /* Siblings stand side by side more often than not. */
        if (parent != last) row = hb_table_put(best, &parent, &fresh);
        if (row == NULL) return HB_ERR_MEMORY;
        if (fresh) row[0] = HB_NO_GID;
        last = parent;
        offer(row, hb_gid_of(shard->rank, v), d->retained_memsize[v]);
    }
    return HB_OK;
}

/* What other ranks' crown does not have is dropped before it is sent: all ranks learn the crown. */
static hb_status keep_crown(hb_comm *comm, const hb_crown *crown, hb_table *best, hb_table *kept)
{
    const int root = 0;
    uint64_t n = crown->n, *gids = NULL;
    hb_status status = HB_OK;
    hb_comm_broadcast(comm, &n, sizeof n, root);
    gids = hb_alloc(n, sizeof *gids);
    HB_TRY(hb_comm_agree(comm, gids != NULL ? HB_OK : HB_ERR_MEMORY));
    for (size_t i = 0; i < crown->n; i++) gids[i] = crown->rows[i].gid;
    hb_comm_broadcast(comm, gids, n * sizeof *gids, root);
    for (uint64_t i = 0; i < n && status == HB_OK; i++) {
        const uint64_t *row = hb_table_find(best, &gids[i]);
        if (row == NULL) continue;
        uint64_t *to = hb_table_put(kept, &gids[i], NULL);
        if (to == NULL) status = HB_ERR_MEMORY;
        else memcpy(to, row, 2 * sizeof *row);
    }
    status = hb_comm_agree(comm, status);
out:
    hb_free(gids);
    return status;
}

hb_status hb_crown_largest_children(hb_comm *comm, const hb_shard *shard, const hb_dominators *d,
                                    const hb_crown *crown, uint64_t least, uint64_t **children)
{
    hb_table best, kept;
    uint64_t *all = NULL;
    size_t n_words = 0;
    hb_status status;
    *children = NULL;
    hb_table_init(&best, 1, 2);
    hb_table_init(&kept, 1, 2);
    HB_TRY(hb_comm_agree(comm, note_children(shard, d, least, &best)));
    HB_TRY(keep_crown(comm, crown, &best, &kept));
    HB_TRY(hb_comm_gather(comm, kept.rows, 3 * kept.n, 0, &all, &n_words));
    if (hb_comm_rank(comm) == 0) {
        *children = hb_alloc(crown->n, 2 * sizeof **children);
        status = *children != NULL ? HB_OK : HB_ERR_MEMORY;
        for (size_t i = 0; status == HB_OK && i < crown->n; i++) {
            (*children)[2 * i] = HB_NO_GID;
            (*children)[2 * i + 1] = 0;
        }
        for (size_t at = 0; status == HB_OK && at < n_words; at += 3)
            offer(*children + 2 * hb_crown_find(crown, all[at]), all[at + 1], all[at + 2]);
    }
    status = hb_comm_agree(comm, status);
out:
    hb_table_fini(&best);
    hb_table_fini(&kept);
    hb_free(all);
    return status;
}
