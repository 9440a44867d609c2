#include "fleet/explain.h"

#include <inttypes.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/stop.h"
#include "fleet/answer.h"
#include "fleet/check_answer.h"
#include "fleet/culprits.h"
#include "graph/bfs.h"
#include "graph/dominators.h"
#include "graph/paths.h"
#include "index/write.h"
#include "partition/diff.h"
#include "reduce/site_sums.h"

#define NO_PLACE UINT32_MAX
#define BATCH 64   /* sites whose paths are in memory at one time, and searched for those of each */

static void end_stage(const hb_explain_plan *plan, const char *name)
{
    hb_progress_clear(plan->progress);
    hb_stages_end(plan->stages, name, 0, plan->load->shard.n);
}

/* The sites whose paths are wanted, the same on all ranks. */
typedef struct wanted {
    const hb_explain_plan *plan;
    hb_table numbers;    /* site key -> place in the ranking */
    uint32_t *place;     /* by object: the place of its site, NO_PLACE: none that is wanted */
    size_t *rows;        /* on rank 0, by place: row of the sums */
    uint64_t n;
    uint64_t first;      /* place of the first group in this call */
} wanted;

/* Groups of hb_paths_merge: objects that the report is about, by the place of their site. */
static int group_of(void *ctx, uint32_t id)
{
    const wanted *w = ctx;
    const uint32_t place = w->place[id];
    return place == NO_PLACE || place < w->first || place - w->first >= BATCH ? -1 : (int)(place - w->first);
}

/* By kind: the place of its site in the ranking. */
static void place_kinds(const wanted *w, uint32_t *places)
{
    const hb_shard *shard = &w->plan->load->shard;
    uint64_t key[HB_SITE_KEY_WORDS];
    for (uint32_t kind = 0; kind < shard->n_kinds; kind++) {
        hb_site_key_of(shard, kind, key);
        const uint64_t *place = hb_table_find(&w->numbers, key);
        places[kind] = place == NULL ? NO_PLACE : (uint32_t)*place;
    }
}

static hb_status place_objects(wanted *w)
{
    const hb_shard *shard = &w->plan->load->shard;
    const int n_dumps = w->plan->n_analysed;
    uint32_t *places = hb_alloc(shard->n_kinds, sizeof *places);
    w->place = hb_alloc(shard->n, sizeof *w->place);
    if (places == NULL || w->place == NULL) {
        hb_free(places);
        return HB_ERR_MEMORY;
    }
    place_kinds(w, places);
#pragma omp parallel for num_threads(w->plan->n_threads) schedule(static)
    for (uint32_t id = 0; id < shard->n; id++)
        w->place[id] = n_dumps < 2 || hb_diff_retained(n_dumps, shard->born[id]) ? places[shard->kind[id]] : NO_PLACE;
    hb_free(places);
    return HB_OK;
}

/* Ranks the sites on rank 0 and tells all ranks. */
static hb_status choose_sites(wanted *w, const hb_table *sums)
{
    const hb_explain_plan *plan = w->plan;
    const int root = 0, here = hb_comm_rank(plan->comm) == root;
    uint64_t *keys = NULL;
    size_t n = 0;
    hb_status status = HB_OK;
    if (here) status = hb_fill_ranking(&plan->load->shard, sums, plan->n_analysed, &plan->limits, &w->rows, &n);
    HB_TRY(hb_comm_agree(plan->comm, status));
    w->n = n;
    hb_comm_broadcast(plan->comm, &w->n, sizeof w->n, root);
    keys = hb_alloc(w->n * HB_SITE_KEY_WORDS, sizeof *keys);
    HB_TRY(hb_comm_agree(plan->comm, keys != NULL ? HB_OK : HB_ERR_MEMORY));
    for (size_t i = 0; here && i < w->n; i++) {
        const uint64_t *row = hb_table_row(sums, w->rows[i]);
        keys[2 * i] = row[0];
        keys[2 * i + 1] = row[1];
    }
    hb_comm_broadcast(plan->comm, keys, w->n * HB_SITE_KEY_WORDS * sizeof *keys, root);
    for (size_t i = 0; i < w->n && status == HB_OK; i++) {
        uint64_t *place = hb_table_put(&w->numbers, keys + 2 * i, NULL);
        if (place == NULL) status = HB_ERR_MEMORY;
        else *place = i;
    }
    if (status == HB_OK) status = place_objects(w);
    status = hb_comm_agree(plan->comm, status);
out:
    hb_free(keys);
    return status;
}

