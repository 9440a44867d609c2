/* Many-to-many exchange of small items in bounded rounds.
 *
 * Each rank's `fill` puts items (runs of 64-bit words) into an outbox, by destination, until the outbox says that
 * it is full or nothing is left; then all outboxes are delivered and `take` sees, for each source in rank order,
 * all words of the round, items whole and in the order they were put. Own items come the same way, without MPI.
 * Memory in flight, a rank: to send, HB_EXCHANGE_WORDS words and what `fill` puts beyond them; to receive, what its
 * peers sent, at worst as much from each. */
#ifndef HB_BASE_EXCHANGE_H
#define HB_BASE_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/comm.h"
#include "base/status.h"

#define HB_EXCHANGE_WORDS ((size_t)1 << 19)

typedef struct hb_outbox {
    uint64_t **words;   /* by destination */
    uint64_t *n;        /* words put, by destination */
    size_t *cap;
    int size;           /* destinations */
    size_t total;       /* words put in all */
} hb_outbox;

hb_status hb_outbox_init(hb_outbox *box, int size);
void hb_outbox_fini(hb_outbox *box);

/* Room for n more words to `to`, to be written at once; NULL when out of memory. */
uint64_t *hb_outbox_put(hb_outbox *box, int to, size_t n);

static inline int hb_outbox_full(const hb_outbox *box)
{
    return box->total >= HB_EXCHANGE_WORDS;
}

/* Sees n words that `from` put for this rank. */
typedef hb_status (*hb_take)(void *ctx, int from, const uint64_t *words, size_t n);

/* One round: delivers what is in the outbox, empties it, and agrees on the worst of `mine`, the delivery and the
 * takes. Collective. */
hb_status hb_exchange_round(hb_comm *comm, hb_outbox *box, hb_status mine, hb_take take, void *ctx);

/* Puts items until the box is full; sets *more when items are left. */
typedef hb_status (*hb_fill)(void *ctx, hb_outbox *box, int *more);

/* Rounds until no rank has more. Collective; agrees on the status. */
hb_status hb_exchange(hb_comm *comm, hb_fill fill, hb_take take, void *ctx);

#endif
