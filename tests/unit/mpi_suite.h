/* What test programs that run under mpirun share. All ranks run all tests; what a rank expects and does not find is
 * counted there and printed to standard error; each test ends in a sum over ranks, which CUnit judges, so
 * all ranks have the same verdict and exit status. Rank 0 alone prints the summary. */
#ifndef HB_TESTS_UNIT_MPI_SUITE_H
#define HB_TESTS_UNIT_MPI_SUITE_H

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdio.h>

#include "base/comm.h"
#include "tests/unit/mpi_leaks.h"

static hb_comm *world;
static uint64_t failures_here;

static inline int expect(int ok, const char *what, int line)
{
    if (!ok && failures_here++ < 10)
        fprintf(stderr, "rank %d of %d, line %d: %s\n", hb_comm_rank(world), hb_comm_size(world), line, what);
    return ok;
}

#define EXPECT(ok) expect((ok) != 0, #ok, __LINE__)

/* The end of a test, or of a part of it: no rank may have failed. Collective. */
static inline void agree_that_all_is_well(void)
{
    uint64_t n = failures_here;
    hb_comm_sum(world, &n, 1);
    CU_ASSERT_EQUAL(n, 0);
    failures_here = 0;
}

static inline int hb_mpi_suite_run(const char *name, unsigned seed, CU_TestInfo *tests, int argc, char **argv)
{
    hb_error err;
    hb_error_clear(&err);
    if (hb_comm_open(&argc, &argv, &world, &err) != HB_OK) return 2;
    CU_SuiteInfo suites[] = { { name, NULL, NULL, NULL, NULL, tests }, CU_SUITE_INFO_NULL };
    if (CU_initialize_registry() != CUE_SUCCESS || CU_register_suites(suites) != CUE_SUCCESS) return 2;
    CU_basic_set_mode(hb_comm_rank(world) == 0 ? CU_BRM_NORMAL : CU_BRM_SILENT);
    /* CUnit prints its summary even when silent. */
    if (hb_comm_rank(world) != 0 && freopen("/dev/null", "w", stdout) == NULL) return 2;
    if (hb_comm_rank(world) == 0) printf("%d ranks, seeds from %u\n", hb_comm_size(world), seed);
    CU_basic_run_tests();
    uint64_t bad = CU_get_number_of_failures() + CU_get_number_of_tests_failed();
    if (CU_get_number_of_tests_run() == 0) bad++;
    CU_cleanup_registry();
    hb_comm_sum(world, &bad, 1);
    hb_comm_close(world);
    return bad != 0;
}

#endif
