/* What enters: the last dump with its graph, and the counts of all dumps. What leaves: the report of the series. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "fleet/analyse_parts.h"
#include "fleet/explain.h"
#include "reduce/sample.h"
#include "report/fill.h"

void hb_run_log_trouble(const hb_run *r, size_t dump, const hb_dump_report *report)
{
    const hb_dump_stats *stats = &r->stats[dump];
    hb_progress_clear(r->analysis->progress);
    if (report->error != NULL)
        hb_log(HB_LOG_WARN, "%s: %s: %s", report->path,
               report->status == HB_DUMP_FAILED ? "not analysed" : "truncated", report->error);
    if (report->left_out != NULL) hb_log(HB_LOG_WARN, "%s: %s", report->path, report->left_out);
    for (size_t i = 0; i < stats->n_invalid && report->status != HB_DUMP_FAILED; i++)
        hb_log(HB_LOG_WARN, "%s: line %llu at byte %llu cannot be read: %s", report->path,
               (unsigned long long)stats->invalid[i].line, (unsigned long long)stats->invalid[i].byte,
               stats->invalid[i].reason);
    if (report->status != HB_DUMP_FAILED && stats->counts.invalid_lines > stats->n_invalid)
        hb_log(HB_LOG_WARN, "%s: %llu lines cannot be read in all", report->path,
               (unsigned long long)stats->counts.invalid_lines);
    if (r->has_last && dump == r->last && stats->counts.roots == 0 && !r->analysis->only_sites && r->analysis->index == NULL)
        hb_log(HB_LOG_WARN, "%s: no ROOT lines (a since: dump?): no retention paths", report->path);
}

/* The sentence for a dump that is left out of the difference; NULL when it is not. */
static const char *say_apart(const hb_run *r, size_t dump, char *text, size_t n)
{
    const hb_dump_apart *apart = &r->apart[dump];
    const uint64_t were_there = apart->step.same + apart->step.moved;
    if (apart->why == HB_APART_NOT) return NULL;
    if (apart->why == HB_APART_ORDER)
        snprintf(text, n, "left out of the difference: its generations go up to %lld, those of the newest dump to %lld: they are in "
                 "the wrong order (--manifest says which), or of different processes",
                 (long long)r->stats[dump].last_generation, (long long)r->stats[r->last].last_generation);
    else if (r->stats[dump].last_generation >= 0)
        snprintf(text, n, "left out of the difference: of %llu objects that were there by their generation only %llu are where they were: "
                 "GC.compact moved them, tracing was off in between, or it is another process; compare dumps of the time after that",
                 (unsigned long long)were_there, (unsigned long long)apart->step.same);
    else
        snprintf(text, n, "left out of the difference: of %llu classes and interned strings that it and the newest dump have %llu are "
                 "elsewhere: a compaction moved them, or it is another process; compare dumps of the time after that",
                 (unsigned long long)apart->step.fixed.found, (unsigned long long)apart->step.fixed.elsewhere);
    return text;
}

/* Of a `full` dump without a sidecar the slots are known all the same. */
static void report_symptoms(const hb_run *r, size_t dump, hb_dump_report *out)
{
    if (r->series->symptoms != NULL) out->symptoms = r->series->symptoms[dump];
    if (hb_symptoms_know(&out->symptoms, HB_SYMPTOM_LIVE_SLOTS) || out->status != HB_DUMP_OK || out->empty_slots == 0) return;
    hb_symptoms_set(&out->symptoms, HB_SYMPTOM_AVAILABLE_SLOTS, out->objects + out->empty_slots);
    hb_symptoms_set(&out->symptoms, HB_SYMPTOM_LIVE_SLOTS, out->objects);
}

static hb_status report_dumps(const hb_run *r, hb_series_report *out)
{
    out->dumps = hb_alloc_zero(r->series->n_paths, sizeof *out->dumps);
    if (out->dumps == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < r->series->n_paths; i++) {
        out->n_dumps++;
        char text[320];
        hb_status status = hb_fill_dump(r->series->paths[i], &r->stats[i], &out->dumps[i]);
        if (status != HB_OK) return status;
        const char *const why = say_apart(r, i, text, sizeof text);
        if (why != NULL && (out->dumps[i].left_out = hb_copy_text(why, strlen(why))) == NULL) return HB_ERR_MEMORY;
        if (r->series->times != NULL) {
            out->dumps[i].has_time = r->series->times[i].has_time;
            out->dumps[i].taken_at_ms = r->series->times[i].at_ms;
            out->dumps[i].time_source = r->series->times[i].source;
        }
        report_symptoms(r, i, &out->dumps[i]);
        hb_run_log_trouble(r, i, &out->dumps[i]);
    }
    for (int k = 0; k < r->n_analysed; k++) out->dumps[r->position[k]].compared = 1;
    return HB_OK;
}

