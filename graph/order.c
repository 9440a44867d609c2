/* A radix sort of ids by distance, least significant digit first (Knuth, TAOCP vol. 3, 5.2.5): 11 bits a digit, and
 * only digits that differ somewhere. A heap without long lists takes one pass for the hops and one for the class
 * edges; a list of a million nodes one more. */
#include "graph/order.h"

#include <omp.h>
#include <string.h>

#include "base/memory.h"

#define DIGIT_BITS 11
#define N_DIGITS (1u << DIGIT_BITS)

/* A pass's counts, and then places, of one thread: its share of the ids, by digit. */
typedef struct digits {
    uint64_t at[N_DIGITS];
} digits;

static void count(const hb_distance *distance, const uint32_t *from, uint32_t begin, uint32_t end, unsigned shift,
                  digits *d)
{
    memset(d, 0, sizeof *d);
    for (uint32_t i = begin; i < end; i++) {
        const hb_distance x = distance[from != NULL ? from[i] : i];
        if (x != HB_UNREACHED) d->at[x >> shift & (N_DIGITS - 1)]++;
    }
}

static void place(const hb_distance *distance, const uint32_t *from, uint32_t begin, uint32_t end, unsigned shift,
                  digits *d, uint32_t *to)
{
    for (uint32_t i = begin; i < end; i++) {
        const uint32_t id = from != NULL ? from[i] : i;
        const hb_distance x = distance[id];
        if (x != HB_UNREACHED) to[d->at[x >> shift & (N_DIGITS - 1)]++] = id;
    }
}

/* One pass: from -> to, stable, by the digit at `shift`. from = NULL: all reached ids, ascending. Each thread has a share
 * of the ids, in their order; digits, one for each thread. */
static void pass(const hb_distance *distance, const uint32_t *from, uint32_t n, uint32_t *to, unsigned shift,
                 int n_threads, digits *d)
{
#pragma omp parallel num_threads(n_threads)
    {
        const uint64_t share = (uint64_t)omp_get_thread_num(), shares = (uint64_t)omp_get_num_threads();
        const uint32_t begin = (uint32_t)(n * share / shares), end = (uint32_t)(n * (share + 1) / shares);
        count(distance, from, begin, end, shift, &d[share]);
#pragma omp barrier
#pragma omp single
        for (uint64_t digit = 0, before = 0; digit < N_DIGITS; digit++)
            for (uint64_t s = 0; s < shares; s++) {
                const uint64_t here = d[s].at[digit];
                d[s].at[digit] = before;
                before += here;
            }
        place(distance, from, begin, end, shift, &d[share], to);
    }
}

hb_status hb_order_by_distance(const hb_bfs *bfs, uint32_t n, int n_threads, uint32_t **order, uint32_t *n_order)
{
    hb_status status = HB_OK;
    hb_distance bits = 0;
    uint32_t *ids = hb_alloc(n, sizeof *ids), *spare = NULL;
    digits *d = hb_alloc((size_t)n_threads, sizeof *d);
    *order = NULL;
    *n_order = 0;
    uint32_t n_reached = 0;
#pragma omp parallel for num_threads(n_threads) schedule(static) reduction(| : bits) reduction(+ : n_reached)
    for (uint32_t v = 0; v < n; v++)
        if (bfs->distance[v] != HB_UNREACHED) {
            bits |= bfs->distance[v];
            n_reached++;
        }
    *n_order = n_reached;
    if (ids == NULL || d == NULL) HB_TRY(HB_ERR_MEMORY);
    pass(bfs->distance, NULL, n, ids, 0, n_threads, d);
    for (unsigned shift = DIGIT_BITS; shift < 64; shift += DIGIT_BITS) {
        if ((bits >> shift & (N_DIGITS - 1)) == 0) continue;
        if (spare == NULL && (spare = hb_alloc(*n_order, sizeof *spare)) == NULL) HB_TRY(HB_ERR_MEMORY);
        pass(bfs->distance, ids, *n_order, spare, shift, n_threads, d);
        uint32_t *swap = ids;
        ids = spare;
        spare = swap;
    }
    *order = ids;
    ids = NULL;
out:
    hb_free(ids);
    hb_free(spare);
    hb_free(d);
    return status;
}
