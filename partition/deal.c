#include "partition/deal.h"

#include <limits.h>

#include "base/log.h"
#include "base/memory.h"

enum { TAG_CREDIT = 1, TAG_CHUNK = 2 };

typedef struct slot {
    hb_chunk chunk;
    hb_send *send;   /* under way, or NULL */
} slot;

struct hb_dealer {
    hb_comm *comm;
    hb_source *source;
    int size;
    int *credits;      /* by rank: chunks it is ready to take */
    uint64_t *owed;    /* by rank: credits that have not come in yet */
    int last;          /* the rank served last */
    slot *slots;       /* buffers of chunks being sent */
    int n_slots;
};

static void free_memory(hb_dealer *d)
{
    for (int i = 0; d->slots != NULL && i < d->n_slots; i++) hb_chunk_fini(&d->slots[i].chunk);
    hb_free(d->credits);
    hb_free(d->owed);
    hb_free(d->slots);
    hb_free(d);
}

hb_status hb_dealer_new(hb_comm *comm, hb_source *source, hb_dealer **out)
{
    int size = hb_comm_size(comm);
    hb_dealer *d = hb_alloc_zero(1, sizeof *d);
    *out = NULL;
    if (d == NULL) return HB_ERR_MEMORY;
    d->comm = comm;
    d->source = source;
    d->size = size;
    d->n_slots = (size - 1) * HB_DEAL_CREDITS;
    d->credits = hb_alloc_zero((size_t)size, sizeof *d->credits);
    d->owed = hb_alloc_zero((size_t)size, sizeof *d->owed);
    d->slots = hb_alloc_zero((size_t)d->n_slots, sizeof *d->slots);
    if (d->credits == NULL || d->owed == NULL || d->slots == NULL) {
        free_memory(d);
        return HB_ERR_MEMORY;
    }
    for (int r = 1; r < size; r++) d->owed[r] = HB_DEAL_CREDITS;
    *out = d;
    return HB_OK;
}

static void receive_credit(hb_dealer *d, int from)
{
    hb_comm_receive(d->comm, NULL, 0, from, TAG_CREDIT);
    d->credits[from]++;
    d->owed[from]--;
}

static void collect_credits(hb_dealer *d)
{
    int from;
    while (hb_comm_poll(d->comm, TAG_CREDIT, &from)) receive_credit(d, from);
}

/* The next rank in turn that has a credit, -1 when none has. */
static int ready_helper(hb_dealer *d)
{
    for (int step = 1; step <= d->size; step++) {
        int r = (d->last + step) % d->size;
        if (d->credits[r] > 0) return r;
    }
    return -1;
}

static slot *free_slot(hb_dealer *d)
{
    for (int i = 0; i < d->n_slots; i++)
        if (hb_comm_send_done(&d->slots[i].send, 0)) return &d->slots[i];
    return NULL;
}

/* Sends the chunk to a helper, swapping buffers with a free slot; 0 when it has to stay. */
static int deal_out(hb_dealer *d, hb_chunk *chunk)
{
    collect_credits(d);
    int to = ready_helper(d);
    if (to < 0 || chunk->n > INT_MAX - HB_CHUNK_HEADER) return 0;
    slot *s = free_slot(d);
    if (s == NULL) return 0;
    hb_chunk_seal(chunk);
    s->send = hb_comm_send_start(d->comm, chunk->base, HB_CHUNK_HEADER + chunk->n, to, TAG_CHUNK);
    if (s->send == NULL) return 0;
    hb_chunk spare = s->chunk;
    s->chunk = *chunk;
    *chunk = spare;
    d->credits[to]--;
    d->owed[to]++;
    d->last = to;
    return 1;
}

hb_status hb_dealer_next(hb_dealer *d, hb_chunk *chunk)
{
    for (;;) {
        hb_status status = hb_source_next(d->source, chunk);
        if (status != HB_OK || chunk->n == 0 || !deal_out(d, chunk)) return status;
    }
}

/* Starts a send that must not fail: a helper that never hears of the end would wait for ever. */
static void send_empty(hb_comm *comm, int to, int tag)
{
    char nothing = 0;
    hb_send *send = hb_comm_send_start(comm, &nothing, 0, to, tag);
    if (send == NULL) {
        hb_log(HB_LOG_ERROR, "out of memory for a message to another rank");
        hb_comm_abort(comm, 4);
    }
    hb_comm_send_done(&send, 1);
}

void hb_dealer_end(hb_dealer *d)
{
    for (int i = 0; i < d->n_slots; i++) hb_comm_send_done(&d->slots[i].send, 1);
    for (int r = 1; r < d->size; r++) {
        while (d->owed[r] > 0) receive_credit(d, r);
        send_empty(d->comm, r, TAG_CHUNK);
    }
}

void hb_dealer_free(hb_dealer *d)
{
    if (d != NULL) free_memory(d);
}

void hb_helper_drain(hb_helper *helper)
{
    hb_chunk chunk = { 0 };
    while (!helper->ended) hb_helper_next(helper, &chunk);
    hb_chunk_fini(&chunk);
}

hb_status hb_helper_next(hb_helper *helper, hb_chunk *chunk)
{
    for (; helper->granted < HB_DEAL_CREDITS; helper->granted++) send_empty(helper->comm, 0, TAG_CREDIT);
    size_t n = hb_comm_probe(helper->comm, 0, TAG_CHUNK);
    /* A chunk that finds no room can be neither taken nor refused. */
    if (hb_chunk_start(chunk, n > HB_CHUNK_HEADER ? n - HB_CHUNK_HEADER : 0) != HB_OK) {
        hb_log(HB_LOG_ERROR, "out of memory for a chunk of %zu bytes", n);
        hb_comm_abort(helper->comm, 4);
    }
    hb_comm_receive(helper->comm, chunk->base, n, 0, TAG_CHUNK);
    hb_chunk_end(chunk, n > HB_CHUNK_HEADER ? n - HB_CHUNK_HEADER : 0);
    helper->ended = chunk->n == 0;
    if (helper->ended) return HB_OK;
    hb_chunk_unseal(chunk);
    helper->granted--;
    return HB_OK;
}
