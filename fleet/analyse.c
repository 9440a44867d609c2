/* The order of work for one series, newest dump first.
 *
 * The last dump that can be read is loaded whole: shards, graph. Each older one is then read for identity and counts
 * only, and dropped when it has been held against the shards: memory is one graph and what one wave reads.
 *
 * A wave is some dumps that are read side by side, each by a group of ranks, because a gzip stream can be
 * inflated by one rank only: with as many ranks as dumps each rank reads one, with more they share the
 * scanning, or the first of the group has their CPUs for it (fleet/team.h); then a wave is no more dumps than there
 * are threads to scan what is inflated. The dumps of the wave are taken in turn by all ranks together. Should the newest dump of a series be
 * cut off or no dump at all, the next one takes its place and is read again, this time with all that it holds; which
 * dumps may be the last one is told where they are taken (fleet/analyse_dump.c). What comes of all: fleet/analyse_report.c. */
#include "fleet/analyse.h"

#include "base/memory.h"
#include "fleet/analyse_parts.h"

/* Dumps read side by side, at most: what is staged of them is in memory together, and while the last dump is loaded,
 * beside what is largest. */
#define FIRST_WAVE_DUMPS 2
#define WAVE_DUMPS 4
/* Scanning takes little more than half of the time; beside one that inflates a third thread often waits. */
#define THREADS_OF_STREAM 3

static int reads_stdin(const hb_run *r)
{
    for (size_t i = 0; i < r->series->n_paths; i++)
        if (hb_run_is_stdin(r, i)) return 1;
    return 0;
}

/* How many of the n oldest dumps, newest of them first, the next wave reads. */
static int wave_size(const hb_run *r, size_t n)
{
    int ranks = hb_comm_size(r->comm), most = r->has_last ? WAVE_DUMPS : FIRST_WAVE_DUMPS;
    if (reads_stdin(r)) most = 1;
    if (most > ranks) most = ranks;
    if (r->reading_threads > 0 && most > r->reading_threads / THREADS_OF_STREAM)
        most = r->reading_threads > THREADS_OF_STREAM ? r->reading_threads / THREADS_OF_STREAM : 1;
    return n < (size_t)most ? (int)n : most;
}