/* The merged trees of the sites from w->first on. */
static hb_status merge_some(wanted *w, const hb_table *sums, hb_path_forest *forest, hb_series_report *out)
{
    const hb_explain_plan *plan = w->plan;
    const hb_shard *shard = &plan->load->shard;
    const uint64_t n = w->n - w->first < BATCH ? w->n - w->first : BATCH;
    hb_paths paths;
    hb_status status = hb_paths_merge(forest, group_of, (int)n, w, &paths);
    for (size_t i = 0; status == HB_OK && hb_comm_rank(plan->comm) == 0 && i < n; i++, out->n_paths++)
        status = hb_fill_path(shard, sums, w->rows[w->first + i], plan->n_analysed, &paths, (unsigned)i,
                              &out->paths[w->first + i]);
    hb_paths_fini(&paths);
    return hb_comm_agree(plan->comm, status);
}

static hb_status merge_paths(wanted *w, const hb_table *sums, hb_path_forest *forest, hb_series_report *out)
{
    hb_status status = HB_OK;
    if (hb_comm_rank(w->plan->comm) == 0) {
        out->paths = hb_alloc_zero(w->n, sizeof *out->paths);
        if (out->paths == NULL) status = HB_ERR_MEMORY;
    }
    HB_TRY(hb_comm_agree(w->plan->comm, status));
    for (w->first = 0; w->first < w->n; w->first += BATCH) HB_TRY(merge_some(w, sums, forest, out));
out:
    return status;
}

static void report_reachability(const hb_reachability *r, hb_series_report *out)
{
    out->has_reachability = 1;
    out->reachable = r->reachable;
    out->unreachable = r->unreachable;
    out->reachable_memsize = r->reachable_memsize;
    out->without_class_edges = r->without_class_edges;
    out->max_hops = r->max_hops;
    out->hops_sum = r->hops_sum;
}

/* Whether edges are looked at once more when dominators are known. */
static int needs_edges(const hb_explain_plan *plan)
{
    for (size_t i = 0; i < plan->n_queries; i++)
        if (plan->queries[i].kind == HB_QUERY_REFERRERS) return 1;
    return plan->validate;
}

/* The search from the roots, and dominators. keeps_edges: of the graph. */
static hb_status find_trees(const hb_explain_plan *plan, int keeps_edges, hb_bfs *bfs, hb_dominators *dominators)
{
    const hb_shard *shard = &plan->load->shard;
    hb_status status;
    hb_progress_stage(plan->progress, "searching from the roots");
    HB_TRY(hb_bfs_run(plan->comm, plan->graph, plan->n_threads, bfs));
    end_stage(plan, "search");
    HB_TRY(hb_stop_agree(plan->comm));
    hb_progress_stage(plan->progress, "finding dominators");
    HB_TRY(hb_dominators_find_idoms(plan->comm, plan->graph, bfs, plan->n_threads, dominators));
    if (!keeps_edges) hb_graph_free_edges(plan->graph);
    HB_TRY(hb_dominators_sum(plan->comm, shard, bfs, plan->n_threads, dominators));
    hb_log(HB_LOG_DEBUG, "dominators: %" PRIu64 " joins, %" PRIu64 " left for one rank: %" PRIu64 " vertices, %" PRIu64
           " edges", dominators->n_joins, dominators->n_open, dominators->n_rest, dominators->n_rest_edges);
    end_stage(plan, "dominators");
out:
    return status;
}

