/* What enters: the forest of what is settled, and the open joins. What leaves: the open joins' immediate dominators.
 *
 * Only edges into open joins can say something new. So of each tree only those objects are kept from which such an edge
 * leads, those where the ways up from kept objects meet, and the tops of trees; what lies between two of them is one
 * edge. That changes no join's immediate dominator: an object that is left out has one kept object next below it, which
 * dominates whatever it dominates among the joins, and is nearer. Edges from below a join to that same join say nothing
 * and are left out as well.
 *
 *   keep     this rank's objects, and those that hold entries of other ranks
 *   gather   kept objects with the kept one next above, and edges, on rank 0
 *   prune    trees of entries that end nowhere
 *   solve    semi-NCA, and each open join's owner is told */
#include "graph/dom_rest.h"

#include <string.h>

#include "base/exchange.h"
#include "base/memory.h"
#include "base/wordlist.h"
#include "graph/semi_nca.h"

/* Marks while objects are chosen. */
enum { SOURCE = 1, BELOW_ONE = 2, BELOW_MORE = 4, KEPT = 8 };

typedef struct rest {
    hb_joins *joins;
    uint8_t *mark;           /* by id */
    uint32_t *nearest;       /* by id: the nearest kept object, itself included */
    hb_wordlist edges;       /* source gid, target gid */
    hb_wordlist rows;        /* kept: gid, gid next above or HB_NO_GID; by ascending id */
    uint32_t next;
    /* on rank 0 */
    uint64_t *all_rows, *all_edges;
    size_t n_rows, n_edges;  /* rows, edges */
    size_t *ends;            /* by rank: where its rows end, in words and then in rows */
    uint32_t *above;         /* by row: vertex next above, 0 the virtual root */
    uint32_t *below;         /* by row: kept ones next below, and edges from here */
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

static hb_status note_edge(rest *r, uint32_t v, hb_gid to)
{
    if (!hb_joins_open(r->joins, to) || hb_joins_top(r->joins, v) == to) return HB_OK;
    r->mark[v] |= SOURCE;
    return put_pair(&r->edges, hb_gid_of(r->joins->forest.rank, v), to);
}

static hb_status find_edges(rest *r)
{
    const hb_graph *graph = r->joins->graph;
    const hb_shard *shard = graph->shard;
    hb_status status = HB_OK;
    for (uint32_t i = 0; i < r->joins->n_order && status == HB_OK; i++) {
        const uint32_t v = r->joins->order[i], c = shard->class_id[v];
        for HB_EACH_EDGE (graph, v, e)
            if (status == HB_OK) status = note_edge(r, v, hb_gid_of(shard->rank, graph->target[e]));
        for HB_EACH_REMOTE (graph, v, e)
            if (status == HB_OK) status = note_edge(r, v, graph->remote[e]);
        if (status == HB_OK && c != HB_NO_CLASS && shard->class_gid[c] != HB_NO_GID)
            status = note_edge(r, v, shard->class_gid[c]);
    }
    return status;
}

/* What holds an entry of another rank is kept. */
static hb_status put_holders(void *ctx, hb_outbox *box, int *more)
{
    rest *r = ctx;
    const hb_forest *f = &r->joins->forest;
    for (; r->next < f->n_entries && !hb_outbox_full(box); r->next++) {
        const hb_gid above = f->above[f->entry[r->next]];
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
    for (size_t i = 0; i < n; i++) r->mark[words[i]] |= SOURCE;
    return HB_OK;
}

/* From the bottom up. An open join is kept, so that it has a vertex; so is what an edge comes from, and where two ways
 * meet; so is a top with something below it. */
static void choose(rest *r)
{
    const hb_forest *f = &r->joins->forest;
    for (uint32_t i = f->n_order; i-- > 0;) {
        const uint32_t v = f->order[i];
        uint8_t mark = r->mark[v];
        const int entry = hb_forest_is_entry(f, v), join = hb_joins_open(r->joins, hb_gid_of(f->rank, v));
        const int top = f->top[v] == v && mark != 0;
        if (entry || join || top || (mark & (SOURCE | BELOW_MORE))) mark |= KEPT;
        r->mark[v] = mark;
        if (mark == 0 || f->top[v] == v) continue;
        uint8_t *above = &r->mark[hb_gid_id(f->above[v])];
        *above |= *above & BELOW_ONE ? BELOW_MORE : BELOW_ONE;
    }
}

static hb_status list_kept(rest *r)
{
    const hb_forest *f = &r->joins->forest;
    for (uint32_t i = 0; i < f->n_order; i++) {
        const uint32_t v = f->order[i];
        if (r->mark[v] & KEPT) r->nearest[v] = v;
        else if (f->top[v] != v) r->nearest[v] = r->nearest[hb_gid_id(f->above[v])];
        else r->nearest[v] = HB_NO_ID;
    }
    for (uint32_t v = 0; v < f->n; v++) {
        hb_gid above = HB_NO_GID;
        if (!(r->mark[v] & KEPT)) continue;
        if (hb_forest_is_entry(f, v)) above = f->above[v];
        else if (f->top[v] != v) above = hb_gid_of(f->rank, r->nearest[hb_gid_id(f->above[v])]);
        if (put_pair(&r->rows, hb_gid_of(f->rank, v), above) != HB_OK) return HB_ERR_MEMORY;
    }
    return HB_OK;
}

static hb_status keep(rest *r)
{
    hb_joins *j = r->joins;
    hb_status status;
    r->mark = hb_alloc_zero(j->forest.n, sizeof *r->mark);
    r->nearest = hb_alloc(j->forest.n, sizeof *r->nearest);
    status = r->mark != NULL && r->nearest != NULL ? find_edges(r) : HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(j->comm, status));
    HB_TRY(hb_exchange(j->comm, put_holders, take_holders, r));
    choose(r);
    status = list_kept(r);
    hb_free(r->mark);
    hb_free(r->nearest);
    r->mark = NULL;
    r->nearest = NULL;
    status = hb_comm_agree(j->comm, status);
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

/* Takes away, from the bottom up, what has no edge from it and nothing below: an entry that leads nowhere. */
static void prune(rest *r)
{
    for (size_t i = 0; i < r->n_rows; i++) {
        uint32_t v = (uint32_t)i + 1;
        while (v != 0 && r->below[v] == 0 && !hb_joins_open(r->joins, r->all_rows[2 * ((size_t)v - 1)])) {
            const uint32_t above = r->above[v];
            r->below[v] = UINT32_MAX;
            if (above == 0) break;
            r->below[above]--;
            v = above;
        }
    }
}

/* Vertices above, edges as vertices, in place; what is pruned. */
static hb_status number(rest *r)
{
    const size_t n = r->n_rows + 1;
    r->above = hb_alloc_zero(n, sizeof *r->above);
    r->below = hb_alloc_zero(n, sizeof *r->below);
    if (r->above == NULL || r->below == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < r->n_rows; i++) {
        const hb_gid above = r->all_rows[2 * i + 1];
        if (above == HB_NO_GID) continue;
        r->above[i + 1] = vertex_of(r, above);
        r->below[r->above[i + 1]]++;
    }
    for (size_t i = 0; i < 2 * r->n_edges; i++) r->all_edges[i] = vertex_of(r, r->all_edges[i]);
    for (size_t i = 0; i < r->n_edges; i++) r->below[r->all_edges[2 * i]]++;
    prune(r);
    return HB_OK;
}

/* Whether the tree edge into a vertex stands: it is not pruned, and no open join, whose holders are edges. */
static int has_tree_edge(const rest *r, uint32_t v)
{
    return r->below[v] != UINT32_MAX && !hb_joins_open(r->joins, r->all_rows[2 * ((size_t)v - 1)]);
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
    void *const blocks[] = { r.mark, r.nearest, r.all_rows, r.all_edges, r.ends, r.above, r.below, r.first, r.target,
                             r.idom, edge_ends };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) hb_free(blocks[i]);
    return status;
}
