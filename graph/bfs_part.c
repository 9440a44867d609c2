/* Buckets by hops, and frontiers taken from them; the method stands in graph/bfs_spread.c. What the threads of a frontier find lies
 * in lists of their own, and becomes the next frontier. */
#include "graph/bfs_part.h"

#include <omp.h>
#include <string.h>

#include "base/memory.h"

#define PARALLEL_FRONTIER 4096   /* below this, starting a team costs more than it saves */

/* Ids one thread found. */
typedef struct hb_bfs_found {
    uint32_t *ids;
    size_t n, cap;
    hb_gid *remote;
    size_t n_remote, cap_remote;
    uint32_t *classes;
    size_t n_classes, cap_classes;
    char pad[64];
} found;

typedef struct hb_bfs_entry {
    uint32_t id, next;   /* next: entry number + 1 */
} entry;

/* Lowers the distance if the new one is less; says whether. */
static int lower(hb_distance *at, hb_distance to)
{
    hb_distance now = __atomic_load_n(at, __ATOMIC_RELAXED);
    while (to < now)
        if (__atomic_compare_exchange_n(at, &now, to, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) return 1;
    return 0;
}

static hb_status push(uint32_t **ids, size_t *n, size_t *cap, uint32_t id)
{
    if (*n == *cap && hb_grow(ids, cap, *n + 1, sizeof **ids) != HB_OK) return HB_ERR_MEMORY;
    (*ids)[(*n)++] = id;
    return HB_OK;
}

/* Puts an object into the bucket of its hops. */
static hb_status pend(hb_bfs_part *s, uint32_t id, uint32_t hops)
{
    hb_status status;
    if (hops >= s->n_buckets) {
        HB_TRY(hb_grow(&s->bucket, &s->cap_buckets, (size_t)hops + 1, sizeof *s->bucket));
        memset(s->bucket + s->n_buckets, 0, ((size_t)hops + 1 - s->n_buckets) * sizeof *s->bucket);
        s->n_buckets = (size_t)hops + 1;
    }
    HB_TRY(hb_grow(&s->entries, &s->cap_entries, s->n_entries + 1, sizeof *s->entries));
    s->entries[s->n_entries] = (entry){ .id = id, .next = s->bucket[hops] };
    s->bucket[hops] = (uint32_t)++s->n_entries;
    if (hops < s->low) s->low = hops;
    return HB_OK;
out:
    return status;
}

static hb_status reach(hb_bfs_part *s, uint32_t id, uint32_t hops)
{
    return lower(&s->distance[id], hb_bfs_at_level(s, hops)) ? pend(s, id, hops) : HB_OK;
}

size_t hb_bfs_part_lowest(hb_bfs_part *s)
{
    while (s->low < s->n_buckets && s->bucket[s->low] == 0) s->low++;
    if (s->low == s->n_buckets) s->n_entries = 0;
    return s->low;
}

/* Moves a bucket's entries that are still at these hops to the frontier. */
static hb_status drain(hb_bfs_part *s, size_t hops)
{
    if (hops >= s->n_buckets) return HB_OK;
    for (uint32_t at = s->bucket[hops]; at != 0; at = s->entries[at - 1].next) {
        uint32_t id = s->entries[at - 1].id;
        if (s->distance[id] != hb_bfs_at_level(s, (uint32_t)hops)) continue;
        if (push(&s->frontier, &s->n_frontier, &s->cap_frontier, id) != HB_OK) return HB_ERR_MEMORY;
    }
    s->bucket[hops] = 0;
    return HB_OK;
}

/* Lowers the least distance of an object's class. Returns that class if it is first seen in this level, else HB_NO_CLASS. */
static uint32_t settle_class(hb_bfs_part *s, uint32_t v, uint32_t hops)
{
    uint32_t c = hb_shard_class_id(s->graph->shard, v);
    if (c == HB_NO_CLASS) return HB_NO_CLASS;
    int seen = __atomic_load_n(&s->class_best[c], __ATOMIC_RELAXED) != HB_UNREACHED;
    return lower(&s->class_best[c], hb_bfs_at_level(s, hops)) && !seen ? c : HB_NO_CLASS;
}

/* Follows the edges of one object: what it reaches here, elsewhere, and its class. */
static hb_status settle(hb_bfs_part *s, uint32_t v, uint32_t hops, found *f)
{
    const hb_graph *graph = s->graph;
    const hb_distance next = hb_bfs_at_level(s, hops + 1);
    for HB_EACH_EDGE (graph, v, e)
        if (lower(&s->distance[graph->target[e]], next) &&
            push(&f->ids, &f->n, &f->cap, graph->target[e]) != HB_OK)
            return HB_ERR_MEMORY;
    for HB_EACH_REMOTE (graph, v, e) {
        if (hb_grow(&f->remote, &f->cap_remote, f->n_remote + 1, sizeof *f->remote) != HB_OK) return HB_ERR_MEMORY;
        f->remote[f->n_remote++] = graph->remote[e];
    }
    const uint32_t fresh = settle_class(s, v, hops);
    return fresh != HB_NO_CLASS ? push(&f->classes, &f->n_classes, &f->cap_classes, fresh) : HB_OK;
}

static hb_status settle_frontier(hb_bfs_part *s, uint32_t hops)
{
    int worst = HB_OK;
    s->settled += s->n_frontier;
    if (s->n_frontier > s->widest) s->widest = s->n_frontier;
    if (s->n_threads == 1 || s->n_frontier < PARALLEL_FRONTIER) {
        for (size_t i = 0; i < s->n_frontier && worst == HB_OK; i++)
            worst = settle(s, s->frontier[i], hops, &s->found[0]);
        return (hb_status)worst;
    }
#pragma omp parallel for num_threads(s->n_threads) schedule(dynamic, 512) reduction(max : worst)
    for (size_t i = 0; i < s->n_frontier; i++) {
        int status = settle(s, s->frontier[i], hops, &s->found[omp_get_thread_num()]);
        if (status > worst) worst = status;
    }
    return (hb_status)worst;
}

/* Sends what one thread found for other ranks and takes note of the classes. */
static hb_status hand_over(hb_bfs_part *s, uint32_t hops, found *f)
{
    for (size_t i = 0; i < f->n_remote; i++) {
        uint64_t *word = hb_outbox_put(&s->box, hb_gid_rank(f->remote[i]), 1);
        if (word == NULL) return HB_ERR_MEMORY;
        *word = (uint64_t)hb_gid_id(f->remote[i]) << 32 | (hops + 1);
    }
    for (size_t i = 0; i < f->n_classes; i++)
        if (push(&s->fresh, &s->n_fresh, &s->cap_fresh, f->classes[i]) != HB_OK) return HB_ERR_MEMORY;
    f->n_remote = f->n_classes = 0;
    return HB_OK;
}

/* The next frontier: all that the threads found. */
static hb_status gather_frontier(hb_bfs_part *s, uint32_t hops)
{
    hb_status status;
    s->n_frontier = 0;
    for (int t = 0; t < s->n_threads; t++) {
        found *f = &s->found[t];
        HB_TRY(hand_over(s, hops, f));
        HB_TRY(hb_grow(&s->frontier, &s->cap_frontier, s->n_frontier + f->n, sizeof *s->frontier));
        if (f->n != 0) memcpy(s->frontier + s->n_frontier, f->ids, f->n * sizeof *f->ids);
        s->n_frontier += f->n;
        f->n = 0;
    }
    return HB_OK;
out:
    return status;
}

hb_status hb_bfs_part_settle(hb_bfs_part *s, size_t from, size_t to)
{
    hb_status status = HB_OK;
    size_t hops = from;
    s->n_frontier = 0;
    for (; hops < to; hops++) {
        HB_TRY(drain(s, hops));
        if (s->n_frontier == 0) {
            size_t next = hb_bfs_part_lowest(s);
            if (next >= s->n_buckets || next >= to) return HB_OK;
            hops = next - 1;
            continue;
        }
        HB_TRY(settle_frontier(s, (uint32_t)hops));
        HB_TRY(gather_frontier(s, (uint32_t)hops));
    }
    /* Beyond the window: pending for a later round. */
    for (size_t i = 0; i < s->n_frontier; i++) HB_TRY(pend(s, s->frontier[i], (uint32_t)hops));
out:
    return status;
}

void hb_bfs_part_forget(hb_bfs_part *s)
{
    if (s->n_buckets != 0) memset(s->bucket, 0, s->n_buckets * sizeof *s->bucket);
    s->n_entries = 0;
    s->low = s->n_buckets;
}

hb_status hb_bfs_part_arrive(void *ctx, int from, const uint64_t *words, size_t n)
{
    (void)from;
    hb_bfs_part *s = ctx;
    for (size_t i = 0; i < n; i++) {
        hb_status status = reach(s, (uint32_t)(words[i] >> 32), (uint32_t)words[i]);
        if (status != HB_OK) return status;
    }
    return HB_OK;
}

hb_status hb_bfs_part_arrive_settled(void *ctx, int from, const uint64_t *words, size_t n)
{
    (void)from;
    hb_bfs_part *s = ctx;
    for (size_t i = 0; i < n; i++) {
        uint32_t v = (uint32_t)(words[i] >> 32), hops = (uint32_t)words[i];
        lower(&s->distance[v], hb_bfs_at_level(s, hops));
        const uint32_t fresh = settle_class(s, v, hops);
        if (fresh != HB_NO_CLASS && push(&s->fresh, &s->n_fresh, &s->cap_fresh, fresh) != HB_OK) return HB_ERR_MEMORY;
    }
    return HB_OK;
}

hb_status hb_bfs_part_next_level(hb_bfs_part *s)
{
    const hb_shard *shard = s->graph->shard;
    s->level++;
    hb_bfs_part_forget(s);
    for (size_t i = 0; i < s->n_fresh; i++) {
        hb_gid gid = shard->class_gid[s->fresh[i]];
        if (gid == HB_NO_GID) continue;
        uint32_t hops = hb_distance_hops(s->class_best[s->fresh[i]]) + 1;
        uint64_t *word = hb_outbox_put(&s->box, hb_gid_rank(gid), 1);
        if (word == NULL) return HB_ERR_MEMORY;
        *word = (uint64_t)hb_gid_id(gid) << 32 | hops;
    }
    s->n_fresh = 0;
    return HB_OK;
}

hb_status hb_bfs_part_init(hb_bfs_part *s, int n_ranks, const hb_graph *graph, int n_threads, hb_distance *distance)
{
    const hb_shard *shard = graph->shard;
    *s = (hb_bfs_part){ .graph = graph, .n_threads = n_threads, .distance = distance };
    hb_status status = hb_outbox_init(&s->box, n_ranks);
    s->found = hb_alloc_zero((size_t)n_threads, sizeof *s->found);
    s->class_best = hb_alloc(shard->classes.n, sizeof *s->class_best);
    if (status != HB_OK || s->found == NULL || s->class_best == NULL || distance == NULL) return HB_ERR_MEMORY;
    memset(s->class_best, 0xff, shard->classes.n * sizeof *s->class_best);
    memset(distance, 0xff, shard->n * sizeof *distance);
    for (size_t i = 0; i < graph->n_root_edges; i++) {
        status = reach(s, graph->root_edges[i].id, 1);
        if (status != HB_OK) return status;
    }
    return HB_OK;
}

void hb_bfs_part_fini(hb_bfs_part *s)
{
    for (int t = 0; s->found != NULL && t < s->n_threads; t++) {
        hb_free(s->found[t].ids);
        hb_free(s->found[t].remote);
        hb_free(s->found[t].classes);
    }
    hb_free(s->found);
    hb_free(s->fresh);
    hb_free(s->class_best);
    hb_free(s->bucket);
    hb_free(s->entries);
    hb_free(s->frontier);
    hb_outbox_fini(&s->box);
}