/* The trees and what follows from them. */
static hb_status explain_graph(const hb_explain_plan *plan, wanted *w, const hb_table *sums, hb_series_report *out)
{
    const hb_shard *shard = &plan->load->shard;
    hb_bfs bfs = { 0 };
    hb_dominators dominators = { 0 };
    hb_path_forest forest = { 0 };
    hb_forest search = { .comm = plan->comm, .rank = shard->rank, .n = shard->n, .n_threads = plan->n_threads };
    hb_reachability reach;
    hb_status status;
    HB_TRY(find_trees(plan, needs_edges(plan), &bfs, &dominators));
    hb_bfs_reachability(plan->comm, shard, &bfs, plan->n_threads, &reach);
    report_reachability(&reach, out);
    if (plan->validate) {
        hb_progress_stage(plan->progress, "validating");
        HB_TRY(hb_check_graph(plan, &bfs, &dominators, out));
        end_stage(plan, "validate");
    }
    const hb_knowledge knowledge = { shard, &bfs, &dominators, hb_comm_size(plan->comm) > 1 ? &search : NULL };
    const hb_answer_plan answers = { .explain = plan, .knowledge = knowledge, .forest = &forest };
    HB_TRY(hb_answer_referrers(&answers, out));
    hb_graph_free_edges(plan->graph);
    HB_TRY(hb_stop_agree(plan->comm));
    hb_progress_stage(plan->progress, "finding who retains what");
    search.parent = bfs.parent;
    if (knowledge.search != NULL) HB_TRY(hb_forest_build(&search));
    const hb_culprit_plan culprits = { .explain = plan, .knowledge = knowledge, .dominators = &dominators,
                                       .forest = &forest };
    HB_TRY(hb_explain_culprits(&culprits, out));
    end_stage(plan, "suspects");
    HB_TRY(hb_stop_agree(plan->comm));
    hb_progress_stage(plan->progress, "merging paths");
    HB_TRY(choose_sites(w, sums));
    HB_TRY(merge_paths(w, sums, &forest, out));
    if (plan->validate) HB_TRY(hb_check_paths(plan, &bfs, w->place, w->n, out));
    HB_TRY(hb_answer_paths(&answers, out));
    end_stage(plan, "paths");
out:
    hb_path_forest_fini(&forest);
    hb_forest_fini(&search);
    hb_dominators_fini(&dominators);
    hb_bfs_fini(&bfs);
    return status;
}

hb_status hb_explain(const hb_explain_plan *plan, hb_series_report *out)
{
    const hb_shard *shard = &plan->load->shard;
    hb_table sums;
    wanted w = { .plan = plan };
    hb_status status;
    hb_table_init(&w.numbers, HB_SITE_KEY_WORDS, 1);
    HB_TRY(hb_site_sums(plan->comm, shard, plan->n_analysed, plan->n_threads, &sums));
    if (hb_comm_rank(plan->comm) == 0)
        status = hb_fill_sites(shard, &sums, plan->position, plan->n_analysed, &plan->limits, out);
    HB_TRY(hb_comm_agree(plan->comm, status));
    end_stage(plan, "sites");
    out->has_queries = plan->n_queries > 0;
    if (plan->has_roots) HB_TRY(explain_graph(plan, &w, &sums, out));
out:
    hb_table_fini(&sums);
    hb_table_fini(&w.numbers);
    hb_free(w.rows);
    hb_free(w.place);
    return status;
}

hb_status hb_explain_into_index(const hb_explain_plan *plan, const hb_index_request *request)
{
    const int here = hb_comm_rank(plan->comm) == 0;
    hb_bfs bfs = { 0 };
    hb_dominators dominators = { 0 };
    const hb_knowledge knowledge = { &plan->load->shard, &bfs, &dominators, NULL };
    hb_status status;
    HB_TRY(find_trees(plan, 1, &bfs, &dominators));
    HB_TRY(hb_stop_agree(plan->comm));
    hb_progress_stage(plan->progress, "writing the index");
    HB_TRY(hb_index_write(plan->comm, plan->graph, &knowledge, &request->origin, plan->n_threads, here ? request->fd : -1, request->path,
                          here ? request->err : NULL));
    end_stage(plan, "index");
out:
    hb_dominators_fini(&dominators);
    hb_bfs_fini(&bfs);
    return status;
}
