/* A counter that the ranks of one node share. It lies in memory that all of them have mapped (MPI 3.1, 11.2.3,
 * MPI_Win_allocate_shared), and a number is drawn by one atomic addition: no rank has to stop its work to answer, as one
 * would that keeps the counter for others. */
#ifndef HB_BASE_COUNTER_H
#define HB_BASE_COUNTER_H

#include <stdint.h>

#include "base/comm.h"

typedef struct hb_counter hb_counter;

/* A counter for each node, at 0. NULL on all ranks: out of memory. Collective over the world. */
hb_counter *hb_counter_open(hb_comm *world);

/* The next number, from 0 on, that no other rank of this node gets. Local. */
uint64_t hb_counter_next(hb_counter *counter);

/* Nodes of the world, and the number of this rank's among them, by their lowest ranks. */
int hb_counter_nodes(const hb_counter *counter);
int hb_counter_node(const hb_counter *counter);

/* Collective over the world; NULL is fine. */
void hb_counter_close(hb_counter *counter);

#endif
