#!/bin/sh
# heapbatch under memcheck, for `make valgrind`: a fault is status 77, which no test expects. VALGRIND_PROGRAM names the program.
set -eu
folder=$(dirname "$0")
exec valgrind --quiet --error-exitcode=77 --num-callers=40 --expensive-definedness-checks=yes --leak-check=full \
    --show-leak-kinds=definite --errors-for-leak-kinds=definite \
    --suppressions=/usr/share/openmpi/openmpi-valgrind.supp --suppressions="$folder/valgrind.supp" \
    "${VALGRIND_PROGRAM:-$folder/../build/heapbatch}" "$@"
