# shellcheck shell=bash
# What the job scripts have in common; they source it. Run as a batch script it would do nothing.
#
# Settings, all in the environment of sbatch:
#   HEAPBATCH           the program (default: build/heapbatch beside this folder,
#                       where it is there, otherwise heapbatch of PATH)
#   HEAPBATCH_OUT       where the reports go, --out (default: heapbatch-out in
#                       the folder of submission)
#   HEAPBATCH_MANIFEST  the dumps, --manifest (default: they are arguments)
#   HEAPBATCH_RESTARTS  how often a job may requeue itself (default 20)
#   HEAPBATCH_STARTS    how often it is started in all when a rank dies (default 4)
#   HEAPBATCH_LAUNCH    srun or mpirun, of several nodes (default srun)
# What sbatch takes from SBATCH_PARTITION, SBATCH_TIMELIMIT, SBATCH_SIGNAL, ...
# goes before the #SBATCH lines, and so do its options.

beside=$(dirname "${BASH_SOURCE[0]}")/../build/heapbatch
[ -x "$beside" ] || beside=heapbatch
heapbatch=${HEAPBATCH:-$beside}
out=${HEAPBATCH_OUT:-${SLURM_SUBMIT_DIR:-.}/heapbatch-out}
restarts=${HEAPBATCH_RESTARTS:-20}
starts=${HEAPBATCH_STARTS:-4}

if [ -n "${HEAPBATCH_MANIFEST:-}" ]; then
    dumps=(--manifest "$HEAPBATCH_MANIFEST")
else
    dumps=()
fi

child=""      # the program that runs: heapbatch, mpirun or srun
told=""       # a signal came: wait again
stopped=""    # USR1 came: the time is over, the job may go on later
ended=""      # TERM came: nobody wants it any more

# mpirun and srun pass USR1 on to all ranks; after a TERM they give them little time. So USR1 it is for both.
pass_on() {
    told=1
    [ -z "$child" ] || kill -USR1 "$child" 2>/dev/null || true
}
trap 'stopped=1; echo "USR1: stopping"; pass_on' USR1
trap 'ended=1; echo "TERM: stopping"; pass_on' TERM

# Runs a command to its end; status is its exit status. Bash runs a trap only between commands, or during wait, which
# then ends early; and wait tells the status of a child that has ended as often as it is asked.
run() {
    "$@" &
    child=$!
    [ -z "$told" ] || pass_on
    told=1
    while [ -n "$told" ]; do
        told=""
        status=0
        wait "$child" || status=$?
    done
}

# Runs it again when a rank was killed by a signal, other than one that came to this job: what is finished is not done
# again; the fourth start leaves out and names a series that died among others and twice by itself.
run_on() {
    run "$@"
    for ((start = 2; start <= starts; start++)); do
        [ "$status" -gt 128 ] && [ -z "$stopped$ended" ] || return 0
        echo "a rank has died (status $status): start $start of at most $starts"
        run "$@"
    done
}

# Ends the job with the command's status, or has it queued again when it was stopped: by 75, or by a USR1 that came before
# heapbatch listened. A TERM is scancel, or the end of the time: nobody wants it again.
run_and_exit() {
    local status start
    run_on "$@"
    if [ "$status" -eq 75 ] || [ "$status" -eq $((128 + 10)) ]; then
        if [ -n "$stopped" ] && [ "${SLURM_RESTART_COUNT:-0}" -lt "$restarts" ]; then
            echo "stopped; queued again (restart $((${SLURM_RESTART_COUNT:-0} + 1)) of at most $restarts)"
            scontrol requeue "$SLURM_JOB_ID"
        else
            echo "stopped; submit it again to go on"
        fi
        status=75
    fi
    exit "$status"
}

# The kind of srun --mpi= that Open MPI 4 needs.
pmix() {
    local kinds
    kinds=$(srun --mpi=list 2>&1 | tr -cs '[:alnum:]_' '\n')
    grep -x -m 1 pmix <<<"$kinds" || grep -x -m 1 'pmix_v[0-9]*' <<<"$kinds" ||
        { echo "srun has no PMIx here: HEAPBATCH_LAUNCH=mpirun" >&2; return 1; }
}
