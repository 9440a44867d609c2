/* What the run spent its time on: a log line and a row of --timings for each stage. */
#ifndef HB_FLEET_STAGES_H
#define HB_FLEET_STAGES_H

#include <stdio.h>

#include "base/comm.h"
#include "base/status.h"

typedef struct hb_stage_row {
    char name[32];
    char series[96];
    double wall_s;
    double cpu_s;              /* of all ranks together */
    uint64_t bytes, objects;   /* of all ranks together; 0 where a stage has no such figure */
    uint64_t peak_bytes;       /* peak resident memory so far, summed over ranks */
} hb_stage_row;

typedef struct hb_stages {
    hb_comm *comm;             /* borrowed */
    hb_comm *team;             /* borrowed: the ranks that work while others rest; NULL: all work */
    uint64_t resting_peak;     /* peak resident memory of those that rest */
    uint64_t start_wall, wall, cpu;
    char series[96];
    hb_stage_row *rows;        /* on rank 0 */
    size_t n, cap;
} hb_stages;

void hb_stages_init(hb_stages *stages, hb_comm *comm);
void hb_stages_fini(hb_stages *stages);

/* Names the series that the next stages are about. */
void hb_stages_series(hb_stages *stages, const char *name);

/* Ends the stage that began when the last one ended. bytes and objects: this rank's. Collective over those that work. */
void hb_stages_end(hb_stages *stages, const char *name, uint64_t bytes, uint64_t objects);

/* From here on only the ranks of `team`, rank 0 among them, work and end stages; NULL on the others. Collective over all. */
void hb_stages_team_begin(hb_stages *stages, hb_comm *team);

/* And from here on all again. Local. */
void hb_stages_team_end(hb_stages *stages);

/* Takes the rows that each rank made by itself, in `own`, to rank 0, in the order of ranks; they ran side by side, and what comes next
 * begins now. Collective over the world, `stages`' ranks. */
hb_status hb_stages_gather(hb_stages *stages, const hb_stages *own);

/* All rows as JSON, on rank 0. n_threads: of each rank. */
hb_status hb_stages_write(const hb_stages *stages, int n_threads, FILE *out);

#endif
