/* The order of work for one series, newest dump first.
 *
 * The last dump that can be read is loaded whole: shards, graph. Each older one is then read for identity and counts
 * only, and dropped when it has been held against the shards: memory is one graph and what one wave reads.
 *
 * A wave is some dumps that are read side by side, each by a group of ranks, because a gzip stream can be
 * inflated by one rank only: with as many ranks as dumps each rank reads one, with more they share the
 * scanning. Then the dumps of the wave are taken in turn by all ranks together. Should the newest dump of a series be
 * cut off or no dump at all, the next one takes its place and is read again, this time with all that it holds; a
 * cut-off one is the last only where none is whole, since what it lacks would hide what is retained. Standard input
 * cannot be read again: cut off, it is the last dump until a whole one is found. */
#include "fleet/analyse.h"

#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "fleet/explain.h"
#include "graph/graph.h"
#include "partition/diff.h"
#include "partition/ingest.h"
#include "partition/load.h"
#include "reduce/dump_stats.h"
#include "report/fill.h"

/* Dumps read side by side, at most: what is staged of them is in memory together, and while the last dump is loaded,
 * beside what is largest. */
#define FIRST_WAVE_DUMPS 2
#define WAVE_DUMPS 4

typedef struct run {
    const hb_analysis *analysis;
    const hb_series *series;
    hb_comm *comm;
    hb_dump_stats *stats;      /* by dump */
    hb_load load;              /* the last dump */
    hb_graph graph;
    hb_diff diff;
    int has_last;
    size_t last;               /* which dump it is */
    int takes_cut;             /* no dump is whole: one that is cut off may be the last */
    int provisional;           /* the last is cut-off standard input: the next whole dump takes its place */
    int again;                 /* the dump just taken has to be read once more, whole */
    int n_analysed;            /* dumps that are compared: whole ones, and the last */
    size_t *position;          /* of these: which dump; newest first until they are all known */
} run;

static void log_trouble(const run *r, size_t dump, const hb_dump_report *report)
{
    const hb_dump_stats *stats = &r->stats[dump];
    hb_progress_clear(r->analysis->progress);
    if (report->error != NULL)
        hb_log(HB_LOG_WARN, "%s: %s: %s", report->path,
               report->status == HB_DUMP_FAILED ? "not analysed" : "truncated", report->error);
    for (size_t i = 0; i < stats->n_invalid && report->status != HB_DUMP_FAILED; i++)
        hb_log(HB_LOG_WARN, "%s: line %llu at byte %llu cannot be read: %s", report->path,
               (unsigned long long)stats->invalid[i].line, (unsigned long long)stats->invalid[i].byte,
               stats->invalid[i].reason);
    if (report->status != HB_DUMP_FAILED && stats->counts.invalid_lines > stats->n_invalid)
        hb_log(HB_LOG_WARN, "%s: %llu lines cannot be read in all", report->path,
               (unsigned long long)stats->counts.invalid_lines);
    if (r->has_last && dump == r->last && stats->counts.roots == 0)
        hb_log(HB_LOG_WARN, "%s: no ROOT lines (a since: dump?): no retention paths", report->path);
}

static void end_stage(run *r, const char *name, uint64_t bytes, uint64_t objects)
{
    hb_progress_clear(r->analysis->progress);
    hb_stages_end(r->analysis->stages, name, bytes, objects);
}

/* --- one dump --- */

static hb_status load_last(run *r, size_t dump, hb_intake *intake)
{
    const hb_analysis *a = r->analysis;
    hb_status status;
    hb_progress_stage(a->progress, "sharding");
    HB_TRY(hb_load_dump(r->comm, intake, r->stats[dump].shift, a->n_threads, &r->load));
    hb_intake_fini(intake);
    end_stage(r, "shard", 0, r->load.shard.n);
    hb_progress_stage(a->progress, "building the graph");
    hb_graph_input input = { .rows = &r->load.rows, .roots = &r->load.roots, .refs = &r->load.refs };
    HB_TRY(hb_graph_build(r->comm, &r->load.shard, &input, a->n_threads, &r->graph));
    uint64_t dangling = r->graph.dangling;
    hb_comm_sum(r->comm, &dangling, 1);
    r->stats[dump].dangling = dangling;
    hb_diff_start(&r->load.shard, &r->diff);
    r->has_last = 1;
    r->last = dump;
    r->position[r->n_analysed++] = dump;
    end_stage(r, "graph", 0, r->load.shard.n);
out:
    return status;
}

