#include "index/numbers.h"

#include <stdlib.h>

#include "base/memory.h"

hb_status hb_index_sum_before(hb_comm *comm, uint64_t mine, uint64_t **out)
{
    const int size = hb_comm_size(comm);
    uint64_t before = 0;
    *out = hb_alloc_zero((size_t)size + 1, sizeof **out);
    const hb_status status = hb_comm_agree(comm, *out != NULL ? HB_OK : HB_ERR_MEMORY);
    if (status != HB_OK) return status;
    (*out)[hb_comm_rank(comm)] = mine;
    hb_comm_sum(comm, *out, (size_t)size);
    for (int r = 0; r <= size; r++) {
        const uint64_t own = (*out)[r];
        (*out)[r] = before;
        before += own;
    }
    return HB_OK;
}

static int by_shape_id(const void *a, const void *b, void *ctx)
{
    const hb_table *lines = ctx;
    const uint64_t x = hb_table_row(lines, *(const uint32_t *)a)[0], y = hb_table_row(lines, *(const uint32_t *)b)[0];
    return (x > y) - (x < y);
}

static hb_status number_ivars(const hb_shapes *shapes, hb_index_numbers *out)
{
    hb_table lines = shapes->lines;
    out->ivar_rows = hb_alloc(lines.n, sizeof *out->ivar_rows);
    out->ivar_place = hb_alloc(lines.n, sizeof *out->ivar_place);
    if (out->ivar_rows == NULL || out->ivar_place == NULL) return HB_ERR_MEMORY;
    for (uint32_t row = 0; row < lines.n; row++) out->ivar_rows[row] = row;
    if (lines.n > 0) qsort_r(out->ivar_rows, lines.n, sizeof *out->ivar_rows, by_shape_id, &lines);
    for (uint32_t place = 0; place < lines.n; place++) out->ivar_place[out->ivar_rows[place]] = place;
    return HB_OK;
}

hb_status hb_index_numbers_make(hb_comm *comm, const hb_graph *graph, hb_index_numbers *out)
{
    const uint32_t n = graph->shard->n;
    hb_status status;
    *out = (hb_index_numbers){ 0 };
    HB_TRY(hb_index_sum_before(comm, n, &out->before));
    HB_TRY(hb_index_sum_before(comm, n == 0 ? 0 : graph->first[n], &out->refs_before));
    status = hb_comm_agree(comm, number_ivars(&graph->shard->shapes, out));
out:
    return status;
}

void hb_index_numbers_fini(hb_index_numbers *numbers)
{
    hb_free(numbers->before);
    hb_free(numbers->refs_before);
    hb_free(numbers->ivar_rows);
    hb_free(numbers->ivar_place);
    *numbers = (hb_index_numbers){ 0 };
}

/* --- references --- */

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void renumber_row(const hb_index_numbers *numbers, hb_graph *graph, uint32_t v)
{
    uint32_t *const row = graph->target + graph->first[v];
    const size_t n = graph->first[v + 1] - graph->first[v];
    const uint64_t before = numbers->before[graph->shard->rank];
    const uint64_t end = graph->remote_first != NULL ? graph->remote_first[v + 1] : 0;
    uint64_t remote = graph->remote_first != NULL ? graph->remote_first[v] : 0;
    int dangles = 0;
    for (size_t i = 0; i < n; i++) {
        if (row[i] != HB_NO_ID) row[i] = (uint32_t)(before + row[i]);
        else if (remote < end) row[i] = hb_index_number(numbers, graph->remote[remote++]);
        else dangles = 1;
    }
    if (dangles) qsort(row, n, sizeof *row, by_number);
}

static int by_object(const void *a, const void *b)
{
    const hb_root_edge *x = a, *y = b;
    if (x->id != y->id) return x->id < y->id ? -1 : 1;
    return (x->root > y->root) - (x->root < y->root);
}

void hb_index_renumber(const hb_index_numbers *numbers, hb_graph *graph, int n_threads)
{
#pragma omp parallel for num_threads(n_threads) schedule(dynamic, 4096)
    for (uint32_t v = 0; v < graph->shard->n; v++) renumber_row(numbers, graph, v);
    if (graph->n_root_edges > 0) qsort(graph->root_edges, graph->n_root_edges, sizeof *graph->root_edges, by_object);
}