static void reverse(size_t *items, int n)
{
    for (int i = 0; i < n / 2; i++) {
        size_t swap = items[i];
        items[i] = items[n - 1 - i];
        items[n - 1 - i] = swap;
    }
}

static void report_trust(const hb_run *r, hb_series_report *out)
{
    hb_diff all = r->diff;
    hb_diff_sum(r->comm, &all);
    out->same = all.same;
    out->reused_slots = all.reused;
    out->moved = all.moved;
    out->strings = all.strings.found;
    out->strings_elsewhere = all.strings.elsewhere;
    out->score = hb_diff_score(&all);
}

/* Objects of one rank come in the order of their addresses, and so do ranks. Collective over the owners. */
static hb_status gather_retained(const hb_run *r, hb_addresses *out)
{
    const hb_shard *shard = &r->load.shard;
    uint64_t *own;
    size_t n = 0;
    hb_status status;
    for (uint32_t id = 0; id < shard->n; id++) n += (size_t)hb_diff_retained(r->n_analysed, shard->born[id]);
    own = hb_alloc(n, sizeof *own);
    HB_TRY(hb_comm_agree(r->team.comm, own != NULL || n == 0 ? HB_OK : HB_ERR_MEMORY));
    n = 0;
    for (uint32_t id = 0; id < shard->n; id++)
        if (hb_diff_retained(r->n_analysed, shard->born[id])) own[n++] = hb_shard_address(shard, id);
    HB_TRY(hb_comm_gather(r->team.comm, own, n, 0, &out->items, &out->n));
out:
    hb_free(own);
    return status;
}

/* What an index tells of the dump, as long as nobody has changed it. On rank 0. */
static void complete_origin(const hb_run *r, const hb_dump_report *dump, hb_index_origin *origin)
{
    origin->invalid_lines = r->stats[r->last].counts.invalid_lines;
    origin->is_damaged = dump->status != HB_DUMP_OK;
    if (dump->error != NULL) snprintf(origin->damage, sizeof origin->damage, "%s", dump->error);
}

/* What the owners find in the graph. */
static hb_status explain(hb_run *r, hb_series_report *out)
{
    const hb_analysis *a = r->analysis;
    hb_status status = HB_OK;
    hb_explain_plan plan = { .comm = r->team.comm, .load = &r->load, .graph = &r->graph, .position = r->position,
                             .n_analysed = r->n_analysed, .n_threads = r->team.n_threads, .stages = a->stages,
                             .progress = a->progress, .has_roots = r->stats[r->last].counts.roots > 0 && !a->only_sites,
                             .limits = { .top = a->options->top,
                                         .min_retained_bytes = a->options->min_retained_bytes },
                             .queries = a->options->queries, .n_queries = a->options->n_queries,
                             .validate = a->options->validate };
    if (a->index != NULL && hb_comm_rank(r->comm) == 0) complete_origin(r, &out->dumps[r->last], &a->index->origin);
    hb_team_begin(&r->team);
    hb_stages_team_begin(a->stages, r->team.comm);
    if (r->team.comm != NULL && a->samples)
        status = hb_sample_objects(r->team.comm, &r->load.shard, r->team.n_threads, &out->sample);
    if (r->team.comm != NULL && status == HB_OK)
        status = a->index != NULL ? hb_explain_into_index(&plan, a->index) : hb_explain(&plan, out);
    if (r->team.comm != NULL && status == HB_OK && a->retained != NULL) status = gather_retained(r, a->retained);
    hb_stages_team_end(a->stages);
    hb_team_end(&r->team);
    return hb_comm_agree(r->comm, status);
}

hb_status hb_run_finish(hb_run *r, hb_series_report *out)
{
    hb_status status = HB_OK;
    int here = hb_comm_rank(r->comm) == 0;
    if (here) {
        out->name = hb_copy_text(r->series->name, strlen(r->series->name));
        status = out->name != NULL ? report_dumps(r, out) : HB_ERR_MEMORY;
    }
    HB_TRY(hb_comm_agree(r->comm, status));
    out->has_last = r->has_last;
    out->last = r->last;
    if (!r->has_last) return HB_OK;
    reverse(r->position, r->n_analysed);
    hb_diff_finish(&r->load.shard, r->n_analysed);
    report_trust(r, out);
    HB_TRY(explain(r, out));
out:
    return status;
}
