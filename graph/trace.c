/* Across ranks a path is pieces: from an object, or from the parent of an entry, up to the top of the tree on its rank.
 * Rank 0 knows from the tree of entries which entries a path goes through, and tells all ranks; each entry's owner tells
 * the parent's rank where the next piece begins; and all ranks list their pieces at once, in any order: distances put
 * the steps in theirs. So the rounds do not grow with the crossings. */
#include "graph/trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/exchange.h"
#include "base/memory.h"

/* A step on its way: which object's path it is on, and what is known of it. */
enum { ROW_PATH, ROW_KNOWN, ROW_WORDS = ROW_KNOWN + HB_KNOWN_WORDS };

typedef struct tracer {
    hb_comm *comm;
    const hb_knowledge *knowledge;
    uint64_t *crossings;     /* path, gid of an entry on it; on all ranks */
    size_t n_crossings, next;
    uint64_t *rows;
    size_t n_words, cap;
} tracer;

/* A path's piece from an object of this rank up to the top. */
static hb_status list_piece(tracer *t, uint64_t path, uint32_t id)
{
    if (t->knowledge->bfs->distance[id] == HB_UNREACHED) return HB_OK;
    for (;;) {
        if (hb_grow(&t->rows, &t->cap, t->n_words + ROW_WORDS, sizeof *t->rows) != HB_OK) return HB_ERR_MEMORY;
        const hb_known known = hb_known_of(t->knowledge, id);
        t->rows[t->n_words + ROW_PATH] = path;
        memcpy(t->rows + t->n_words + ROW_KNOWN, &known, sizeof known);
        t->n_words += ROW_WORDS;
        const hb_parent parent = t->knowledge->bfs->parent[id];
        if (hb_parent_is_root(parent) || hb_gid_rank(hb_parent_gid(parent)) != t->knowledge->shard->rank) return HB_OK;
        id = hb_gid_id(hb_parent_gid(parent));
    }
}

/* n words of rank 0 on all ranks; *all is allocated here. */
static hb_status share(hb_comm *comm, const uint64_t *words, size_t n, uint64_t **all, size_t *n_all)
{
    const int root = 0, here = hb_comm_rank(comm) == root;
    uint64_t count = n;
    hb_comm_broadcast(comm, &count, sizeof count, root);
    *n_all = count;
    *all = hb_alloc(count, sizeof **all);
    hb_status status = hb_comm_agree(comm, *all != NULL ? HB_OK : HB_ERR_MEMORY);
    if (status != HB_OK) return status;
    if (here && n > 0) memcpy(*all, words, n * sizeof **all);
    hb_comm_broadcast(comm, *all, count * sizeof **all, root);
    return HB_OK;
}

/* First pieces, and their tops: path, gid. */
static hb_status list_first(tracer *t, const hb_gid *gids, size_t n, uint64_t **tops, size_t *n_tops)
{
    const hb_forest *search = t->knowledge->search;
    size_t cap = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t id = hb_gid_id(gids[i]);
        if (hb_gid_rank(gids[i]) != hb_comm_rank(t->comm)) continue;
        if (t->knowledge->bfs->distance[id] == HB_UNREACHED) continue;
        if (list_piece(t, i, id) != HB_OK) return HB_ERR_MEMORY;
        if (search == NULL) continue;
        if (hb_grow(tops, &cap, *n_tops + 2, sizeof **tops) != HB_OK) return HB_ERR_MEMORY;
        (*tops)[(*n_tops)++] = i;
        (*tops)[(*n_tops)++] = hb_gid_of(search->rank, search->top[id]);
    }
    return HB_OK;
}

/* On rank 0: the entries that each path goes through. */
static hb_status find_crossings(const tracer *t, const uint64_t *tops, size_t n, uint64_t **found, size_t *n_found)
{
    const hb_forest *search = t->knowledge->search;
    size_t cap = 0;
    for (size_t at = 0; at < n; at += 2)
        for (uint64_t place = hb_forest_place(search, tops[at + 1]); place != HB_NO_PLACE; place = search->up[place]) {
            if (hb_grow(found, &cap, *n_found + 2, sizeof **found) != HB_OK) return HB_ERR_MEMORY;
            (*found)[(*n_found)++] = tops[at];
            (*found)[(*n_found)++] = search->gid[place];
        }
    return HB_OK;
}

