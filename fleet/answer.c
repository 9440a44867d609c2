/* Single objects are all traced in one call. Classes and sites are merged one after the other, not in one call as the report's sites are: an
 * object can belong to several of them, and hb_paths_merge takes it for one. */
#include "fleet/answer.h"

#include "base/memory.h"
#include "graph/find.h"
#include "graph/referrers.h"
#include "graph/trace.h"
#include "pipeline/site.h"
#include "report/fill_query.h"

static int is_root(const hb_answer_plan *plan)
{
    return hb_comm_rank(plan->explain->comm) == 0;
}

/* --- addresses --- */

/* The objects that queries of a kind ask for; *which: the numbers of these queries. Both are allocated here. */
static hb_status find_objects(const hb_answer_plan *plan, hb_query_kind kind, size_t **which, hb_gid **gids, size_t *n)
{
    const hb_explain_plan *explain = plan->explain;
    uint64_t *addresses = hb_alloc(explain->n_queries, sizeof *addresses);
    hb_status status;
    *n = 0;
    *which = hb_alloc(explain->n_queries, sizeof **which);
    *gids = hb_alloc(explain->n_queries, sizeof **gids);
    status = addresses != NULL && *which != NULL && *gids != NULL ? HB_OK : HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(explain->comm, status));
    for (size_t i = 0; i < explain->n_queries; i++) {
        if (explain->queries[i].kind != kind) continue;
        addresses[*n] = explain->queries[i].address;
        (*which)[(*n)++] = i;
    }
    hb_find_addresses(explain->comm, plan->knowledge.shard, addresses, *n, *gids);
out:
    hb_free(addresses);
    return status;
}

/* --- referrers --- */

static hb_status answer_referrer(const hb_answer_plan *plan, const hb_query *query, hb_gid gid, hb_query_report *answer)
{
    const hb_explain_plan *explain = plan->explain;
    hb_referrers referrers = { 0 };
    hb_status status = HB_OK;
    if (gid != HB_NO_GID)
        HB_TRY(hb_referrers_find(explain->comm, explain->graph, &plan->knowledge, gid, explain->limits.top, &referrers));
    if (is_root(plan))
        status = hb_fill_query_referrers(plan->knowledge.shard, explain->graph->root_name, query->address,
                                         gid != HB_NO_GID, &referrers, answer);
    status = hb_comm_agree(explain->comm, status);
out:
    hb_referrers_fini(&referrers);
    return status;
}

hb_status hb_answer_referrers(const hb_answer_plan *plan, hb_series_report *out)
{
    const hb_explain_plan *explain = plan->explain;
    size_t *which = NULL, n = 0;
    hb_gid *gids = NULL;
    hb_status status = HB_OK;
    if (explain->n_queries == 0) return HB_OK;
    if (is_root(plan)) {
        out->queries = hb_alloc_zero(explain->n_queries, sizeof *out->queries);
        if (out->queries == NULL) status = HB_ERR_MEMORY;
        else out->n_queries = explain->n_queries;
    }
    HB_TRY(hb_comm_agree(explain->comm, status));
    HB_TRY(find_objects(plan, HB_QUERY_REFERRERS, &which, &gids, &n));
    for (size_t i = 0; i < n; i++)
        HB_TRY(answer_referrer(plan, &explain->queries[which[i]], gids[i], is_root(plan) ? &out->queries[which[i]] : NULL));
out:
    hb_free(which);
    hb_free(gids);
    return status;
}

/* --- paths of single objects --- */

static hb_status fill_single(const hb_answer_plan *plan, size_t number, const hb_query *query, int found,
                             const hb_known *known, const hb_trace *trace, hb_query_report *answer)
{
    const size_t begin = number == 0 ? 0 : trace->end[number - 1];
    return hb_fill_query_object(plan->knowledge.shard, plan->explain->graph->root_name, query->address,
                                found ? &known[number] : NULL, trace->steps + begin, trace->end[number] - begin, answer);
}

