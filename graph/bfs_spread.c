/* The search over several ranks: distances, without a barrier per level.
 *
 * What enters: the spread graph. What leaves: for every object the least (class edges, hops) from a ROOT line.
 *
 * Levels first: all objects reached with c class edges get their distances before any path takes a (c + 1)-th, so
 * a level is a plain breadth-first search over references whose seeds have hops already: the ROOT lines for
 * level 0, and for level c + 1 the classes of what level c reached. Real heaps have three to five levels.
 *
 * Within a level each rank keeps pending objects in buckets by hops (R. B. Dial, "Algorithm 360", 1969,
 * doi:10.1145/363269.363610) and in a round settles those within `window` hops of the lowest pending one of
 * any rank, following its own edges as far as that goes; then what crosses to other ranks is delivered. A distance
 * that arrives later and is smaller is settled again (label correcting), so the result is the same for any
 * window. While frontiers are wide the window is one hop: a plain level-synchronous search, nothing settled twice.
 * Where they are thin it doubles each round (the step of delta-stepping, Meyer and Sanders 2003,
 * doi:10.1016/S0196-6774(03)00076-2): a linked list of a million nodes takes as many rounds as it crosses between
 * ranks and about twenty more, not a million. Where it crosses all the time, rounds that settle next to nothing
 * follow one another; after PATIENCE of them the rest of the level is searched on one rank (graph/bfs_rest.h).
 *
 * Memory: 8 bytes an object for the result, 8 for pending entries at worst. Cost: each edge once, and again for what
 * is corrected. */
#include "graph/bfs_spread.h"

#include <omp.h>
#include <string.h>

#include "base/exchange.h"
#include "base/memory.h"
#include "graph/bfs_parents.h"
#include "graph/bfs_rest.h"

#define PARALLEL_FRONTIER 4096   /* below this, starting a team costs more than it saves */
#define PATIENCE 48              /* thin rounds in a row before one rank takes the rest of the level */
#define THIN_FRONTIER 2048       /* objects of the busiest rank with equal hops below which the window doubles */

/* Ids one thread found. */
typedef struct found {
    uint32_t *ids;
    size_t n, cap;
    hb_gid *remote;
    size_t n_remote, cap_remote;
    uint32_t *classes;
    size_t n_classes, cap_classes;
    char pad[64];
} found;

typedef struct entry {
    uint32_t id, next;   /* next: entry number + 1 */
} entry;

typedef struct search {
    const hb_graph *graph;
    int n_threads;
    hb_distance *distance;
    uint32_t level;
    uint32_t *bucket;          /* by hops: entry number + 1, 0: none */
    size_t n_buckets, cap_buckets;
    size_t low;                /* no pending entries below this bucket */
    entry *entries;
    size_t n_entries, cap_entries;
    uint32_t *frontier;
    size_t n_frontier, cap_frontier;
    found *found;              /* by thread */
    hb_distance *class_best;   /* by class_id: the least distance of an object of the class */
    found fresh_classes;       /* classes first seen in this level */
    hb_outbox box;
    uint64_t settled, widest;  /* in this round: objects, and the most of them with equal hops */
} search;

static hb_distance at_level(const search *s, uint32_t hops)
{
    return (uint64_t)s->level << 32 | hops;
}

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
static hb_status pend(search *s, uint32_t id, uint32_t hops)
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

static hb_status reach(search *s, uint32_t id, uint32_t hops)
{
    return lower(&s->distance[id], at_level(s, hops)) ? pend(s, id, hops) : HB_OK;
}

/* The lowest bucket with entries; n_buckets when there is none. */
static size_t lowest_pending(search *s)
{
    while (s->low < s->n_buckets && s->bucket[s->low] == 0) s->low++;
    if (s->low == s->n_buckets) s->n_entries = 0;
    return s->low;
}

/* Moves a bucket's entries that are still at these hops to the frontier. */
static hb_status drain(search *s, size_t hops)
{
    if (hops >= s->n_buckets) return HB_OK;
    for (uint32_t at = s->bucket[hops]; at != 0; at = s->entries[at - 1].next) {
        uint32_t id = s->entries[at - 1].id;
        if (s->distance[id] != at_level(s, (uint32_t)hops)) continue;
        if (push(&s->frontier, &s->n_frontier, &s->cap_frontier, id) != HB_OK) return HB_ERR_MEMORY;
    }
    s->bucket[hops] = 0;
    return HB_OK;
}