/* A word each: path << 32 | id of the entry's parent. */
static hb_status tell(void *ctx, hb_outbox *box, int *more)
{
    tracer *t = ctx;
    for (; t->next < t->n_crossings && !hb_outbox_full(box); t->next += 2) {
        const hb_gid entry = t->crossings[t->next + 1];
        if (hb_gid_rank(entry) != hb_comm_rank(t->comm)) continue;
        const hb_gid above = hb_parent_gid(t->knowledge->bfs->parent[hb_gid_id(entry)]);
        uint64_t *word = hb_outbox_put(box, hb_gid_rank(above), 1);
        if (word == NULL) return HB_ERR_MEMORY;
        *word = t->crossings[t->next] << 32 | hb_gid_id(above);
    }
    *more = t->next < t->n_crossings;
    return HB_OK;
}

static hb_status hear(void *ctx, int from, const uint64_t *words, size_t n)
{
    (void)from;
    tracer *t = ctx;
    for (size_t i = 0; i < n; i++)
        if (list_piece(t, words[i] >> 32, (uint32_t)words[i]) != HB_OK) return HB_ERR_MEMORY;
    return HB_OK;
}

static hb_status cross(tracer *t, const uint64_t *tops, size_t n_tops)
{
    uint64_t *all = NULL, *found = NULL;
    size_t n_all = 0, n_found = 0;
    hb_status status;
    HB_TRY(hb_comm_gather(t->comm, tops, n_tops, 0, &all, &n_all));
    if (hb_comm_rank(t->comm) == 0) status = find_crossings(t, all, n_all, &found, &n_found);
    HB_TRY(hb_comm_agree(t->comm, status));
    HB_TRY(share(t->comm, found, n_found, &t->crossings, &t->n_crossings));
    HB_TRY(hb_exchange(t->comm, tell, hear, t));
out:
    hb_free(all);
    hb_free(found);
    return status;
}

/* By path, then root first. */
static int by_step(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    const hb_known *p = (const hb_known *)(x + ROW_KNOWN), *q = (const hb_known *)(y + ROW_KNOWN);
    if (x[ROW_PATH] != y[ROW_PATH]) return x[ROW_PATH] < y[ROW_PATH] ? -1 : 1;
    return (p->distance > q->distance) - (p->distance < q->distance);
}

static hb_status put_together(uint64_t *rows, size_t n_words, size_t n, hb_trace *out)
{
    const size_t n_rows = n_words / ROW_WORDS;
    out->n = n;
    out->steps = hb_alloc(n_rows, sizeof *out->steps);
    out->end = hb_alloc_zero(n, sizeof *out->end);
    if (out->steps == NULL || out->end == NULL) return HB_ERR_MEMORY;
    if (n_rows > 0) qsort(rows, n_rows, ROW_WORDS * sizeof *rows, by_step);
    for (size_t i = 0; i < n_rows; i++) {
        memcpy(&out->steps[i], rows + i * ROW_WORDS + ROW_KNOWN, sizeof *out->steps);
        out->end[rows[i * ROW_WORDS + ROW_PATH]] = i + 1;
    }
    for (size_t path = 1; path < n; path++)
        if (out->end[path] == 0) out->end[path] = out->end[path - 1];
    return HB_OK;
}

hb_status hb_trace_paths(hb_comm *comm, const hb_knowledge *knowledge, const hb_gid *gids, size_t n, hb_trace *out)
{
    tracer t = { .comm = comm, .knowledge = knowledge };
    uint64_t *all = NULL, *tops = NULL, *rows = NULL;
    size_t n_all = 0, n_tops = 0, n_words = 0;
    hb_status status;
    *out = (hb_trace){ 0 };
    HB_TRY(share(comm, gids, n, &all, &n_all));
    HB_TRY(hb_comm_agree(comm, list_first(&t, all, n_all, &tops, &n_tops)));
    if (hb_comm_size(comm) > 1) HB_TRY(cross(&t, tops, n_tops));
    HB_TRY(hb_comm_gather(comm, t.rows, t.n_words, 0, &rows, &n_words));
    if (hb_comm_rank(comm) == 0) status = put_together(rows, n_words, n, out);
    status = hb_comm_agree(comm, status);
out:
    hb_free(t.crossings);
    hb_free(t.rows);
    hb_free(all);
    hb_free(tops);
    hb_free(rows);
    return status;
}

void hb_trace_fini(hb_trace *trace)
{
    hb_free(trace->steps);
    hb_free(trace->end);
    *trace = (hb_trace){ 0 };
}
