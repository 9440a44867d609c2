/* A radix sort of ids by distance, least significant digit first (Knuth, TAOCP vol. 3, 5.2.5): 11 bits a digit, and
 * only digits that differ somewhere. A heap without long lists takes one pass for the hops and one for the class
 * edges; a list of a million nodes one more. */
#include "graph/order.h"

#include <string.h>

#include "base/memory.h"

#define DIGIT_BITS 11
#define N_DIGITS (1u << DIGIT_BITS)

/* One pass: from -> to, stable, by the digit at `shift`. from = NULL: all reached ids, ascending. */
static void pass(const hb_distance *distance, const uint32_t *from, uint32_t n, uint32_t *to, unsigned shift)
{
    uint64_t at[N_DIGITS] = { 0 };
    for (uint32_t i = 0; i < n; i++) {
        hb_distance d = distance[from != NULL ? from[i] : i];
        if (d != HB_UNREACHED) at[d >> shift & (N_DIGITS - 1)]++;
    }
    for (uint64_t digit = 0, before = 0; digit < N_DIGITS; digit++) {
        uint64_t here = at[digit];
        at[digit] = before;
        before += here;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t id = from != NULL ? from[i] : i;
        hb_distance d = distance[id];
        if (d != HB_UNREACHED) to[at[d >> shift & (N_DIGITS - 1)]++] = id;
    }
}

hb_status hb_order_by_distance(const hb_bfs *bfs, uint32_t n, uint32_t **order, uint32_t *n_order)
{
    hb_status status = HB_OK;
    hb_distance bits = 0;
    uint32_t *ids = hb_alloc(n, sizeof *ids), *spare = NULL;
    *order = NULL;
    *n_order = 0;
    for (uint32_t v = 0; v < n; v++)
        if (bfs->distance[v] != HB_UNREACHED) {
            bits |= bfs->distance[v];
            ++*n_order;
        }
    if (ids == NULL) HB_TRY(HB_ERR_MEMORY);
    pass(bfs->distance, NULL, n, ids, 0);
    for (unsigned shift = DIGIT_BITS; shift < 64; shift += DIGIT_BITS) {
        if ((bits >> shift & (N_DIGITS - 1)) == 0) continue;
        if (spare == NULL && (spare = hb_alloc(*n_order, sizeof *spare)) == NULL) HB_TRY(HB_ERR_MEMORY);
        pass(bfs->distance, ids, *n_order, spare, shift);
        uint32_t *swap = ids;
        ids = spare;
        spare = swap;
    }
    *order = ids;
    ids = NULL;
out:
    hb_free(ids);
    hb_free(spare);
    return status;
}
