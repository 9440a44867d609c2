/* MPI behind a small boundary.
 *
 * What enters and leaves is words and bytes; no MPI type, request or error code escapes. Collectives on short
 * vectors use MPI's own; bulk data goes point to point in pieces of PIECE_BYTES, because Open MPI 4.1 counts in
 * int and has no _c calls, and because a bounded piece bounds what the transport pins. Errors of MPI itself end
 * the job (MPI_ERRORS_ARE_FATAL, the default): without ULFM there is no way back from a lost rank. */
#include "base/comm.h"

#include <limits.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "base/launch.h"
#include "base/memory.h"

#define PIECE_BYTES ((size_t)256 << 20)
#define NAP_NS 500000   /* how long a rank that rests sleeps between two looks */

struct hb_comm {
    MPI_Comm mpi;
    int rank, size;
    int local_rank, local_size;
};

struct hb_send {
    MPI_Request request;
};

static hb_comm *wrap(MPI_Comm mpi)
{
    hb_comm *comm = hb_alloc_zero(1, sizeof *comm);
    if (comm == NULL) return NULL;
    comm->mpi = mpi;
    MPI_Comm_rank(mpi, &comm->rank);
    MPI_Comm_size(mpi, &comm->size);
    return comm;
}

hb_status hb_comm_open(int *argc, char ***argv, hb_comm **world, hb_error *err)
{
    int provided;
    hb_launch_prepare();
    MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &provided);
    *world = wrap(MPI_COMM_WORLD);
    if (*world == NULL) return hb_error_set(err, HB_ERR_MEMORY, NULL, HB_NO_BYTE, "out of memory at start");
    MPI_Comm node;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
    MPI_Comm_rank(node, &(*world)->local_rank);
    MPI_Comm_size(node, &(*world)->local_size);
    MPI_Comm_free(&node);
    hb_hash_draw_secret();
    MPI_Bcast(hb_hash_secret, (int)sizeof hb_hash_secret, MPI_BYTE, 0, MPI_COMM_WORLD);
    return HB_OK;
}

void hb_comm_close(hb_comm *world)
{
    hb_free(world);
    MPI_Finalize();
}

void hb_comm_abort(hb_comm *comm, int exit_status)
{
    MPI_Abort(comm != NULL ? comm->mpi : MPI_COMM_WORLD, exit_status);
    abort();
}

hb_status hb_comm_split(hb_comm *comm, int colour, hb_comm **out)
{
    MPI_Comm part;
    MPI_Comm_split(comm->mpi, colour, comm->rank, &part);
    *out = wrap(part);
    if (*out != NULL) {
        (*out)->local_rank = comm->local_rank;
        (*out)->local_size = comm->local_size;
    }
    hb_status status = hb_comm_agree(comm, *out != NULL ? HB_OK : HB_ERR_MEMORY);
    if (status != HB_OK) {
        MPI_Comm_free(&part);
        hb_free(*out);
        *out = NULL;
    }
    return status;
}

void hb_comm_free(hb_comm *comm)
{
    if (comm == NULL) return;
    MPI_Comm_free(&comm->mpi);
    hb_free(comm);
}

int hb_comm_rank(const hb_comm *comm) { return comm->rank; }
int hb_comm_size(const hb_comm *comm) { return comm->size; }
int hb_comm_local_rank(const hb_comm *comm) { return comm->local_rank; }
int hb_comm_local_size(const hb_comm *comm) { return comm->local_size; }

void hb_comm_rest(hb_comm *comm)
{
    const struct timespec nap = { .tv_nsec = NAP_NS };
    MPI_Request request;
    int done = 0;
    if (comm->size == 1) return;
    MPI_Ibarrier(comm->mpi, &request);
    for (;;) {
        MPI_Test(&request, &done, MPI_STATUS_IGNORE);
        if (done) return;
        nanosleep(&nap, NULL);
    }
}

static void reduce(hb_comm *comm, uint64_t *values, size_t n, MPI_Op op)
{
    if (comm->size == 1) return;
    for (size_t at = 0; at < n;) {
        size_t piece = n - at < INT_MAX / 16 ? n - at : INT_MAX / 16;
        MPI_Allreduce(MPI_IN_PLACE, values + at, (int)piece, MPI_UINT64_T, op, comm->mpi);
        at += piece;
    }
}

void hb_comm_sum(hb_comm *comm, uint64_t *values, size_t n) { reduce(comm, values, n, MPI_SUM); }
void hb_comm_min(hb_comm *comm, uint64_t *values, size_t n) { reduce(comm, values, n, MPI_MIN); }
void hb_comm_max(hb_comm *comm, uint64_t *values, size_t n) { reduce(comm, values, n, MPI_MAX); }

hb_status hb_comm_agree(hb_comm *comm, hb_status mine)
{
    uint64_t worst = (uint64_t)mine;
    hb_comm_max(comm, &worst, 1);
    return (hb_status)worst;
}

void hb_comm_broadcast(hb_comm *comm, void *bytes, size_t n, int root)
{
    if (comm->size == 1) return;
    for (size_t at = 0; at < n; at += PIECE_BYTES) {
        size_t piece = n - at < PIECE_BYTES ? n - at : PIECE_BYTES;
        MPI_Bcast((char *)bytes + at, (int)piece, MPI_BYTE, root, comm->mpi);
    }
}

void hb_comm_all_to_all(hb_comm *comm, const uint64_t *out, uint64_t *in)
{
    MPI_Alltoall(out, 1, MPI_UINT64_T, in, 1, MPI_UINT64_T, comm->mpi);
}

