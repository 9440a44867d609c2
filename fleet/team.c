#include "fleet/team.h"

#include <omp.h>

#include "base/cpus.h"
#include "base/log.h"
#include "base/memory.h"
#include "fleet/workload.h"

/* What the whole analysis takes for each byte that was staged, in tenths: 50 bytes an object become 75 to 85. */
#define TENTHS_OF_STAGED 18
/* A team of one may take so much of the memory that rank 0 could still get. */
#define PART_OF_MEMORY 2

static int is_alone(const hb_team *team)
{
    return team->n_workers == 1 && hb_comm_size(team->world) > 1;
}

int hb_team_fits_one(uint64_t staged_bytes, uint64_t available_bytes)
{
    return staged_bytes / 10 * TENTHS_OF_STAGED <= available_bytes / PART_OF_MEMORY;
}

uint64_t hb_team_memory(const hb_options *options)
{
    const uint64_t available = hb_memory_available_bytes();
    return options->memory != 0 && options->memory < available ? options->memory : available;
}

/* Rank 0's word, on all ranks. */
static int told_by_rank_0(hb_comm *world, int fits)
{
    uint64_t word = (uint64_t)fits;
    hb_comm_broadcast(world, &word, sizeof word, 0);
    return word != 0;
}

/* The threads of all ranks of the node, if it has so many CPUs. */
static int threads_of_node(int n_threads, int n_ranks)
{
    const int64_t wanted = (int64_t)n_threads * n_ranks;
    const int cpus = hb_cpus_on_node(), most = cpus > n_threads ? cpus : n_threads;
    return wanted < most ? (int)wanted : most;
}

int hb_team_reading_threads(hb_comm *world, const hb_options *options, int n_threads, const char *newest)
{
    const int n_ranks = hb_comm_size(world);
    uint64_t is_shared = hb_comm_local_size(world) < n_ranks;
    hb_comm_max(world, &is_shared, 1);
    if (n_ranks == 1 || is_shared || options->spread || options->keep_cpu_mask) return 0;
    const int fits = hb_comm_rank(world) == 0 && hb_workload_memory(newest) <= hb_team_memory(options) / PART_OF_MEMORY;
    if (!told_by_rank_0(world, fits)) return 0;
    uint64_t threads = (uint64_t)threads_of_node(n_threads, n_ranks);
    hb_comm_broadcast(world, &threads, sizeof threads, 0);
    return (int)threads;
}

static hb_team all_of(hb_comm *world, const hb_options *options, int n_threads)
{
    return (hb_team){ .world = world, .comm = world, .n_workers = hb_comm_size(world), .n_threads = n_threads,
                      .n_threads_before = n_threads, .keeps_cpus = options->keep_cpu_mask };
}

static hb_status leave_to_rank_0(hb_team *team, int n_threads)
{
    const int rank = hb_comm_rank(team->world);
    hb_comm *part;
    const hb_status status = hb_comm_split(team->world, rank == 0, &part);
    if (status != HB_OK) return status;
    if (rank != 0) hb_comm_free(part);
    team->comm = rank == 0 ? part : NULL;
    team->n_workers = 1;
    team->n_threads = n_threads;
    return HB_OK;
}

hb_status hb_team_form_readers(hb_comm *group, const hb_options *options, int n_threads, int reading_threads,
                               hb_team *out)
{
    *out = all_of(group, options, n_threads);
    if (reading_threads == 0 || hb_comm_size(group) == 1) return HB_OK;
    return leave_to_rank_0(out, reading_threads);
}

hb_status hb_team_form_owners(hb_comm *world, const hb_options *options, int n_threads, uint64_t staged_bytes,
                              hb_team *out)
{
    uint64_t staged = staged_bytes;
    *out = all_of(world, options, n_threads);
    if (hb_comm_size(world) == 1 || options->spread) return HB_OK;
    hb_comm_sum(world, &staged, 1);
    if (!told_by_rank_0(world, hb_team_fits_one(staged, hb_team_memory(options)))) return HB_OK;
    if (!options->keep_cpu_mask) n_threads = threads_of_node(n_threads, hb_comm_local_size(world));
    const hb_status status = leave_to_rank_0(out, n_threads);
    if (status == HB_OK)
        hb_log(HB_LOG_INFO, "one rank holds the whole heap, with %d thread%s; the others rest", n_threads,
               n_threads == 1 ? "" : "s");
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
