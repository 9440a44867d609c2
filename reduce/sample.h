/* A sample of the objects of a heap that tells what it has in common with another one, without either at hand: siblings forked
 * from one parent have the objects that it had loaded at the same addresses, and in the same memory.
 *
 * Priority sampling (Duffield, Lund, Thorup, "Priority sampling for estimation of arbitrary subset sums", J. ACM 54(6), 2007),
 * coordinated: the random number of an object is a hash of what it is, so that heaps that share an object have it in
 * their samples both or neither. An object's priority is weight / random number; the sample has the objects with the HB_SAMPLE_MOST
 * largest priorities, and `floor`, the next one. Of what is above the floors of both samples, an object stands for
 * max(1, floor / weight) objects of its kind. The standard error of a sum over a whole sample is 1 / sqrt(HB_SAMPLE_MOST - 1), 1.1 %;
 * a heap that has no more objects than that is in its sample whole. */
#ifndef HB_REDUCE_SAMPLE_H
#define HB_REDUCE_SAMPLE_H

#include "base/comm.h"
#include "partition/shard.h"

#define HB_SAMPLE_MOST 8192

typedef struct hb_sampled_object {
    uint64_t key;        /* a hash of address, type, class address, site, generation and memsize */
    uint64_t memsize;    /* bytes */
} hb_sampled_object;

typedef struct hb_sample {
    hb_sampled_object *objects;   /* n, ascending by key */
    size_t n;
    double floor;                 /* every object of a higher priority is in it; 0: all are */
} hb_sample;

/* memsize, but at least the size of a slot: what has no memsize shall be drawn as well. */
static inline double hb_sample_weight(uint64_t memsize)
{
    return memsize < 40 ? 40.0 : (double)memsize;
}

/* Weight over the key as a number of (0, 1]. */
static inline double hb_sample_priority(const hb_sampled_object *object)
{
    return hb_sample_weight(object->memsize) / ((double)((object->key >> 11) + 1) * 0x1p-53);
}

/* Of the last dump, on rank 0; empty elsewhere. The same for any number of ranks and threads. Time linear. Collective; agrees on the
 * status: HB_OK or HB_ERR_MEMORY, after which *out is empty. */
hb_status hb_sample_objects(hb_comm *comm, const hb_shard *shard, int n_threads, hb_sample *out);

void hb_sample_fini(hb_sample *sample);

#endif
