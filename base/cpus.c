#include "base/cpus.h"

#include <sched.h>
#include <string.h>

int hb_cpus_count(void)
{
    cpu_set_t mask;
    if (sched_getaffinity(0, sizeof mask, &mask) != 0) return 1;
    return CPU_COUNT(&mask);
}

int hb_cpus_on_node(void)
{
    cpu_set_t before, all;
    if (sched_getaffinity(0, sizeof before, &before) != 0) return 1;
    memset(&all, 0xff, sizeof all);
    const int wide = sched_setaffinity(0, sizeof all, &all) == 0 ? hb_cpus_count() : CPU_COUNT(&before);
    sched_setaffinity(0, sizeof before, &before);
    return wide;
}

int hb_cpus_share(int local_rank, int local_size)
{
    cpu_set_t all, share;
    memset(&all, 0xff, sizeof all);
    /* The kernel cuts the mask down to what the cgroup allows. */
    if (sched_setaffinity(0, sizeof all, &all) != 0) return hb_cpus_count();
    if (sched_getaffinity(0, sizeof all, &all) != 0) return 1;
    int n = CPU_COUNT(&all);
    if (local_size == 1) return n;
    int first = local_rank * n / local_size;
    int last = (local_rank + 1) * n / local_size;
    /* More ranks than CPUs: the kernel spreads them better than a fixed place would. */
    if (local_size > n) return 1;
    CPU_ZERO(&share);
    int seen = 0;
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &all)) continue;
        if (seen >= first && seen < last) CPU_SET(cpu, &share);
        seen++;
    }
    sched_setaffinity(0, sizeof share, &share);
    return last - first;
}