static hb_status compare_older(run *r, size_t dump, hb_intake *intake)
{
    const hb_analysis *a = r->analysis;
    hb_dump_stats *stats = &r->stats[dump];
    hb_wordlist idents, refs;
    uint64_t dangling = 0;
    hb_status status;
    hb_progress_stage(a->progress, "comparing");
    HB_TRY(hb_load_idents(r->comm, &r->load.shard.splitters, intake, &idents, &refs));
    status = hb_diff_dangling(&idents, &refs, stats->shift, a->n_threads, &dangling);
    HB_TRY(hb_comm_agree(r->comm, status));
    hb_comm_sum(r->comm, &dangling, 1);
    stats->dangling = dangling;
    if (hb_dump_stats_is_dump(stats) && hb_dump_stats_is_whole(stats)) {
        hb_diff_dump(&r->load.shard, &r->diff, a->options->identity, r->n_analysed, &idents, stats->last_generation,
                     a->n_threads);
        r->position[r->n_analysed++] = dump;
    }
    end_stage(r, "diff", 0, hb_wordlist_words(&idents) / HB_IDENT_WORDS);
out:
    hb_wordlist_fini(&idents);
    hb_wordlist_fini(&refs);
    return status;
}

static void drop_last(run *r)
{
    hb_graph_fini(&r->graph);
    hb_load_fini(&r->load);
    r->has_last = r->provisional = r->n_analysed = 0;
}

static int is_stdin(const run *r, size_t dump)
{
    return strcmp(r->series->paths[dump], "-") == 0;
}

/* Takes one dump of a wave. */
static hb_status take_dump(run *r, size_t dump, hb_intake *intake)
{
    hb_dump_stats *stats = &r->stats[dump];
    hb_dump_stats_fini(stats);
    hb_status status = hb_dump_stats_merge(r->comm, intake, stats);
    if (status != HB_OK) return status;
    const int is_dump = hb_dump_stats_is_dump(stats), is_whole = is_dump && hb_dump_stats_is_whole(stats);
    if (r->provisional && is_whole) {
        drop_last(r);
        r->again = 1;
        return HB_OK;
    }
    if (r->has_last) return compare_older(r, dump, intake);
    if (!is_whole && !(is_dump && (r->takes_cut || is_stdin(r, dump)))) return HB_OK;
    r->provisional = !is_whole && !r->takes_cut;
    return load_last(r, dump, intake);
}

/* --- waves --- */

static int reads_stdin(const run *r)
{
    for (size_t i = 0; i < r->series->n_paths; i++)
        if (is_stdin(r, i)) return 1;
    return 0;
}

/* How many of the n oldest dumps, newest of them first, the next wave reads. */
static int wave_size(const run *r, size_t n)
{
    int ranks = hb_comm_size(r->comm), most = r->has_last ? WAVE_DUMPS : FIRST_WAVE_DUMPS;
    if (reads_stdin(r)) most = 1;
    if (most > ranks) most = ranks;
    return n < (size_t)most ? (int)n : most;
}

static hb_status read_dump(const run *r, hb_comm *group, size_t dump, hb_collect_mode mode, hb_intake *intake)
{
    const hb_analysis *a = r->analysis;
    int shows = hb_comm_rank(r->comm) == 0;
    hb_ingest_plan plan = { .path = r->series->paths[dump], .mode = mode, .identity = a->options->identity,
                            .n_threads = a->n_threads, .chunk_bytes = a->options->chunk_bytes };
    if (shows) {
        plan.tick = hb_progress_tick;
        plan.tick_ctx = a->progress;
        hb_progress_start(a->progress, plan.path);
    }
    hb_status status = hb_ingest(group, &plan, intake);
    if (shows) hb_progress_clear(a->progress);
    return status;
}

static uint64_t bytes_read(const hb_intake *intake)
{
    uint64_t bytes = 0;
    for (size_t t = 0; t < intake->n_collectors; t++) bytes += intake->collectors[t].counts.bytes;
    return bytes;
}

static uint64_t objects_read(const hb_intake *intake)
{
    uint64_t objects = 0;
    for (size_t t = 0; t < intake->n_collectors; t++) objects += intake->collectors[t].counts.objects;
    return objects;
}

/* Reads the newest `wave` of the n oldest dumps side by side and takes them in turn, newest first; *n is what
 * is left. */
