/* When one rank takes the whole heap, and what that is decided by. */
#include <stdio.h>
#include <unistd.h>

#include "base/cpus.h"
#include "base/memory.h"
#include "fleet/team.h"
#include "tests/unit/suite.h"

#define GIB (UINT64_C(1) << 30)

/* 1.8 times what was staged is at most half of the memory. */
static void test_fits_one(void)
{
    CU_ASSERT(hb_team_fits_one(0, 0) && hb_team_fits_one(GIB, 4 * GIB) && hb_team_fits_one(UINT64_MAX / 18, UINT64_MAX));
    CU_ASSERT(!hb_team_fits_one(GIB, 3 * GIB) && !hb_team_fits_one(100, 0));
}

static void test_memory_available(void)
{
    const uint64_t all = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    const uint64_t available = hb_memory_available_bytes();
    CU_ASSERT(available > 0 && available <= all);
}

/* The mask is as it was, whatever was looked at. */
static void test_cpus_on_node(void)
{
    const int before = hb_cpus_count();
    CU_ASSERT(before > 0 && hb_cpus_on_node() >= before);
    CU_ASSERT_EQUAL(hb_cpus_count(), before);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "fits one", test_fits_one }, { "memory available", test_memory_available },
        { "CPUs on the node", test_cpus_on_node }, CU_TEST_INFO_NULL
    };
    return hb_suite_run("team", tests);
}
