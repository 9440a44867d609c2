/* What was staged of each object's references becomes compressed sparse rows.
 *
 * A row gets room for all references of its object, then each is looked up in this rank's page map: a hit goes to its
 * place in the row, an address of this rank's range that is not there dangles, and one of another range is asked for
 * (partition/resolve.h) and comes back as a global id. With addresses written page by page and ranges of addresses as
 * shards, most references stay at home. */
#include "graph/graph.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/remote_rows.h"
#include "partition/resolve.h"

#define EACH_ROW(row, block) \
    (const uint64_t *row = (block)->words; row < (block)->words + (block)->n; row += hb_row_size(row))

/* A question's token is the source's id, and the reference's place in its row << 32. */
#define NOT_AN_EDGE UINT64_MAX  /* the token of a reference that only counts when it dangles */

typedef struct builder {
    hb_graph *graph;
    hb_wordlist *queries;    /* by thread: token, address */
    hb_wordlist answers;     /* token, gid */
    uint64_t n_queries, n_found;
} builder;

static int is_home(const hb_shard *shard, uint64_t address)
{
    return shard->splitters.n == 1 || hb_splitters_owner(&shard->splitters, address) == shard->rank;
}

static void count_rows(hb_graph *graph, const hb_block *block)
{
    for EACH_ROW (row, block)
        if (hb_row_id(row) != HB_NO_ID) graph->first[hb_row_id(row) + 1] = (uint32_t)hb_row_refs(row);
}

/* Numbers of items become the places where each begins; 0 when these do not fit. counts: n + 1, the first 0. */
static int sum_counts(uint32_t *counts, size_t n)
{
    uint64_t sum = 0;
    for (size_t v = 1; v <= n; v++) counts[v] = (uint32_t)(sum += counts[v]);
    return sum < UINT32_MAX;
}

/* Rows with room for every reference. */
static hb_status make_rows(hb_graph *graph, const hb_wordlist *rows, int n_threads)
{
    size_t n = graph->shard->n;
    graph->first = hb_alloc_zero(n + 1, sizeof *graph->first);
    if (graph->first == NULL) return HB_ERR_MEMORY;
#pragma omp parallel for num_threads(n_threads) schedule(dynamic)
    for (size_t i = 0; i < rows->n; i++) count_rows(graph, &rows->blocks[i]);
    if (!sum_counts(graph->first, n)) return HB_ERR_MEMORY;
    graph->target = hb_alloc(graph->first[n], sizeof *graph->target);
    return graph->target != NULL ? HB_OK : HB_ERR_MEMORY;
}

/* Looks up one object's references; *dangling counts those that are nowhere. targets: where hits go; NULL when they
 * are no edges. */
static hb_status look_up(const hb_graph *graph, const uint64_t *row, uint32_t *targets, hb_wordlist *queries,
                         uint64_t *dangling)
{
    const uint64_t *refs = hb_row_addresses(row);
    const size_t n = hb_row_refs(row);
    for (size_t i = 0; i < n; i++) {
        const int home = is_home(graph->shard, refs[i]);
        const uint32_t id = home ? hb_pagemap_id(&graph->shard->map, refs[i]) : HB_NO_ID;
        if (targets != NULL) targets[i] = id;
        if (home) {
            *dangling += id == HB_NO_ID;
            continue;
        }
        uint64_t *query = hb_wordlist_put(queries, 2);
        if (query == NULL) return HB_ERR_MEMORY;
        query[0] = targets != NULL ? hb_row_id(row) | (uint64_t)i << 32 : NOT_AN_EDGE;
        query[1] = refs[i];
    }
    return HB_OK;
}

static hb_status fill_block(builder *b, hb_block *block, uint64_t *dangling)
{
    const hb_graph *graph = b->graph;
    hb_wordlist *queries = &b->queries[omp_get_thread_num()];
    for EACH_ROW (row, block) {
        uint32_t id = hb_row_id(row);
        uint32_t *targets = id == HB_NO_ID ? NULL : graph->target + graph->first[id];
        hb_status status = look_up(graph, row, targets, queries, dangling);
        if (status != HB_OK) return status;
    }
    hb_block_free(block);
    return HB_OK;
}

