#!/bin/bash
# Submits a sweep as an array of jobs, and a job that merges what they have done, whether or not all of them succeed.
# Prints the number of the array and that of the merge.
#
#   HEAPBATCH_TASKS=16 HEAPBATCH_OUT=reports slurm/submit-array.sh night.tsv [OPTION...]
#
# night.tsv is a manifest (heapbatch --manifest), OPTION is of heapbatch. HEAPBATCH_TASKS: how many tasks (default 8);
# HEAPBATCH_HISTORY: a file for --history of the merge (default: none); other settings: slurm/common.sh.
set -euo pipefail

[ $# -ge 1 ] || { echo "usage: $0 MANIFEST [OPTION...]" >&2; exit 1; }
[ -r "$1" ] || { echo "$1: cannot be read" >&2; exit 1; }
here=$(cd "$(dirname "$0")" && pwd)
HEAPBATCH_MANIFEST=$(realpath "$1")
HEAPBATCH_OUT=$(realpath -m "${HEAPBATCH_OUT:-heapbatch-out}")
HEAPBATCH_TASKS=${HEAPBATCH_TASKS:-8}
export HEAPBATCH_MANIFEST HEAPBATCH_OUT HEAPBATCH_TASKS
shift
mkdir -p "$HEAPBATCH_OUT"

array=$(sbatch --parsable --array="0-$((HEAPBATCH_TASKS - 1))" "$here/array.sbatch" "$@")
array=${array%%;*}   # NUMBER;CLUSTER where there are several clusters
merge=$(sbatch --parsable --dependency="afterany:$array" "$here/merge.sbatch" "$@")
echo "$array ${merge%%;*}"
