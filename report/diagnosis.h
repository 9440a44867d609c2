/* What the series shows before any path: where the memory is that grows. Local; pure.
 *
 * What a process has in memory (RSS) is taken apart:
 *   objects  memsize of all objects of the dump: their slots, and what they hold in memory of malloc()
 *   empty    slots of the Ruby heap without an object, at the mean size of a slot, or 40 bytes where that is not known
 *   outside  the rest of RSS: the program itself, stacks, native memory, what malloc() keeps of what was freed
 * Each is compared between the first and the last of the compared dumps that tell it. What gained most is what grows:
 *   leak        objects
 *   fragmented  empty slots, when they are more than HB_EMPTY_KEPT of all, which Ruby keeps for itself after a GC
 *               (GC_HEAP_FREE_SLOTS_GOAL_RATIO of gc.c); also where nothing grows, above HB_EMPTY_TOO_MUCH: above that Ruby gives
 *               pages back, if only one is empty (GC_HEAP_FREE_SLOTS_MAX_RATIO). It is a state, so it need not go on growing.
 *   outside     the rest
 *   warming     objects or the rest, when in the last third of the dumps they grow at less than 1 / HB_PACE of their pace before
 *   unknown     the same, when they grow at more than HB_PACE times that pace, and before there was nothing but noise: all came just
 *               now, and may go; or figures are missing
 *   steady      nothing gained more than noise, and it is known of all three
 * Noise: 2 % of what it was, or of RSS, and at least 256 KiB of objects, which are counted exactly; 1 MiB of empty slots, 60 pages of
 * Ruby 3.1; 4 MiB of the rest, which the writing of a dump itself may take. Pace is by time where all these dumps have one, else by
 * dump. Two dumps have no pace: then a leak may as well be a working set that warms up, and the sentence says so. */
#ifndef HB_REPORT_DIAGNOSIS_H
#define HB_REPORT_DIAGNOSIS_H

#include "report/report.h"

enum { HB_EMPTY_KEPT = 40, HB_EMPTY_TOO_MUCH = 65, HB_PACE = 4 }; /* per cent; times */

typedef enum hb_illness {
    HB_ILLNESS_UNKNOWN, HB_ILLNESS_STEADY, HB_ILLNESS_WARMING, HB_ILLNESS_LEAK, HB_ILLNESS_FRAGMENTED, HB_ILLNESS_OUTSIDE
} hb_illness;

typedef struct hb_diagnosis {
    hb_illness illness;
    char why[512];    /* sentences for a person; no text from a dump is in them */
} hb_diagnosis;

typedef enum hb_part { HB_PART_OBJECTS, HB_PART_EMPTY, HB_PART_OUTSIDE, HB_N_PARTS } hb_part;

/* Bytes of a part of a dump that was read; 0: not known. `outside` is negative where less is in memory than the dump tells of,
 * the rest being swapped out. */
int hb_diagnosis_part(const hb_dump_report *dump, hb_part part, int64_t *bytes);

/* Of the objects' bytes those outside their slots, in memory of malloc(); 0: not known. */
int hb_diagnosis_buffers(const hb_dump_report *dump, uint64_t *bytes);

/* 0: no dump has any figure but its own, and nothing can be said. */
int hb_diagnosis_make(const hb_series_report *series, hb_diagnosis *out);

/* "leak", "fragmented", "outside", "warming", "steady", "unknown". */
const char *hb_illness_name(hb_illness illness);

#endif
