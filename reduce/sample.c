/* Each thread keeps the best of its objects in a bucket of twice as many as are wanted, and drops the lower half when it is full; what
 * the threads, and then the ranks, have left is one such bucket. */
#include "reduce/sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "pipeline/identity.h"

#define KEPT ((size_t)HB_SAMPLE_MOST + 1)   /* the last one is the floor */
#define ROOM (2 * KEPT)
#define ROW_WORDS (sizeof(hb_sampled_object) / sizeof(uint64_t))

typedef struct bucket {
    hb_sampled_object *objects;
    size_t n;
    double floor;   /* not above: not among the best */
} bucket;

/* Highest priority first; no two objects of a heap have one key, but by a chance of 2^-64. */
static int by_priority(const void *a, const void *b)
{
    const hb_sampled_object *x = a, *y = b;
    const double p = hb_sample_priority(x), q = hb_sample_priority(y);
    if (p != q) return p < q ? 1 : -1;
    return (x->key > y->key) - (x->key < y->key);
}

static int by_key(const void *a, const void *b)
{
    const hb_sampled_object *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

static void drop_the_rest(bucket *b)
{
    if (b->n < KEPT) return;
    qsort(b->objects, b->n, sizeof *b->objects, by_priority);
    b->n = KEPT;
    b->floor = hb_sample_priority(&b->objects[KEPT - 1]);
}

static void offer(bucket *b, const hb_sampled_object *object)
{
    if (b->n >= KEPT && hb_sample_priority(object) < b->floor) return;
    b->objects[b->n++] = *object;
    if (b->n == ROOM) drop_the_rest(b);
}

/* The identity of all objects of a kind, but for address, generation and size. */
static void hash_kinds(const hb_shard *shard, uint64_t *hash)
{
    for (uint32_t k = 0; k < shard->n_kinds; k++) {
        const hb_kind *kind = &shard->kinds[k];
        const uint64_t class_address = kind->class_id != HB_NO_CLASS ? *hb_table_row(&shard->classes, kind->class_id) : 0;
        const uint64_t site = kind->site != HB_NO_STRING ? shard->site_word[kind->site] : 0;
        hash[k] = hb_identity_word(HB_IDENTITY_STRICT, kind->type, class_address, site, 0);
    }
}

static void draw(const hb_shard *shard, const uint64_t *kinds, uint64_t from, uint64_t to, bucket *b)
{
    for (uint64_t i = from; i < to; i++) {
        const uint32_t id = (uint32_t)i;
        hb_sampled_object object = { .memsize = hb_shard_memsize(shard, id) };
        const uint64_t what = hb_hash_mix(kinds[shard->kind[id]], (uint64_t)hb_shard_generation(shard, id));
        object.key = hb_hash_mix(hb_hash_mix(what, hb_shard_address(shard, id)), object.memsize);
        offer(b, &object);
    }
}

/* buckets: one a thread, empty, with room. */
static void draw_all(const hb_shard *shard, const uint64_t *kinds, int n_threads, bucket *buckets)
{
    #pragma omp parallel for num_threads(n_threads) schedule(static, 1)
    for (int t = 0; t < n_threads; t++)
        draw(shard, kinds, (uint64_t)shard->n * (unsigned)t / (unsigned)n_threads,
             (uint64_t)shard->n * ((unsigned)t + 1) / (unsigned)n_threads, &buckets[t]);
    for (int t = 1; t < n_threads; t++) {
        for (size_t i = 0; i < buckets[t].n; i++) offer(&buckets[0], &buckets[t].objects[i]);
    }
    drop_the_rest(&buckets[0]);
}

/* On rank 0: rows of all ranks to the sample. */
static hb_status settle(const uint64_t *words, size_t n_words, hb_sample *out)
{
    const size_t n = n_words / ROW_WORDS;
    bucket all = { .objects = hb_alloc(n, sizeof *all.objects), .n = n };
    if (all.objects == NULL) return HB_ERR_MEMORY;
    if (n > 0) memcpy(all.objects, words, n * sizeof *all.objects);
    drop_the_rest(&all);
    out->objects = all.objects;
    out->floor = all.floor;
    out->n = all.n < KEPT ? all.n : KEPT - 1;
    if (out->n > 0) qsort(out->objects, out->n, sizeof *out->objects, by_key);
    return HB_OK;
}

hb_status hb_sample_objects(hb_comm *comm, const hb_shard *shard, int n_threads, hb_sample *out)
{
    uint64_t *kinds = hb_alloc(shard->n_kinds, sizeof *kinds), *all = NULL;
    bucket *buckets = hb_alloc_zero((size_t)n_threads, sizeof *buckets);
    hb_sampled_object *room = hb_alloc((size_t)n_threads * ROOM, sizeof *room);
    hb_status status = kinds != NULL && buckets != NULL && room != NULL ? HB_OK : HB_ERR_MEMORY;
    size_t n = 0;
    *out = (hb_sample){ 0 };
    HB_TRY(hb_comm_agree(comm, status));
    hash_kinds(shard, kinds);
    for (int t = 0; t < n_threads; t++) buckets[t].objects = room + (size_t)t * ROOM;
    draw_all(shard, kinds, n_threads, buckets);
    HB_TRY(hb_comm_gather(comm, (const uint64_t *)(const void *)buckets[0].objects, buckets[0].n * ROW_WORDS, 0, &all, &n));
    if (hb_comm_rank(comm) == 0) status = settle(all, n, out);
    status = hb_comm_agree(comm, status);
out:
    if (status != HB_OK) hb_sample_fini(out);
    hb_free(kinds);
    hb_free(buckets);
    hb_free(room);
    hb_free(all);
    return status;
}

void hb_sample_fini(hb_sample *sample)
{
    hb_free(sample->objects);
    *sample = (hb_sample){ 0 };
}
