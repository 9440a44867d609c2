/* From what the ranks scanned of the last dump to their shards of it. */
#ifndef HB_PARTITION_LOAD_H
#define HB_PARTITION_LOAD_H

#include "base/comm.h"
#include "partition/ingest.h"
#include "partition/shard.h"

/* A loaded dump: the shard, and what came home with it for the graph. */
typedef struct hb_load {
    hb_shard shard;
    hb_wordlist rows;                   /* what hb_shard_build left of the objects */
    hb_wordlist roots, refs;            /* at home, string ids those of the shard's tables */
} hb_load;

/* Takes the staged items out of the intake (HB_COLLECT_FULL): merges the strings, cuts the address space by the
 * work in it, moves every item to its owner, and builds the shards with their classes resolved. shift: of
 * hb_dump_stats. Collective; agrees on the status. */
hb_status hb_load_dump(hb_comm *comm, hb_intake *intake, unsigned shift, int n_threads, hb_load *out);

void hb_load_fini(hb_load *load);

/* Moves an older dump's staged items (HB_COLLECT_IDENTITY) to the owners of their addresses. Collective. */
hb_status hb_load_idents(hb_comm *comm, const hb_splitters *splitters, hb_intake *intake, hb_wordlist *idents,
                         hb_wordlist *refs);

#endif