/* Lowers the least distance of an object's class; a class first seen in this level is noted. */
static hb_status settle_class(search *s, uint32_t v, uint32_t hops, found *f)
{
    uint32_t c = hb_shard_class_id(s->graph->shard, v);
    if (c == HB_NO_CLASS) return HB_OK;
    int seen = __atomic_load_n(&s->class_best[c], __ATOMIC_RELAXED) != HB_UNREACHED;
    if (lower(&s->class_best[c], at_level(s, hops)) && !seen)
        return push(&f->classes, &f->n_classes, &f->cap_classes, c);
    return HB_OK;
}

/* Follows the edges of one object: what it reaches here, elsewhere, and its class. */
static hb_status settle(search *s, uint32_t v, uint32_t hops, found *f)
{
    const hb_graph *graph = s->graph;
    const hb_distance next = at_level(s, hops + 1);
    for HB_EACH_EDGE (graph, v, e)
        if (lower(&s->distance[graph->target[e]], next) &&
            push(&f->ids, &f->n, &f->cap, graph->target[e]) != HB_OK)
            return HB_ERR_MEMORY;
    for HB_EACH_REMOTE (graph, v, e) {
        if (hb_grow(&f->remote, &f->cap_remote, f->n_remote + 1, sizeof *f->remote) != HB_OK) return HB_ERR_MEMORY;
        f->remote[f->n_remote++] = graph->remote[e];
    }
    return settle_class(s, v, hops, f);
}

static hb_status settle_frontier(search *s, uint32_t hops)
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
static hb_status hand_over(search *s, uint32_t hops, found *f)
{
    for (size_t i = 0; i < f->n_remote; i++) {
        uint64_t *word = hb_outbox_put(&s->box, hb_gid_rank(f->remote[i]), 1);
        if (word == NULL) return HB_ERR_MEMORY;
        *word = (uint64_t)hb_gid_id(f->remote[i]) << 32 | (hops + 1);
    }
    for (size_t i = 0; i < f->n_classes; i++)
        if (push(&s->fresh_classes.classes, &s->fresh_classes.n_classes, &s->fresh_classes.cap_classes,
                 f->classes[i]) != HB_OK)
            return HB_ERR_MEMORY;
    f->n_remote = f->n_classes = 0;
    return HB_OK;
}

/* The next frontier: all that the threads found. */
static hb_status gather_frontier(search *s, uint32_t hops)
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