static hb_status read_dump(const hb_run *r, const hb_team *readers, size_t dump, hb_collect_mode mode,
                           hb_intake *intake)
{
    const hb_analysis *a = r->analysis;
    int shows = hb_comm_rank(r->comm) == 0;
    hb_ingest_plan plan = { .path = r->series->paths[dump], .mode = mode, .identity = a->options->identity,
                            .n_threads = readers->n_threads, .chunk_bytes = a->options->chunk_bytes,
                            .limits = &a->options->limits, .wanted_strings = r->wanted_strings,
                            .wanted_contents = r->wanted_contents, .places = r->places };
    if (shows) {
        plan.tick = hb_progress_tick;
        plan.tick_ctx = a->progress;
        hb_progress_start(a->progress, plan.path);
    }
    hb_status status = hb_ingest(readers->comm, &plan, intake);
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

/* Reads the newest `wave` of the n oldest dumps side by side, group g the one n - 1 - g: in this mode, or all but the first for
 * their identities. */
static hb_status read_wave(hb_run *r, int wave, size_t n, int group_number, hb_collect_mode mode, hb_intake *intake)
{
    const hb_analysis *a = r->analysis;
    hb_comm *group = NULL;
    hb_team readers = { 0 };
    hb_status status;
    HB_TRY(hb_comm_split(r->comm, group_number, &group));
    HB_TRY(hb_comm_agree(r->comm, hb_team_form_readers(group, a->options, a->n_threads, r->reading_threads / wave,
                                                       &readers)));
    hb_team_begin(&readers);
    if (readers.comm != NULL)
        status = read_dump(r, &readers, n - 1 - (size_t)group_number,
                           group_number == 0 ? mode : HB_COLLECT_IDENTITY, intake);
    hb_team_end(&readers);
    if (r->reading_threads > 0) hb_comm_rest(r->comm);
    r->is_gathered = r->reading_threads > 0 && wave == 1;
    HB_TRY(hb_comm_agree(r->comm, status));
    hb_run_end_stage(r, "read", bytes_read(intake), objects_read(intake));
out:
    hb_team_fini(&readers);
    hb_comm_free(group);
    return status;
}

hb_status hb_run_read(hb_run *r, size_t dump, hb_collect_mode mode, hb_intake *intake)
{
    *intake = (hb_intake){ 0 };
    hb_error_clear(&intake->damage);
    return read_wave(r, 1, dump + 1, 0, mode, intake);
}

hb_status hb_run_read_again(hb_run *r, size_t dump, hb_collect_mode mode, hb_intake *intake, int *is_same)
{
    hb_dump_stats again = { 0 };
    hb_status status;
    HB_TRY(hb_run_read(r, dump, mode, intake));
    HB_TRY(hb_dump_stats_merge(r->comm, intake, &again));
    const hb_dump_stats *then = &r->stats[dump];
    *is_same = hb_dump_stats_is_whole(&again) == hb_dump_stats_is_whole(then) && again.counts.bytes == then->counts.bytes &&
               again.counts.objects == then->counts.objects;
out:
    hb_dump_stats_fini(&again);
    return status;
}

/* Reads the newest `wave` of the n oldest dumps side by side and takes them in turn, newest first; *n is what
 * is left. */
static hb_status run_wave(hb_run *r, int wave, size_t *n)
{
    const int group_number = (int)((int64_t)hb_comm_rank(r->comm) * wave / hb_comm_size(r->comm));
    hb_intake intake = { 0 }, none = { 0 };
    hb_status status;
    hb_error_clear(&none.damage);
    HB_TRY(read_wave(r, wave, *n, group_number, r->has_last ? HB_COLLECT_IDENTITY : HB_COLLECT_FULL, &intake));
    for (int i = 0; i < wave; i++) {
        size_t dump = --*n;
        HB_TRY(hb_run_take_dump(r, dump, i == group_number ? &intake : &none));
        if (r->again) ++*n;
        r->again = 0;
        /* The others were read for identity only: the next one has to be read again, whole. */
        if (!r->has_last) break;
    }
out:
    hb_intake_fini(&intake);
    return status;
}

/* The newest file that is a dump but was not read to its end; n_paths when there is none. */
static size_t newest_cut(const hb_run *r)
{
    size_t dump = r->series->n_paths;
    while (dump-- > 0)
        if (!hb_run_is_stdin(r, dump) && hb_dump_stats_is_dump(&r->stats[dump]) && !hb_dump_stats_is_whole(&r->stats[dump]))
            return dump;
    return r->series->n_paths;
}

/* Dumps that are cut off and newer than the last were passed over: now that there are shards, their dangling references
 * can be counted. Where no dump is whole, the newest one that is cut off becomes the last. */
static hb_status read_cut_again(hb_run *r)
{
    hb_status status = HB_OK;
    size_t left = newest_cut(r) + 1;
    if (left > r->series->n_paths) return HB_OK;
    if (r->provisional && left > r->last + 1) hb_run_drop_last(r);
    const size_t until = r->has_last ? r->last + 1 : 0;
    r->takes_cut = 1;
    while (left > until) {
        if (hb_run_is_stdin(r, left - 1)) left--;
        else HB_TRY(run_wave(r, r->has_last ? 1 : wave_size(r, left), &left));
    }
out:
    return status;
}

hb_status hb_analyse_series(const hb_analysis *analysis, const hb_series *series, hb_series_report *out)
{
    hb_run r = { .analysis = analysis, .series = series, .comm = analysis->comm };
    size_t left = series->n_paths;
    hb_status status;
    r.stats = hb_alloc_zero(series->n_paths, sizeof *r.stats);
    r.apart = hb_alloc_zero(series->n_paths, sizeof *r.apart);
    r.position = hb_alloc(series->n_paths, sizeof *r.position);
    status = r.stats != NULL && r.apart != NULL && r.position != NULL ? HB_OK : HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(r.comm, status));
    hb_stages_series(analysis->stages, series->name);
    r.reading_threads = hb_team_reading_threads(r.comm, analysis->options, analysis->n_threads,
                                                series->paths[series->n_paths - 1]);
    while (left > 0) HB_TRY(run_wave(&r, wave_size(&r, left), &left));
    HB_TRY(read_cut_again(&r));
    HB_TRY(hb_run_finish(&r, out));
    if (!analysis->only_sites && analysis->index == NULL) HB_TRY(hb_run_growth(&r, out));
    if (analysis->index == NULL) HB_TRY(hb_run_strings(&r, out));
out:
    hb_graph_fini(&r.graph);
    hb_load_fini(&r.load);
    hb_team_fini(&r.team);
    for (size_t i = 0; r.stats != NULL && i < series->n_paths; i++) hb_dump_stats_fini(&r.stats[i]);
    hb_free(r.stats);
    hb_free(r.apart);
    hb_free(r.position);
    hb_memory_trim();
    return status;
}
