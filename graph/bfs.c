/* One rank has all edges, and settles objects in the order of their distances (graph/bfs_alone.c). With several, one that
 * kept to that order would wait for the others at every hop (graph/bfs_spread.c). The answer is the same. */
#include "graph/bfs.h"

#include "base/memory.h"
#include "graph/bfs_alone.h"
#include "graph/bfs_spread.h"
#include "graph/order.h"

hb_status hb_bfs_run(hb_comm *comm, const hb_graph *graph, int n_threads, hb_bfs *out)
{
    *out = (hb_bfs){ 0 };
    if (hb_comm_size(comm) == 1) return hb_bfs_search_alone(graph, n_threads, out);
    hb_status status = hb_bfs_search_spread(comm, graph, n_threads, out);
    if (status != HB_OK) return status;
    status = hb_order_by_distance(out, graph->shard->n, n_threads, &out->order, &out->n_order);
    return hb_comm_agree(comm, status);
}

void hb_bfs_fini(hb_bfs *bfs)
{
    hb_free(bfs->distance);
    hb_free(bfs->parent);
    hb_free(bfs->via);
    hb_free(bfs->order);
    *bfs = (hb_bfs){ 0 };
}

void hb_bfs_reachability(hb_comm *comm, const hb_shard *shard, const hb_bfs *bfs, int n_threads, hb_reachability *out)
{
    uint64_t memsize = 0, near = 0, hops_sum = 0, most = 0;
#pragma omp parallel for num_threads(n_threads) schedule(static) reduction(+ : memsize, near, hops_sum) reduction(max : most)
    for (uint32_t v = 0; v < shard->n; v++) {
        const hb_distance d = bfs->distance[v];
        if (d == HB_UNREACHED) continue;
        memsize += hb_shard_memsize(shard, v);
        if (hb_distance_classes(d) != 0) continue;
        near++;
        hops_sum += hb_distance_hops(d);
        if (hb_distance_hops(d) > most) most = hb_distance_hops(d);
    }
    uint64_t sums[5] = { bfs->n_order, shard->n - bfs->n_order, memsize, near, hops_sum };
    hb_comm_sum(comm, sums, 5);
    hb_comm_max(comm, &most, 1);
    *out = (hb_reachability){ .reachable = sums[0], .unreachable = sums[1], .reachable_memsize = sums[2],
                              .without_class_edges = sums[3], .hops_sum = sums[4], .max_hops = most };
}
