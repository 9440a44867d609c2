/* Compares the answers object by object, and the plain dominators with what is reachable: two independent programs that
 * agree on a real dump are hardly both wrong. */
#include "bench/graph_check.h"

#include "base/log.h"

static void say_difference(const hb_shard *shard, const char *what, uint32_t v, int *n_differences)
{
    if ((*n_differences)++ < 10)
        hb_log(HB_LOG_ERROR, "%s: object 0x%llx differs", what, (unsigned long long)hb_shard_address(shard, v));
}

void graph_check_search(const hb_shard *shard, const graph_answers *a, int *n_differences)
{
    for (uint32_t v = 0; v < shard->n; v++) {
        const hb_distance d = a->bfs.distance[v];
        const uint32_t hops = d < UINT32_MAX ? hb_distance_hops(d) : REF_UNREACHED;
        if (d != a->ref_bfs.distance[v]) say_difference(shard, "distance", v, n_differences);
        if (a->bfs.parent[v] != a->ref_bfs.parent[v]) say_difference(shard, "parent", v, n_differences);
        if ((d == HB_UNREACHED) != (a->alike.hops[v] == REF_UNREACHED))
            say_difference(shard, "reachability", v, n_differences);
        if (hops != a->references.hops[v]) say_difference(shard, "hops over references", v, n_differences);
    }
}

static void check_trees(const hb_shard *shard, const graph_answers *a, int *n_differences)
{
    const hb_dominators *ours = &a->dominators;
    const ref_dominators *ref = &a->ref_dominators;
    for (uint32_t v = 0; v < shard->n; v++) {
        const hb_gid idom = ref->idom[v] == HB_NO_ID ? HB_NO_GID : hb_gid_of(0, ref->idom[v]);
        if (ours->idom[v] != idom) say_difference(shard, "idom", v, n_differences);
        if (ref->retained_objects[v] == 0) continue;
        if (ours->retained_memsize[v] != ref->retained_memsize[v])
            say_difference(shard, "retained memsize", v, n_differences);
        if (ours->retained_objects[v] != ref->retained_objects[v])
            say_difference(shard, "retained objects", v, n_differences);
    }
}

/* What the virtual root retains is all that is reachable. */
static void check_sums(const hb_shard *shard, const graph_answers *a, int *n_differences)
{
    const ref_dominators *ref = &a->ref_dominators;
    uint64_t objects = 0, memsize = 0;
    for (uint32_t v = 0; v < shard->n; v++) {
        if (a->ref_bfs.distance[v] == HB_UNREACHED) continue;
        objects++;
        memsize += hb_shard_memsize(shard, v);
        if (ref->idom[v] != HB_NO_ID) continue;
        objects -= ref->retained_objects[v];
        memsize -= ref->retained_memsize[v];
    }
    if (objects == 0 && memsize == 0) return;
    ++*n_differences;
    hb_log(HB_LOG_ERROR, "the plain dominators do not add up to what is reachable");
}

void graph_check_dominators(const hb_shard *shard, const graph_answers *a, int *n_differences)
{
    check_sums(shard, a, n_differences);
    check_trees(shard, a, n_differences);
}

void graph_answers_fini(graph_answers *a)
{
    hb_bfs_fini(&a->bfs);
    hb_bfs_fini(&a->ref_bfs);
    ref_tree_fini(&a->alike);
    ref_tree_fini(&a->references);
    hb_dominators_fini(&a->dominators);
    ref_dominators_fini(&a->ref_dominators);
}
