#!/bin/sh
# Runs unit-test programs; those named test_mpi_* under mpirun with 1, 2, 3 and 7 ranks, or those that RANKS names.
set -u
# Many processes, few cores: what waits leaves them to others. No search for a network.
export OMP_WAIT_POLICY=passive OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_pml=ob1
passed=0 failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

run() {
    label=$1
    shift
    if timeout 600 "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        printf 'ok    %s\n' "$label"
    else
        code=$?
        failed=$((failed + 1))
        printf 'FAIL  %s (exit %s)\n' "$label" "$code"
        tail -n 60 "$log"
    fi
}

for program in "$@"; do
    name=$(basename "$program")
    case $name in
    test_mpi_*) for ranks in ${RANKS:-1 2 3 7}; do run "$name, $ranks ranks" $MPIRUN -n $ranks "$program"; done ;;
    *) run "$name" "$program" ;;
    esac
done
printf 'unit: %s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
