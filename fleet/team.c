#include "fleet/team.h"

#include <omp.h>

#include "base/cpus.h"
#include "base/log.h"
#include "base/memory.h"

/* What the whole analysis takes for each byte that was staged, in tenths: 50 bytes an object become 75 to 85. */
#define TENTHS_OF_STAGED 18
/* A team of one may take so much of the memory that rank 0 could still get. */
#define PART_OF_MEMORY 2

static int is_alone(const hb_team *team)
{
    return team->n_owners == 1 && hb_comm_size(team->world) > 1;
}

int hb_team_fits_one(uint64_t staged_bytes, uint64_t available_bytes)
{
    return staged_bytes / 10 * TENTHS_OF_STAGED <= available_bytes / PART_OF_MEMORY;
}

/* Whether rank 0 can hold all of it; on all ranks. */
static int fits_rank_0(hb_comm *world, uint64_t staged_bytes)
{
    uint64_t staged = staged_bytes, fits = 0;
    hb_comm_sum(world, &staged, 1);
    if (hb_comm_rank(world) == 0) fits = (uint64_t)hb_team_fits_one(staged, hb_memory_available_bytes());
    hb_comm_broadcast(world, &fits, sizeof fits, 0);
    return fits != 0;
}

/* The threads of all ranks of the node, if it has so many CPUs. */
static int threads_of_node(int n_threads, int n_ranks)
{
    const int64_t wanted = (int64_t)n_threads * n_ranks;
    const int cpus = hb_cpus_on_node(), most = cpus > n_threads ? cpus : n_threads;
    return wanted < most ? (int)wanted : most;
}

hb_status hb_team_form(hb_comm *world, const hb_options *options, int n_threads, uint64_t staged_bytes, hb_team *out)
{
    hb_status status = HB_OK;
    *out = (hb_team){ .world = world, .comm = world, .n_owners = hb_comm_size(world), .n_threads = n_threads,
                      .n_threads_before = n_threads, .keeps_cpus = options->keep_cpu_mask };
    if (hb_comm_size(world) == 1 || options->spread || !fits_rank_0(world, staged_bytes)) return HB_OK;
    hb_comm *part;
    HB_TRY(hb_comm_split(world, hb_comm_rank(world) == 0, &part));
    out->n_owners = 1;
    out->comm = part;
    if (hb_comm_rank(world) != 0) {
        hb_comm_free(part);
        out->comm = NULL;
    }
    if (!options->keep_cpu_mask) out->n_threads = threads_of_node(n_threads, hb_comm_local_size(world));
    hb_log(HB_LOG_INFO, "one rank holds the whole heap, with %d thread%s; the others rest", out->n_threads,
           out->n_threads == 1 ? "" : "s");
out:
    return status;
}

void hb_team_fini(hb_team *team)
{
    if (team->world != NULL && is_alone(team)) hb_comm_free(team->comm);
    *team = (hb_team){ 0 };
}

void hb_team_begin(const hb_team *team)
{
    if (!is_alone(team)) return;
    if (team->comm == NULL) {
        hb_memory_trim();
        return;
    }
    if (!team->keeps_cpus) hb_cpus_share(0, 1);
    omp_set_num_threads(team->n_threads);
}

void hb_team_end(const hb_team *team)
{
    if (!is_alone(team)) return;
    if (team->comm != NULL) {
        if (!team->keeps_cpus) hb_cpus_share(hb_comm_local_rank(team->world), hb_comm_local_size(team->world));
        omp_set_num_threads(team->n_threads_before);
    }
    hb_comm_rest(team->world);
}
