#include "fleet/workload.h"

#include <stdlib.h>

#include "pipeline/source_kind.h"

/* gzip makes dumps 17 to 23 times smaller; one that was packed worse is taken for larger than it is. */
#define TEXT_OF_GZIP 20
#define LEAST_TEXT_OF_GZIP 8
/* 75 to 110 bytes an object (docs/DESIGN.md), of which a line of text has 250 to 350. */
#define HUNDREDTHS_OF_TEXT 40
#define LEAST_HUNDREDTHS_OF_TEXT 20

/* Bytes of the file, and of its text at least and about. */
static void guess_text(const char *path, uint64_t *text, uint64_t *least)
{
    hb_source_kind kind;
    hb_error error;
    uint64_t size = 0;
    hb_error_clear(&error);
    *text = *least = 0;
    if (hb_source_probe(path, &kind, &size, &error) != HB_OK) return;
    *text = kind == HB_SOURCE_PLAIN ? size : size * TEXT_OF_GZIP;
    *least = kind == HB_SOURCE_PLAIN ? size : size * LEAST_TEXT_OF_GZIP;
}

uint64_t hb_workload_memory(const char *path)
{
    uint64_t text, least;
    guess_text(path, &text, &least);
    return text / 100 * HUNDREDTHS_OF_TEXT;
}

void hb_workload_guess(const hb_series *series, hb_workload *out)
{
    uint64_t text = 0, least = 0;
    *out = (hb_workload){ 0 };
    for (size_t i = 0; i < series->n_paths; i++) {
        guess_text(series->paths[i], &text, &least);
        out->work += text;
    }
    /* Of the last dump the most is kept. */
    out->memory = text / 100 * HUNDREDTHS_OF_TEXT;
    out->least = least / 100 * LEAST_HUNDREDTHS_OF_TEXT;
}

static int by_work(const void *a, const void *b, void *ctx)
{
    const hb_workload *loads = ctx;
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    if (loads[x].work != loads[y].work) return loads[x].work < loads[y].work ? 1 : -1;
    return (x > y) - (x < y);
}

/* Each to the node that has least so far: longest processing time first (Graham, "Bounds on Multiprocessing Timing
 * Anomalies", SIAM J. Appl. Math. 17(2), 1969). */
static void share_among_nodes(hb_workload *loads, size_t n, hb_workers workers, int n_nodes, const size_t *order)
{
    uint64_t sum[HB_WORKLOAD_MOST_NODES] = { 0 };
    if (n_nodes > HB_WORKLOAD_MOST_NODES) n_nodes = HB_WORKLOAD_MOST_NODES;
    for (size_t k = 0; k < n; k++) {
        hb_workload *load = &loads[order[k]];
        if (load->workers != workers) continue;
        for (int node = 1; node < n_nodes; node++)
            if (sum[node] < sum[load->node]) load->node = node;
        sum[load->node] += load->work + 1;
    }
}

/* Those that are for all so far, and fit, are for one of n such workers each; but none that is more than its share. */
static void give_to(hb_workload *loads, size_t n, hb_workers workers, int n_workers, uint64_t memory, const size_t *order)
{
    uint64_t total = 0;
    if (n_workers < 2 || n < 2) return;
    for (size_t i = 0; i < n; i++) {
        hb_workload *load = &loads[i];
        if (load->workers != HB_WORKERS_ALL || load->is_done || load->is_suspect || load->memory > memory) continue;
        load->workers = workers;
        total += load->work;
    }
    for (size_t k = 0; k < n; k++) {
        hb_workload *load = &loads[order[k]];
        if (load->workers != workers) continue;
        if (load->work <= total / (uint64_t)n_workers) break;
        load->workers = HB_WORKERS_ALL;
        total -= load->work;
    }
}

void hb_workload_share(hb_workload *loads, size_t n, const hb_workplace *place, size_t *order)
{
    for (size_t i = 0; i < n; i++) {
        order[i] = i;
        loads[i].node = 0;
        loads[i].workers = HB_WORKERS_ALL;
    }
    if (n > 0) qsort_r(order, n, sizeof *order, by_work, loads);
    give_to(loads, n, HB_WORKERS_RANK, place->n_ranks, place->rank_memory, order);
    if (place->n_ranks > place->n_nodes) give_to(loads, n, HB_WORKERS_NODE, place->n_nodes, place->node_memory, order);
    share_among_nodes(loads, n, HB_WORKERS_RANK, place->n_nodes, order);
    share_among_nodes(loads, n, HB_WORKERS_NODE, place->n_nodes, order);
}
