#include "graph/referrers.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define ROW_WORDS (sizeof(hb_referrer) / sizeof(uint64_t))

typedef struct finder {
    const hb_graph *graph;
    const hb_knowledge *knowledge;
    hb_gid gid;
    uint32_t *ids;           /* this rank's objects that refer to it */
    size_t n, cap;
    uint64_t instances;
} finder;

/* --- this rank's --- */

static int refers(const finder *f, uint32_t v)
{
    const hb_graph *graph = f->graph;
    if (hb_gid_rank(f->gid) == graph->shard->rank) {
        for HB_EACH_EDGE (graph, v, e)
            if (graph->target[e] == hb_gid_id(f->gid)) return 1;
    } else {
        for HB_EACH_REMOTE (graph, v, e)
            if (graph->remote[e] == f->gid) return 1;
    }
    return 0;
}

static hb_status list_own(finder *f)
{
    const hb_shard *shard = f->graph->shard;
    for (uint32_t v = 0; v < shard->n; v++) {
        const uint32_t c = hb_shard_class_id(shard, v);
        f->instances += c != HB_NO_CLASS && shard->class_gid[c] == f->gid;
        if (!refers(f, v)) continue;
        if (hb_grow(&f->ids, &f->cap, f->n + 1, sizeof *f->ids) != HB_OK) return HB_ERR_MEMORY;
        f->ids[f->n++] = v;
    }
    return HB_OK;
}

static int compare(uint64_t retained_a, uint64_t retained_b, hb_gid a, hb_gid b)
{
    if (retained_a != retained_b) return retained_a < retained_b ? 1 : -1;
    return (a > b) - (a < b);
}

static int ids_by_rank(const void *a, const void *b, void *ctx)
{
    const uint64_t *retained = ctx;
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return compare(retained[x], retained[y], x, y);
}

static int rows_by_rank(const void *a, const void *b)
{
    const hb_referrer *x = a, *y = b;
    return compare(x->object.retained_memsize, y->object.retained_memsize, x->object.gid, y->object.gid);
}

/* The first of v's instance variables that refers to it. They are named from the last one up; row v of `remote` has
 * those that leave the shard, in the order of their places. */
static uint32_t via_of(const finder *f, uint32_t v)
{
    const hb_graph *graph = f->graph;
    const int own = hb_gid_rank(f->gid) == graph->shard->rank;
    uint64_t remote = graph->remote_first != NULL ? graph->remote_first[v + 1] : 0;
    uint32_t via = HB_NO_STRING, ivar = hb_graph_last_ivar(graph, v);
    if (ivar == HB_NO_IVAR) return via;
    for (uint64_t e = graph->first[v + 1]; e-- > graph->first[v];) {
        const int leaves = graph->target[e] == HB_NO_ID;
        if (leaves) remote--;
        if (leaves ? graph->remote[remote] == f->gid : own && graph->target[e] == hb_gid_id(f->gid))
            via = hb_shapes_name(&graph->shard->shapes, ivar);
        ivar = hb_shapes_before(&graph->shard->shapes, ivar);
    }
    return via;
}

/* The rows of this rank that can be among the first. */
static hb_status make_rows(finder *f, uint64_t top, hb_referrer **rows, size_t *n)
{
    if (f->n > 0) qsort_r(f->ids, f->n, sizeof *f->ids, ids_by_rank, f->knowledge->dominators->retained_memsize);
    *n = top != 0 && top < f->n ? top : f->n;
    *rows = hb_alloc(*n, sizeof **rows);
    if (*rows == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < *n; i++)
        (*rows)[i] = (hb_referrer){ .object = hb_known_of(f->knowledge, f->ids[i]), .via = via_of(f, f->ids[i]) };
    return HB_OK;
}

static hb_status list_roots(const finder *f, uint64_t **roots, size_t *n)
{
    size_t cap = 0;
    for (size_t i = 0; i < f->graph->n_root_edges; i++) {
        const hb_root_edge *edge = &f->graph->root_edges[i];
        if (hb_gid_of(f->graph->shard->rank, edge->id) != f->gid) continue;
        if (hb_grow(roots, &cap, *n + 1, sizeof **roots) != HB_OK) return HB_ERR_MEMORY;
        (*roots)[(*n)++] = edge->root;
    }
    return HB_OK;
}

/* --- all ranks' --- */

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* On rank 0: sorts, cuts, and names each ROOT line once. */
static void put_in_order(uint64_t top, hb_referrers *out)
{
    size_t kept = 0;
    if (out->n > 0) qsort(out->rows, out->n, sizeof *out->rows, rows_by_rank);
    if (top != 0 && out->n > top) out->n = top;
    if (out->n_roots > 0) qsort(out->roots, out->n_roots, sizeof *out->roots, by_number);
    for (size_t i = 0; i < out->n_roots; i++)
        if (kept == 0 || out->roots[kept - 1] != out->roots[i]) out->roots[kept++] = out->roots[i];
    out->n_roots = kept;
}

hb_status hb_referrers_find(hb_comm *comm, const hb_graph *graph, const hb_knowledge *knowledge, hb_gid gid, uint64_t top,
                            hb_referrers *out)
{
    finder f = { .graph = graph, .knowledge = knowledge, .gid = gid };
    hb_referrer *rows = NULL;
    uint64_t *roots = NULL, *all = NULL;
    size_t n = 0, n_roots = 0, n_words = 0;
    hb_status status;
    *out = (hb_referrers){ 0 };
    status = list_own(&f);
    if (status == HB_OK) status = make_rows(&f, top, &rows, &n);
    if (status == HB_OK) status = list_roots(&f, &roots, &n_roots);
    HB_TRY(hb_comm_agree(comm, status));
    uint64_t sums[2] = { f.n, f.instances };
    hb_comm_sum(comm, sums, 2);
    out->references = sums[0];
    out->instances = sums[1];
    HB_TRY(hb_comm_gather(comm, (const uint64_t *)rows, n * ROW_WORDS, 0, &all, &n_words));
    out->rows = (hb_referrer *)all;
    out->n = n_words / ROW_WORDS;
    HB_TRY(hb_comm_gather(comm, roots, n_roots, 0, &out->roots, &out->n_roots));
    if (hb_comm_rank(comm) == 0) put_in_order(top, out);
    else out->n = out->n_roots = 0;
out:
    hb_free(f.ids);
    hb_free(rows);
    hb_free(roots);
    return status;
}

void hb_referrers_fini(hb_referrers *referrers)
{
    hb_free(referrers->rows);
    hb_free(referrers->roots);
    *referrers = (hb_referrers){ 0 };
}
