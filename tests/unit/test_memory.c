/* Memory: sizes that overflow, growing, failing on demand; and the way from staged items to merged paths on one rank,
 * rerun with the first, second, third ... allocation failing until all succeed (LAGraph calls this brutal). Under
 * AddressSanitizer nothing may have leaked on any of the ways out. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "base/memory.h"
#include "graph/bfs.h"
#include "graph/graph.h"
#include "graph/paths.h"
#include "graph/referrers.h"
#include "graph/validate.h"
#include "partition/redistribute.h"
#include "partition/resolve.h"
#include "graph/trace.h"
#include "reduce/retainers.h"
#include "reduce/site_sums.h"
#include "reduce/suspects.h"
#include "tests/unit/mpi_suite.h"
#include "tests/unit/random_heap.h"

#define SEED 8080u

static void test_overflow(void)
{
    volatile size_t huge = SIZE_MAX;
    CU_ASSERT_PTR_NULL(hb_alloc(huge, 2));
    CU_ASSERT_PTR_NULL(hb_alloc(huge / 2 + 1, 2));
    CU_ASSERT_PTR_NULL(hb_alloc(huge / 8 + 1, 8));
    CU_ASSERT_PTR_NULL(hb_alloc_zero(huge / 8 + 1, 8));
    CU_ASSERT_PTR_NULL(hb_alloc_zero(3, huge / 2));
    uint64_t *kept = hb_alloc(4, sizeof *kept);
    CU_ASSERT_PTR_NOT_NULL_FATAL(kept);
    kept[3] = 42;
    CU_ASSERT_PTR_NULL(hb_realloc(kept, huge / 4, sizeof *kept));
    CU_ASSERT_EQUAL(kept[3], 42);
    hb_free(kept);
    hb_free(NULL);
}

static void test_sizes(void)
{
    void *nothing[] = { hb_alloc(0, 8), hb_alloc(8, 0), hb_alloc_zero(0, 0), hb_realloc(NULL, 0, 8) };
    for (size_t i = 0; i < 4; i++) {
        CU_ASSERT_PTR_NOT_NULL(nothing[i]);
        hb_free(nothing[i]);
    }
    unsigned char *zero = hb_alloc_zero(1000, 3);
    CU_ASSERT_PTR_NOT_NULL_FATAL(zero);
    unsigned sum = 0;
    for (size_t i = 0; i < 3000; i++) sum |= zero[i];
    CU_ASSERT_EQUAL(sum, 0);
    hb_free(zero);
    char *copy = hb_copy_text("a\0bc", 3);
    CU_ASSERT(copy != NULL && memcmp(copy, "a\0b", 4) == 0);
    hb_free(copy);
    copy = hb_copy_text(NULL, 0);
    CU_ASSERT(copy != NULL && copy[0] == '\0');
    hb_free(copy);
    CU_ASSERT(hb_memory_peak_bytes() > 1000000);
}

static void test_grow(void)
{
    uint32_t *items = NULL;
    size_t cap = 0, times = 0, wrong = 0;
    CU_ASSERT(hb_grow(&items, &cap, 0, sizeof *items) == HB_OK && cap == 0 && items == NULL);
    for (size_t n = 0; n < 100000; n++) {
        size_t before = cap;
        wrong += hb_grow(&items, &cap, n + 1, sizeof *items) != HB_OK || cap < n + 1;
        wrong += cap != before && cap < before + before / 2;
        times += cap != before;
        items[n] = (uint32_t)n;
    }
    for (size_t n = 0; n < 100000; n++) wrong += items[n] != n;
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(times < 40);
    size_t before = cap;
    hb_memory_fail_at(1, 0);
    CU_ASSERT_EQUAL(hb_grow(&items, &cap, cap + 1, sizeof *items), HB_ERR_MEMORY);
    CU_ASSERT_EQUAL(hb_grow(&items, &cap, SIZE_MAX / 2, sizeof *items), HB_ERR_MEMORY);
    CU_ASSERT(cap == before && items[99999] == 99999);
    hb_free(items);
}

static int fails(void)
{
    void *memory = hb_alloc(1, 1);
    hb_free(memory);
    return memory == NULL;
}

static void test_fail_at(void)
{
    hb_memory_fail_at(1, 0);
    CU_ASSERT(fails() && !fails() && !fails());
    hb_memory_fail_at(3, 0);
    CU_ASSERT(!fails() && !fails() && fails() && !fails());
    hb_memory_fail_at(2, 1);
    CU_ASSERT(!fails() && fails() && fails() && fails());
    hb_memory_fail_at(0, 1);
    CU_ASSERT(!fails() && !fails());
    hb_memory_fail_at(2, 1);
    hb_memory_fail_at(0, 0);
    CU_ASSERT(!fails() && !fails());
}

/* Threads that allocate side by side must not count past the number that fails: persistent, so whoever comes after
 * it must fail too. */
static void test_fail_at_with_threads(void)
{
    size_t missed = 0;
    for (int again = 0; again < 20000; again++) {
        hb_memory_fail_at(2 + (unsigned)again % 7, 1);
#pragma omp parallel num_threads(2)
        for (int i = 0; i < 8; i++) (void)fails();
        missed += !fails();
        hb_memory_fail_at(0, 0);
    }
    CU_ASSERT_EQUAL(missed, 0);
}

typedef struct way {
    heap_stage stage;
    hb_wordlist records, rows, roots, refs;
    hb_shard shard;
    hb_graph graph;
    hb_bfs bfs;
    hb_dominators dominators;
    hb_validation validation;
    hb_referrers referrers;
    hb_retainers retainers;
    hb_suspects suspects;
    hb_trace trace;
    hb_path_forest forest;
    hb_paths paths;
    hb_table sums;
} way;

