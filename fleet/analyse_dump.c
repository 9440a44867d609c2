/* What enters: a dump as its readers staged it. What leaves: the last dump's shards and graph, or the difference with them
 * made one dump longer.
 *
 * The newest dump that is whole becomes the last one; a cut-off one only where none is whole, since what it lacks would
 * hide what is retained. Standard input cannot be read again: cut off, it is the last dump until a whole one is found. Each
 * older dump is sent to the owners of its addresses, held against the shards, and dropped. One in which too little is found again
 * of what must have been there is left out of the difference: after a compaction all that it moved would look new, and Ruby 3.1
 * forgets, or mistakes, where that was allocated, so that nothing but the address could tell. */
#include "base/stop.h"
#include "fleet/analyse_parts.h"

void hb_run_end_stage(hb_run *r, const char *name, uint64_t bytes, uint64_t objects)
{
    hb_progress_clear(r->analysis->progress);
    hb_stages_end(r->analysis->stages, name, bytes, objects);
}

void hb_run_drop_last(hb_run *r)
{
    hb_graph_fini(&r->graph);
    hb_load_fini(&r->load);
    hb_team_fini(&r->team);
    r->has_last = r->provisional = r->n_analysed = 0;
    memset(r->apart, 0, r->series->n_paths * sizeof *r->apart);
}

static uint64_t staged_bytes(const hb_intake *intake)
{
    uint64_t words = 0;
    for (size_t t = 0; t < intake->n_collectors; t++) words += hb_wordlist_words(&intake->collectors[t].records);
    return words * sizeof(uint64_t);
}

/* Whether what was staged is where it belongs, all of it: with rank 0. */
static int is_at_home(const hb_run *r)
{
    return r->is_gathered && r->team.n_workers == 1;
}

/* The owners' shards of what was staged. */
static hb_status build_shards(hb_run *r, unsigned shift, hb_intake *intake)
{
    const hb_team *team = &r->team;
    const int at_home = is_at_home(r), works = team->comm != NULL;
    hb_status status = HB_OK;
    if (!at_home) HB_TRY(hb_load_dump(r->comm, intake, team->n_workers, r->analysis->n_threads, &r->load));
    else if (!works) status = hb_load_nothing(r->comm, &r->load);
    hb_team_begin(team);
    if (at_home && works) status = hb_load_dump(team->comm, intake, 1, team->n_threads, &r->load);
    hb_intake_fini(intake);
    if (works && status == HB_OK) status = hb_load_build(team->comm, shift, team->n_threads, &r->load);
    hb_team_end(team);
out:
    return hb_comm_agree(r->comm, status);
}

static hb_status build_graph(hb_run *r)
{
    const hb_graph_input input = { .rows = &r->load.rows, .roots = &r->load.roots, .refs = &r->load.refs };
    hb_status status = HB_OK;
    hb_team_begin(&r->team);
    if (r->team.comm != NULL)
        status = hb_graph_build(r->team.comm, &r->load.shard, &input, r->team.n_threads, &r->graph);
    hb_team_end(&r->team);
    return hb_comm_agree(r->comm, status);
}

static hb_status load_last(hb_run *r, size_t dump, hb_intake *intake)
{
    const hb_analysis *a = r->analysis;
    hb_status status;
    hb_progress_stage(a->progress, "sharding");
    HB_TRY(hb_team_form_owners(r->comm, a->options, a->n_threads, staged_bytes(intake), &r->team));
    HB_TRY(build_shards(r, r->stats[dump].shift, intake));
    hb_run_end_stage(r, "shard", 0, r->load.shard.n);
    if (a->only_sites) {
        hb_load_forget_references(&r->load);
    } else {
        hb_progress_stage(a->progress, "building the graph");
        HB_TRY(build_graph(r));
    }
    uint64_t dangling = r->graph.dangling;
    hb_comm_sum(r->comm, &dangling, 1);
    r->stats[dump].dangling = dangling;
    r->load.shard.path_key = a->options->redact_key;
    hb_diff_start(&r->load.shard, &r->diff);
    r->has_last = 1;
    r->last = dump;
    r->position[r->n_analysed++] = dump;
    hb_run_end_stage(r, "graph", 0, r->load.shard.n);
out:
    return status;
}

/* An older dump as its objects' identities and what they refer to. */
typedef struct older {
    hb_intake *intake;
    hb_wordlist idents, refs;   /* of this rank's addresses */
    uint64_t dangling;
    hb_diff step;
} older;

/* On an owner: holds the older dump against its shard. */
static hb_status hold_against(hb_run *r, const hb_dump_stats *stats, int counts, older *o)
{
    const int n_threads = r->team.n_threads;
    hb_shard *shard = &r->load.shard;
    hb_status status = HB_OK;
    if (is_at_home(r)) HB_TRY(hb_load_idents(r->team.comm, &shard->splitters, o->intake, &o->idents, &o->refs));
    if (!r->analysis->only_sites) HB_TRY(hb_diff_dangling(&o->idents, &o->refs, stats->shift, n_threads, &o->dangling));
    if (counts)
        hb_diff_dump(shard, r->analysis->options->identity, r->n_analysed, &o->idents, stats->last_generation, n_threads,
                     &o->step);
out:
    return status;
}

