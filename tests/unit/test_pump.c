/* The pump: every chunk is worked on once, by whatever thread; a failure stops the work but not the fetching; long chunks are not
 * many at a time. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "pipeline/pump.h"
#include "tests/unit/suite.h"

#define MOST_THREADS 4
#define MOST_CHUNKS 2000

typedef struct job {
    int n_threads;
    uint64_t n_chunks, fetched, calls;
    uint64_t fail_next_at, fail_work_at;     /* number of the chunk; UINT64_MAX: never */
    uint64_t sums[MOST_THREADS][8];          /* by thread: no lock needed; a cache line each */
    atomic_uchar seen[MOST_CHUNKS];
    atomic_int bad;
} job;

static hb_status next(void *ctx, hb_chunk *chunk)
{
    job *j = ctx;
    uint64_t number = j->fetched;
    j->calls++;
    chunk->n = 0;
    if (number == j->fail_next_at) return HB_ERR_IO;
    if (number == j->n_chunks) return HB_OK;
    j->fetched++;
    size_t n = 8 + number % 100;
    if (hb_chunk_reserve(chunk, n) != HB_OK) return HB_ERR_MEMORY;
    memset(hb_chunk_text(chunk), (int)(number % 256), n);
    memcpy(hb_chunk_text(chunk), &number, sizeof number);
    chunk->n = n;
    chunk->byte = number * 1000;
    return HB_OK;
}

static hb_status work(void *ctx, int thread, const hb_chunk *chunk)
{
    job *j = ctx;
    uint64_t number;
    memcpy(&number, hb_chunk_text(chunk), sizeof number);
    if (thread < 0 || thread >= j->n_threads || number >= j->n_chunks || chunk->byte != number * 1000) {
        j->bad = 1;
        return HB_OK;
    }
    if (number == j->fail_work_at) return HB_ERR_MEMORY;
    for (size_t i = sizeof number; i < chunk->n; i++)
        if ((unsigned char)hb_chunk_text(chunk)[i] != number % 256) j->bad = 1;
    if (atomic_fetch_add(&j->seen[number], 1) != 0) j->bad = 1;
    j->sums[thread][0] += number;
    j->sums[thread][1]++;
    return HB_OK;
}

static hb_status pump(job *j)
{
    return hb_pump_run(&(hb_pump){ .n_threads = j->n_threads, .next = next, .work = work, .ctx = j });
}

static uint64_t sum_of(const job *j, int which)
{
    uint64_t sum = 0;
    for (int t = 0; t < MOST_THREADS; t++) sum += j->sums[t][which];
    return sum;
}

static const uint64_t counts[] = { 0, 1, 2, 3, 7, 8, 9, 10, 100, MOST_CHUNKS };

static void test_all_worked_on(void)
{
    for (int threads = 1; threads <= MOST_THREADS; threads++)
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            job j = { .n_threads = threads, .n_chunks = counts[c], .fail_next_at = UINT64_MAX,
                      .fail_work_at = UINT64_MAX };
            CU_ASSERT_EQUAL(pump(&j), HB_OK);
            CU_ASSERT_FALSE(j.bad);
            CU_ASSERT_EQUAL(sum_of(&j, 1), j.n_chunks);
            CU_ASSERT_EQUAL(sum_of(&j, 0), j.n_chunks * (j.n_chunks - (j.n_chunks > 0)) / 2);
            CU_ASSERT_EQUAL(j.calls, j.n_chunks + 1);
        }
}

static void test_failing_work(void)
{
    for (int threads = 1; threads <= MOST_THREADS; threads++)
        for (uint64_t at = 0; at < 100; at += 9) {
            job j = { .n_threads = threads, .n_chunks = 100, .fail_next_at = UINT64_MAX, .fail_work_at = at };
            CU_ASSERT_EQUAL(pump(&j), HB_ERR_MEMORY);
            CU_ASSERT_FALSE(j.bad);
            /* Fetched to the end all the same. */
            CU_ASSERT_EQUAL(j.calls, 101);
            CU_ASSERT(sum_of(&j, 1) < 100);
            if (threads == 1) CU_ASSERT_EQUAL(sum_of(&j, 1), at);
        }
}

static void test_failing_next(void)
{
    for (int threads = 1; threads <= MOST_THREADS; threads++)
        for (uint64_t at = 0; at <= 100; at += 10) {
            job j = { .n_threads = threads, .n_chunks = 100, .fail_next_at = at, .fail_work_at = UINT64_MAX };
            CU_ASSERT_EQUAL(pump(&j), HB_ERR_IO);
            CU_ASSERT_FALSE(j.bad);
            CU_ASSERT_EQUAL(j.calls, at + 1);
            CU_ASSERT(sum_of(&j, 1) <= at);
        }
}

static void test_memory(void)
{
    for (int threads = 1; threads <= MOST_THREADS; threads++)
        for (uint64_t nth = 1;; nth++) {
            job j = { .n_threads = threads, .n_chunks = 20, .fail_next_at = UINT64_MAX, .fail_work_at = UINT64_MAX };
            hb_memory_fail_at(nth, 0);
            hb_status status = pump(&j);
            hb_memory_fail_at(0, 0);
            CU_ASSERT_FALSE(j.bad);
            if (status == HB_OK) {
                CU_ASSERT(nth > 3 && sum_of(&j, 1) == 20);
                break;
            }
            CU_ASSERT_EQUAL(status, HB_ERR_MEMORY);
            CU_ASSERT_FATAL(nth < 200);
        }
}

enum { LONG = 8 << 20, N_LONG = 60 };

typedef struct long_job {
    int n_fetched;
    atomic_int n_done;
    int most;      /* fetched and not done yet, at any time */
} long_job;

static hb_status next_long(void *ctx, hb_chunk *chunk)
{
    long_job *j = ctx;
    const int waiting = j->n_fetched - j->n_done;
    if (waiting > j->most) j->most = waiting;
    if (j->n_fetched == N_LONG) return HB_OK;
    j->n_fetched++;
    if (hb_chunk_start(chunk, LONG) != HB_OK) return HB_ERR_MEMORY;
    chunk->n = LONG;
    return HB_OK;
}

static hb_status work_long(void *ctx, int thread, const hb_chunk *chunk)
{
    long_job *j = ctx;
    (void)thread;
    (void)chunk;
    usleep(2000);
    j->n_done++;
    return HB_OK;
}

/* 16 chunks and one a thread may wait, but only half as many when they are twice as long as usual. */
static void test_long_chunks(void)
{
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        long_job j = { 0 };
        CU_ASSERT_EQUAL(hb_pump_run(&(hb_pump){ .n_threads = threads, .next = next_long, .work = work_long, .ctx = &j }), HB_OK);
        CU_ASSERT_EQUAL(j.n_done, N_LONG);
        CU_ASSERT(j.most <= (16 + threads) / 2 + 1 + threads);
    }
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "all is worked on", test_all_worked_on }, { "failing work", test_failing_work },
        { "failing next", test_failing_next }, { "long chunks", test_long_chunks },
        { "out of memory", test_memory }, CU_TEST_INFO_NULL
    };
    return hb_suite_run("pump", tests);
}
