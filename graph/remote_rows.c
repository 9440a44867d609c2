/* Answers come by rank and in rounds, so not in the order of the references. They are sorted by source in two passes
 * over them, and rows that are out of order by place: instance variables are told by it (graph/bfs_parents.c). That
 * takes 4 bytes more a remote edge while it lasts, and 16 for each of the longest row. */
#include "graph/remote_rows.h"

#include <stdlib.h>

#include "base/memory.h"

typedef struct placed {
    uint32_t place;
    hb_gid gid;
} placed;

static int by_place(const void *a, const void *b)
{
    const placed *x = a, *y = b;
    return (x->place > y->place) - (x->place < y->place);
}

static int in_order(const uint32_t *place, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (place[i - 1] > place[i]) return 0;
    return 1;
}

/* Puts each row in the order of the references; place: by remote edge. */
static hb_status order_remote_rows(hb_graph *graph, const uint32_t *place)
{
    const uint32_t *first = graph->remote_first;
    placed *row = NULL;
    size_t cap = 0;
    hb_status status = HB_OK;
    for (size_t v = 0; v < graph->shard->n; v++) {
        const size_t n = first[v + 1] - first[v];
        if (in_order(place + first[v], n)) continue;
        HB_TRY(hb_grow(&row, &cap, n, sizeof *row));
        for (size_t i = 0; i < n; i++) row[i] = (placed){ place[first[v] + i], graph->remote[first[v] + i] };
        qsort(row, n, sizeof *row, by_place);
        for (size_t i = 0; i < n; i++) graph->remote[first[v] + i] = row[i].gid;
    }
out:
    hb_free(row);
    return status;
}

/* Sorts the answers by source. */
static hb_status sort_answers(hb_graph *graph, hb_wordlist *answers, uint32_t *place)
{
    const size_t n = graph->shard->n;
    graph->remote_first = hb_alloc_zero(n + 2, sizeof *graph->remote_first);
    graph->remote = hb_alloc(graph->n_remote, sizeof *graph->remote);
    if (graph->remote_first == NULL || graph->remote == NULL || graph->n_remote >= UINT32_MAX) return HB_ERR_MEMORY;
    /* Counted one row too far, so that filling moves each start to where it belongs. */
    for (size_t i = 0; i < answers->n; i++)
        for (size_t at = 0; at < answers->blocks[i].n; at += 2)
            graph->remote_first[(uint32_t)answers->blocks[i].words[at] + UINT64_C(2)]++;
    for (size_t v = 0; v < n; v++) graph->remote_first[v + 2] += graph->remote_first[v + 1];
    for (size_t i = 0; i < answers->n; i++) {
        for (size_t at = 0; at < answers->blocks[i].n; at += 2) {
            const uint64_t *answer = answers->blocks[i].words + at;
            const uint32_t to = graph->remote_first[(uint32_t)answer[0] + UINT64_C(1)]++;
            graph->remote[to] = answer[1];
            place[to] = (uint32_t)(answer[0] >> 32);
        }
        hb_block_free(&answers->blocks[i]);
    }
    return HB_OK;
}

hb_status hb_graph_make_remote_rows(hb_graph *graph, hb_wordlist *answers)
{
    graph->n_remote = hb_wordlist_words(answers) / 2;
    uint32_t *place = hb_alloc(graph->n_remote, sizeof *place);
    hb_status status = place != NULL ? sort_answers(graph, answers, place) : HB_ERR_MEMORY;
    if (status == HB_OK) status = order_remote_rows(graph, place);
    hb_free(place);
    return status;
}
