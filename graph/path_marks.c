/* Marks, across ranks. Each rank has marked upwards from its objects to the tops of its own trees; where a top is an
 * entry, the path goes on below another rank's object.
 *
 *   gather   the entries' masks on rank 0
 *   solve    up the tree of entries, children before parents
 *   tell     each entry that is on a path learns its mask
 *   spread   and passes it on to its parent's rank, which marks upwards from there */
#include "base/exchange.h"
#include "base/memory.h"
#include "graph/path_entries.h"

typedef struct marker {
    hb_path_entries *entries;
    uint64_t *own;       /* this rank's masks, by entry */
    uint64_t *all;       /* on rank 0, by place */
    size_t *ends;
    size_t n, next;
} marker;

static hb_status gather(marker *m)
{
    hb_path_entries *e = m->entries;
    const int root = 0;
    hb_status status;
    for (size_t i = 0; i < e->n; i++) m->own[i] = e->local->place[e->id[i]].mask;
    HB_TRY(hb_comm_gather_parts(e->comm, m->own, e->n, root, &m->all, m->ends));
    if (hb_comm_rank(e->comm) == root) m->n = e->ends[hb_comm_size(e->comm) - 1];
    for (size_t i = m->n; i-- > 0;) {
        size_t place = e->order[i];
        if (e->above[place] != HB_NO_ENTRY) m->all[e->above[place]] |= m->all[place];
    }
out:
    return status;
}

/* An entry's number on its rank, and its mask. */
static hb_status tell(void *ctx, hb_outbox *box, int *more)
{
    marker *m = ctx;
    const size_t *ends = m->entries->ends;
    int rank = 0;
    for (; m->next < m->n && !hb_outbox_full(box); m->next++) {
        if (m->all[m->next] == 0) continue;
        while (m->next >= ends[rank]) rank++;
        uint64_t *row = hb_outbox_put(box, rank, 2);
        if (row == NULL) return HB_ERR_MEMORY;
        row[0] = m->next - (rank > 0 ? ends[rank - 1] : 0);
        row[1] = m->all[m->next];
    }
    *more = m->next < m->n;
    return HB_OK;
}

static hb_status hear(void *ctx, int from, const uint64_t *rows, size_t n)
{
    (void)from;
    marker *m = ctx;
    for (size_t at = 0; at < n; at += 2) {
        m->own[rows[at]] = rows[at + 1];
        hb_path_mark(m->entries->local, m->entries->id[rows[at]], rows[at + 1]);
    }
    return HB_OK;
}

/* Parent's id, marks. */
static hb_status spread(void *ctx, hb_outbox *box, int *more)
{
    marker *m = ctx;
    const hb_path_entries *e = m->entries;
    for (; m->next < e->n && !hb_outbox_full(box); m->next++) {
        if (m->own[m->next] == 0) continue;
        hb_gid parent = hb_parent_gid(e->local->bfs->parent[e->id[m->next]]);
        uint64_t *row = hb_outbox_put(box, hb_gid_rank(parent), 2);
        if (row == NULL) return HB_ERR_MEMORY;
        row[0] = hb_gid_id(parent);
        row[1] = m->own[m->next];
    }
    *more = m->next < e->n;
    return HB_OK;
}

static hb_status mark_parents(void *ctx, int from, const uint64_t *rows, size_t n)
{
    (void)from;
    marker *m = ctx;
    for (size_t at = 0; at < n; at += 2) hb_path_mark(m->entries->local, (uint32_t)rows[at], rows[at + 1]);
    return HB_OK;
}

hb_status hb_path_entries_mark(hb_path_entries *entries)
{
    hb_comm *comm = entries->comm;
    marker m = { .entries = entries };
    hb_status status;
    m.own = hb_alloc(entries->n, sizeof *m.own);
    m.ends = hb_alloc((size_t)hb_comm_size(comm), sizeof *m.ends);
    HB_TRY(hb_comm_agree(comm, m.own != NULL && m.ends != NULL ? HB_OK : HB_ERR_MEMORY));
    HB_TRY(gather(&m));
    HB_TRY(hb_exchange(comm, tell, hear, &m));
    m.next = 0;
    HB_TRY(hb_exchange(comm, spread, mark_parents, &m));
out:
    hb_free(m.own);
    hb_free(m.all);
    hb_free(m.ends);
    return status;
}
