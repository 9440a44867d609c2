/* Why: a linked list whose nodes are strewn over the heap crosses between ranks at every step, and each crossing
 * costs a round of messages, 0.5 to 2 ms where 16 ranks share 2 cores. 100,000 nodes took 37 s that way. When
 * round after round settles next to nothing, what has not been reached is either such a structure or small: one
 * rank searches it in a fraction of a second with a plain queue.
 *
 * An object travels as: local id | edges << 32, its distance, and the global ids it refers to; edges to what is final
 * already are left out where the sender can see it. On rank 0 places are found by binary search in the ids of a rank,
 * which come in ascending order. About 60 bytes an object and 8 a reference there. */
#include "graph/bfs_rest.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define MOST_WORDS ((uint64_t)32 << 20)
#define OBJECT_WORDS 7  /* what the search adds to an object's own words */

/* --- packing --- */

typedef struct packed {
    uint64_t *words;
    size_t n, cap;
} packed;

/* Words of this rank's part of the rest; *n_objects objects. */
static uint64_t count_words(const hb_graph *graph, const hb_distance *distance, hb_distance from, uint64_t *n_objects)
{
    uint64_t words = 0;
    *n_objects = 0;
    for (uint32_t v = 0; v < graph->shard->n; v++) {
        if (distance[v] < from) continue;
        ++*n_objects;
        words += 2;
        for HB_EACH_EDGE (graph, v, e) words += distance[graph->target[e]] >= from;
        for HB_EACH_REMOTE (graph, v, e) words++;
    }
    return words;
}

static void pack(const hb_graph *graph, const hb_distance *distance, hb_distance from, packed *out)
{
    for (uint32_t v = 0; v < graph->shard->n; v++) {
        if (distance[v] < from) continue;
        size_t head = out->n;
        out->n += 2;
        for HB_EACH_EDGE (graph, v, e)
            if (distance[graph->target[e]] >= from)
                out->words[out->n++] = hb_gid_of(graph->shard->rank, graph->target[e]);
        for HB_EACH_REMOTE (graph, v, e) out->words[out->n++] = graph->remote[e];
        out->words[head] = v | (uint64_t)(out->n - head - 2) << 32;
        out->words[head + 1] = distance[v];
    }
}

/* --- the search on rank 0 --- */

typedef struct rest {
    const uint64_t *words;
    int n_ranks;
    size_t *first;           /* by rank: place of its first object; n_ranks + 1 */
    size_t n;                /* objects */
    size_t *at;              /* by place: where in words */
    uint32_t *id;            /* by place: local id */
    hb_distance *distance;   /* by place */
    size_t *queue;           /* places */
} rest;

/* Lays out the places; ends: where each rank's words end. */
static hb_status lay_out(rest *r, const size_t *ends)
{
    size_t at = 0, n = 0, total = r->n_ranks > 0 ? ends[r->n_ranks - 1] : 0;
    for (size_t w = 0; w < total; w += 2 + (r->words[w] >> 32)) r->n++;
    r->first = hb_alloc((size_t)r->n_ranks + 1, sizeof *r->first);
    r->at = hb_alloc(r->n, sizeof *r->at);
    r->id = hb_alloc(r->n, sizeof *r->id);
    r->distance = hb_alloc(r->n, sizeof *r->distance);
    r->queue = hb_alloc(r->n, sizeof *r->queue);
    if (r->first == NULL || r->at == NULL || r->id == NULL || r->distance == NULL || r->queue == NULL)
        return HB_ERR_MEMORY;
    for (int rank = 0; rank < r->n_ranks; rank++) {
        r->first[rank] = n;
        for (; at < ends[rank]; at += 2 + (r->words[at] >> 32)) {
            r->at[n] = at;
            r->id[n] = (uint32_t)r->words[at];
            r->distance[n++] = r->words[at + 1];
        }
    }
    r->first[r->n_ranks] = n;
    return HB_OK;
}

/* The place of an object; SIZE_MAX when it is not in the rest. */
static size_t place_of(const rest *r, hb_gid gid)
{
    size_t low = r->first[hb_gid_rank(gid)], high = r->first[hb_gid_rank(gid) + 1];
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (r->id[middle] < hb_gid_id(gid)) low = middle + 1;
        else high = middle;
    }
    return low < r->first[hb_gid_rank(gid) + 1] && r->id[low] == hb_gid_id(gid) ? low : SIZE_MAX;
}

static int by_distance(const void *a, const void *b, void *ctx)
{
    const hb_distance *distance = ctx;
    hb_distance x = distance[*(const size_t *)a], y = distance[*(const size_t *)b];
    return (x > y) - (x < y);
}

