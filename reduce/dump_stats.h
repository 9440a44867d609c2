/* What all ranks found in one dump, added up. */
#ifndef HB_REDUCE_DUMP_STATS_H
#define HB_REDUCE_DUMP_STATS_H

#include "base/comm.h"
#include "base/table.h"
#include "partition/ingest.h"
#include "pipeline/collect.h"

#define HB_REASON_BYTES 64

typedef struct hb_invalid_example {
    uint64_t line;               /* 1-based */
    uint64_t byte;               /* offset of the line in the uncompressed dump */
    char reason[HB_REASON_BYTES];
} hb_invalid_example;

typedef struct hb_dump_stats {
    /* The same on all ranks. */
    hb_collect_counts counts;
    uint64_t dangling;           /* references that name no object; the caller adds it */
    int64_t last_generation;
    unsigned shift;              /* hb_pagemap_shift of all its addresses */
    hb_error damage;             /* why it could not be read to its end; code HB_OK: it could */
    hb_invalid_example invalid[HB_INVALID_EXAMPLES];  /* the first ones of the dump */
    size_t n_invalid;
    /* On rank 0. */
    hb_table generations;        /* generation -> objects, memsize */
    hb_landmarks landmarks[HB_LANDMARK_KINDS];   /* sorted */
} hb_dump_stats;

/* Adds up every rank's intake of one dump; ranks without a part in it bring an empty one. Collective; agrees. */
hb_status hb_dump_stats_merge(hb_comm *comm, const hb_intake *intake, hb_dump_stats *out);

/* A dump whose objects claim a pebibyte or more is forged or damaged. No sum over a dump that is analysed can wrap, then. */
#define HB_DUMP_MEMSIZE_MOST (UINT64_C(1) << 50)

/* With fewer MiB than that, what is left of each of less than 2^43 lines cannot make the sum of bytes wrap: it is exact. */
static inline int hb_dump_stats_is_forged(const hb_dump_stats *stats)
{
    return stats->counts.memsize_mib >= HB_DUMP_MEMSIZE_MOST >> 20 || stats->counts.memsize >= HB_DUMP_MEMSIZE_MOST;
}

/* Whether any line of a heap dump was in it, and it is not forged. */
static inline int hb_dump_stats_is_dump(const hb_dump_stats *stats)
{
    const hb_collect_counts *counts = &stats->counts;
    return counts->objects + counts->roots + counts->shapes + counts->empty_slots > 0 && !hb_dump_stats_is_forged(stats);
}

/* Whether the dump was read to its end. What a truncated one lacks would look freed, and later new: it can be the last
 * dump of a series, but no other can be held against it. */
static inline int hb_dump_stats_is_whole(const hb_dump_stats *stats)
{
    return stats->damage.code == HB_OK && stats->counts.cut_off == 0;
}

/* Once they were compared: 400 KiB of each kind. */
void hb_dump_stats_forget_landmarks(hb_dump_stats *stats);

void hb_dump_stats_fini(hb_dump_stats *stats);

#endif
