/* What enters: the forest of what is settled, and the open joins. What leaves: the open joins' immediate dominators.
 *
 * Only edges into open joins can say something new. So of each tree only those objects are kept from which such an edge
 * leads, those where the ways up from kept objects meet, and the tops of trees; what lies between two of them is one
 * edge. That changes no join's immediate dominator: an object that is left out has one kept object next below it, which
 * dominates whatever it dominates among the joins, and is nearer.
 *
 *   keep     this rank's objects, and what entries hang from below which another rank has kept some
 *   gather   kept objects with the kept one next above, and edges, on rank 0
 *   solve    semi-NCA, and each open join's owner is told */
#include "graph/dom_rest.h"

#include <stdlib.h>
#include <string.h>

#include "base/exchange.h"
#include "base/memory.h"
#include "base/wordlist.h"
#include "graph/forest_ask.h"
#include "graph/semi_nca.h"

/* Marks while objects are chosen. */
enum { SEEN = 1, SOURCE = 2, BELOW_ONE = 4, BELOW_MORE = 8, KEPT = 16 };

typedef struct rest {
    hb_joins *joins;
    uint8_t *mark;           /* by id */
    uint32_t *seen;          /* objects on the ways up from kept ones, and then by distance */
    size_t n_seen, cap_seen;
    uint32_t *nearest;       /* by id, of those seen: the nearest kept object, itself included */
    hb_wordlist edges;       /* source gid, target gid */
    hb_wordlist rows;        /* kept: gid, gid next above or HB_NO_GID; by ascending id */
    uint64_t *needed;        /* by entry of this rank: whether something is kept below it */
    uint32_t next;
    /* on rank 0 */
    uint64_t *all_rows, *all_edges;
    size_t n_rows, n_edges;  /* rows, edges */
    size_t *ends;            /* by rank: where its rows end, in words and then in rows */
    uint32_t *above;         /* by row: vertex next above, 0 the virtual root */
    uint64_t *first;
    uint32_t *target;
    uint32_t *idom;
} rest;

/* --- keep --- */

static hb_status put_pair(hb_wordlist *list, uint64_t a, uint64_t b)
{
    uint64_t *words = hb_wordlist_put(list, 2);
    if (words == NULL) return HB_ERR_MEMORY;
    words[0] = a;
    words[1] = b;
    return HB_OK;
}

/* What is next above an object on this rank; HB_NO_ID: the top of its tree here. */
static uint32_t next_above(const rest *r, uint32_t id)
{
    const hb_gid above = r->joins->idom[id];
    return above == HB_NO_GID || hb_gid_rank(above) != r->joins->forest.rank ? HB_NO_ID : hb_gid_id(above);
}

/* Marks an object, and all above it as seen. */
static hb_status see(rest *r, uint32_t id, uint8_t mark)
{
    const uint8_t before = r->mark[id];
    r->mark[id] |= mark;
    if (before != 0) return HB_OK;
    for (; id != HB_NO_ID && !(r->mark[id] & SEEN); id = next_above(r, id)) {
        r->mark[id] |= SEEN;
        if (hb_grow(&r->seen, &r->cap_seen, r->n_seen + 1, sizeof *r->seen) != HB_OK) return HB_ERR_MEMORY;
        r->seen[r->n_seen++] = id;
    }
    return HB_OK;
}

static hb_status take_edge(rest *r, uint32_t from, hb_gid to)
{
    if (!hb_joins_open(r->joins, to)) return HB_OK;
    if (see(r, from, SOURCE) != HB_OK) return HB_ERR_MEMORY;
    return put_pair(&r->edges, hb_gid_of(r->joins->forest.rank, from), to);
}

/* The edges that graph/dom_close.c has noted. */
static hb_status take_edges(rest *r)
{
    const hb_joins *j = r->joins;
    hb_status status = HB_OK;
    for (int t = 0; t < j->n_threads; t++)
        for (size_t i = 0; i < j->edges[t].n; i++)
            for (size_t at = 0; at < j->edges[t].blocks[i].n && status == HB_OK; at++) {
                const uint64_t word = j->edges[t].blocks[i].words[at];
                status = take_edge(r, (uint32_t)(word >> 32), hb_gid_of(j->forest.rank, (uint32_t)word));
            }
    for (size_t i = 0; i < j->away.n; i++)
        for (size_t at = 0; at < j->away.blocks[i].n && status == HB_OK; at += 2)
            status = take_edge(r, (uint32_t)j->away.blocks[i].words[at], j->away.blocks[i].words[at + 1]);
    return status;
}

