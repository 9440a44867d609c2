/* Contents that several strings of a dump have. */
#ifndef HB_REDUCE_EQUAL_STRINGS_H
#define HB_REDUCE_EQUAL_STRINGS_H

#include "base/comm.h"
#include "base/table.h"
#include "partition/ingest.h"

/* By bytes, descending, objects, descending, and offset of the first line: contents that two objects or more have. Or by objects and
 * offset: those of one object as well. */
typedef enum hb_equal_order { HB_EQUAL_BY_BYTES, HB_EQUAL_BY_OBJECTS } hb_equal_order;

typedef struct hb_equal_strings {
    /* The same on all ranks. */
    uint64_t without_value;      /* strings that do not tell their contents; they are in no other figure */
    uint64_t distinct;           /* different contents */
    uint64_t duplicate_objects, duplicate_memsize;   /* of each of them, all but the first object of the dump that has it */
    /* On rank 0. */
    uint64_t *rows;              /* as hb_string_counts.counts has them, in order */
    size_t n;                    /* rows: at most `top` of them */
} hb_equal_strings;

void hb_equal_strings_init(hb_equal_strings *equal);
void hb_equal_strings_fini(hb_equal_strings *equal);

/* Adds up what the ranks counted of a dump (HB_COLLECT_STRINGS, HB_COLLECT_PLACES); their counts are freed on the way. top: rows at
 * most, 0: all. Collective; agrees on the status. */
hb_status hb_equal_strings_find(hb_comm *comm, hb_intake *intake, uint64_t top, hb_equal_order order, hb_equal_strings *out);

/* On all ranks the lines whose contents are to be read for the rows (hb_string_counts.wanted). *out is initialised here. Collective;
 * agrees on the status. */
hb_status hb_equal_strings_want(hb_comm *comm, const hb_equal_strings *equal, hb_table *out);

/* What was read of them (HB_COLLECT_CONTENTS), on rank 0, as hb_string_counts.contents. *out is initialised here, and empty elsewhere.
 * Collective; agrees on the status. */
hb_status hb_equal_strings_gather(hb_comm *comm, const hb_intake *intake, hb_table *out);

#endif
