/* Reads one dump with a group of ranks: bytes in, staged items and counts out. */
#ifndef HB_PARTITION_INGEST_H
#define HB_PARTITION_INGEST_H

#include "base/comm.h"
#include "pipeline/collect.h"

/* How far a rank has read, for progress: file bytes, of those that it is to read (0: not known), and the objects
 * that it has found in them. */
typedef void (*hb_ingest_tick)(void *ctx, uint64_t done, uint64_t total, uint64_t objects);

typedef struct hb_ingest_plan {
    const char *path;
    hb_collect_mode mode;
    hb_identity identity;
    int n_threads;        /* scanning threads of this rank */
    size_t chunk_bytes;
    const hb_limits *limits;
    const hb_table *wanted_strings;   /* HB_COLLECT_CONTENTS, HB_COLLECT_STRING_PLACES: hb_string_counts.wanted */
    const hb_table *wanted_contents;  /* HB_COLLECT_STRING_PLACES: hb_place_counts.contents */
    const hb_place_filter *places;    /* of these; NULL: all */
    hb_ingest_tick tick;  /* may be NULL */
    void *tick_ctx;
} hb_ingest_plan;

/* What one rank got out of a dump. Collector t's items use the ids of its own intern tables and carry tag t. */
typedef struct hb_intake {
    hb_collector *collectors;
    size_t n_collectors;   /* 0 on a rank that had no part in it */
    hb_error damage;       /* why the dump could not be read (to its end) by this rank; code HB_OK: it could */
} hb_intake;

/* Collective over group. Plain files are read by all ranks in byte ranges; a stream is inflated by the first rank
 * and dealt out in chunks. Of a dump with more lines than may be nothing is kept. Returns HB_ERR_MEMORY, HB_ERR_STOPPED or HB_OK; a
 * dump that cannot be read is damage, not an error. */
hb_status hb_ingest(hb_comm *group, const hb_ingest_plan *plan, hb_intake *out);

void hb_intake_fini(hb_intake *intake);

#endif
