/* The communication boundary: with base/counter.c all that knows MPI. A function that takes hb_comm * and is marked
 * collective must be called by every rank of it, in the same order. Messages are delivered reliably and in order
 * between two ranks (MPI-3.1, section 3.5); a rank that dies ends the job.
 *
 * Sizes: nothing here is limited by MPI's int counts; large messages go in pieces. */
#ifndef HB_BASE_COMM_H
#define HB_BASE_COMM_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct hb_comm hb_comm;

/* Starts MPI (once a process) and opens the communicator of all ranks, after hb_launch_prepare (base/launch.h). All ranks
 * get one secret for hashes (hb_hash_secret). Collective. */
hb_status hb_comm_open(int *argc, char ***argv, hb_comm **world, hb_error *err);

/* Stops MPI and frees world. Collective. */
void hb_comm_close(hb_comm *world);

/* Ends all ranks at once with the given exit status; for what cannot be agreed upon. */
void hb_comm_abort(hb_comm *comm, int exit_status) __attribute__((noreturn));

/* Ranks of the same colour form a new communicator, ordered as before. Collective. Free with hb_comm_free. */
hb_status hb_comm_split(hb_comm *comm, int colour, hb_comm **out);
void hb_comm_free(hb_comm *comm);

int hb_comm_rank(const hb_comm *comm);
int hb_comm_size(const hb_comm *comm);

/* Ranks of the world on this node and this rank's place among them, whatever part of the world the communicator is. */
int hb_comm_local_size(const hb_comm *comm);
int hb_comm_local_rank(const hb_comm *comm);

/* The highest status of all ranks, on all ranks: how a stage ends. Collective. */
hb_status hb_comm_agree(hb_comm *comm, hb_status mine);

/* Returns when all ranks have called it. Those that wait sleep in between, so that one that still works may use their
 * CPUs; a wait of any other kind keeps a CPU busy. Collective. */
void hb_comm_rest(hb_comm *comm);

/* Element-wise over ranks, in place, on all ranks. Collective. */
void hb_comm_sum(hb_comm *comm, uint64_t *values, size_t n);
void hb_comm_min(hb_comm *comm, uint64_t *values, size_t n);
void hb_comm_max(hb_comm *comm, uint64_t *values, size_t n);

/* bytes from root to all. Collective. */
void hb_comm_broadcast(hb_comm *comm, void *bytes, size_t n, int root);

/* Concatenates every rank's n words in rank order on root: *all, of *n_all words, is allocated there, and NULL
 * elsewhere. Collective; agrees on the status. */
hb_status hb_comm_gather(hb_comm *comm, const uint64_t *words, size_t n, int root, uint64_t **all, size_t *n_all);

/* The same; ends[r] (an entry for each rank) is where rank r's part ends, in words, on all ranks. */
hb_status hb_comm_gather_parts(hb_comm *comm, const uint64_t *words, size_t n, int root, uint64_t **all,
                               size_t *ends);

/* One word to each rank, one from each. Collective. */
void hb_comm_all_to_all(hb_comm *comm, const uint64_t *out, uint64_t *in);

/* Sends words[to][0..n_out[to]) to each other rank and receives n_in[from] words into in[from]; this rank's own
 * entries are skipped. Collective. */
void hb_comm_swap(hb_comm *comm, uint64_t *const *out, const uint64_t *n_out, uint64_t *const *in,
                  const uint64_t *n_in);

/* --- between two ranks --- */

typedef struct hb_send hb_send;  /* a send under way */

/* Starts sending n bytes (at most INT_MAX) with a tag; bytes must stay until it is done. NULL: out of memory. */
hb_send *hb_comm_send_start(hb_comm *comm, const void *bytes, size_t n, int to, int tag);

/* Whether it is done; frees *send and sets it to NULL when it is. With `wait`, waits for it. */
int hb_comm_send_done(hb_send **send, int wait);

/* Waits for a message with this tag from `from` and says how many bytes it has. */
size_t hb_comm_probe(hb_comm *comm, int from, int tag);

/* Whether a message with this tag has come from any rank; if so, *from says whose is first. */
int hb_comm_poll(hb_comm *comm, int tag, int *from);

/* Receives a message of at most cap bytes. */
void hb_comm_receive(hb_comm *comm, void *bytes, size_t cap, int from, int tag);

#endif