/* Open joins need a vertex. */
static hb_status take_joins(rest *r)
{
    const hb_joins *j = r->joins;
    const size_t base = j->base[j->forest.rank];
    hb_status status = HB_OK;
    for (uint32_t v = 0; v < j->forest.n; v += 64)
        for (uint64_t bits = j->open[base + v / 64]; bits != 0 && status == HB_OK; bits &= bits - 1)
            status = see(r, v + (uint32_t)__builtin_ctzll(bits), SOURCE);
    return status;
}

/* --- keep what other ranks' kept objects hang from --- */

/* Which entries have something kept below them, on their own rank or, by the tree of entries, on others: a word each, on
 * their owners. */
static hb_status find_needed(rest *r, uint64_t **needed)
{
    hb_forest *f = &r->joins->forest;
    uint64_t *own = hb_alloc(f->n_entries, sizeof *own), *all = NULL;
    hb_status status;
    HB_TRY(hb_comm_agree(f->comm, own != NULL ? HB_OK : HB_ERR_MEMORY));
    for (size_t i = 0; i < f->n_entries; i++) own[i] = r->mark[f->entry[i]] != 0;
    HB_TRY(hb_forest_gather(f, own, 1, &all));
    for (size_t i = f->n_places; i-- > 0;) {
        const size_t place = f->sorted[i];
        if (f->up[place] != HB_NO_PLACE) all[f->up[place]] |= all[place];
    }
    HB_TRY(hb_forest_tell(f, all, 1, needed));
out:
    hb_free(own);
    hb_free(all);
    return status;
}

/* What holds a needed entry is kept. */
static hb_status put_holders(void *ctx, hb_outbox *box, int *more)
{
    rest *r = ctx;
    const hb_forest *f = &r->joins->forest;
    for (; r->next < f->n_entries && !hb_outbox_full(box); r->next++) {
        const hb_gid above = hb_forest_above(f, f->entry[r->next]);
        if (!r->needed[r->next]) continue;
        uint64_t *word = hb_outbox_put(box, hb_gid_rank(above), 1);
        if (word == NULL) return HB_ERR_MEMORY;
        *word = hb_gid_id(above);
    }
    *more = r->next < f->n_entries;
    return HB_OK;
}

static hb_status take_holders(void *ctx, int from, const uint64_t *words, size_t n)
{
    (void)from;
    rest *r = ctx;
    for (size_t i = 0; i < n; i++)
        if (see(r, (uint32_t)words[i], SOURCE) != HB_OK) return HB_ERR_MEMORY;
    return HB_OK;
}

/* The tree of entries was made before joins were closed within trees: what hangs from such a join leads on to entries
 * above that it does not know. So again, until none is new. */
static hb_status keep_across(rest *r)
{
    hb_forest *f = &r->joins->forest;
    hb_status status = HB_OK;
    for (uint64_t fresh = 1; fresh > 0;) {
        hb_free(r->needed);
        r->needed = NULL;
        HB_TRY(find_needed(r, &r->needed));
        for (size_t i = 0; i < f->n_entries && status == HB_OK; i++)
            if (r->needed[i]) status = see(r, f->entry[i], SOURCE);
        HB_TRY(hb_comm_agree(f->comm, status));
        r->next = 0;
        HB_TRY(hb_exchange(f->comm, put_holders, take_holders, r));
        fresh = 0;
        for (size_t i = 0; i < f->n_entries; i++) fresh += !r->needed[i] && r->mark[f->entry[i]] != 0;
        hb_comm_sum(f->comm, &fresh, 1);
    }
out:
    return status;
}

static int by_distance(const void *a, const void *b, void *ctx)
{
    const hb_distance *distance = ctx;
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (distance[x] != distance[y]) return distance[x] < distance[y] ? -1 : 1;
    return (x > y) - (x < y);
}

