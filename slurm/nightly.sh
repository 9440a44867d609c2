#!/bin/bash
# Submits the sweep of one night's dumps, HEAPBATCH_DUMPS/NIGHT/*.json and *.json.gz, at any depth. The reports go to
# HEAPBATCH_REPORTS/NIGHT. For cron, on a machine that has sbatch (of two lines, to be written as one):
#
#   30 2 * * *  HEAPBATCH_DUMPS=/data/dumps HEAPBATCH_REPORTS=/data/reports
#               HEAPBATCH_HISTORY=/data/history.db /opt/heapbatch/slurm/nightly.sh
#
#   HEAPBATCH_DUMPS     the folder of all nights (needed)
#   HEAPBATCH_REPORTS   where reports and logs go (needed)
#   HEAPBATCH_NIGHT     NIGHT (default: today, as 2024-03-07)
#   HEAPBATCH_HISTORY   a file for --history (default: none)
#   HEAPBATCH_TASKS     above 1: that many jobs share it (default 1: one-node.sbatch)
# Arguments are options of heapbatch; other settings: slurm/common.sh. Prints the numbers of the jobs.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
night=${HEAPBATCH_NIGHT:-$(date +%F)}
dumps=$(realpath "${HEAPBATCH_DUMPS:?is not set}")/$night
reports=$(realpath -m "${HEAPBATCH_REPORTS:?is not set}")
[ -d "$dumps" ] || { echo "$dumps: there are no dumps of this night" >&2; exit 1; }

export HEAPBATCH_OUT=$reports/$night
export HEAPBATCH_MANIFEST=$HEAPBATCH_OUT/manifest
mkdir -p "$HEAPBATCH_OUT"
cd "$HEAPBATCH_OUT"   # where Slurm puts the logs
find "$dumps" -type f \( -name '*.json' -o -name '*.json.gz' \) | LC_ALL=C sort >manifest.new
[ -s manifest.new ] || { echo "$dumps: there are no dumps of this night" >&2; exit 1; }
mv manifest.new manifest

if [ "${HEAPBATCH_TASKS:-1}" -gt 1 ]; then
    exec "$here/submit-array.sh" manifest "$@"
fi
exec sbatch --parsable "$here/one-node.sbatch" ${HEAPBATCH_HISTORY:+--history "$HEAPBATCH_HISTORY"} "$@"