static hb_status run_wave(run *r, int wave, size_t *n)
{
    const int group_number = (int)((int64_t)hb_comm_rank(r->comm) * wave / hb_comm_size(r->comm));
    hb_comm *group = NULL;
    hb_intake intake = { 0 }, none = { 0 };
    hb_status status;
    const size_t mine = *n - 1 - (size_t)group_number;
    hb_error_clear(&none.damage);
    HB_TRY(hb_comm_split(r->comm, group_number, &group));
    const int whole = !r->has_last && group_number == 0;
    status = read_dump(r, group, mine, whole ? HB_COLLECT_FULL : HB_COLLECT_IDENTITY, &intake);
    HB_TRY(hb_comm_agree(r->comm, status));
    end_stage(r, "read", bytes_read(&intake), objects_read(&intake));
    for (int i = 0; i < wave; i++) {
        size_t dump = --*n;
        HB_TRY(take_dump(r, dump, i == group_number ? &intake : &none));
        if (r->again) ++*n;
        r->again = 0;
        /* The others were read for identity only: the next one has to be read again, whole. */
        if (!r->has_last) break;
    }
out:
    hb_intake_fini(&intake);
    hb_comm_free(group);
    return status;
}

/* The newest file that is a dump but was not read to its end; n_paths when there is none. */
static size_t newest_cut(const run *r)
{
    size_t dump = r->series->n_paths;
    while (dump-- > 0)
        if (!is_stdin(r, dump) && hb_dump_stats_is_dump(&r->stats[dump]) && !hb_dump_stats_is_whole(&r->stats[dump]))
            return dump;
    return r->series->n_paths;
}

/* Dumps that are cut off and newer than the last were passed over: now that there are shards, their dangling references
 * can be counted. Where no dump is whole, the newest one that is cut off becomes the last. */
static hb_status read_cut_again(run *r)
{
    hb_status status = HB_OK;
    size_t left = newest_cut(r) + 1;
    if (left > r->series->n_paths) return HB_OK;
    if (r->provisional && left > r->last + 1) drop_last(r);
    const size_t until = r->has_last ? r->last + 1 : 0;
    r->takes_cut = 1;
    while (left > until) {
        if (is_stdin(r, left - 1)) left--;
        else HB_TRY(run_wave(r, r->has_last ? 1 : wave_size(r, left), &left));
    }
out:
    return status;
}

/* --- the report --- */

static hb_status report_dumps(const run *r, hb_series_report *out)
{
    out->dumps = hb_alloc_zero(r->series->n_paths, sizeof *out->dumps);
    if (out->dumps == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < r->series->n_paths; i++) {
        out->n_dumps++;
        hb_status status = hb_fill_dump(r->series->paths[i], &r->stats[i], &out->dumps[i]);
        if (status != HB_OK) return status;
        log_trouble(r, i, &out->dumps[i]);
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

static void report_trust(const run *r, hb_series_report *out)
{
    uint64_t sums[3] = { r->diff.same, r->diff.reused, r->diff.moved };
    hb_comm_sum(r->comm, sums, 3);
    hb_diff all = { .same = sums[0], .reused = sums[1], .moved = sums[2] };
    out->same = all.same;
    out->reused_slots = all.reused;
    out->moved = all.moved;
    out->score = hb_diff_score(&all);
}

static hb_status finish(run *r, hb_series_report *out)
{
    const hb_analysis *a = r->analysis;
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
    hb_explain_plan plan = { .comm = r->comm, .load = &r->load, .graph = &r->graph, .position = r->position,
                             .n_analysed = r->n_analysed, .n_threads = a->n_threads, .stages = a->stages,
                             .progress = a->progress, .has_roots = r->stats[r->last].counts.roots > 0,
                             .limits = { .top = a->options->top,
                                         .min_retained_bytes = a->options->min_retained_bytes },
                             .queries = a->options->queries, .n_queries = a->options->n_queries,
                             .validate = a->options->validate };
    HB_TRY(hb_explain(&plan, out));
out:
    return status;
}

hb_status hb_analyse_series(const hb_analysis *analysis, const hb_series *series, hb_series_report *out)
{
    run r = { .analysis = analysis, .series = series, .comm = analysis->comm };
    size_t left = series->n_paths;
    hb_status status;
    r.stats = hb_alloc_zero(series->n_paths, sizeof *r.stats);
    r.position = hb_alloc(series->n_paths, sizeof *r.position);
    status = r.stats != NULL && r.position != NULL ? HB_OK : HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(r.comm, status));
    hb_stages_series(analysis->stages, series->name);
    while (left > 0) HB_TRY(run_wave(&r, wave_size(&r, left), &left));
    HB_TRY(read_cut_again(&r));
    HB_TRY(finish(&r, out));
out:
    hb_graph_fini(&r.graph);
    hb_load_fini(&r.load);
    for (size_t i = 0; r.stats != NULL && i < series->n_paths; i++) hb_dump_stats_fini(&r.stats[i]);
    hb_free(r.stats);
    hb_free(r.position);
    return status;
}
