#!/bin/sh
# Makes the series that bench/run.rb measures, small ones first; those already complete are kept.
#   bench/make_dumps.sh          the five of the benchmark: 25 GB of disk while it runs, 13 GB after, 4 GB of memory
#   bench/make_dumps.sh small    only the three small series: 1.5 GB of disk, half a minute
#   bench/make_dumps.sh large    only the dumps of 20 and 40 million objects: about 22 GB of disk while it runs,
#                                2 GB after, 9 GB of memory
set -eu

here=$(cd "$(dirname "$0")" && pwd)
dir=${HEAPBATCH_BENCH_DIR:-/var/tmp/heapbatch-bench}

make_series() {
  name=$1
  shift
  nice -n 10 ruby "$here/make_dumps.rb" --out "$dir/$name" "$@"
}

if [ "${1:-all}" = large ]; then
  make_series large        --objects 20000000,40000000 --no-plain --memory-gib 12
  exit 0
fi
make_series small          --objects 200000,400000,600000
make_series small-list     --objects 200000,400000,600000 --list 100000
make_series small-shuffled --objects 200000,400000,600000 --shuffled-list 100000
[ "${1:-all}" = small ] && exit 0
make_series main           --objects 5000000,10000000,15000000
make_series list1m         --objects 5000000,10000000,15000000 --list 1000000 --no-plain
