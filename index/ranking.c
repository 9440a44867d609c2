#include "index/ranking.h"

#include <stdlib.h>

#include "base/memory.h"

#define LEAST_KEPT 1024   /* what is sorted is sorted rarely */

static int by_figure(const void *a, const void *b)
{
    const hb_ranked *x = a, *y = b;
    if (x->figure != y->figure) return x->figure < y->figure ? 1 : -1;
    return (x->id > y->id) - (x->id < y->id);
}

void hb_ranking_finish(hb_ranking *r)
{
    if (r->n > 0) qsort(r->rows, r->n, sizeof *r->rows, by_figure);
    if (r->top != 0 && r->n > r->top) r->n = r->top;
}

/* What comes later has a higher id: of equal figures it is the last. */
static void cut(hb_ranking *r)
{
    hb_ranking_finish(r);
    r->was_cut = 1;
    r->least = r->rows[r->n - 1].figure;
}

hb_status hb_ranking_add(hb_ranking *r, uint64_t figure, uint32_t id)
{
    r->n_all++;
    if (r->was_cut && figure <= r->least) return HB_OK;
    if (r->top != 0 && r->n >= LEAST_KEPT && (r->n - LEAST_KEPT) / 2 >= r->top) {
        cut(r);
        if (figure <= r->least) return HB_OK;
    }
    if (hb_grow(&r->rows, &r->cap, r->n + 1, sizeof *r->rows) != HB_OK) return HB_ERR_MEMORY;
    r->rows[r->n++] = (hb_ranked){ figure, id };
    return HB_OK;
}

void hb_ranking_fini(hb_ranking *r)
{
    hb_free(r->rows);
    *r = (hb_ranking){ 0 };
}
