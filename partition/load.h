/* From what the ranks scanned of the last dump to their shards of it. */
#ifndef HB_PARTITION_LOAD_H
#define HB_PARTITION_LOAD_H

#include "base/comm.h"
#include "partition/ingest.h"
#include "partition/shard.h"

/* A loaded dump: the shard, and what came home with it for the graph. */
typedef struct hb_load {
    hb_shard shard;
    hb_wordlist records;                /* objects at home, until the shard is built */
    hb_wordlist rows;                   /* what hb_shard_build left of them */
    hb_wordlist roots, refs;            /* at home, string ids those of the shard's tables */
} hb_load;

/* The sites (packed as pipeline/site.h has them) or, with `names`, the names of all collectors of all ranks in one table, and of each
 * collector what its ids are there (hb_dictionary_build). maps: an entry for each collector, NULL before. Collective; agrees on the
 * status. */
hb_status hb_intake_merge_strings(hb_comm *comm, const hb_intake *intake, int names, hb_intern *out, uint32_t **maps);

/* Takes the staged items out of the intake (HB_COLLECT_FULL): merges the strings, cuts the address space by the
 * work in it, and moves every item to its owner. n_owners: 1 (rank 0 gets all), or all ranks. Collective; agrees on the
 * status. */
hb_status hb_load_dump(hb_comm *comm, hb_intake *intake, int n_owners, int n_threads, hb_load *out);

/* On a rank that owns nothing of a dump, and staged nothing of it, when rank 0 has all and loads it by itself: only the
 * splitters. Local. */
hb_status hb_load_nothing(const hb_comm *comm, hb_load *out);

/* Builds the shards from what has come home, with their classes resolved. owners: the ranks that own something. shift: of
 * hb_dump_stats. Collective over the owners; agrees on the status. */
hb_status hb_load_build(hb_comm *owners, unsigned shift, int n_threads, hb_load *load);

void hb_load_fini(hb_load *load);

/* Frees all that is for the graph alone. */
void hb_load_forget_references(hb_load *load);

/* Moves an older dump's staged items (HB_COLLECT_IDENTITY) to the owners of their addresses. Collective. */
hb_status hb_load_idents(hb_comm *comm, const hb_splitters *splitters, hb_intake *intake, hb_wordlist *idents,
                         hb_wordlist *refs);

#endif