/* Follows the edges of one object; what it brings nearer goes to the end of the queue. */
static void follow(rest *r, size_t place, size_t *tail)
{
    const uint64_t *words = r->words + r->at[place];
    const hb_distance next = r->distance[place] + 1;
    for (size_t e = 0; e < words[0] >> 32; e++) {
        size_t to = place_of(r, words[2 + e]);
        if (to == SIZE_MAX || r->distance[to] <= next) continue;
        r->distance[to] = next;
        r->queue[(*tail)++] = to;
    }
}

/* A queue search with seeds at several distances: the seeds in order and the queue are merged, so that objects are
 * taken by ascending distance and each enters the queue once. */
static hb_status search(rest *r)
{
    size_t *seeds = hb_alloc(r->n, sizeof *seeds);
    size_t n_seeds = 0, seed = 0, head = 0, tail = 0;
    if (seeds == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < r->n; i++)
        if (r->distance[i] != HB_UNREACHED) seeds[n_seeds++] = i;
    if (n_seeds > 0) qsort_r(seeds, n_seeds, sizeof *seeds, by_distance, r->distance);
    hb_distance *start = hb_alloc(n_seeds, sizeof *start);
    if (start != NULL) {
        for (size_t i = 0; i < n_seeds; i++) start[i] = r->distance[seeds[i]];
        while (seed < n_seeds || head < tail) {
            int from_seeds = head == tail || (seed < n_seeds && start[seed] <= r->distance[r->queue[head]]);
            size_t place = from_seeds ? seeds[seed] : r->queue[head];
            /* A seed that came nearer in the meantime is in the queue as well. */
            int stale = from_seeds && r->distance[place] != start[seed];
            if (from_seeds) seed++;
            else head++;
            if (!stale) follow(r, place, &tail);
        }
    }
    hb_free(seeds);
    hb_free(start);
    return start != NULL ? HB_OK : HB_ERR_MEMORY;
}

/* --- telling the owners --- */

typedef struct teller {
    const rest *r;
    size_t place;
    int rank;
    hb_take take;
    void *ctx;
} teller;

static hb_status tell(void *ctx, hb_outbox *box, int *more)
{
    teller *t = ctx;
    const rest *r = t->r;
    for (; t->place < r->n && !hb_outbox_full(box); t->place++) {
        while (t->place >= r->first[t->rank + 1]) t->rank++;
        if (r->distance[t->place] == HB_UNREACHED) continue;
        uint64_t *word = hb_outbox_put(box, t->rank, 1);
        if (word == NULL) return HB_ERR_MEMORY;
        *word = (uint64_t)r->id[t->place] << 32 | hb_distance_hops(r->distance[t->place]);
    }
    *more = t->place < r->n;
    return HB_OK;
}

static hb_status hear(void *ctx, int from, const uint64_t *words, size_t n)
{
    teller *t = ctx;
    return t->take(t->ctx, from, words, n);
}

hb_status hb_bfs_search_rest(hb_comm *comm, const hb_graph *graph, const hb_distance *distance, hb_distance from,
                             hb_take take, void *ctx, int *done)
{
    const int root = 0, size = hb_comm_size(comm);
    packed own = { 0 };
    rest r = { 0 };
    teller t = { .r = &r, .take = take, .ctx = ctx };
    uint64_t *all = NULL;
    size_t *ends = NULL;
    hb_status status = HB_OK;
    uint64_t n_objects, words = count_words(graph, distance, from, &n_objects);
    uint64_t total = words + OBJECT_WORDS * n_objects;
    hb_comm_sum(comm, &total, 1);
    *done = total <= MOST_WORDS;
    if (!*done) return HB_OK;
    own.words = hb_alloc(words, sizeof *own.words);
    ends = hb_alloc((size_t)size, sizeof *ends);
    HB_TRY(hb_comm_agree(comm, own.words != NULL && ends != NULL ? HB_OK : HB_ERR_MEMORY));
    pack(graph, distance, from, &own);
    HB_TRY(hb_comm_gather_parts(comm, own.words, own.n, root, &all, ends));
    hb_free(own.words);
    own.words = NULL;
    if (hb_comm_rank(comm) == root) {
        r.words = all;
        r.n_ranks = size;
        status = lay_out(&r, ends);
        if (status == HB_OK) status = search(&r);
    }
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(hb_exchange(comm, tell, hear, &t));
out:
    hb_free(own.words);
    hb_free(all);
    hb_free(ends);
    hb_free(r.first);
    hb_free(r.at);
    hb_free(r.id);
    hb_free(r.distance);
    hb_free(r.queue);
    return status;
}
