/* What enters: the forest of what is settled, and the open joins. What leaves: the open joins' immediate dominators.
 *
 *   keep     the objects that matter for them (graph/dom_keep.c)
 *   gather   kept objects with the kept one next above, and edges, on rank 0
 *   solve    semi-NCA, and each open join's owner is told */
#include "graph/dom_rest.h"

#include <string.h>

#include "base/exchange.h"
#include "base/memory.h"
#include "base/wordlist.h"
#include "graph/dom_keep.h"
#include "graph/semi_nca.h"

typedef struct rest {
    hb_joins *joins;
    hb_dom_kept kept;        /* of this rank */
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
    hb_dom_kept_init(&r.kept);
    r.ends = hb_alloc((size_t)n_ranks, sizeof *r.ends);
    HB_TRY(hb_comm_agree(j->comm, edge_ends != NULL && r.ends != NULL ? HB_OK : HB_ERR_MEMORY));
    HB_TRY(hb_dom_keep(j, &r.kept));
    HB_TRY(gather_list(&r, &r.kept.rows, &r.all_rows, r.ends));
    HB_TRY(gather_list(&r, &r.kept.edges, &r.all_edges, edge_ends));
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
    hb_dom_kept_fini(&r.kept);
    void *const blocks[] = { r.all_rows, r.all_edges, r.ends, r.above, r.first, r.target, r.idom, edge_ends };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) hb_free(blocks[i]);
    return status;
}
