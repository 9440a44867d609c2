#!/bin/sh
# heapbatch under memcheck, for `make valgrind`: a fault is status 77, which no test expects. VALGRIND_PROGRAM names the program,
# VALGRIND_SUPPRESSIONS what is overlooked. The length of the command line tells which rank of a job is watched, and of which jobs, if
# VALGRIND_PART=K/N asks for every N-th only. What is not watched runs as it is, and leaves the CPU to what is.
set -eu
all="$*"
part=${VALGRIND_PART:-0/1}
every=${part#*/}
ranks=${OMPI_COMM_WORLD_SIZE:-1}
if [ $((${#all} % every)) -ne "${part%/*}" ] || [ $((${#all} / every % ranks)) -ne "${OMPI_COMM_WORLD_RANK:-0}" ]; then
    exec nice -n 19 "$VALGRIND_PROGRAM" "$@"
fi
export HWLOC_COMPONENTS=-x86   # which says on standard error that it cannot be used here
exec valgrind --quiet --error-exitcode=77 --num-callers=40 --expensive-definedness-checks=yes --leak-check=full \
    --show-leak-kinds=definite --errors-for-leak-kinds=definite \
    --suppressions=/usr/share/openmpi/openmpi-valgrind.supp --suppressions="$VALGRIND_SUPPRESSIONS" "$VALGRIND_PROGRAM" "$@"