static hb_status answer_objects(const hb_answer_plan *plan, hb_series_report *out)
{
    const hb_explain_plan *explain = plan->explain;
    size_t *which = NULL, n = 0;
    hb_gid *gids = NULL;
    hb_known *known = NULL;
    hb_trace trace = { 0 };
    hb_status status;
    HB_TRY(find_objects(plan, HB_QUERY_ADDRESS, &which, &gids, &n));
    if (n == 0) goto out;
    HB_TRY(hb_known_look_up(explain->comm, &plan->knowledge, gids, n, &known));
    HB_TRY(hb_trace_paths(explain->comm, &plan->knowledge, gids, n, &trace));
    for (size_t i = 0; is_root(plan) && i < n && status == HB_OK; i++)
        status = fill_single(plan, i, &explain->queries[which[i]], gids[i] != HB_NO_GID, known, &trace,
                             &out->queries[which[i]]);
    status = hb_comm_agree(explain->comm, status);
out:
    hb_trace_fini(&trace);
    hb_free(known);
    hb_free(which);
    hb_free(gids);
    return status;
}

/* --- paths of groups --- */

typedef struct group {
    const hb_shard *shard;
    uint32_t name;             /* HB_NO_STRING: nothing has it */
    const uint8_t *sites;      /* by site: whether it is meant; NULL: a class is */
} group;

/* DATA and IMEMO objects are labelled by their own names, and are found by these as well as by their class. */
static int is_meant(const group *g, uint32_t id)
{
    const hb_shard *shard = g->shard;
    const uint32_t c = hb_shard_class_id(shard, id);
    if (g->sites != NULL) return hb_shard_site(shard, id) != HB_NO_STRING && g->sites[hb_shard_site(shard, id)];
    if (g->name == HB_NO_STRING) return 0;
    if (c != HB_NO_CLASS && shard->class_name[c] == g->name) return 1;
    return (hb_shard_type(shard, id) == HB_TYPE_DATA || hb_shard_type(shard, id) == HB_TYPE_IMEMO) && shard->name[id] == g->name;
}

static int group_of(void *ctx, uint32_t id)
{
    return is_meant(ctx, id) ? 0 : -1;
}

/* Objects and bytes of all that is meant, reached or not. */
static void add_up(hb_comm *comm, const group *g, uint64_t sums[2])
{
    sums[0] = sums[1] = 0;
    for (uint32_t id = 0; id < g->shard->n; id++) {
        if (!is_meant(g, id)) continue;
        sums[0]++;
        sums[1] += hb_shard_memsize(g->shard, id);
    }
    hb_comm_sum(comm, sums, 2);
}

static hb_status answer_group(const hb_answer_plan *plan, const hb_query *query, hb_query_report *answer)
{
    hb_comm *comm = plan->explain->comm;
    const hb_shard *shard = plan->knowledge.shard;
    group g = { .shard = shard, .name = HB_NO_STRING };
    uint8_t *sites = NULL;
    uint64_t sums[2];
    hb_paths paths = { 0 };
    hb_status status = HB_OK;
    if (query->kind == HB_QUERY_SITE) status = hb_site_find(&shard->sites, query->name, query->n_name, query->line, &sites);
    else g.name = hb_intern_find(&shard->names, query->name, query->n_name);
    g.sites = sites;
    HB_TRY(hb_comm_agree(comm, status));
    add_up(comm, &g, sums);
    HB_TRY(hb_paths_merge(plan->forest, group_of, 1, &g, &paths));
    if (is_root(plan)) status = hb_fill_query_group(shard, query->text, sums[0], sums[1], &paths, answer);
    status = hb_comm_agree(comm, status);
out:
    hb_paths_fini(&paths);
    hb_free(sites);
    return status;
}

hb_status hb_answer_paths(const hb_answer_plan *plan, hb_series_report *out)
{
    const hb_explain_plan *explain = plan->explain;
    hb_status status = HB_OK;
    if (explain->n_queries == 0) return HB_OK;
    HB_TRY(answer_objects(plan, out));
    for (size_t i = 0; i < explain->n_queries; i++) {
        const hb_query *query = &explain->queries[i];
        if (query->kind != HB_QUERY_CLASS && query->kind != HB_QUERY_SITE) continue;
        HB_TRY(answer_group(plan, query, is_root(plan) ? &out->queries[i] : NULL));
    }
out:
    return status;
}
