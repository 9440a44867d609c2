/* What enters: a dump as its readers staged it. What leaves: the last dump's shards and graph, or the difference with them
 * made one dump longer.
 *
 * The newest dump that is whole becomes the last one; a cut-off one only where none is whole, since what it lacks would
 * hide what is retained. Standard input cannot be read again: cut off, it is the last dump until a whole one is found. Each
 * older dump is sent to the owners of its addresses, held against the shards, and dropped. */
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
    r->has_last = r->provisional = r->n_analysed = 0;
}

static hb_status load_last(hb_run *r, size_t dump, hb_intake *intake)
{
    const hb_analysis *a = r->analysis;
    hb_status status;
    hb_progress_stage(a->progress, "sharding");
    HB_TRY(hb_load_dump(r->comm, intake, r->stats[dump].shift, a->n_threads, &r->load));
    hb_intake_fini(intake);
    hb_run_end_stage(r, "shard", 0, r->load.shard.n);
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
    hb_run_end_stage(r, "graph", 0, r->load.shard.n);
out:
    return status;
}

static hb_status compare_older(hb_run *r, size_t dump, hb_intake *intake)
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
    hb_run_end_stage(r, "diff", 0, hb_wordlist_words(&idents) / HB_IDENT_WORDS);
out:
    hb_wordlist_fini(&idents);
    hb_wordlist_fini(&refs);
    return status;
}

hb_status hb_run_take_dump(hb_run *r, size_t dump, hb_intake *intake)
{
    hb_dump_stats *stats = &r->stats[dump];
    hb_dump_stats_fini(stats);
    hb_status status = hb_dump_stats_merge(r->comm, intake, stats);
    if (status != HB_OK) return status;
    const int is_dump = hb_dump_stats_is_dump(stats), is_whole = is_dump && hb_dump_stats_is_whole(stats);
    if (r->provisional && is_whole) {
        hb_run_drop_last(r);
        r->again = 1;
        return HB_OK;
    }
    if (r->has_last) return compare_older(r, dump, intake);
    if (!is_whole && !(is_dump && (r->takes_cut || hb_run_is_stdin(r, dump)))) return HB_OK;
    r->provisional = !is_whole && !r->takes_cut;
    return load_last(r, dump, intake);
}
