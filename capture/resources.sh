# shellcheck shell=bash
# Whether memory and disk suffice, before anything is started and before each dump.
#
# Measured on Ruby 3.1.2 (docs/CAPTURE.md): tracing takes some 112 bytes an object that lives; a line of a dump 250 to 350
# bytes, 10 to 18 with gzip. The child shares the process's memory; what either changes is copied. A quarter of what is
# resident is allowed for it.
TRACE_BYTES=112 LINE_BYTES=350 PACKED_BYTES=18 COPIED_PART=4

# Bytes that may still be taken: of the machine, or of the target's memory cgroup where that is less.
free_memory() {
    local free group limit used
    free=$(awk '/^MemAvailable:/ { printf "%.0f", $2 * 1024 }' /proc/meminfo)
    group=/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$1/cgroup" 2>/dev/null)
    while [[ $group == /sys/fs/cgroup/?* ]]; do
        limit=$(cat "$group/memory.max" 2>/dev/null)
        used=$(cat "$group/memory.current" 2>/dev/null)
        if [[ $limit =~ ^[0-9]+$ && $used =~ ^[0-9]+$ ]] && [ $((limit - used)) -lt "$free" ]; then free=$((limit - used)); fi
        group=${group%/*}
    done
    echo "$free"
}

free_disk() {
    df --output=avail -B 1 -- "$out" | tail -n 1
}

# 0 of a process that has ended.
resident_bytes() {
    local kib
    kib=$(status_line "$1" VmRSS | tr -dc 0-9)
    echo $((${kib:-0} * 1024))
}

dump_bytes() {
    if [ -n "$pack" ]; then echo $((objects[$1] * PACKED_BYTES)); else echo $((objects[$1] * LINE_BYTES)); fi
}

# enough WHAT NEEDED FREE ADVICE
enough() {
    [ "$3" -ge "$2" ] && return 0
    note "$1: $(megabytes "$2") are needed and $(megabytes "$3") are free; $4"
    return 1
}

memory_suffices() {
    local pid=$1 traces=$2 needed
    needed=$(($(resident_bytes "$pid") / COPIED_PART))
    [ -z "$traces" ] || needed=$((needed + objects[$pid] * TRACE_BYTES))
    enough "memory for $pid (${objects[$pid]} objects${traces:+, traced}, $(megabytes "$(resident_bytes "$pid")") resident)" \
        "$needed" "$(free_memory "$pid")" "${traces:+leave out --trace-allocations, or }free some memory"
}

# Memory for each target, disk for the dumps of all. Status 4.
demand_resources() {
    local pid disk=0 short=""
    for pid in "${targets[@]}"; do
        memory_suffices "$pid" "$trace" || short=1
        disk=$((disk + ${#moments[@]} * $(dump_bytes "$pid")))
    done
    enough "disk below $out (${#moments[@]} dumps of each of ${#targets[@]} processes)" "$disk" "$(free_disk)" \
        "name another folder with --out${pack:+}$([ -n "$pack" ] || echo ", or add --gzip")" || short=1
    [ -z "$short" ] || exit 4
}

# The same for one dump.
dump_fits() {
    memory_suffices "$1" "" && enough "disk below $out (a dump of $1)" "$(dump_bytes "$1")" "$(free_disk)" "the dump is left out"
}