static hb_status fill_rows(builder *b, hb_wordlist *rows, int n_threads)
{
    int worst = HB_OK;
    uint64_t dangling = 0;
#pragma omp parallel for num_threads(n_threads) schedule(dynamic) reduction(max : worst) reduction(+ : dangling)
    for (size_t i = 0; i < rows->n; i++) {
        int status = fill_block(b, &rows->blocks[i], &dangling);
        if (status > worst) worst = status;
    }
    b->graph->dangling += dangling;
    return (hb_status)worst;
}

static hb_status found(void *ctx, uint64_t token, hb_gid gid, uint32_t name)
{
    (void)name;
    builder *b = ctx;
    b->n_found++;
    if (token == NOT_AN_EDGE) return HB_OK;
    uint64_t *answer = hb_wordlist_put(&b->answers, 2);
    if (answer == NULL) return HB_ERR_MEMORY;
    answer[0] = token;
    answer[1] = gid;
    return HB_OK;
}

/* Asks the other ranks for what is theirs. */
static hb_status resolve_remote(hb_comm *comm, builder *b, int n_threads, hb_status mine)
{
    hb_wordlist all;
    hb_wordlist_init(&all, 0);
    hb_wordlist_init(&b->answers, 0);
    for (int t = 0; t < n_threads && mine == HB_OK; t++) mine = hb_wordlist_take(&all, &b->queries[t]);
    b->n_queries = hb_wordlist_words(&all) / 2;
    hb_status status = hb_resolve(comm, b->graph->shard, &all, mine, found, b);
    if (status == HB_OK) {
        b->graph->dangling += b->n_queries - b->n_found;
        status = hb_graph_make_remote_rows(b->graph, &b->answers);
    }
    hb_wordlist_fini(&all);
    hb_wordlist_fini(&b->answers);
    return status;
}

static int by_where(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (x[0] > y[0]) - (x[0] < y[0]);
}

/* The ROOT lines in the order of the dump, as (offset, name id) rows, on every rank. */
static hb_status list_roots(hb_comm *comm, const hb_wordlist *roots, hb_table *lines)
{
    const int root = 0;
    uint64_t *all = NULL;
    size_t n_all;
    hb_status status = HB_OK;
    for (size_t i = 0; i < roots->n && status == HB_OK; i++)
        for (size_t at = 0; at < roots->blocks[i].n && status == HB_OK; at += HB_ROOT_WORDS) {
            const uint64_t *item = roots->blocks[i].words + at;
            uint64_t *name = hb_table_put(lines, &item[HB_ROOT_WHERE], NULL);
            if (name == NULL) status = HB_ERR_MEMORY;
            else *name = item[HB_ROOT_NAME];
        }
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(hb_comm_gather(comm, lines->rows, lines->n * 2, root, &all, &n_all));
    hb_table_clear(lines);
    uint64_t n_rows = 0;
    if (hb_comm_rank(comm) == root) {
        for (size_t at = 0; at < n_all && status == HB_OK; at += 2) {
            uint64_t *name = hb_table_put(lines, all + at, NULL);
            if (name == NULL) status = HB_ERR_MEMORY;
            else *name = all[at + 1];
        }
        n_rows = lines->n;
    }
    hb_comm_broadcast(comm, &n_rows, sizeof n_rows, root);
    if (status == HB_OK) status = hb_grow(&lines->rows, &lines->cap, n_rows, 2 * sizeof *lines->rows);
    HB_TRY(hb_comm_agree(comm, status));
    hb_comm_broadcast(comm, lines->rows, n_rows * 2 * sizeof *lines->rows, root);
    /* The table is used as a sorted array from here on; its index no longer fits. */
    lines->n = n_rows;
    if (n_rows > 0) qsort(lines->rows, n_rows, 2 * sizeof *lines->rows, by_where);
out:
    hb_free(all);
    return status;
}

static uint32_t root_number(const hb_table *lines, uint64_t where)
{
    const uint64_t *row = bsearch(&where, lines->rows, lines->n, 2 * sizeof *lines->rows, by_where);
    return (uint32_t)((size_t)(row - lines->rows) / 2);
}

