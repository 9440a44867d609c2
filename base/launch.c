/* Enters: the environment that a launcher of ranks made. Leaves: what it tells, and the settings of Open MPI that fit, which have to be
 * there before MPI_Init. */
#include "base/launch.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

int hb_launch_is_launched(void)
{
    static const char *const launched[] = { "OMPI_COMM_WORLD_SIZE", "PMIX_NAMESPACE", "PMI_SIZE" };
    for (size_t i = 0; i < sizeof launched / sizeof *launched; i++)
        if (getenv(launched[i]) != NULL) return 1;
    return 0;
}

int hb_launch_rank(void)
{
    static const char *const told[] = { "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK" };
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        const char *rank = getenv(told[i]);
        if (rank != NULL) return (int)strtol(rank, NULL, 10);
    }
    return 0;
}

/* Open MPI spins while it waits. Where a node runs more ranks than it has CPUs, each round of messages then costs a scheduler
 * quantum; mpi_yield_when_idle makes it yield, which took a round from 125 ms to 1.5 ms. mpirun tells the number of local ranks. */
static void yield_when_crowded(void)
{
    const char *text = getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
    cpu_set_t before, cpus;
    if (text == NULL || sched_getaffinity(0, sizeof before, &before) != 0) return;
    memset(&cpus, 0xff, sizeof cpus);
    /* mpirun binds a rank to one core: the node's CPUs show only in the widest mask the kernel grants. */
    if (sched_setaffinity(0, sizeof cpus, &cpus) == 0) sched_getaffinity(0, sizeof cpus, &cpus);
    sched_setaffinity(0, sizeof before, &before);
    if (strtol(text, NULL, 10) > CPU_COUNT(&cpus)) setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
}

/* A process that no launcher started is alone. Left to itself MPI_Init then starts a daemon for spawning others, asks
 * for the host's address, and opens every network: 0.35 s, and 5 s where the name server does not answer; 0.03 s
 * without. Isolated processes all use one session directory, $TMPDIR/ompi.HOST.UID/jf.0/1/0, and each removes it when
 * it ends: MPI_Init of another that is just making it then fails. A lone process needs none. What the user has set
 * stays. */
static void stay_alone(void)
{
    if (hb_launch_is_launched()) return;
    setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
    setenv("OMPI_MCA_orte_create_session_dirs", "0", 0);
    setenv("OMPI_MCA_pml", "ob1", 0);
    setenv("OMPI_MCA_btl", "self", 0);
}

/* All ranks on one node need no network; to look for one that matches messages in hardware (the cm framework over libfabric)
 * takes MPI_Init 0.2 s. What the user has set stays. */
static void stay_on_node(void)
{
    const char *all = getenv("OMPI_COMM_WORLD_SIZE"), *here = getenv("OMPI_COMM_WORLD_LOCAL_SIZE");
    if (all != NULL && here != NULL && strcmp(all, here) == 0) setenv("OMPI_MCA_pml", "ob1", 0);
}

void hb_launch_prepare(void)
{
    yield_when_crowded();
    stay_alone();
    stay_on_node();
}
