/* Which CPUs this process runs on, and how many threads that is worth. */
#ifndef HB_BASE_CPUS_H
#define HB_BASE_CPUS_H

/* `mpirun -n 1` and `-n 2` bind each rank to one core, which leaves OpenMP one thread. Widens the mask of this
 * process to its share of the CPUs that the kernel lets it use on this node: the local_rank-th of local_size equal
 * parts; where there are more ranks than CPUs, all of them, and the scheduler spreads the ranks. Returns the number
 * of threads that is worth: the CPUs of the share, 1 where ranks outnumber CPUs. Call
 * after MPI has started and before the first parallel region. */
int hb_cpus_share(int local_rank, int local_size);

/* The number of CPUs in the present mask. */
int hb_cpus_count(void);

/* The number of CPUs that the kernel would let this process use on this node. */
int hb_cpus_on_node(void);

#endif
