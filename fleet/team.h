/* Who holds the last dump once it has been read: all ranks, each the shard of an address range, or rank 0 alone.
 *
 * Reading is shared in any case. What comes after is a walk over a graph, and references lead everywhere: with two ranks on
 * one machine the search took five times as long as with one, the dominators three times (docs/DESIGN.md). So as long as
 * the memory of rank 0's node is ample, it takes the whole heap, and the CPUs of the other ranks on its node, which rest. */
#ifndef HB_FLEET_TEAM_H
#define HB_FLEET_TEAM_H

#include "base/comm.h"
#include "fleet/options.h"

typedef struct hb_team {
    hb_comm *world;          /* borrowed */
    hb_comm *comm;           /* the owners; NULL on a rank that is none */
    int n_owners;            /* all ranks, or 1 */
    int n_threads;           /* of an owner, while it works for the team */
    int n_threads_before;    /* of this rank, otherwise */
    int keeps_cpus;          /* --no-bind */
} hb_team;

/* Whether a heap of which so many bytes were staged is for one rank that could still get so much memory. */
int hb_team_fits_one(uint64_t staged_bytes, uint64_t available_bytes);

/* Forms the team for a dump of which this rank has staged so many bytes. n_threads: of each rank. Collective; agrees on the
 * status. */
hb_status hb_team_form(hb_comm *world, const hb_options *options, int n_threads, uint64_t staged_bytes, hb_team *out);
void hb_team_fini(hb_team *team);

/* Around what only owners do: a single owner works with the CPUs of its node, the others rest until it is done. Collective
 * over the world. */
void hb_team_begin(const hb_team *team);
void hb_team_end(const hb_team *team);

#endif
