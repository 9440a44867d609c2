#include "fleet/sweep.h"

#include <inttypes.h>

#include "base/counter.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/stop.h"
#include "fleet/done.h"
#include "fleet/look_back.h"
#include "fleet/team.h"
#include "fleet/verdict.h"
#include "fleet/workload.h"

typedef struct sweep {
    const hb_analysis *analysis;
    const hb_series_list *list;
    const hb_outdir *dir;    /* NULL: none */
    hb_report *report;
    hb_workload *loads;
    size_t *order;           /* series by work, most first */
    hb_counter *counter;
    hb_done done;            /* this rank's, side by side */
} sweep;

static void worse(hb_status *status, hb_status other)
{
    if (other > *status) *status = other;
}

/* --- who does what --- */

static void log_shares(const sweep *s)
{
    size_t n[3] = { 0 };
    for (size_t i = 0; i < s->list->n; i++) n[s->loads[i].workers] += !s->loads[i].is_done;
    hb_log(HB_LOG_INFO, "%zu series are for a rank each, %zu for a node each, %zu for all ranks together", n[HB_WORKERS_RANK],
           n[HB_WORKERS_NODE], n[HB_WORKERS_ALL]);
}

static hb_status share_work(sweep *s)
{
    const hb_analysis *a = s->analysis;
    const size_t n = s->list->n;
    const int here = hb_comm_rank(a->comm) == 0;
    uint64_t node_memory = hb_team_memory(a->options), memory = node_memory / (uint64_t)hb_comm_local_size(a->comm);
    hb_status status = HB_OK;
    for (size_t i = 0; here && i < n; i++) hb_workload_guess(&s->list->items[i], &s->loads[i]);
    if (here && s->dir != NULL) status = hb_look_back(s->dir, a->options, s->list, s->loads, s->report);
    hb_comm_broadcast(a->comm, s->loads, n * sizeof *s->loads, 0);
    hb_comm_min(a->comm, &memory, 1);
    hb_comm_min(a->comm, &node_memory, 1);
    hb_workplace place = { .n_ranks = hb_comm_size(a->comm), .n_nodes = hb_counter_nodes(s->counter),
                           .rank_memory = memory, .node_memory = node_memory };
    if (a->options->spread) place.rank_memory = place.node_memory = 0;
    hb_workload_share(s->loads, n, &place, s->order);
    log_shares(s);
    return hb_comm_agree(a->comm, status);
}

/* --- one series --- */

/* What became of it, in the journal, with its report where it is done. By one rank. */
static hb_status write_down(const sweep *s, size_t i, hb_status what, hb_series_report *report)
{
    const uint64_t id = s->loads[i].id;
    hb_error error;
    hb_error_clear(&error);
    if (s->dir == NULL || id == 0) return what;
    hb_status status = what == HB_OK ? hb_outdir_save(s->dir, id, s->report, report, &error)
                                     : hb_outdir_stop(s->dir, id, &error);
    if (status == HB_ERR_IO) hb_log(HB_LOG_ERROR, "%s: %s", error.path, error.message);
    worse(&status, what);
    return status;
}

static hb_status begin(const sweep *s, size_t i)
{
    hb_error error;
    hb_error_clear(&error);
    if (hb_stop_status() != HB_OK) return HB_ERR_STOPPED;
    if (s->dir == NULL || s->loads[i].id == 0) return HB_OK;
    const hb_status status = hb_outdir_start(s->dir, s->loads[i].id, s->loads[i].workers == HB_WORKERS_ALL, &error);
    if (status != HB_OK) hb_log(HB_LOG_ERROR, "%s: %s", error.path, error.message);
    return status;
}

/* Whether the others may be done all the same. */
static int is_its_own(hb_status status)
{
    return status == HB_OK || status == HB_ERR_MEMORY;
}

/* --- side by side --- */

/* Those that this rank draws. */
static hb_status work_as_rank(sweep *s, const hb_analysis *alone)
{
    const int node = hb_counter_node(s->counter);
    uint64_t drawn = hb_counter_next(s->counter), nth = 0;
    hb_status status = HB_OK;
    for (size_t k = 0; k < s->list->n && status == HB_OK; k++) {
        const size_t i = s->order[k];
        if (s->loads[i].workers != HB_WORKERS_RANK || s->loads[i].node != node || nth++ != drawn) continue;
        hb_series_report report = { 0 };
        HB_TRY(begin(s, i));
        const hb_status one = write_down(s, i, hb_analyse_series(alone, &s->list->items[i], &report), &report);
        status = is_its_own(one) ? hb_done_keep(&s->done, i, one, &report) : one;
        hb_series_report_fini(&report);
        drawn = hb_counter_next(s->counter);
    }
out:
    return status;
}

/* A series by all ranks of a communicator; *report on its rank 0. Collective over it. */
static hb_status do_together(sweep *s, const hb_analysis *a, size_t i, hb_series_report *report)
{
    const int here = hb_comm_rank(a->comm) == 0;
    hb_status status;
    /* First of all ranks: what has begun in the journal has to end there. */
    HB_TRY(hb_stop_agree(a->comm));
    HB_TRY(hb_comm_agree(a->comm, here ? begin(s, i) : HB_OK));
    status = hb_analyse_series(a, &s->list->items[i], report);
    if (here) status = write_down(s, i, status, report);
    status = hb_comm_agree(a->comm, status);
out:
    return status;
}

