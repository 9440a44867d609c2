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
    hb_workload_share(loads, n, n_ranks, n_nodes, memory, order);
}

static size_t n_apart(size_t n)
{
    size_t apart = 0;
    for (size_t i = 0; i < n; i++) apart += loads[i].apart != 0;
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
    CU_ASSERT(n_apart(5) == 4 && !loads[1].apart && order[0] == 1);
    /* The larger is more than half, and then the smaller is alone. */
    share(two, 2, 2, 1, 1000);
    CU_ASSERT_EQUAL(n_apart(2), 0);
    share(equal, 4, 2, 2, 1000);
    CU_ASSERT(n_apart(4) == 4 && loads[0].node + loads[1].node + loads[2].node + loads[3].node == 2);
}

static void test_random(void)
{
    dice r = dice_of(SEED);
    for (int round = 0; round < 2000; round++) {
        const size_t n = 1 + roll(&r, MOST);
        const int n_ranks = 1 + (int)roll(&r, 20), n_nodes = 1 + (int)roll(&r, 4);
        const uint64_t memory = roll(&r, 2000);
        uint64_t work[MOST], total = 0, on_node[4] = { 0 }, most = 0;
        for (size_t i = 0; i < n; i++) work[i] = roll(&r, chance(&r, 5) ? 100000 : 1000);
        share(work, n, n_ranks, n_nodes, memory);
        for (size_t i = 0; i < n; i++) total += loads[i].apart ? work[i] : 0;
        int fine = 1;
        for (size_t i = 0; i < n; i++) {
            if (i > 0) fine &= work[order[i - 1]] >= work[order[i]];
            if (!loads[i].apart) continue;
            fine &= n_ranks > 1 && work[i] <= memory && work[i] <= total / (uint64_t)n_ranks;
            fine &= loads[i].node >= 0 && loads[i].node < n_nodes;
            on_node[loads[i].node] += work[i] + 1;
            if (work[i] + 1 > most) most = work[i] + 1;
        }
        /* No node has more than another by more than one series. */
        for (int a = 0; a < n_nodes; a++)
            for (int b = 0; b < n_nodes; b++) fine &= on_node[a] <= on_node[b] + most;
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
