#include "graph/known.h"

#include <string.h>

#include "base/memory.h"

hb_known hb_known_of(const hb_knowledge *k, uint32_t id)
{
    return (hb_known){
        .gid = hb_gid_of(k->shard->rank, id),
        .facts = hb_object_facts_of(k->shard, k->bfs, id),
        .distance = k->bfs->distance[id],
        .retained_memsize = k->dominators->retained_memsize[id],
        .retained_objects = k->dominators->retained_objects != NULL ? k->dominators->retained_objects[id] : 0,
        .idom = k->dominators->idom != NULL ? k->dominators->idom[id] : HB_NO_GID,
    };
}

/* Ids and what is known of them travel with their place in the list. */
enum { ROW_PLACE, ROW_KNOWN, ROW_WORDS = ROW_KNOWN + HB_KNOWN_WORDS };

static hb_status list_own(const hb_knowledge *k, const uint64_t *gids, size_t n, uint64_t **rows, size_t *n_rows)
{
    size_t own = 0;
    for (size_t i = 0; i < n; i++) own += hb_gid_rank(gids[i]) == k->shard->rank;
    *n_rows = 0;
    *rows = hb_alloc(own, ROW_WORDS * sizeof **rows);
    if (*rows == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        if (hb_gid_rank(gids[i]) != k->shard->rank) continue;
        uint64_t *row = *rows + (*n_rows)++ * ROW_WORDS;
        const hb_known known = hb_known_of(k, hb_gid_id(gids[i]));
        row[ROW_PLACE] = i;
        memcpy(row + ROW_KNOWN, &known, sizeof known);
    }
    return HB_OK;
}

hb_status hb_known_look_up(hb_comm *comm, const hb_knowledge *k, const hb_gid *gids, size_t n, hb_known **out)
{
    const int root = 0, here = hb_comm_rank(comm) == root;
    uint64_t count = n, *all = NULL, *rows = NULL, *gathered = NULL;
    size_t n_rows = 0, n_words = 0;
    hb_status status;
    *out = NULL;
    hb_comm_broadcast(comm, &count, sizeof count, root);
    all = hb_alloc(count, sizeof *all);
    HB_TRY(hb_comm_agree(comm, all != NULL ? HB_OK : HB_ERR_MEMORY));
    if (here && n > 0) memcpy(all, gids, n * sizeof *all);
    hb_comm_broadcast(comm, all, count * sizeof *all, root);
    HB_TRY(hb_comm_agree(comm, list_own(k, all, count, &rows, &n_rows)));
    HB_TRY(hb_comm_gather(comm, rows, n_rows * ROW_WORDS, root, &gathered, &n_words));
    if (here) {
        *out = hb_alloc_zero(count, sizeof **out);
        status = *out != NULL ? HB_OK : HB_ERR_MEMORY;
        for (size_t at = 0; status == HB_OK && at < n_words; at += ROW_WORDS)
            memcpy(&(*out)[gathered[at + ROW_PLACE]], gathered + at + ROW_KNOWN, sizeof **out);
    }
    status = hb_comm_agree(comm, status);
out:
    hb_free(all);
    hb_free(rows);
    hb_free(gathered);
    return status;
}
