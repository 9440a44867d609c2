/* One rank has all edges, and settles objects in the order of their distances (graph/bfs_alone.c). With several, one that
 * kept to that order would wait for the others at every hop (graph/bfs_spread.c). The answer is the same. */
#include "graph/bfs.h"

#include "base/memory.h"
#include "graph/bfs_alone.h"
#include "graph/bfs_spread.h"

hb_status hb_bfs_run(hb_comm *comm, const hb_graph *graph, int n_threads, hb_bfs *out)
{
    *out = (hb_bfs){ 0 };
    if (hb_comm_size(comm) == 1) return hb_bfs_search_alone(graph, n_threads, out);
    return hb_bfs_search_spread(comm, graph, n_threads, out);
}

void hb_bfs_fini(hb_bfs *bfs)
{
    hb_free(bfs->distance);
    hb_free(bfs->parent);
    hb_free(bfs->via);
    *bfs = (hb_bfs){ 0 };
}

void hb_bfs_reachability(hb_comm *comm, const hb_shard *shard, const hb_bfs *bfs, hb_reachability *out)
{
    uint64_t sums[5] = { 0 }, most = 0;
    for (uint32_t v = 0; v < shard->n; v++) {
        hb_distance d = bfs->distance[v];
        if (d == HB_UNREACHED) {
            sums[1]++;
            continue;
        }
        sums[0]++;
        sums[2] += hb_shard_memsize(shard, v);
        if (hb_distance_classes(d) != 0) continue;
        sums[3]++;
        sums[4] += hb_distance_hops(d);
        if (hb_distance_hops(d) > most) most = hb_distance_hops(d);
    }
    hb_comm_sum(comm, sums, 5);
    hb_comm_max(comm, &most, 1);
    *out = (hb_reachability){ .reachable = sums[0], .unreachable = sums[1], .reachable_memsize = sums[2],
                              .without_class_edges = sums[3], .hops_sum = sums[4], .max_hops = most };
}
