/* The counter that ranks of a node share: every number is drawn once. */
#include <string.h>

#include "base/counter.h"
#include "base/memory.h"
#include "tests/unit/mpi_suite.h"

#define NUMBERS 20000u

static void test_numbers(void)
{
    hb_counter *counter = hb_counter_open(world);
    uint64_t *drawn = hb_alloc_zero(NUMBERS, sizeof *drawn), n, before = 0, mine = 0;
    EXPECT(counter != NULL && hb_counter_nodes(counter) == 1 && hb_counter_node(counter) == 0);
    while ((n = hb_counter_next(counter)) < NUMBERS) {
        EXPECT(mine == 0 || n > before);
        before = n;
        drawn[n]++;
        mine++;
    }
    hb_comm_sum(world, drawn, NUMBERS);
    for (size_t i = 0; i < NUMBERS; i++) EXPECT(drawn[i] == 1);
    hb_counter_close(counter);
    hb_free(drawn);
    agree_that_all_is_well();
}

/* One after the other, each from 0. */
static void test_fresh(void)
{
    for (int round = 0; round < 3; round++) {
        hb_counter *counter = hb_counter_open(world);
        uint64_t n = hb_counter_next(counter);
        hb_comm_min(world, &n, 1);
        EXPECT(n == 0);
        hb_counter_close(counter);
    }
    hb_counter_close(NULL);
    agree_that_all_is_well();
}

static void test_memory(void)
{
    if (hb_comm_rank(world) == hb_comm_size(world) - 1) hb_memory_fail_at(1, 1);
    EXPECT(hb_counter_open(world) == NULL);
    hb_memory_fail_at(0, 0);
    agree_that_all_is_well();
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {
        { "numbers", test_numbers }, { "fresh", test_fresh }, { "out of memory", test_memory }, CU_TEST_INFO_NULL
    };
    return hb_mpi_suite_run("counter", 0, tests, argc, argv);
}