/* Those that were dealt to this node. Collective over it. */
static hb_status work_as_node(sweep *s, const hb_analysis *team)
{
    const int node = hb_counter_node(s->counter);
    hb_status status = HB_OK;
    for (size_t k = 0; k < s->list->n && status == HB_OK; k++) {
        const size_t i = s->order[k];
        if (s->loads[i].workers != HB_WORKERS_NODE || s->loads[i].node != node) continue;
        hb_series_report report = { 0 };
        const hb_status one = do_together(s, team, i, &report);
        status = is_its_own(one) ? HB_OK : one;
        if (status == HB_OK && hb_comm_rank(team->comm) == 0) status = hb_done_keep(&s->done, i, one, &report);
        status = hb_comm_agree(team->comm, status);
        hb_series_report_fini(&report);
    }
    return status;
}

/* Series that are for a rank, or a node, each. */
static hb_status run_side_by_side(sweep *s, hb_workers workers)
{
    hb_comm *world = s->analysis->comm, *own = NULL;
    hb_analysis part = *s->analysis;
    hb_stages stages;
    const int rank = hb_comm_rank(world);
    hb_status status;
    HB_TRY(hb_comm_split(world, workers == HB_WORKERS_RANK ? rank : hb_counter_node(s->counter), &own));
    hb_stages_init(&stages, own);
    part.comm = own;
    part.stages = &stages;
    s->done.n = 0;
    /* What is wrong with a dump is told by the first rank of those that read it; where all work together, by rank 0. */
    if (rank != 0 && hb_comm_rank(own) == 0) hb_log_init(s->analysis->options->log_level, rank);
    status = workers == HB_WORKERS_RANK ? work_as_rank(s, &part) : work_as_node(s, &part);
    if (rank != 0) hb_log_init(HB_LOG_ERROR, rank);
    hb_comm_rest(world);
    HB_TRY(hb_comm_agree(world, status));
    status = hb_done_gather(world, &s->done, s->list, s->report);
    worse(&status, hb_stages_gather(s->analysis->stages, &stages));
    status = hb_comm_agree(world, status);
out:
    if (own != NULL) hb_stages_fini(&stages);
    hb_comm_free(own);
    return status;
}

/* --- all ranks together --- */

/* Whether a series cannot be done, whoever does it. */
static int is_too_large(const sweep *s, size_t i, uint64_t memory)
{
    if (s->loads[i].least <= memory) return 0;
    if (hb_comm_rank(s->analysis->comm) == 0)
        hb_log(HB_LOG_ERROR, "series %s needs %" PRIu64 " MB of memory at least, there are %" PRIu64 " MB",
               s->list->items[i].name, s->loads[i].least / 1000000, memory / 1000000);
    return 1;
}

static hb_status run_together(sweep *s)
{
    const hb_analysis *a = s->analysis;
    uint64_t memory = hb_comm_local_rank(a->comm) == 0 ? hb_team_memory(a->options) : 0;
    hb_status worst = HB_OK, one = HB_OK;
    hb_comm_sum(a->comm, &memory, 1);
    for (size_t i = 0; i < s->list->n && is_its_own(one); i++) {
        if (s->loads[i].workers != HB_WORKERS_ALL || s->loads[i].is_done) continue;
        const int too_large = is_too_large(s, i, memory);
        hb_series_report *report = &s->report->series[i];
        one = too_large ? HB_ERR_MEMORY : do_together(s, a, i, report);
        if (one != HB_OK && hb_comm_rank(a->comm) == 0)
            worse(&worst, (too_large ? hb_verdict_leave_out : hb_verdict_abandon)(report, s->list->items[i].name, one));
        worse(&worst, one);
    }
    return hb_comm_agree(a->comm, worst);
}

static int has_any(const sweep *s, hb_workers workers)
{
    for (size_t i = 0; i < s->list->n; i++)
        if (s->loads[i].workers == workers) return 1;
    return 0;
}

/* On rank 0: series that were not come to are in the report by name; without memory for that none is. */
static hb_status name_the_rest(hb_report *report, const hb_series_list *list)
{
    hb_status status = HB_OK;
    for (size_t i = 0; i < report->n_series && status == HB_OK; i++)
        if (report->series[i].name == NULL) status = hb_verdict_leave_out(&report->series[i], list->items[i].name, HB_OK);
    if (status == HB_OK) return status;
    for (size_t i = 0; i < report->n_series; i++) hb_series_report_fini(&report->series[i]);
    report->n_series = 0;
    return status;
}

hb_status hb_sweep(const hb_analysis *analysis, const hb_series_list *list, const hb_outdir *dir, hb_report *report)
{
    sweep s = { .analysis = analysis, .list = list, .dir = dir, .report = report };
    hb_status status = HB_OK;
    report->n_series = 0;
    report->series = hb_alloc_zero(list->n, sizeof *report->series);
    s.loads = hb_alloc_zero(list->n, sizeof *s.loads);
    s.order = hb_alloc(list->n, sizeof *s.order);
    if (report->series == NULL || s.loads == NULL || s.order == NULL) status = HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(analysis->comm, status));
    report->n_series = list->n;
    s.counter = hb_counter_open(analysis->comm);
    if (s.counter == NULL) HB_TRY(HB_ERR_MEMORY);
    status = share_work(&s);
    for (hb_workers workers = HB_WORKERS_RANK; workers != HB_WORKERS_ALL; workers--)
        if (is_its_own(status) && has_any(&s, workers)) worse(&status, run_side_by_side(&s, workers));
    if (is_its_own(status)) worse(&status, run_together(&s));
out:
    if (hb_comm_rank(analysis->comm) == 0) worse(&status, name_the_rest(report, list));
    status = hb_comm_agree(analysis->comm, status);
    hb_counter_close(s.counter);
    hb_free(s.loads);
    hb_free(s.order);
    hb_done_fini(&s.done);
    return status;
}
