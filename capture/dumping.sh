# shellcheck shell=bash
# One dump: from the child's pipe, packed on the way, into a file ending in .tmp, which gets its name when it is whole.

temporary="" packer="" child=""
declare -A last_ms
STALL_MS=120000   # a child that has written nothing for so long hangs

# Sleeps until then (now_ms), or until this is to stop.
pause_until() {
    while [ -z "$stopped" ] && [ "$(now_ms)" -lt "$1" ]; do
        sleep 0.1
        look_for_front
    done
}

# Ends the child and what packs, if any, and removes what is not whole.
abandon_dump() {
    if [ -n "$child" ] && [[ $(command_of "$child") == heapbatch-capture:* ]]; then kill -KILL "$child" 2>/dev/null; fi
    [ -z "$packer" ] || kill -KILL "$packer" 2>/dev/null
    [ -z "$temporary" ] || rm -f -- "$temporary" "$temporary.meta.tmp"
    temporary="" packer="" child=""
}

# Takes the answers of the target and its child, in any order, until the dump is whole (its child's word) and `forked` has what
# the target says of it.
await_whole() {
    local pid=$1 whole="" size=-1 now=0 still_ms=0
    while true; do
        case $answer in
            opened) exec {hold}>&-; hold="" ;;
            whole) whole=1 ;;
            forked*) forked=$answer; read -r _ child _ <<<"$forked"; measure_after "$pid" ;;
            failed*) note "$pid: the child could not dump: ${answer#failed }"; return 1 ;;
            ended)
                if kill -0 "$packer" 2>/dev/null; then
                    note "$pid: the child that dumped has ended early: was it killed, or out of memory?"
                else
                    note "$temporary: $tool failed; is the disk full?"
                fi
                return 1
                ;;
        esac
        answer=""
        if [ -n "$forked" ] && [ -n "$whole" ]; then return 0; fi
        if next_answer "$pid" 2000; then continue; fi
        [ -z "$stopped" ] || return 1
        is_alive "$pid" || { note "$pid: the process has ended"; return 1; }
        now=$(stat -c %s -- "$temporary" 2>/dev/null || echo 0)
        if [ "$now" -ne "$size" ]; then still_ms=0; else still_ms=$((still_ms + 2000)); fi
        size=$now
        [ "$still_ms" -lt "$STALL_MS" ] || { note "$pid: the child hangs: given up"; return 1; }
    done
}

# The dump and its sidecar get their names, the sidecar first.
settle() {
    local pid=$1 taken="" gc_ms="" fork_ms="" stat="" stamp base
    read -r _ _ taken gc_ms fork_ms stat <<<"$2"
    stamp=${taken//[-:]/}
    base=$out/${name_of[$pid]}.$pid.${stamp%.*}Z
    {
        write_meta "$pid" "${base##*/}.json${pack:+.gz}" "$taken" "$gc_ms" "$fork_ms" "$stat" >"$temporary.meta.tmp" &&
            sync -- "$temporary" "$temporary.meta.tmp" &&
            mv -f -- "$temporary.meta.tmp" "$base.meta.json" && mv -f -- "$temporary" "$base.json${pack:+.gz}"
    } || { note "$base.json: could not be written"; return 1; }
    temporary=""
    note "$pid: $base.json${pack:+.gz}: collecting took $gc_ms ms, forking $fork_ms ms"
    echo "$base.json${pack:+.gz}"
}

# capture PID: one dump. 0, 3, or 4 where memory or disk are short.
capture() {
    local pid=$1 hold="" forked="" tool=cat
    [ -z "$pack" ] || tool=gzip
    is_alive "$pid" || { note "$pid: the process has ended"; return 3; }
    dump_fits "$pid" || return 4
    pause_until $((${last_ms[$pid]-0} + 1100))   # names tell seconds
    measure "$pid"
    temporary=$out/${name_of[$pid]}.$pid.$$.json.tmp
    # Held open until the child has opened it too: the end of the file is when that one closes it.
    exec {hold}<>"${work[$pid]}/data"
    setsid nice -n 10 "$tool" <"${work[$pid]}/data" >"$temporary" {hold}>&- &
    packer=$!
    if ask "$pid" "dump${full:+-full}" && await_whole "$pid"; then
        if ! wait "$packer"; then
            note "$temporary: $tool failed; is the disk full?"
        else
            packer="" child="" last_ms[$pid]=$(now_ms)
            settle "$pid" "$forked" && return 0
        fi
    fi
    [ -z "$hold" ] || exec {hold}>&-
    abandon_dump
    return 3
}
