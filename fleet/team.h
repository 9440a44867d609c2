/* Who works, and who lends its CPUs.
 *
 * A walk over a graph leads everywhere: with two ranks on one machine the search took five times as long as with one, the
 * dominators three times (docs/DESIGN.md). And text that one rank inflates has to be copied to reach another. So as long as
 * the memory of rank 0's node is ample, one rank holds the whole last dump, and where all ranks are on one node, one rank
 * reads each dump. It has the CPUs of the ranks beside it, which rest. Otherwise all ranks share the work. */
#ifndef HB_FLEET_TEAM_H
#define HB_FLEET_TEAM_H

#include "base/comm.h"
#include "fleet/options.h"

typedef struct hb_team {
    hb_comm *world;          /* borrowed */
    hb_comm *comm;           /* who works: all of the world, or its rank 0 alone; NULL on a rank that rests */
    int n_workers;
    int n_threads;           /* of one that works, while it does so for the team */
    int n_threads_before;    /* of this rank, otherwise */
    int keeps_cpus;          /* --no-bind */
} hb_team;

/* Whether a heap of which so many bytes were staged is for one rank that could still get so much memory. */
int hb_team_fits_one(uint64_t staged_bytes, uint64_t available_bytes);

/* Bytes that the ranks of this node may take together: --memory, or what is available. Local. */
uint64_t hb_team_memory(const hb_options *options);

/* How many threads there are for reading when one rank reads each dump; 0: when all ranks share the reading, since they are
 * not on one node, or keep to their own CPUs, or may be needed to hold the last dump, of which *newest* is the file. Collective. */
int hb_team_reading_threads(hb_comm *world, const hb_options *options, int n_threads, const char *newest);

/* Forms the team that reads one dump: the first rank of the group with so many threads, or with 0 all ranks of it, each with
 * n_threads. Collective over the group; agrees on the status. */
hb_status hb_team_form_readers(hb_comm *group, const hb_options *options, int n_threads, int reading_threads,
                               hb_team *out);

/* Forms the team that holds a dump of which this rank has staged so many bytes. n_threads: of each rank. Collective; agrees on
 * the status. */
hb_status hb_team_form_owners(hb_comm *world, const hb_options *options, int n_threads, uint64_t staged_bytes,
                              hb_team *out);
void hb_team_fini(hb_team *team);

/* Around what only the team does: one that works alone has the CPUs of its node, the others rest until it is done.
 * Collective over the world. */
void hb_team_begin(const hb_team *team);
void hb_team_end(const hb_team *team);

#endif
