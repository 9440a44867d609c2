/* A bounded queue between the producer (thread 0 of the team) and the workers. When no chunk is free, the producer
 * works on a queued one itself instead of waiting: so one thread alone alternates, and with more the
 * producer scans as much as the others cannot keep up with. Where text inflates slowly they catch up with it, so there are
 * chunks to spare for that: with 5 chunks and two threads the second had nothing to do for a fifth of the time. Order does not matter to what is
 * collected, since every chunk carries its offset. Long lines make long chunks: as long as what is queued would fill all of them
 * at their usual length, the producer works too, and the memory of a long one is not kept. */
#include "pipeline/pump.h"

#include <omp.h>
#include <pthread.h>

#include "base/memory.h"

#define SPARE_CHUNKS 16
/* A chunk longer than that is one long line. */
#define USUAL_BYTES ((size_t)4 << 20)

typedef struct pool {
    const hb_pump *pump;
    hb_chunk *chunks;
    int *free_list, n_free;       /* chunk numbers */
    int *queue, n_queue, head;    /* ring of chunk numbers */
    size_t queued_bytes;
    int size;
    int ended;
    hb_status status;
    pthread_mutex_t lock;
    pthread_cond_t changed;       /* something was queued, or the end */
} pool;

static hb_status pool_init(pool *p, const hb_pump *pump)
{
    *p = (pool){ .pump = pump, .size = SPARE_CHUNKS + pump->n_threads };
    p->chunks = hb_alloc_zero((size_t)p->size, sizeof *p->chunks);
    p->free_list = hb_alloc((size_t)p->size, sizeof *p->free_list);
    p->queue = hb_alloc((size_t)p->size, sizeof *p->queue);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    if (p->chunks == NULL || p->free_list == NULL || p->queue == NULL) return HB_ERR_MEMORY;
    for (int i = 0; i < p->size; i++) p->free_list[p->n_free++] = i;
    return HB_OK;
}

static void pool_fini(pool *p)
{
    for (int i = 0; p->chunks != NULL && i < p->size; i++) hb_chunk_fini(&p->chunks[i]);
    hb_free(p->chunks);
    hb_free(p->free_list);
    hb_free(p->queue);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->changed);
}

/* Takes a queued chunk, -1 when there is none; with `wait`, waits for one or the end. */
static int dequeue(pool *p, int wait)
{
    int chunk = -1;
    pthread_mutex_lock(&p->lock);
    while (wait && p->n_queue == 0 && !p->ended) pthread_cond_wait(&p->changed, &p->lock);
    if (p->n_queue > 0) {
        chunk = p->queue[p->head];
        p->head = (p->head + 1) % p->size;
        p->n_queue--;
        p->queued_bytes -= p->chunks[chunk].n;
    }
    pthread_mutex_unlock(&p->lock);
    return chunk;
}

static void enqueue(pool *p, int chunk)
{
    pthread_mutex_lock(&p->lock);
    p->queue[(p->head + p->n_queue++) % p->size] = chunk;
    p->queued_bytes += p->chunks[chunk].n;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

static void fail(pool *p, hb_status status)
{
    pthread_mutex_lock(&p->lock);
    if (p->status == HB_OK) p->status = status;
    pthread_mutex_unlock(&p->lock);
}

static hb_status status_now(pool *p)
{
    pthread_mutex_lock(&p->lock);
    hb_status status = p->status;
    pthread_mutex_unlock(&p->lock);
    return status;
}

static void work_on(pool *p, int thread, int chunk)
{
    if (status_now(p) == HB_OK) {
        hb_status status = p->pump->work(p->pump->ctx, thread, &p->chunks[chunk]);
        if (status != HB_OK) fail(p, status);
    }
    if (p->chunks[chunk].cap > USUAL_BYTES) hb_chunk_fini(&p->chunks[chunk]);
    pthread_mutex_lock(&p->lock);
    p->free_list[p->n_free++] = chunk;
    pthread_mutex_unlock(&p->lock);
}

/* A free chunk for the producer, who works until there is one. */
static int free_chunk(pool *p)
{
    const size_t most = (size_t)p->size * USUAL_BYTES;
    for (;;) {
        int chunk = -1;
        pthread_mutex_lock(&p->lock);
        if (p->n_free > 0 && p->queued_bytes <= most) chunk = p->free_list[--p->n_free];
        pthread_mutex_unlock(&p->lock);
        if (chunk >= 0) return chunk;
        int queued = dequeue(p, 0);
        if (queued >= 0) work_on(p, 0, queued);
    }
}

static void produce(pool *p)
{
    for (;;) {
        int chunk = free_chunk(p);
        p->chunks[chunk].n = 0;
        hb_status status = p->pump->next(p->pump->ctx, &p->chunks[chunk]);
        if (status != HB_OK) fail(p, status);
        if (p->chunks[chunk].n == 0 || status != HB_OK) break;
        if (p->pump->n_threads == 1) work_on(p, 0, chunk);
        else enqueue(p, chunk);
    }
    pthread_mutex_lock(&p->lock);
    p->ended = 1;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

hb_status hb_pump_run(const hb_pump *pump)
{
    pool p;
    hb_status status = pool_init(&p, pump);
    if (status == HB_OK) {
#pragma omp parallel num_threads(pump->n_threads)
        {
            int thread = omp_get_thread_num();
            if (thread == 0) produce(&p);
            for (int chunk; (chunk = dequeue(&p, 1)) >= 0;) work_on(&p, thread, chunk);
        }
        status = p.status;
    }
    pool_fini(&p);
    return status;
}
