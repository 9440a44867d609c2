#include "fleet/sweep.h"

#include <inttypes.h>
#include <string.h>

#include "base/counter.h"
#include "base/log.h"
#include "base/memory.h"
#include "fleet/team.h"
#include "fleet/verdict.h"
#include "fleet/workload.h"
#include "report/pack.h"

/* A series that a rank did by itself, on its way to rank 0: its place, what became of it, and its packed report, of so many
 * bytes. Words. */
enum { DONE_SERIES, DONE_STATUS, DONE_BYTES, DONE_WORDS };

typedef struct sweep {
    const hb_analysis *analysis;
    const hb_series_list *list;
    hb_report *report;
    hb_workload *loads;
    size_t *order;           /* series by work, most first */
    hb_counter *counter;
    uint64_t *done;          /* this rank's, side by side */
    size_t n_done, cap_done; /* words */
} sweep;

static void worse(hb_status *status, hb_status other)
{
    if (other > *status) *status = other;
}

/* --- who does what --- */

static hb_status share_work(sweep *s)
{
    const hb_analysis *a = s->analysis;
    const size_t n = s->list->n, bytes = n * sizeof *s->loads;
    uint64_t memory = hb_team_memory(a->options) / (uint64_t)hb_comm_local_size(a->comm);
    if (hb_comm_rank(a->comm) == 0)
        for (size_t i = 0; i < n; i++) hb_workload_guess(&s->list->items[i], &s->loads[i]);
    hb_comm_broadcast(a->comm, s->loads, bytes, 0);
    hb_comm_min(a->comm, &memory, 1);
    if (a->options->spread) memory = 0;
    hb_workload_share(s->loads, n, hb_comm_size(a->comm), hb_counter_nodes(s->counter), memory, s->order);
    return HB_OK;
}

/* --- side by side --- */

/* Keeps a finished report for rank 0. */
static hb_status keep(sweep *s, size_t series, hb_status what, const hb_series_report *report)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    hb_status status = HB_OK;
    if (what == HB_OK) HB_TRY(hb_pack_series(report, &bytes, &n));
    const size_t n_words = (n + sizeof *s->done - 1) / sizeof *s->done;
    HB_TRY(hb_grow(&s->done, &s->cap_done, s->n_done + DONE_WORDS + n_words, sizeof *s->done));
    uint64_t *row = s->done + s->n_done;
    row[DONE_SERIES] = series;
    row[DONE_STATUS] = (uint64_t)what;
    row[DONE_BYTES] = n;
    if (n_words > 0) {
        row[DONE_WORDS + n_words - 1] = 0;
        memcpy(row + DONE_WORDS, bytes, n);
    }
    s->n_done += DONE_WORDS + n_words;
out:
    hb_free(bytes);
    return status;
}

/* Those that this rank draws. */
static hb_status work_apart(sweep *s, hb_comm *own, hb_stages *stages)
{
    hb_analysis alone = *s->analysis;
    const int node = hb_counter_node(s->counter);
    uint64_t drawn = hb_counter_next(s->counter), nth = 0;
    hb_status status = HB_OK;
    alone.comm = own;
    alone.stages = stages;
    for (size_t k = 0; k < s->list->n && status == HB_OK; k++) {
        const size_t i = s->order[k];
        if (!s->loads[i].apart || s->loads[i].node != node || nth++ != drawn) continue;
        hb_series_report report = { 0 };
        const hb_status one = hb_analyse_series(&alone, &s->list->items[i], &report);
        status = keep(s, i, one, &report);
        hb_series_report_fini(&report);
        drawn = hb_counter_next(s->counter);
    }
    return status;
}

/* On rank 0: what all ranks did, in its place. */
static hb_status take(sweep *s, const uint64_t *all, size_t n)
{
    hb_status status = HB_OK, worst = HB_OK;
    for (size_t at = 0; at < n;) {
        const uint64_t *row = all + at, *packed = row + DONE_WORDS;
        const size_t i = (size_t)row[DONE_SERIES];
        hb_series_report *report = &s->report->series[i];
        hb_error error;
        hb_error_clear(&error);
        at += DONE_WORDS + (row[DONE_BYTES] + sizeof *row - 1) / sizeof *row;
        if (row[DONE_STATUS] == HB_OK)
            HB_TRY(hb_unpack_series((const uint8_t *)packed, (size_t)row[DONE_BYTES], report, &error));
        else
            worse(&worst, hb_verdict_abandon(report, s->list->items[i].name, (hb_status)row[DONE_STATUS]));
    }
out:
    worse(&status, worst);
    return status;
}

static hb_status run_apart(sweep *s)
{
    hb_comm *world = s->analysis->comm, *own = NULL;
    hb_stages stages;
    const int rank = hb_comm_rank(world);
    uint64_t *all = NULL;
    size_t n = 0;
    hb_status status;
    HB_TRY(hb_comm_split(world, rank, &own));
    hb_stages_init(&stages, own);
    /* What is wrong with a dump is told by the rank that reads it; where all work together, by rank 0. */
    if (rank != 0) hb_log_init(s->analysis->options->log_level, rank);
    status = work_apart(s, own, &stages);
    if (rank != 0) hb_log_init(HB_LOG_ERROR, rank);
    hb_comm_rest(world);
    HB_TRY(hb_comm_agree(world, status));
    HB_TRY(hb_comm_gather(world, s->done, s->n_done, 0, &all, &n));
    status = rank == 0 ? take(s, all, n) : HB_OK;
    worse(&status, hb_stages_gather(s->analysis->stages, &stages));
    status = hb_comm_agree(world, status);
out:
    if (own != NULL) hb_stages_fini(&stages);
    hb_comm_free(own);
    hb_free(all);
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
    hb_status worst = HB_OK;
    hb_comm_sum(a->comm, &memory, 1);
    for (size_t i = 0; i < s->list->n; i++) {
        if (s->loads[i].apart) continue;
        hb_series_report *report = &s->report->series[i];
        hb_status one = is_too_large(s, i, memory) ? HB_ERR_MEMORY : hb_analyse_series(a, &s->list->items[i], report);
        if (one == HB_OK) continue;
        if (hb_comm_rank(a->comm) == 0) one = hb_verdict_abandon(report, s->list->items[i].name, one);
        worse(&worst, one);
    }
    return hb_comm_agree(a->comm, worst);
}

static int has_apart(const sweep *s)
{
    for (size_t i = 0; i < s->list->n; i++)
        if (s->loads[i].apart) return 1;
    return 0;
}

hb_status hb_sweep(const hb_analysis *analysis, const hb_series_list *list, hb_report *report)
{
    sweep s = { .analysis = analysis, .list = list, .report = report };
    hb_status status = HB_OK;
    report->series = hb_alloc_zero(list->n, sizeof *report->series);
    s.loads = hb_alloc_zero(list->n, sizeof *s.loads);
    s.order = hb_alloc(list->n, sizeof *s.order);
    if (report->series == NULL || s.loads == NULL || s.order == NULL) status = HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(analysis->comm, status));
    report->n_series = list->n;
    s.counter = hb_counter_open(analysis->comm);
    if (s.counter == NULL) HB_TRY(HB_ERR_MEMORY);
    HB_TRY(share_work(&s));
    if (has_apart(&s)) status = run_apart(&s);
    worse(&status, run_together(&s));
out:
    hb_counter_close(s.counter);
    hb_free(s.loads);
    hb_free(s.order);
    hb_free(s.done);
    return status;
}
