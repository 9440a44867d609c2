#!/bin/sh
# Measures the graph algorithms on dumps: bench/graph.sh [OPTIONS OF graph_bench] [DUMP...]
# Without a DUMP: the last dump of each series that bench/make_dumps.sh has made. `make bench-graph` builds the program.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
dir=${HEAPBATCH_BENCH_DIR:-/var/tmp/heapbatch-bench}
program=${GRAPH_BENCH:-$here/../build/bench/graph_bench}

options=
while [ $# -gt 0 ]; do
  case $1 in
  --rounds | --threads) options="$options $1 $2"; shift 2 ;;
  --strict) options="$options $1"; shift ;;
  *) break ;;
  esac
done
if [ $# -eq 0 ]; then
  for series in small small-list small-shuffled main list1m; do
    [ ! -f "$dir/$series/heap.2.json.gz" ] || set -- "$@" "$dir/$series/heap.2.json.gz"
  done
fi
[ $# -gt 0 ] || { echo "graph.sh: no dumps in $dir: run bench/make_dumps.sh" >&2; exit 1; }

worst=0
for dump in "$@"; do
  "$program" $options "$dump" || { status=$?; [ "$worst" -ne 0 ] || worst=$status; }
done
exit "$worst"
