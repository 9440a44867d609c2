/* What a launcher of ranks (mpirun, srun) tells this process in its environment, and what Open MPI is told there. Local, without MPI. */
#ifndef HB_BASE_LAUNCH_H
#define HB_BASE_LAUNCH_H

/* Whether a launcher started this process. May be called at any time. */
int hb_launch_is_launched(void);

/* This process's rank; 0 without a launcher. For what one rank does without MPI. */
int hb_launch_rank(void);

/* Before MPI_Init: asks Open MPI to yield while waiting when this node runs more ranks than it has CPUs, to start alone where no
 * launcher started this process, and to leave the network alone where all ranks are on this node. What the user has set stays. */
void hb_launch_prepare(void);

#endif
