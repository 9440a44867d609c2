/* One producer and a team of threads: the calling thread fetches chunks, all threads work on them. */
#ifndef HB_PIPELINE_PUMP_H
#define HB_PIPELINE_PUMP_H

#include "base/status.h"
#include "pipeline/chunk.h"

typedef struct hb_pump {
    int n_threads;   /* 1 or more */
    hb_status (*next)(void *ctx, hb_chunk *chunk);                    /* by the calling thread only; n = 0: the end */
    hb_status (*work)(void *ctx, int thread, const hb_chunk *chunk);  /* by any thread; thread < n_threads */
    void *ctx;
} hb_pump;

/* Runs until `next` is at its end and every chunk is worked on. After the first failure chunks are still
 * fetched, so that whoever sends them is not left waiting, but no longer worked on; returns that failure.
 * Memory in flight: 16 chunks and one a thread, as many as are needed; of long ones 4 MiB for each of these, and one that
 * each thread works on. */
hb_status hb_pump_run(const hb_pump *pump);

#endif