/* On the rank that has both: what is elsewhere than in an untraced dump. */
static void compare_landmarks(const hb_run *r, hb_dump_stats *stats, hb_diff *step)
{
    const hb_landmarks *last = r->stats[r->last].landmarks;
    if (stats->last_generation < 0) {
        hb_landmarks_compare(&stats->landmarks[HB_LANDMARK_FIXED], &last[HB_LANDMARK_FIXED], &step->fixed);
        hb_landmarks_compare(&stats->landmarks[HB_LANDMARK_STRING], &last[HB_LANDMARK_STRING], &step->strings);
    }
    hb_dump_stats_forget_landmarks(stats);
}

/* Whether the dump goes with the last one; who says how objects are to be told apart has the say. Collective. */
static hb_apart why_apart(const hb_run *r, const hb_dump_stats *stats, const hb_diff *step, hb_diff *all)
{
    *all = *step;
    hb_diff_sum(r->comm, all);
    const int64_t newest = r->stats[r->last].last_generation;
    if (r->analysis->options->identity != HB_IDENTITY_STRICT) return HB_APART_NOT;
    if (newest >= 0 && stats->last_generation > newest) return HB_APART_ORDER;
    return hb_diff_fits(all) ? HB_APART_NOT : HB_APART_MOVED;
}

/* Adds the dump to those that are compared, or leaves it out. Collective. */
static void judge(hb_run *r, size_t dump, const hb_diff *step)
{
    hb_dump_apart *apart = &r->apart[dump];
    apart->why = why_apart(r, &r->stats[dump], step, &apart->step);
    if (apart->why != HB_APART_NOT) {
        hb_diff_undo(&r->load.shard, r->n_analysed);
        return;
    }
    hb_diff_accept(&r->diff, r->n_analysed, step);
    r->position[r->n_analysed++] = dump;
}

static hb_status compare_older(hb_run *r, size_t dump, hb_intake *intake)
{
    hb_dump_stats *stats = &r->stats[dump];
    const int counts = hb_dump_stats_is_dump(stats) && hb_dump_stats_is_whole(stats);
    older o = { .intake = intake };
    hb_status status = HB_OK;
    hb_wordlist_init(&o.idents, 0);
    hb_wordlist_init(&o.refs, 0);
    hb_progress_stage(r->analysis->progress, "comparing");
    if (!is_at_home(r)) HB_TRY(hb_load_idents(r->comm, &r->load.shard.splitters, intake, &o.idents, &o.refs));
    hb_team_begin(&r->team);
    if (r->team.comm != NULL) status = hold_against(r, stats, counts, &o);
    hb_team_end(&r->team);
    HB_TRY(hb_comm_agree(r->comm, status));
    hb_comm_sum(r->comm, &o.dangling, 1);
    stats->dangling = o.dangling;
    if (counts) {
        compare_landmarks(r, stats, &o.step);
        judge(r, dump, &o.step);
    }
    hb_run_end_stage(r, "diff", 0, hb_wordlist_words(&o.idents) / HB_IDENT_WORDS);
out:
    hb_wordlist_fini(&o.idents);
    hb_wordlist_fini(&o.refs);
    return status;
}

/* A dump that was passed over since it was cut off, and is whole when it is read again: too late to be the last one, and
 * none of the older ones. */
static void pass_over(const hb_run *r, size_t dump, hb_dump_stats *stats)
{
    hb_error_set(&stats->damage, HB_ERR_DATA, r->series->paths[dump], HB_NO_BYTE,
                 "was cut off, and whole when it was read again: it was still being written, or the disk failed for a moment; "
                 "run again");
}

hb_status hb_run_take_dump(hb_run *r, size_t dump, hb_intake *intake)
{
    hb_dump_stats *stats = &r->stats[dump];
    hb_dump_stats_fini(stats);
    if (hb_stop_agree(r->comm) != HB_OK) return HB_ERR_STOPPED;
    hb_status status = hb_dump_stats_merge(r->comm, intake, stats);
    if (status != HB_OK) return status;
    const int is_dump = hb_dump_stats_is_dump(stats), is_whole = is_dump && hb_dump_stats_is_whole(stats);
    if (r->provisional && is_whole) {
        hb_run_drop_last(r);
        r->again = 1;
        return HB_OK;
    }
    if (r->has_last && dump > r->last && is_whole) pass_over(r, dump, stats);
    if (r->has_last) return compare_older(r, dump, intake);
    if (!is_whole && !(is_dump && (r->takes_cut || hb_run_is_stdin(r, dump)))) return HB_OK;
    r->provisional = !is_whole && !r->takes_cut;
    return load_last(r, dump, intake);
}
