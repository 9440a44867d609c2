/* Which rank owns which addresses: contiguous ranges with about equal work. */
#ifndef HB_PARTITION_SPLITTERS_H
#define HB_PARTITION_SPLITTERS_H

#include <stdint.h>

#include "base/comm.h"
#include "base/wordlist.h"

typedef struct hb_splitters {
    uint64_t *first;  /* first[r]: lowest address of rank r; first[0] = 0; ascending */
    int n;            /* owners: all ranks, or rank 0 alone */
} hb_splitters;

/* Ranges of whole pages (4 KiB) that share out staged objects (HB_RECORD_ items) of all ranks, weighted by objects and references: each
 * range has its share within 1 % of all work, but for single pages, and objects with very many references, that have more. Which ranges
 * of those differs from run to run. n_owners: 1, or all ranks. Collective; agrees on the status. */
hb_status hb_splitters_build(hb_comm *comm, const hb_wordlist *records, int n_owners, hb_splitters *out);

/* Rank 0 owns all. Local. */
hb_status hb_splitters_whole(hb_splitters *out);

void hb_splitters_fini(hb_splitters *splitters);

/* The rank that owns an address. */
static inline int hb_splitters_owner(const hb_splitters *splitters, uint64_t address)
{
    int low = 0, high = splitters->n;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (splitters->first[middle] <= address) low = middle;
        else high = middle;
    }
    return low;
}

#endif