/* Settles everything pending with hops in [from, to). */
static hb_status settle_window(search *s, size_t from, size_t to)
{
    hb_status status = HB_OK;
    size_t hops = from;
    s->n_frontier = 0;
    for (; hops < to; hops++) {
        HB_TRY(drain(s, hops));
        if (s->n_frontier == 0) {
            size_t next = lowest_pending(s);
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

static hb_status arrive(void *ctx, int from, const uint64_t *words, size_t n)
{
    (void)from;
    search *s = ctx;
    for (size_t i = 0; i < n; i++) {
        hb_status status = reach(s, (uint32_t)(words[i] >> 32), (uint32_t)words[i]);
        if (status != HB_OK) return status;
    }
    return HB_OK;
}

static void forget_pending(search *s)
{
    if (s->n_buckets != 0) memset(s->bucket, 0, s->n_buckets * sizeof *s->bucket);
    s->n_entries = 0;
    s->low = s->n_buckets;
}

/* The rest of a level comes back settled: all that is left to do is to note the classes. */
static hb_status arrive_settled(void *ctx, int from, const uint64_t *words, size_t n)
{
    (void)from;
    search *s = ctx;
    for (size_t i = 0; i < n; i++) {
        uint32_t v = (uint32_t)(words[i] >> 32), hops = (uint32_t)words[i];
        lower(&s->distance[v], at_level(s, hops));
        hb_status status = settle_class(s, v, hops, &s->fresh_classes);
        if (status != HB_OK) return status;
    }
    return HB_OK;
}

/* Opens the next level with the classes of this one. */
static hb_status next_level(search *s)
{
    const hb_shard *shard = s->graph->shard;
    found *fresh = &s->fresh_classes;
    s->level++;
    forget_pending(s);
    for (size_t i = 0; i < fresh->n_classes; i++) {
        hb_gid gid = shard->class_gid[fresh->classes[i]];
        if (gid == HB_NO_GID) continue;
        uint32_t hops = hb_distance_hops(s->class_best[fresh->classes[i]]) + 1;
        uint64_t *word = hb_outbox_put(&s->box, hb_gid_rank(gid), 1);
        if (word == NULL) return HB_ERR_MEMORY;
        *word = (uint64_t)hb_gid_id(gid) << 32 | hops;
    }
    fresh->n_classes = 0;
    return HB_OK;
}

static hb_status init(search *s, hb_comm *comm, const hb_graph *graph, int n_threads, hb_distance *distance)
{
    const hb_shard *shard = graph->shard;
    *s = (search){ .graph = graph, .n_threads = n_threads, .distance = distance };
    hb_status status = hb_outbox_init(&s->box, hb_comm_size(comm));
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

static void fini(search *s)
{
    for (int t = 0; s->found != NULL && t < s->n_threads; t++) {
        hb_free(s->found[t].ids);
        hb_free(s->found[t].remote);
        hb_free(s->found[t].classes);
    }
    hb_free(s->found);
    hb_free(s->fresh_classes.classes);
    hb_free(s->bucket);
    hb_free(s->entries);
    hb_free(s->frontier);
    hb_outbox_fini(&s->box);
}

/* Lets one rank take the rest of the level, if that is not too much; then nothing is pending. */
static hb_status search_rest(hb_comm *comm, search *s, uint64_t low, int *done)
{
    const hb_distance from = at_level(s, (uint32_t)low);
    hb_status status = hb_bfs_search_rest(comm, s->graph, s->distance, from, arrive_settled, s, done);
    if (status == HB_OK && *done) forget_pending(s);
    return status;
}

static hb_status run(hb_comm *comm, search *s, uint64_t *rounds)
{
    hb_status status;
    uint64_t window = 1, thin = 0, patience = PATIENCE;
    for (;; ++*rounds) {
        size_t low = lowest_pending(s);
        /* One reduction: the lowest pending hops, and, complemented, the highest of three more figures. */
        uint64_t least[4] = { low < s->n_buckets ? low : UINT64_MAX, ~s->settled, ~s->widest,
                              ~(uint64_t)s->fresh_classes.n_classes };
        hb_comm_min(comm, least, 4);
        const uint64_t settled = ~least[1], widest = ~least[2], fresh_classes = ~least[3];
        s->settled = s->widest = 0;
        if (least[0] == UINT64_MAX && fresh_classes == 0) return HB_OK;
        thin = settled < THIN_FRONTIER ? thin + 1 : 0;
        if (least[0] == UINT64_MAX) {
            status = next_level(s);
            thin = 0;
        } else if (thin > patience) {
            int done;
            HB_TRY(search_rest(comm, s, least[0], &done));
            thin = 0;
            if (!done) patience *= 8;
            continue;
        } else {
            /* A long list settles many objects in a wide window, but one at a time: it is still thin. */
            window = widest >= THIN_FRONTIER ? 1 : window * 2;
            if (window > UINT32_MAX) window = UINT32_MAX;
            status = settle_window(s, least[0], least[0] + window);
        }
        HB_TRY(hb_exchange_round(comm, &s->box, status, arrive, s));
    }
out:
    return status;
}

hb_status hb_bfs_search_spread(hb_comm *comm, const hb_graph *graph, int n_threads, hb_bfs *out)
{
    search s;
    out->distance = hb_alloc(graph->shard->n, sizeof *out->distance);
    hb_status status = init(&s, comm, graph, n_threads, out->distance);
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(run(comm, &s, &out->rounds));
    HB_TRY(hb_bfs_find_parents(comm, graph, out, s.class_best, n_threads));
out:
    hb_free(s.class_best);
    s.class_best = NULL;
    fini(&s);
    return status;
}