static int slot_of(void *ctx, uint32_t id)
{
    (void)ctx;
    return (int)(id % 5) - 1;
}

static hb_status go(const heap *h, int n_threads, way *w)
{
    hb_graph_input input = { &w->rows, &w->roots, &w->refs };
    hb_status status;
    HB_TRY(heap_stage_share(h, SEED, 0, 1, &w->stage));
    HB_TRY(heap_strings(&w->shard.sites, &w->shard.names));
    HB_TRY(hb_splitters_build(world, &w->stage.records, hb_comm_size(world), &w->shard.splitters));
    const hb_splitters *s = &w->shard.splitters;
    HB_TRY(hb_redistribute(world, s, &hb_form_record, &w->stage.records, &w->records));
    HB_TRY(hb_redistribute(world, s, &hb_form_root, &w->stage.roots, &w->roots));
    HB_TRY(hb_redistribute(world, s, &hb_form_address, &w->stage.refs, &w->refs));
    HB_TRY(hb_shard_build(&w->shard, &w->records, hb_pagemap_shift(h->bits), n_threads, &w->rows));
    HB_TRY(hb_shard_resolve_classes(world, &w->shard));
    HB_TRY(hb_site_sums(world, &w->shard, 1, n_threads, &w->sums));
    HB_TRY(hb_graph_build(world, &w->shard, &input, n_threads, &w->graph));
    HB_TRY(hb_bfs_run(world, &w->graph, n_threads, &w->bfs));
    HB_TRY(hb_dominators_find(world, &w->graph, &w->bfs, n_threads, &w->dominators));
    HB_TRY(hb_validate(world, &w->graph, &w->bfs, &w->dominators, &w->validation));
    EXPECT(w->validation.holds);
    const hb_knowledge knowledge = { &w->shard, &w->bfs, &w->dominators, NULL };
    if (w->shard.n > 0) HB_TRY(hb_referrers_find(world, &w->graph, &knowledge, hb_gid_of(0, 0), 3, &w->referrers));
    HB_TRY(hb_retainers_find(world, &knowledge, &w->dominators, UINT64_C(1) << 40, 0, &w->retainers));
    const hb_suspects_plan plan = { .comm = world, .shard = &w->shard, .dominators = &w->dominators, .n_dumps = 2,
                                    .n_threads = n_threads };
    HB_TRY(hb_suspects_find(&plan, &w->suspects));
    const hb_gid gids[] = { hb_gid_of(0, 0), hb_gid_of(0, w->shard.n / 2) };
    HB_TRY(hb_trace_paths(world, &knowledge, gids, w->shard.n > 0 ? 2 : 0, &w->trace));
    HB_TRY(hb_path_forest_init(world, &w->graph, &w->bfs, NULL, &w->forest));
    HB_TRY(hb_paths_merge(&w->forest, slot_of, 1, NULL, &w->paths));
out:
    return status;
}

static void way_fini(way *w)
{
    hb_paths_fini(&w->paths);
    hb_path_forest_fini(&w->forest);
    hb_referrers_fini(&w->referrers);
    hb_retainers_fini(&w->retainers);
    hb_suspects_fini(&w->suspects);
    hb_trace_fini(&w->trace);
    hb_dominators_fini(&w->dominators);
    hb_bfs_fini(&w->bfs);
    hb_graph_fini(&w->graph);
    hb_table_fini(&w->sums);
    hb_shard_fini(&w->shard);
    heap_stage_fini(&w->stage);
    hb_wordlist_fini(&w->records);
    hb_wordlist_fini(&w->rows);
    hb_wordlist_fini(&w->roots);
    hb_wordlist_fini(&w->refs);
}

static int leaked(void)
{
#ifdef __SANITIZE_ADDRESS__
    return __lsan_do_recoverable_leak_check();
#else
    return 0;
#endif
}

static hb_status go_failing_at(const heap *h, int n_threads, uint64_t nth, int persistent)
{
    way w;
    memset(&w, 0, sizeof w);
    hb_memory_fail_at(nth, persistent);
    hb_status status = go(h, n_threads, &w);
    hb_memory_fail_at(0, 0);
    way_fini(&w);
    return status;
}

/* One thread: every number fails until one is beyond the last allocation. With two threads, how many there are
 * depends on who works on what: as many numbers as one thread needed, whatever comes of each. */
static void sweep(const heap *h, int persistent)
{
    uint64_t nth = 0;
    hb_status status;
    do {
        status = go_failing_at(h, 1, ++nth, persistent);
        EXPECT(status == HB_OK || status == HB_ERR_MEMORY);
    } while (status != HB_OK && nth < 5000);
    EXPECT(status == HB_OK && nth > 100);
    for (; nth > 0; nth--) {
        status = go_failing_at(h, 2, nth, persistent);
        EXPECT(status == HB_OK || status == HB_ERR_MEMORY);
    }
}

static void test_sweep(void)
{
    for (uint64_t k = 0; k < 3; k++) {
        heap h;
        heap_make(&h, SEED + k, (heap_shape)(2 * k), 120);
        for (int persistent = 0; persistent < 2; persistent++) sweep(&h, persistent);
        heap_fini(&h);
    }
    EXPECT(!leaked());
    agree_that_all_is_well();
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {
        { "overflow", test_overflow }, { "sizes", test_sizes }, { "grow", test_grow }, { "fail at", test_fail_at },
        { "fail at, with threads", test_fail_at_with_threads }, { "every allocation fails", test_sweep }, CU_TEST_INFO_NULL
    };
    return hb_mpi_suite_run("memory", SEED, tests, argc, argv);
}