static int by_id(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* From the bottom up: what an edge comes from, where two ways meet, and the tops. */
static void choose(rest *r)
{
    for (size_t i = r->n_seen; i-- > 0;) {
        const uint32_t v = r->seen[i], above = next_above(r, v);
        if (above == HB_NO_ID || (r->mark[v] & (SOURCE | BELOW_MORE))) r->mark[v] |= KEPT;
        if (above != HB_NO_ID) r->mark[above] |= r->mark[above] & BELOW_ONE ? BELOW_MORE : BELOW_ONE;
    }
}

/* Kept ones, by id, each with the kept one next above. */
static hb_status list_kept(rest *r)
{
    for (size_t i = 0; i < r->n_seen; i++) {
        const uint32_t v = r->seen[i];
        r->nearest[v] = r->mark[v] & KEPT ? v : r->nearest[next_above(r, v)];
    }
    if (r->n_seen > 0) qsort(r->seen, r->n_seen, sizeof *r->seen, by_id);
    for (size_t i = 0; i < r->n_seen; i++) {
        const uint32_t v = r->seen[i], above = next_above(r, v);
        if (!(r->mark[v] & KEPT)) continue;
        const hb_gid up = above == HB_NO_ID ? r->joins->idom[v] : hb_gid_of(r->joins->forest.rank, r->nearest[above]);
        if (put_pair(&r->rows, hb_gid_of(r->joins->forest.rank, v), up) != HB_OK) return HB_ERR_MEMORY;
    }
    return HB_OK;
}

static hb_status keep(rest *r)
{
    hb_joins *j = r->joins;
    hb_status status;
    r->mark = hb_alloc_zero(j->forest.n, sizeof *r->mark);
    r->nearest = hb_alloc(j->forest.n, sizeof *r->nearest);
    status = r->mark != NULL && r->nearest != NULL ? take_edges(r) : HB_ERR_MEMORY;
    if (status == HB_OK) status = take_joins(r);
    HB_TRY(hb_comm_agree(j->comm, status));
    if (hb_comm_size(j->comm) > 1) HB_TRY(keep_across(r));
    if (r->n_seen > 0) qsort_r(r->seen, r->n_seen, sizeof *r->seen, by_distance, j->bfs->distance);
    choose(r);
    status = hb_comm_agree(j->comm, list_kept(r));
    hb_free(r->mark);
    hb_free(r->nearest);
    hb_free(r->seen);
    r->mark = NULL;
    r->nearest = r->seen = NULL;
out:
    return status;
}

/* --- gather --- */

/* All ranks' words on rank 0; frees the list. */
static hb_status gather_list(rest *r, hb_wordlist *list, uint64_t **all, size_t *ends)
{
    size_t n = 0;
    uint64_t *own = hb_alloc(hb_wordlist_words(list), sizeof *own);
    hb_status status;
    HB_TRY(hb_comm_agree(r->joins->comm, own != NULL ? HB_OK : HB_ERR_MEMORY));
    for (size_t i = 0; i < list->n; i++) {
        memcpy(own + n, list->blocks[i].words, list->blocks[i].n * sizeof *own);
        n += list->blocks[i].n;
        hb_block_free(&list->blocks[i]);
    }
    HB_TRY(hb_comm_gather_parts(r->joins->comm, own, n, 0, all, ends));
out:
    hb_free(own);
    return status;
}

/* --- solve, on rank 0: vertex 0 is the virtual root, row i is vertex i + 1 --- */

/* The vertex of a kept object. */
static uint32_t vertex_of(const rest *r, hb_gid gid)
{
    const int rank = hb_gid_rank(gid);
    size_t low = rank == 0 ? 0 : r->ends[rank - 1], high = r->ends[rank];
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (r->all_rows[2 * middle] <= gid) low = middle;
        else high = middle;
    }
    return (uint32_t)low + 1;
}

/* Vertices above, and edges as vertices, in place. */
static hb_status number(rest *r)
{
    const size_t n = r->n_rows + 1;
    r->above = hb_alloc_zero(n, sizeof *r->above);
    if (r->above == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < r->n_rows; i++) {
        const hb_gid above = r->all_rows[2 * i + 1];
        if (above == HB_NO_GID) continue;
        r->above[i + 1] = vertex_of(r, above);
    }
    for (size_t i = 0; i < 2 * r->n_edges; i++) r->all_edges[i] = vertex_of(r, r->all_edges[i]);
    return HB_OK;
}

/* Whether a tree edge leads to a vertex: an open join has edges from its holders in its place. */
static int has_tree_edge(const rest *r, uint32_t v)
{
    return !hb_joins_open(r->joins, r->all_rows[2 * ((size_t)v - 1)]);
}