static hb_status make_roots(hb_graph *graph, const hb_wordlist *roots, const hb_table *lines)
{
    graph->root_edges = hb_alloc(hb_wordlist_words(roots) / HB_ROOT_WORDS, sizeof *graph->root_edges);
    graph->root_name = hb_alloc(lines->n, sizeof *graph->root_name);
    if (graph->root_edges == NULL || graph->root_name == NULL) return HB_ERR_MEMORY;
    graph->n_roots = (uint32_t)lines->n;
    for (size_t i = 0; i < lines->n; i++) graph->root_name[i] = (uint32_t)lines->rows[2 * i + 1];
    for (size_t i = 0; i < roots->n; i++)
        for (size_t at = 0; at < roots->blocks[i].n; at += HB_ROOT_WORDS) {
            const uint64_t *item = roots->blocks[i].words + at;
            uint32_t id = hb_pagemap_id(&graph->shard->map, item[HB_ROOT_TARGET]);
            if (id == HB_NO_ID) graph->dangling++;
            else graph->root_edges[graph->n_root_edges++] =
                     (hb_root_edge){ .root = root_number(lines, item[HB_ROOT_WHERE]), .id = id };
        }
    return HB_OK;
}

static void count_loose(hb_graph *graph, const hb_wordlist *refs)
{
    for (size_t i = 0; i < refs->n; i++)
        for (size_t at = 0; at < refs->blocks[i].n; at++)
            graph->dangling += !hb_pagemap_has(&graph->shard->map, refs->blocks[i].words[at]);
}

hb_status hb_graph_build(hb_comm *comm, const hb_shard *shard, const hb_graph_input *input, int n_threads,
                         hb_graph *out)
{
    builder b = { .graph = out };
    hb_table lines;
    hb_table_init(&lines, 1, 1);
    *out = (hb_graph){ .shard = shard };
    b.queries = hb_alloc((size_t)n_threads, sizeof *b.queries);
    for (int t = 0; b.queries != NULL && t < n_threads; t++) hb_wordlist_init(&b.queries[t], 0);
    hb_status status = b.queries != NULL ? make_rows(out, input->rows, n_threads) : HB_ERR_MEMORY;
    if (status == HB_OK) status = fill_rows(&b, input->rows, n_threads);
    if (hb_comm_size(comm) > 1) status = resolve_remote(comm, &b, n_threads, status);
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(list_roots(comm, input->roots, &lines));
    status = make_roots(out, input->roots, &lines);
    count_loose(out, input->refs);
    HB_TRY(hb_comm_agree(comm, status));
out:
    for (int t = 0; b.queries != NULL && t < n_threads; t++) hb_wordlist_fini(&b.queries[t]);
    hb_free(b.queries);
    hb_table_fini(&lines);
    return status;
}

uint32_t hb_graph_last_ivar(const hb_graph *graph, uint32_t v)
{
    const hb_shard *shard = graph->shard;
    if (hb_shard_type(shard, v) != HB_TYPE_OBJECT || shard->name[v] == HB_NO_IVAR) return HB_NO_IVAR;
    uint64_t away = 0, remote = 0;
    for (uint64_t e = graph->first[v]; e < graph->first[v + 1]; e++) away += graph->target[e] == HB_NO_ID;
    for HB_EACH_REMOTE (graph, v, e) remote++;
    return away == remote ? shard->name[v] : HB_NO_IVAR;
}

void hb_graph_free_edges(hb_graph *graph)
{
    hb_free(graph->first);
    hb_free(graph->target);
    hb_free(graph->remote_first);
    hb_free(graph->remote);
    hb_free(graph->root_edges);
    graph->first = graph->target = graph->remote_first = NULL;
    graph->remote = NULL;
    graph->root_edges = NULL;
    graph->n_remote = graph->n_root_edges = 0;
}

void hb_graph_fini(hb_graph *graph)
{
    hb_graph_free_edges(graph);
    hb_free(graph->root_name);
    *graph = (hb_graph){ 0 };
}
