#include "fleet/culprits.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "fleet/shared_holders.h"
#include "graph/trace.h"
#include "reduce/retainers.h"
#include "reduce/suspects.h"
#include "report/fill_graph.h"
#include "report/path_tree.h"

/* Fewer objects with fewer bytes than these are what any process does between two dumps: the file that the dump
 * itself was written through is one. */
#define FLOOR_OBJECTS 20
#define FLOOR_BYTES 65536

static hb_status explain_retainers(const hb_culprit_plan *plan, hb_series_report *out)
{
    const hb_explain_plan *explain = plan->explain;
    uint64_t total = out->reachable_memsize;
    hb_retainers retainers;
    hb_status status;
    hb_comm_broadcast(explain->comm, &total, sizeof total, 0);
    HB_TRY(hb_retainers_find(explain->comm, &plan->knowledge, plan->dominators, total, explain->limits.top, &retainers));
    if (hb_comm_rank(explain->comm) == 0)
        status = hb_fill_dominators(plan->knowledge.shard, &retainers, explain->limits.top, &out->dominators);
    status = hb_comm_agree(explain->comm, status);
out:
    hb_retainers_fini(&retainers);
    return status;
}

/* --- suspects --- */

static int group_of(void *ctx, uint32_t id)
{
    const hb_suspects *suspects = ctx;
    const uint32_t place = suspects->place[id];
    return place < HB_SUSPECT_REST ? (int)place : -1;
}

static int is_worth_it(const hb_suspect_report *s)
{
    return s->objects >= FLOOR_OBJECTS || s->memsize >= FLOOR_BYTES;
}

static int by_bytes(const void *a, const void *b)
{
    const hb_suspect_report *x = a, *y = b;
    if (x->memsize != y->memsize) return x->memsize < y->memsize ? 1 : -1;
    return (x->holder.address > y->holder.address) - (x->holder.address < y->holder.address);
}

static hb_status fill_suspects(const hb_suspect_sources *sources, const hb_paths *paths, hb_series_report *out)
{
    hb_status status = HB_OK;
    out->suspects = hb_alloc_zero(sources->paths->n, sizeof *out->suspects);
    if (out->suspects == NULL) return HB_ERR_MEMORY;
    for (size_t place = 0; place < sources->paths->n && status == HB_OK; place++) {
        hb_suspect_report *suspect = &out->suspects[out->n_suspects];
        uint64_t reached;
        status = hb_fill_suspect(sources, place, out->n_dumps, suspect);
        if (status == HB_OK)
            status = hb_path_tree_build(&sources->shard->names, paths, (unsigned)place, &suspect->nodes,
                                        &suspect->n_nodes, &reached);
        if (status == HB_OK && !is_worth_it(suspect)) hb_suspect_report_fini(suspect);
        else out->n_suspects++;
    }
    if (out->n_suspects > 0) qsort(out->suspects, out->n_suspects, sizeof *out->suspects, by_bytes);
    return status;
}

static hb_status explain_suspects(const hb_culprit_plan *plan, hb_series_report *out)
{
    const hb_explain_plan *explain = plan->explain;
    const hb_suspects_plan how = { .comm = explain->comm, .shard = plan->knowledge.shard,
                                   .dominators = plan->dominators, .n_dumps = explain->n_analysed,
                                   .n_threads = explain->n_threads, .min_bytes = explain->limits.min_retained_bytes };
    hb_suspects suspects;
    hb_known *holders = NULL;
    hb_trace trace = { 0 };
    hb_paths paths = { 0 };
    hb_status status;
    HB_TRY(hb_suspects_find(&how, &suspects));
    HB_TRY(hb_known_look_up(explain->comm, &plan->knowledge, suspects.holder, suspects.n, &holders));
    HB_TRY(hb_trace_paths(explain->comm, &plan->knowledge, suspects.holder, suspects.n, &trace));
    hb_dominators_keep_memsize(plan->dominators);
    HB_TRY(hb_path_forest_init(explain->comm, explain->graph, plan->knowledge.bfs, plan->knowledge.search, plan->forest));
    HB_TRY(hb_find_shared_holders(plan, &how, &suspects, &trace));
    HB_TRY(hb_paths_merge(plan->forest, group_of, (int)suspects.n_places, &suspects, &paths));
    if (hb_comm_rank(explain->comm) == 0) {
        const hb_suspect_sources sources = { .shard = how.shard, .root_name = explain->graph->root_name,
                                             .suspects = &suspects, .holders = holders, .paths = &trace,
                                             .position = explain->position, .n_analysed = explain->n_analysed,
                                             .top = explain->limits.top };
        status = fill_suspects(&sources, &paths, out);
    }
    status = hb_comm_agree(explain->comm, status);
out:
    hb_paths_fini(&paths);
    hb_trace_fini(&trace);
    hb_free(holders);
    hb_suspects_fini(&suspects);
    return status;
}

hb_status hb_explain_culprits(const hb_culprit_plan *plan, hb_series_report *out)
{
    hb_status status;
    HB_TRY(explain_retainers(plan, out));
    HB_TRY(explain_suspects(plan, out));
out:
    return status;
}