static hb_status make_graph(rest *r)
{
    const size_t n = r->n_rows + 1;
    r->first = hb_alloc_zero(n + 2, sizeof *r->first);
    r->target = hb_alloc(r->n_rows + r->n_edges, sizeof *r->target);
    if (r->first == NULL || r->target == NULL) return HB_ERR_MEMORY;
    /* Counted one row too far, so that filling moves each start to where it belongs. */
    for (uint32_t v = 1; v < n; v++)
        if (has_tree_edge(r, v)) r->first[(size_t)r->above[v] + 2]++;
    for (size_t i = 0; i < r->n_edges; i++) r->first[r->all_edges[2 * i] + 2]++;
    for (size_t v = 0; v < n; v++) r->first[v + 2] += r->first[v + 1];
    for (uint32_t v = 1; v < n; v++)
        if (has_tree_edge(r, v)) r->target[r->first[(size_t)r->above[v] + 1]++] = v;
    for (size_t i = 0; i < r->n_edges; i++)
        r->target[r->first[r->all_edges[2 * i] + 1]++] = (uint32_t)r->all_edges[2 * i + 1];
    return HB_OK;
}

static hb_status solve(rest *r)
{
    hb_status status;
    if (r->n_rows >= UINT32_MAX - 2) return HB_ERR_MEMORY;
    HB_TRY(number(r));
    HB_TRY(make_graph(r));
    hb_free(r->all_edges);
    r->all_edges = NULL;
    r->idom = hb_alloc(r->n_rows + 1, sizeof *r->idom);
    if (r->idom == NULL) HB_TRY(HB_ERR_MEMORY);
    HB_TRY(hb_semi_nca((uint32_t)r->n_rows + 1, r->first, r->target, r->idom));
out:
    return status;
}

/* --- tell --- */

static hb_status tell(void *ctx, hb_outbox *box, int *more)
{
    rest *r = ctx;
    for (; r->next < r->n_rows && !hb_outbox_full(box); r->next++) {
        const hb_gid gid = r->all_rows[2 * (size_t)r->next];
        const uint32_t idom = r->idom[r->next + 1];
        if (!hb_joins_open(r->joins, gid)) continue;
        uint64_t *words = hb_outbox_put(box, hb_gid_rank(gid), 2);
        if (words == NULL) return HB_ERR_MEMORY;
        words[0] = hb_gid_id(gid);
        words[1] = idom == 0 ? HB_NO_GID : r->all_rows[2 * ((size_t)idom - 1)];
    }
    *more = r->next < r->n_rows;
    return HB_OK;
}

static hb_status hear(void *ctx, int from, const uint64_t *words, size_t n)
{
    (void)from;
    rest *r = ctx;
    for (size_t at = 0; at < n; at += 2) r->joins->idom[words[at]] = words[at + 1];
    return HB_OK;
}

hb_status hb_dom_rest(hb_joins *j, uint64_t *n_vertices, uint64_t *n_edges)
{
    const int n_ranks = hb_comm_size(j->comm), root = 0;
    rest r = { .joins = j };
    size_t *edge_ends = hb_alloc((size_t)n_ranks, sizeof *edge_ends);
    uint64_t sizes[2] = { 0 };
    hb_status status;
    hb_wordlist_init(&r.edges, 0);
    hb_wordlist_init(&r.rows, 0);
    r.ends = hb_alloc((size_t)n_ranks, sizeof *r.ends);
    HB_TRY(hb_comm_agree(j->comm, edge_ends != NULL && r.ends != NULL ? HB_OK : HB_ERR_MEMORY));
    HB_TRY(keep(&r));
    HB_TRY(gather_list(&r, &r.rows, &r.all_rows, r.ends));
    HB_TRY(gather_list(&r, &r.edges, &r.all_edges, edge_ends));
    for (int i = 0; i < n_ranks; i++) r.ends[i] /= 2;
    if (j->forest.rank == root) {
        r.n_rows = r.ends[n_ranks - 1];
        r.n_edges = edge_ends[n_ranks - 1] / 2;
        status = solve(&r);
        sizes[0] = r.n_rows;
        sizes[1] = r.n_rows + r.n_edges;
    }
    HB_TRY(hb_comm_agree(j->comm, status));
    r.next = 0;
    HB_TRY(hb_exchange(j->comm, tell, hear, &r));
    hb_comm_broadcast(j->comm, sizes, sizeof sizes, root);
    *n_vertices = sizes[0];
    *n_edges = sizes[1];
out:
    hb_wordlist_fini(&r.edges);
    hb_wordlist_fini(&r.rows);
    void *const blocks[] = { r.mark, r.seen, r.nearest, r.needed, r.all_rows, r.all_edges, r.ends, r.above, r.first, r.target,
                             r.idom, edge_ends };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) hb_free(blocks[i]);
    return status;
}
