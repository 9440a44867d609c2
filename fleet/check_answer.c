#include "fleet/check_answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "graph/validate.h"

/* The first fault is the one that is kept. On rank 0. */
static hb_status set_fault(hb_series_report *out, const char *sentence)
{
    hb_log(HB_LOG_ERROR, "series %s: the answer does not hold: %s", out->name, sentence);
    if (out->fault != NULL) return HB_OK;
    out->fault = hb_copy_text(sentence, strlen(sentence));
    return out->fault != NULL ? HB_OK : HB_ERR_MEMORY;
}

static hb_status report_graph(const hb_validation *v, hb_series_report *out)
{
    char sentence[512];
    int n = snprintf(sentence, sizeof sentence, "%s (%" PRIu64 " object%s", hb_check_text(v->failed), v->n,
                     v->n == 1 ? "" : "s");
    for (size_t i = 0; i < v->n_examples; i++)
        n += snprintf(sentence + n, sizeof sentence - (size_t)n, "%s0x%" PRIx64, i == 0 ? ": " : ", ", v->example[i]);
    snprintf(sentence + n, sizeof sentence - (size_t)n, ")");
    return set_fault(out, sentence);
}

hb_status hb_check_graph(const hb_explain_plan *plan, const hb_bfs *bfs, const hb_dominators *dominators,
                         hb_series_report *out)
{
    hb_validation v;
    hb_status status;
    HB_TRY(hb_validate(plan->comm, plan->graph, bfs, dominators, &v));
    if (v.holds) hb_log(HB_LOG_INFO, "validated: distances, parents, dominators and retained sizes hold");
    else if (hb_comm_rank(plan->comm) == 0) status = report_graph(&v, out);
    status = hb_comm_agree(plan->comm, status);
out:
    return status;
}

/* --- paths --- */

/* The children of node i are the nodes after it at the next depth, up to one that is not deeper than itself. */
static int children_fit(const hb_path_report *path, size_t i)
{
    const hb_path_node *nodes = path->nodes;
    uint64_t objects = 0, memsize = 0;
    for (size_t k = i + 1; k < path->n_nodes && nodes[k].depth > nodes[i].depth; k++) {
        if (nodes[k].depth != nodes[i].depth + 1) continue;
        objects += nodes[k].objects;
        memsize += nodes[k].memsize;
    }
    return objects <= nodes[i].objects && memsize <= nodes[i].memsize;
}

static int tree_fits(const hb_path_report *path, uint64_t objects, uint64_t memsize)
{
    for (size_t i = 0; i < path->n_nodes; i++) {
        if (!children_fit(path, i)) return 0;
        if (path->nodes[i].depth != 0) continue;
        objects -= path->nodes[i].objects;
        memsize -= path->nodes[i].memsize;
    }
    return objects == 0 && memsize == 0;
}

/* On rank 0. sums: reached objects and bytes of each tree. */
static hb_status report_paths(const uint64_t *sums, uint64_t n, hb_series_report *out)
{
    char sentence[256];
    for (uint64_t i = 0; i < n; i++) {
        if (tree_fits(&out->paths[i], sums[2 * i], sums[2 * i + 1])) continue;
        snprintf(sentence, sizeof sentence, "the merged paths of row %" PRIu64 " do not add up to its reached objects", i + 1);
        return set_fault(out, sentence);
    }
    hb_log(HB_LOG_INFO, "validated: %" PRIu64 " merged paths add up", n);
    return HB_OK;
}

hb_status hb_check_paths(const hb_explain_plan *plan, const hb_bfs *bfs, const uint32_t *place, uint64_t n,
                         hb_series_report *out)
{
    const hb_shard *shard = &plan->load->shard;
    uint64_t *sums = hb_alloc_zero(n, 2 * sizeof *sums);
    hb_status status = hb_comm_agree(plan->comm, sums != NULL ? HB_OK : HB_ERR_MEMORY);
    HB_TRY(status);
    for (uint32_t id = 0; id < shard->n; id++) {
        if (place[id] >= n || bfs->distance[id] == HB_UNREACHED) continue;
        sums[2 * (size_t)place[id]]++;
        sums[2 * (size_t)place[id] + 1] += hb_shard_memsize(shard, id);
    }
    hb_comm_sum(plan->comm, sums, 2 * n);
    if (hb_comm_rank(plan->comm) == 0) status = report_paths(sums, n, out);
    status = hb_comm_agree(plan->comm, status);
out:
    hb_free(sums);
    return status;
}
