/* Deals the chunks of one stream from the rank that inflates it to the ranks that scan beside it.
 *
 * A helper grants credits: one message for each chunk that it is ready to take. The dealer sends a chunk to whoever has
 * a credit and keeps it when nobody has, so a slow helper gets less, and at most HB_DEAL_CREDITS chunks
 * a helper are under way. An empty message ends the deal. */
#ifndef HB_PARTITION_DEAL_H
#define HB_PARTITION_DEAL_H

#include "base/comm.h"
#include "pipeline/source.h"

#define HB_DEAL_CREDITS 2

typedef struct hb_dealer hb_dealer;

/* On rank 0 of the group; sends nothing yet. Borrows comm and source. */
hb_status hb_dealer_new(hb_comm *comm, hb_source *source, hb_dealer **out);

/* The next chunk that the dealer's own rank is to scan; chunk->n = 0 at the end of the stream. */
hb_status hb_dealer_next(hb_dealer *dealer, hb_chunk *chunk);

/* Tells the helpers that it is over and takes back their credits; to be called once dealing may have begun, whatever
 * happened since. Waits for every helper to ask until the end. */
void hb_dealer_end(hb_dealer *dealer);

/* NULL is fine. */
void hb_dealer_free(hb_dealer *dealer);

/* On the other ranks. */
typedef struct hb_helper {
    hb_comm *comm;
    int granted;   /* credits that are out */
    int ended;     /* the end has come */
} hb_helper;

/* Takes and drops what is still dealt to this rank, up to the end. */
void hb_helper_drain(hb_helper *helper);

/* The next chunk dealt to this rank; chunk->n = 0 at the end, and must be called until then. Without memory for a
 * chunk that is on its way, the job is aborted with status 4: the dealer could not be told. */
hb_status hb_helper_next(hb_helper *helper, hb_chunk *chunk);

#endif
