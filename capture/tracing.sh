# shellcheck shell=bash
# Tracing of allocations: on before the first dump, off after the last, also when interrupted. A process that traces by itself
# goes on with it.

trace_all() {
    local pid
    note "tracing costs some 112 bytes an object and slows every allocation down: do this on one host only"
    for pid in "${targets[@]}"; do
        if [ -n "${already[$pid]-}" ]; then
            note "$pid: it traces allocations already, and will go on afterwards"
        elif [ -z "$stopped" ]; then
            traced[$pid]=1
            ask "$pid" trace || failed=3
        fi
    done
}

stop_tracing() {
    unset "traced[$1]"
    is_alive "$1" || return 0
    ask "$1" untrace && return 0
    note "$1: it may still trace allocations; end that with: heapbatch-capture --pid $1 --stop-tracing"
    return 1
}
