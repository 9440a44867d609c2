/* When one rank works for all, and what that is decided by. */
#include <stdlib.h>
#include <unistd.h>

#include "base/cpus.h"
#include "base/memory.h"
#include "fleet/team.h"
#include "tests/unit/mpi_suite.h"

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

static int reading_threads(int spread, int keep_cpu_mask, const char *newest)
{
    const hb_options options = { .spread = spread, .keep_cpu_mask = keep_cpu_mask };
    return hb_team_reading_threads(world, &options, 1, newest);
}

/* One rank reads with the CPUs of all, as long as it may and its memory will do. */
static void test_reading(void)
{
    const int ranks = hb_comm_size(world), cpus = hb_cpus_on_node();
    const int all = ranks == 1 ? 0 : ranks < cpus ? ranks : cpus;
    char huge[] = "/tmp/heapbatch-team-XXXXXX";
    const int fd = hb_comm_rank(world) == 0 ? mkstemp(huge) : -1;
    /* 4 TiB, of which it takes a page. */
    if (hb_comm_rank(world) == 0) EXPECT(fd >= 0 && pwrite(fd, "{}\n", 3, 0) == 3 && ftruncate(fd, (off_t)1 << 42) == 0);
    EXPECT(reading_threads(0, 0, "/nowhere/heap.json") == all);
    EXPECT(reading_threads(0, 0, "-") == all);
    EXPECT(reading_threads(1, 0, "-") == 0);
    EXPECT(reading_threads(0, 1, "-") == 0);
    EXPECT(reading_threads(0, 0, huge) == 0);
    if (fd >= 0) close(fd);
    if (fd >= 0) unlink(huge);
    agree_that_all_is_well();
}

/* Rank 0 works, with the CPUs of all; the others do not, and all have the same CPUs as before afterwards. */
static void test_readers(void)
{
    const hb_options options = { 0 };
    const int here = hb_cpus_share(hb_comm_local_rank(world), hb_comm_local_size(world)), before = hb_cpus_count();
    const int rank = hb_comm_rank(world), alone = hb_comm_size(world) > 1;
    hb_team team;
    EXPECT(here >= 1);
    EXPECT(hb_team_form_readers(world, &options, 1, 2, &team) == HB_OK);
    hb_team_begin(&team);
    EXPECT((team.comm != NULL) == (rank == 0));
    if (alone && rank == 0) EXPECT(team.n_threads == 2 && hb_cpus_count() == hb_cpus_on_node());
    hb_team_end(&team);
    EXPECT(hb_cpus_count() == before);
    hb_team_fini(&team);
    EXPECT(hb_team_form_readers(world, &options, 1, 0, &team) == HB_OK);
    EXPECT(team.comm == world && team.n_threads == 1);
    hb_team_fini(&team);
    agree_that_all_is_well();
}

/* A part of the world knows its ranks' places on the node. */
static void test_places(void)
{
    hb_comm *part;
    EXPECT(hb_comm_split(world, hb_comm_rank(world) % 2, &part) == HB_OK);
    EXPECT(hb_comm_local_rank(part) == hb_comm_local_rank(world));
    EXPECT(hb_comm_local_size(part) == hb_comm_local_size(world));
    hb_comm_free(part);
    agree_that_all_is_well();
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {
        { "fits one", test_fits_one }, { "memory available", test_memory_available },
        { "CPUs on the node", test_cpus_on_node }, { "reading", test_reading }, { "readers", test_readers },
        { "places on the node", test_places }, CU_TEST_INFO_NULL
    };
    return hb_mpi_suite_run("team", 0, tests, argc, argv);
}
