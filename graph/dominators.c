/* What enters: the graph and the finished search. What leaves: immediate dominators and retained sizes.
 *
 *   joins     what is not dominated by its parent in the search or by the virtual root at once (graph/dom_joins.c);
 *             in parallel, over threads and ranks
 *   resolve   which of these the virtual root dominates as well; the same
 *   rest      the others, on rank 0 (graph/dom_rest.c): 0 to 5 % of the objects of real heaps
 *   sum       retained sizes, up the dominator tree (graph/forest.c)
 *
 * Contraction and what it leaves of real heaps: docs/DESIGN.md. */
#include "graph/dominators.h"

#include <string.h>

#include "base/memory.h"
#include "graph/dom_close.h"
#include "graph/dom_joins.h"
#include "graph/dom_rest.h"

static hb_status find_idoms(hb_comm *comm, const hb_graph *graph, const hb_bfs *bfs, int n_threads, uint64_t *seen,
                            hb_dominators *d)
{
    hb_joins joins = { .order = d->order, .n_order = d->n_order, .idom = d->idom, .seen = seen };
    hb_status status;
    HB_TRY(hb_joins_find(comm, graph, bfs, n_threads, &joins));
    d->n_joins = hb_joins_count(&joins);
    HB_TRY(hb_joins_close(&joins));
    d->n_open = hb_joins_count(&joins);
    if (d->n_open > 0) HB_TRY(hb_dom_rest(&joins, &d->n_rest, &d->n_rest_edges));
out:
    hb_joins_fini(&joins);
    return status;
}

hb_status hb_dominators_find_idoms(hb_comm *comm, const hb_graph *graph, const hb_bfs *bfs, int n_threads,
                                   hb_dominators *out)
{
    const uint32_t n = graph->shard->n;
    uint64_t *seen = hb_alloc(n, sizeof *seen);
    *out = (hb_dominators){ .idom = hb_alloc(n, sizeof *out->idom), .order = bfs->order, .n_order = bfs->n_order,
                            .n_threads = n_threads };
    hb_status status = out->idom != NULL && seen != NULL ? HB_OK : HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(find_idoms(comm, graph, bfs, n_threads, seen, out));
out:
    hb_free(seen);
    return status;
}

hb_status hb_dominators_sum(hb_comm *comm, const hb_shard *shard, const hb_bfs *bfs, int n_threads, hb_dominators *d)
{
    hb_status status;
    d->retained_memsize = hb_alloc(shard->n, sizeof *d->retained_memsize);
    d->retained_objects = hb_alloc(shard->n, sizeof *d->retained_objects);
    HB_TRY(hb_comm_agree(comm, d->retained_memsize != NULL && d->retained_objects != NULL ? HB_OK : HB_ERR_MEMORY));
#pragma omp parallel for num_threads(n_threads) schedule(static)
    for (uint32_t v = 0; v < shard->n; v++) {
        const int reached = bfs->distance[v] != HB_UNREACHED;
        d->retained_memsize[v] = reached ? hb_shard_memsize(shard, v) : 0;
        d->retained_objects[v] = (uint64_t)reached;
    }
    d->forest = (hb_forest){ .comm = comm, .rank = shard->rank, .n = shard->n, .above = d->idom, .order = d->order,
                             .n_order = d->n_order, .n_threads = n_threads };
    HB_TRY(hb_forest_build(&d->forest));
    HB_TRY(hb_forest_sum(&d->forest, d->retained_memsize, d->retained_objects));
out:
    return status;
}

hb_status hb_dominators_find(hb_comm *comm, const hb_graph *graph, const hb_bfs *bfs, int n_threads,
                             hb_dominators *out)
{
    hb_status status;
    HB_TRY(hb_dominators_find_idoms(comm, graph, bfs, n_threads, out));
    HB_TRY(hb_dominators_sum(comm, graph->shard, bfs, n_threads, out));
out:
    return status;
}

void hb_dominators_keep_memsize(hb_dominators *d)
{
    hb_forest_fini(&d->forest);
    hb_free(d->idom);
    hb_free(d->retained_objects);
    d->order = NULL;
    d->n_order = 0;
    d->idom = NULL;
    d->retained_objects = NULL;
}

void hb_dominators_fini(hb_dominators *d)
{
    hb_dominators_keep_memsize(d);
    hb_free(d->retained_memsize);
    *d = (hb_dominators){ 0 };
}