/* Sends or receives n words in pieces, blocking. */
static void send_words(hb_comm *comm, const uint64_t *words, size_t n, int to)
{
    size_t most = PIECE_BYTES / sizeof *words;
    for (size_t at = 0; at < n; at += most)
        MPI_Send(words + at, (int)(n - at < most ? n - at : most), MPI_UINT64_T, to, 0, comm->mpi);
}

static void receive_words(hb_comm *comm, uint64_t *words, size_t n, int from)
{
    size_t most = PIECE_BYTES / sizeof *words;
    for (size_t at = 0; at < n; at += most)
        MPI_Recv(words + at, (int)(n - at < most ? n - at : most), MPI_UINT64_T, from, 0, comm->mpi,
                 MPI_STATUS_IGNORE);
}

hb_status hb_comm_gather_parts(hb_comm *comm, const uint64_t *words, size_t n, int root, uint64_t **all,
                               size_t *ends)
{
    const int size = comm->size;
    hb_status status;
    uint64_t *counts = hb_alloc((size_t)size, sizeof *counts);
    *all = NULL;
    HB_TRY(hb_comm_agree(comm, counts != NULL ? HB_OK : HB_ERR_MEMORY));
    uint64_t own = n, total = 0;
    MPI_Allgather(&own, 1, MPI_UINT64_T, counts, 1, MPI_UINT64_T, comm->mpi);
    for (int r = 0; r < size; r++) ends[r] = total += counts[r];
    if (comm->rank == root) *all = hb_alloc(total, sizeof **all);
    HB_TRY(hb_comm_agree(comm, comm->rank != root || *all != NULL ? HB_OK : HB_ERR_MEMORY));
    if (comm->rank != root) {
        send_words(comm, words, n, root);
        goto out;
    }
    for (int r = 0; r < size; r++) {
        uint64_t *at = *all + ends[r] - counts[r];
        if (r != root) receive_words(comm, at, counts[r], r);
        /* *all is there: what is agreed upon is no better than this rank's status. */
        else if (n != 0) memcpy(at, words, n * sizeof *words); /* NOLINT(clang-analyzer-core.NonNullParamChecker) */
    }
out:
    hb_free(counts);
    return status;
}

hb_status hb_comm_gather(hb_comm *comm, const uint64_t *words, size_t n, int root, uint64_t **all, size_t *n_all)
{
    hb_status status;
    size_t *ends = hb_alloc((size_t)comm->size, sizeof *ends);
    *all = NULL;
    HB_TRY(hb_comm_agree(comm, ends != NULL ? HB_OK : HB_ERR_MEMORY));
    HB_TRY(hb_comm_gather_parts(comm, words, n, root, all, ends));
    *n_all = ends[comm->size - 1];
out:
    hb_free(ends);
    return status;
}

void hb_comm_swap(hb_comm *comm, uint64_t *const *out, const uint64_t *n_out, uint64_t *const *in,
                  const uint64_t *n_in)
{
    /* Piece k of every pair before piece k + 1 of any: at most two requests a peer are under way. */
    const size_t most = PIECE_BYTES / sizeof **out;
    MPI_Request requests[2];
    for (int step = 1; step < comm->size; step++) {
        int to = (comm->rank + step) % comm->size;
        int from = (comm->rank - step + comm->size) % comm->size;
        for (size_t at = 0; at < n_out[to] || at < n_in[from]; at += most) {
            int n = 0;
            if (at < n_in[from]) {
                size_t left = n_in[from] - at;
                MPI_Irecv(in[from] + at, (int)(left < most ? left : most), MPI_UINT64_T, from, 0, comm->mpi,
                          &requests[n++]);
            }
            if (at < n_out[to]) {
                size_t left = n_out[to] - at;
                MPI_Isend(out[to] + at, (int)(left < most ? left : most), MPI_UINT64_T, to, 0, comm->mpi,
                          &requests[n++]);
            }
            /* The checker takes it for a wait for both requests. */
            MPI_Waitall(n, requests, MPI_STATUSES_IGNORE); /* NOLINT(clang-analyzer-optin.mpi.MPI-Checker) */
        }
    }
}

hb_send *hb_comm_send_start(hb_comm *comm, const void *bytes, size_t n, int to, int tag)
{
    hb_send *send = hb_alloc(1, sizeof *send);
    if (send == NULL) return NULL;
    MPI_Isend(bytes, (int)n, MPI_BYTE, to, tag, comm->mpi, &send->request);
    return send;
}

int hb_comm_send_done(hb_send **send, int wait)
{
    int done = 1;
    if (*send == NULL) return 1;
    /* The checker does not follow it from hb_comm_send_start. NOLINTNEXTLINE(clang-analyzer-optin.mpi.MPI-Checker) */
    if (wait) MPI_Wait(&(*send)->request, MPI_STATUS_IGNORE);
    else MPI_Test(&(*send)->request, &done, MPI_STATUS_IGNORE);
    if (!done) return 0;
    hb_free(*send);
    *send = NULL;
    return 1;
}

size_t hb_comm_probe(hb_comm *comm, int from, int tag)
{
    MPI_Status seen;
    int n;
    MPI_Probe(from, tag, comm->mpi, &seen);
    MPI_Get_count(&seen, MPI_BYTE, &n);
    return (size_t)n;
}

int hb_comm_poll(hb_comm *comm, int tag, int *from)
{
    MPI_Status seen;
    int there;
    MPI_Iprobe(MPI_ANY_SOURCE, tag, comm->mpi, &there, &seen);
    if (there) *from = seen.MPI_SOURCE;
    return there;
}

void hb_comm_receive(hb_comm *comm, void *bytes, size_t cap, int from, int tag)
{
    MPI_Recv(bytes, (int)cap, MPI_BYTE, from, tag, comm->mpi, MPI_STATUS_IGNORE);
}
