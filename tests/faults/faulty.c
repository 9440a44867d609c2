/* The program with one wrong figure, to see what it says of that: the linker puts these functions in place of those whose
 * answer --validate checks (--wrap, see the Makefile). Each calls the real one, then falsifies what HB_TEST_FAULT names;
 * without it this is the program as it is.
 *
 * The object is the one that most references are needed to reach, and no class pointer; of these the one at the lowest
 * address: the same for any number of ranks, and as no reference leads on from it, only its own answer is wrong. Its rank
 * says on standard error which it is. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/bfs.h"
#include "graph/dominators.h"
#include "report/fill.h"

static uint32_t victim;   /* its id on its own rank; HB_NO_ID on the others */

static int is_wanted(const char *fault)
{
    const char *name = getenv("HB_TEST_FAULT");
    return name != NULL && strcmp(name, fault) == 0;
}

static void choose_victim(hb_comm *comm, const hb_shard *shard, const hb_bfs *bfs)
{
    uint64_t farthest = 0, lowest = UINT64_MAX;
    for (uint32_t id = 0; id < shard->n; id++)
        if (hb_distance_classes(bfs->distance[id]) == 0 && bfs->distance[id] > farthest) farthest = bfs->distance[id];
    hb_comm_max(comm, &farthest, 1);
    victim = HB_NO_ID;
    for (uint32_t id = shard->n; id-- > 0;)
        if (bfs->distance[id] == farthest) victim = id;
    if (victim != HB_NO_ID) lowest = hb_shard_address(shard, victim);
    const uint64_t own = lowest;
    hb_comm_min(comm, &lowest, 1);
    if (own != lowest) victim = HB_NO_ID;
    else fprintf(stderr, "the victim is 0x%" PRIx64 "\n", lowest);
}

/* --- in place of the real ones --- */

hb_status __real_hb_bfs_run(hb_comm *comm, const hb_graph *graph, int n_threads, hb_bfs *out);
hb_status __wrap_hb_bfs_run(hb_comm *comm, const hb_graph *graph, int n_threads, hb_bfs *out);
hb_status __real_hb_dominators_find_idoms(hb_comm *comm, const hb_graph *graph, const hb_bfs *bfs, int n_threads,
                                          hb_dominators *out);
hb_status __wrap_hb_dominators_find_idoms(hb_comm *comm, const hb_graph *graph, const hb_bfs *bfs, int n_threads,
                                          hb_dominators *out);
hb_status __real_hb_dominators_sum(hb_comm *comm, const hb_shard *shard, const hb_bfs *bfs, int n_threads,
                                   hb_dominators *dominators);
hb_status __wrap_hb_dominators_sum(hb_comm *comm, const hb_shard *shard, const hb_bfs *bfs, int n_threads,
                                   hb_dominators *dominators);
hb_status __real_hb_fill_path(const hb_shard *shard, const hb_table *sums, size_t row, int n_analysed,
                              const hb_paths *paths, unsigned group, hb_path_report *out);
hb_status __wrap_hb_fill_path(const hb_shard *shard, const hb_table *sums, size_t row, int n_analysed,
                              const hb_paths *paths, unsigned group, hb_path_report *out);

hb_status __wrap_hb_bfs_run(hb_comm *comm, const hb_graph *graph, int n_threads, hb_bfs *out)
{
    const hb_status status = __real_hb_bfs_run(comm, graph, n_threads, out);
    if (status != HB_OK) return status;
    choose_victim(comm, graph->shard, out);
    if (victim == HB_NO_ID) return status;
    if (is_wanted("parent")) out->parent[victim] = HB_PARENT_ROOT;
    if (is_wanted("distance")) out->distance[victim]++;
    return status;
}

hb_status __wrap_hb_dominators_find_idoms(hb_comm *comm, const hb_graph *graph, const hb_bfs *bfs, int n_threads,
                                          hb_dominators *out)
{
    const hb_status status = __real_hb_dominators_find_idoms(comm, graph, bfs, n_threads, out);
    if (status == HB_OK && victim != HB_NO_ID && is_wanted("idom")) out->idom[victim] = HB_NO_GID;
    return status;
}

hb_status __wrap_hb_dominators_sum(hb_comm *comm, const hb_shard *shard, const hb_bfs *bfs, int n_threads,
                                   hb_dominators *dominators)
{
    const hb_status status = __real_hb_dominators_sum(comm, shard, bfs, n_threads, dominators);
    if (status == HB_OK && victim != HB_NO_ID && is_wanted("retained")) dominators->retained_memsize[victim] += 8;
    return status;
}

/* Of every row. */
hb_status __wrap_hb_fill_path(const hb_shard *shard, const hb_table *sums, size_t row, int n_analysed,
                              const hb_paths *paths, unsigned group, hb_path_report *out)
{
    const hb_status status = __real_hb_fill_path(shard, sums, row, n_analysed, paths, group, out);
    if (status == HB_OK && out->n_nodes > 0 && is_wanted("paths")) out->nodes[0].objects++;
    return status;
}
