/* Which series are for one rank each: by examples, and for random sizes by what must hold of any answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fleet/workload.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define MOST 60
#define SEED 1414u

static hb_workload loads[MOST];
static size_t order[MOST];

static void share(const uint64_t *work, size_t n, int n_ranks, int n_nodes, uint64_t memory)
{
    memset(loads, 0, sizeof loads);
    for (size_t i = 0; i < n; i++) loads[i].work = loads[i].memory = work[i];
    const hb_workplace place = { n_ranks, n_nodes, memory, 4 * memory };
    hb_workload_share(loads, n, &place, order);
}

static size_t n_apart(size_t n)
{
    size_t apart = 0;
    for (size_t i = 0; i < n; i++) apart += loads[i].workers == HB_WORKERS_RANK;
    return apart;
}

static void test_examples(void)
{
    const uint64_t equal[] = { 10, 10, 10, 10 }, one_large[] = { 5, 100, 5, 5, 5 }, two[] = { 10, 11 };
    share(equal, 4, 1, 1, 1000);
    CU_ASSERT_EQUAL(n_apart(4), 0);
    share(equal, 1, 4, 1, 1000);
    CU_ASSERT_EQUAL(n_apart(1), 0);
    share(equal, 4, 4, 1, 1000);
    CU_ASSERT_EQUAL(n_apart(4), 4);
    share(equal, 4, 4, 1, 9);
    CU_ASSERT_EQUAL(n_apart(4), 0);
    share(one_large, 5, 2, 1, 1000);
    CU_ASSERT(n_apart(5) == 4 && loads[1].workers == HB_WORKERS_ALL && order[0] == 1);
    /* The larger is more than half, and then the smaller is alone. */
    share(two, 2, 2, 1, 1000);
    CU_ASSERT_EQUAL(n_apart(2), 0);
    share(equal, 4, 2, 2, 1000);
    CU_ASSERT(n_apart(4) == 4 && loads[0].node + loads[1].node + loads[2].node + loads[3].node == 2);
    /* Too large for a rank, not for one of two nodes; with a rank a node there is no difference. */
    share(equal, 4, 4, 2, 5);
    for (size_t i = 0; i < 4; i++) CU_ASSERT_EQUAL(loads[i].workers, HB_WORKERS_NODE);
    CU_ASSERT_EQUAL(loads[0].node + loads[1].node + loads[2].node + loads[3].node, 2);
    share(equal, 4, 2, 2, 5);
    for (size_t i = 0; i < 4; i++) CU_ASSERT_EQUAL(loads[i].workers, HB_WORKERS_ALL);
    /* What is nearly all work is for all, wherever it fits. */
    share(one_large, 5, 4, 2, 1000);
    CU_ASSERT(loads[1].workers == HB_WORKERS_ALL && n_apart(5) == 4);
}

static uint64_t total_of(size_t n, hb_workers workers)
{
    uint64_t total = 0;
    for (size_t i = 0; i < n; i++) total += loads[i].workers == workers ? loads[i].work : 0;
    return total;
}

static int check_order(size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (loads[order[i - 1]].work < loads[order[i]].work) return 0;
    return 1;
}

/* Of the series that are for one of n_workers each: they fit, none is more than a share, and no node has more than another by more
 * than one series. */
static int check_kind(size_t n, hb_workers workers, int n_workers, int n_nodes, uint64_t memory)
{
    const uint64_t total = total_of(n, workers);
    uint64_t on_node[4] = { 0 }, most = 0;
    int fine = 1;
    for (size_t i = 0; i < n; i++) {
        if (loads[i].workers != workers) continue;
        fine &= n_workers > 1 && loads[i].memory <= memory && loads[i].work <= total / (uint64_t)n_workers;
        fine &= loads[i].node >= 0 && loads[i].node < n_nodes;
        on_node[loads[i].node] += loads[i].work + 1;
        if (loads[i].work + 1 > most) most = loads[i].work + 1;
    }
    for (int a = 0; a < n_nodes; a++)
        for (int b = 0; b < n_nodes; b++) fine &= on_node[a] <= on_node[b] + most;
    return fine;
}

static void test_random(void)
{
    dice r = dice_of(SEED);
    for (int round = 0; round < 2000; round++) {
        const size_t n = 1 + roll(&r, MOST);
        const int n_ranks = 1 + (int)roll(&r, 20), n_nodes = 1 + (int)roll(&r, 4);
        const uint64_t memory = roll(&r, 2000);
        uint64_t work[MOST];
        for (size_t i = 0; i < n; i++) work[i] = roll(&r, chance(&r, 5) ? 100000 : 1000);
        share(work, n, n_ranks, n_nodes, memory);
        int fine = check_order(n) && check_kind(n, HB_WORKERS_RANK, n_ranks, n_nodes, memory) &&
                   check_kind(n, HB_WORKERS_NODE, n_nodes, n_nodes, 4 * memory);
        for (size_t i = 0; i < n; i++) {
            /* None is for more than it needs, but for what is more than a share. */
            fine &= loads[i].workers != HB_WORKERS_NODE || n_nodes < n_ranks;
            if (loads[i].workers == HB_WORKERS_ALL && n > 1 && n_nodes > 1 && n_nodes < n_ranks && work[i] <= 4 * memory)
                fine &= work[i] > total_of(n, HB_WORKERS_NODE) / (unsigned)n_nodes;
        }
        CU_ASSERT(fine);
        if (!fine) printf("\n  round %d of seed %u", round, SEED);
    }
}

/* Sizes of files: gzip counts 20 times, the last dump alone makes the memory, what is not there weighs nothing. */
static void test_guess(void)
{
    char plain[] = "/tmp/heapbatch-load-XXXXXX", packed[] = "/tmp/heapbatch-load-XXXXXX";
    const int a = mkstemp(plain), b = mkstemp(packed);
    CU_ASSERT_FATAL(a >= 0 && b >= 0);
    CU_ASSERT(write(a, "{}\n", 3) == 3 && ftruncate(a, 4000) == 0);
    CU_ASSERT(write(b, "\x1f\x8b\x08", 3) == 3 && ftruncate(b, 1000) == 0);
    char *paths[] = { packed, "/nowhere/heap.json", plain };
    hb_workload load;
    hb_workload_guess(&(hb_series){ .name = "x", .paths = paths, .n_paths = 3 }, &load);
    CU_ASSERT_EQUAL(load.work, 24000);
    CU_ASSERT_EQUAL(load.memory, 1600);
    CU_ASSERT_EQUAL(load.memory, hb_workload_memory(plain));
    CU_ASSERT(load.least > 0 && load.least < load.memory);
    hb_workload_guess(&(hb_series){ .name = "x", .paths = paths + 1, .n_paths = 1 }, &load);
    CU_ASSERT(load.work == 0 && load.memory == 0 && load.least == 0);
    close(a);
    close(b);
    unlink(plain);
    unlink(packed);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "examples", test_examples }, { "random sizes", test_random }, { "sizes of files", test_guess },
        CU_TEST_INFO_NULL
    };
    return hb_suite_run("workload", tests);
}
