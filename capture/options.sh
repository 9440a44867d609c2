# shellcheck shell=bash
# Enters: the command line. Leaves: pids or pattern, moments (seconds from the start, ascending), out, trace, via, pack, full.

pids=() pattern="" moments=() out="" trace="" via=auto pack="" full="" only_stop=""

# Seconds of 90, 90s, 15m, 2h in `seconds`.
read_time() {
    [[ $2 =~ ^([0-9]{1,7})([smh]?)$ ]] || refuse "$1 $2: not a time; write 0, 90s, 15m or 2h"
    case ${BASH_REMATCH[2]} in
        m) seconds=$((10#${BASH_REMATCH[1]} * 60)) ;;
        h) seconds=$((10#${BASH_REMATCH[1]} * 3600)) ;;
        *) seconds=$((10#${BASH_REMATCH[1]})) ;;
    esac
}

read_pids() {
    local pid list
    IFS=, read -r -a list <<<"$1"
    for pid in ${list[@]+"${list[@]}"}; do
        [[ $pid =~ ^[1-9][0-9]{0,9}$ ]] || refuse "--pid $1: '$pid' is no process number"
        [[ " ${pids[*]-} " == *" $pid "* ]] || pids+=("$pid")
    done
    [ ${#pids[@]} -ne 0 ] || refuse "--pid needs a process number"
}

read_moments() {
    local list moment last=-1
    IFS=, read -r -a list <<<"$1"
    for moment in ${list[@]+"${list[@]}"}; do
        read_time --at "$moment"
        [ "$seconds" -gt "$last" ] || refuse "--at $1: times have to ascend"
        moments+=("$seconds")
        last=$seconds
    done
    [ ${#moments[@]} -ne 0 ] || refuse "--at needs a time, such as 0,15m,40m"
}

repeat() {
    local i
    [[ $2 =~ ^[1-9][0-9]{0,4}$ ]] || refuse "--count $2: not a number from 1 to 99999"
    read_time --every "$1"
    [ "$seconds" -gt 0 ] || refuse "--every $1: at least 1s"
    for ((i = 0; i < $2; i++)); do moments+=($((i * seconds))); done
}

make_folder() {
    mkdir -p -- "$out" || { note "$out: the folder cannot be made; name another one with --out"; exit 1; }
    out=$(cd -- "$out" && pwd) || exit 1
    [ -w "$out" ] || { note "$out: you may not write there; name another folder with --out"; exit 1; }
}

parse_options() {
    local at="" every="" count="" option
    [ $# -ne 0 ] || { show_help; exit 1; }
    while [ $# -ne 0 ]; do
        option=$1
        shift
        case $option in
            --help | -h) show_help; exit 0 ;;
            --trace-allocations) trace=1; continue ;;
            --gzip) pack=1; continue ;;
            --full) full=1; continue ;;
            --stop-tracing) only_stop=1; continue ;;
            --pid | --match | --at | --every | --count | --out | --via) ;;
            --*=*) set -- "${option%%=*}" "${option#*=}" "$@"; continue ;;
            *) refuse "$option: there is no such option" ;;
        esac
        [ $# -ne 0 ] || refuse "$option needs a value"
        case $option in
            --pid) read_pids "$1" ;;
            --match) pattern=$1 ;;
            --at) at=$1 ;;
            --every) every=$1 ;;
            --count) count=$1 ;;
            --out) out=$1 ;;
            --via) via=$1 ;;
        esac
        shift
    done
    [[ $via =~ ^(auto|rbtrace|gdb)$ ]] || refuse "--via $via: it is auto, rbtrace or gdb"
    if [ ${#pids[@]} -ne 0 ]; then
        [ -z "$pattern" ] || refuse "--pid and --match: give one of them"
    else
        [ -n "$pattern" ] || refuse "which processes? --pid PID or --match PATTERN"
        [[ "" =~ $pattern ]]
        [ $? -ne 2 ] || refuse "--match '$pattern': not an extended regular expression"
    fi
    [ -z "$only_stop" ] || return 0
    if [ -n "$at" ]; then
        [ -z "$every$count" ] || refuse "--at and --every: give one of them"
        read_moments "$at"
    else
        if [ -z "$every" ] || [ -z "$count" ]; then refuse "when? --at 0,15m,40m, or --every 10m --count 3"; fi
        repeat "$every" "$count"
    fi
    [ -n "$out" ] || refuse "where to? --out DIR"
    make_folder
}
