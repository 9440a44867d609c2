#include "base/exchange.h"

#include <assert.h>

#include "base/memory.h"

hb_status hb_outbox_init(hb_outbox *box, int size)
{
    box->size = size;
    box->total = 0;
    box->words = hb_alloc_zero((size_t)size, sizeof *box->words);
    box->n = hb_alloc_zero((size_t)size, sizeof *box->n);
    box->cap = hb_alloc_zero((size_t)size, sizeof *box->cap);
    return box->words != NULL && box->n != NULL && box->cap != NULL ? HB_OK : HB_ERR_MEMORY;
}

void hb_outbox_fini(hb_outbox *box)
{
    for (int to = 0; box->words != NULL && to < box->size; to++) hb_free(box->words[to]);
    hb_free(box->words);
    hb_free(box->n);
    hb_free(box->cap);
    box->words = NULL;
    box->n = NULL;
    box->cap = NULL;
}

uint64_t *hb_outbox_put(hb_outbox *box, int to, size_t n)
{
    size_t used = box->n[to];
    if (hb_grow(&box->words[to], &box->cap[to], used + n, sizeof **box->words) != HB_OK) return NULL;
    box->n[to] += n;
    box->total += n;
    return box->words[to] + used;
}

/* With addresses in ascending order nearly all of a round goes to one rank, and later ones to others: were their room
 * kept, that of each would grow to that of all. What is kept is twice the bound. */
static void empty(hb_outbox *box)
{
    size_t room = 0;
    for (int to = 0; to < box->size; to++) {
        room += box->cap[to];
        box->n[to] = 0;
    }
    box->total = 0;
    if (room <= 2 * HB_EXCHANGE_WORDS) return;
    for (int to = 0; to < box->size; to++) {
        hb_free(box->words[to]);
        box->words[to] = NULL;
        box->cap[to] = 0;
    }
}

/* Allocates what the counts in n_in call for. */
static hb_status make_room(hb_comm *comm, uint64_t **in, const uint64_t *n_in)
{
    for (int from = 0; from < hb_comm_size(comm); from++) {
        if (from == hb_comm_rank(comm) || n_in[from] == 0) continue;
        in[from] = hb_alloc(n_in[from], sizeof **in);
        if (in[from] == NULL) return HB_ERR_MEMORY;
    }
    return HB_OK;
}

static hb_status take_all(hb_comm *comm, const hb_outbox *box, uint64_t *const *in, const uint64_t *n_in,
                          hb_take take, void *ctx)
{
    for (int from = 0; from < box->size; from++) {
        int own = from == hb_comm_rank(comm);
        assert(own || n_in != NULL); /* alone there is no other */
        size_t n = own ? box->n[from] : n_in[from];
        if (n == 0) continue;
        hb_status status = take(ctx, from, own ? box->words[from] : in[from], n);
        if (status != HB_OK) return status;
    }
    return HB_OK;
}

hb_status hb_exchange_round(hb_comm *comm, hb_outbox *box, hb_status mine, hb_take take, void *ctx)
{
    hb_status status;
    size_t size = (size_t)box->size;
    if (box->size == 1) {
        status = mine == HB_OK ? take_all(comm, box, NULL, NULL, take, ctx) : mine;
        empty(box);
        return status;
    }
    uint64_t **in = hb_alloc_zero(size, sizeof *in);
    uint64_t *n_in = hb_alloc_zero(size, sizeof *n_in);
    if (in == NULL || n_in == NULL) mine = HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(comm, mine));
    hb_comm_all_to_all(comm, box->n, n_in);
    HB_TRY(hb_comm_agree(comm, make_room(comm, in, n_in)));
    hb_comm_swap(comm, box->words, box->n, in, n_in);
    HB_TRY(hb_comm_agree(comm, take_all(comm, box, in, n_in, take, ctx)));
out:
    for (int from = 0; in != NULL && from < box->size; from++) hb_free(in[from]);
    hb_free(in);
    hb_free(n_in);
    empty(box);
    return status;
}

hb_status hb_exchange(hb_comm *comm, hb_fill fill, hb_take take, void *ctx)
{
    hb_outbox box;
    uint64_t more = 1;
    hb_status status = hb_comm_agree(comm, hb_outbox_init(&box, hb_comm_size(comm)));
    if (status != HB_OK) more = 0;
    while (more != 0) {
        int left = 0;
        if (status == HB_OK) status = fill(ctx, &box, &left);
        more = (uint64_t)left;
        hb_comm_max(comm, &more, 1);
        status = hb_exchange_round(comm, &box, status, take, ctx);
        if (status != HB_OK) break;
    }
    hb_outbox_fini(&box);
    return status;
}
