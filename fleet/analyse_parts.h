/* What the parts of fleet/analyse.c share. */
#ifndef HB_FLEET_ANALYSE_PARTS_H
#define HB_FLEET_ANALYSE_PARTS_H

#include <string.h>

#include "fleet/analyse.h"
#include "fleet/team.h"
#include "graph/graph.h"
#include "partition/diff.h"
#include "partition/ingest.h"
#include "partition/load.h"
#include "reduce/dump_stats.h"

/* Why a dump is left out of the difference although it is whole. */
typedef enum hb_apart { HB_APART_NOT, HB_APART_MOVED, HB_APART_ORDER } hb_apart;

typedef struct hb_dump_apart {
    hb_apart why;
    hb_diff step;              /* HB_APART_MOVED: what was found and not, of all ranks */
} hb_dump_apart;

/* The work on one series. */
typedef struct hb_run {
    const hb_analysis *analysis;
    const hb_series *series;
    hb_comm *comm;
    hb_dump_stats *stats;      /* by dump */
    hb_dump_apart *apart;      /* by dump */
    int reading_threads;       /* of hb_team_reading_threads */
    int is_gathered;           /* the dumps of this wave were read by rank 0 alone */
    hb_team team;              /* who holds the last dump */
    hb_load load;              /* the last dump; empty on a rank that holds nothing of it */
    hb_graph graph;
    hb_diff diff;
    int has_last;
    size_t last;               /* which dump it is */
    int takes_cut;             /* no dump is whole: one that is cut off may be the last */
    int provisional;           /* the last is cut-off standard input: the next whole dump takes its place */
    int again;                 /* the dump just taken has to be read once more, whole */
    int n_analysed;            /* dumps that are compared: the last, and whole ones that go with it */
    size_t *position;          /* of these: which dump; newest first until they are all known */
    const hb_table *wanted_strings, *wanted_contents;   /* hb_ingest_plan: while contents are read */
    const hb_place_filter *places;    /* hb_ingest_plan */
} hb_run;

static inline int hb_run_is_stdin(const hb_run *r, size_t dump)
{
    return strcmp(r->series->paths[dump], "-") == 0;
}

/* Ends a stage of the run. Collective. */
void hb_run_end_stage(hb_run *r, const char *name, uint64_t bytes, uint64_t objects);

/* --- one dump (fleet/analyse_dump.c) --- */

/* Takes one dump of a wave: it becomes the last one, is compared with that, or is only counted. Frees the intake when it
 * becomes the last. Collective; agrees on the status. */
hb_status hb_run_take_dump(hb_run *r, size_t dump, hb_intake *intake);

/* Drops the last dump: another one takes its place. Local. */
void hb_run_drop_last(hb_run *r);

/* Reads a dump with all ranks into *intake, which is initialised here. Collective; agrees on the status. */
hb_status hb_run_read(hb_run *r, size_t dump, hb_collect_mode mode, hb_intake *intake);

/* Reads a dump once more, with all ranks, into *intake, which is initialised here; *is_same: whether the file still has what it had.
 * Collective; agrees on the status. */
hb_status hb_run_read_again(hb_run *r, size_t dump, hb_collect_mode mode, hb_intake *intake, int *is_same);

/* --- counts by class (fleet/analyse_growth.c) --- */

/* Where objects cannot be held against each other, a dump being left out or trust low: what grew by class, on rank 0. Drops
 * the last dump. Collective; agrees on the status. */
hb_status hb_run_growth(hb_run *r, hb_series_report *out);

/* --- equal strings (fleet/analyse_strings.c) --- */

/* With --strings: contents that several strings of the last dump have, on rank 0. Drops the last dump. Collective; agrees on the
 * status. */
hb_status hb_run_strings(hb_run *r, hb_series_report *out);

/* --- the report (fleet/analyse_report.c) --- */

/* Logs what is wrong with a dump. Local. */
void hb_run_log_trouble(const hb_run *r, size_t dump, const hb_dump_report *report);

/* Fills *out on rank 0 when all dumps have been taken; logs what is wrong with them. Collective; agrees on the status. */
hb_status hb_run_finish(hb_run *r, hb_series_report *out);

#endif
