# shellcheck shell=bash
# What is said, on standard error. Standard output has the paths of the dumps, one a line, as they are whole.

note() {
    printf 'heapbatch-capture: %s\n' "$*" >&2
}

# Wrong usage: status 1.
refuse() {
    note "$*"
    note "heapbatch-capture --help shows how"
    exit 1
}

# 123456789 is 118 MB.
megabytes() {
    echo "$((($1 + 1048575) / 1048576)) MB"
}

# Sets `stopped` where the process that the user started is gone: somebody killed it with KILL.
look_for_front() {
    local line=""
    [ -n "$front" ] || return 0
    read -r line <"/proc/$BASHPID/stat"
    line=${line##*) ? }
    [ "${line%% *}" = "$front" ] || stopped=1
}

# Now, in milliseconds.
now_ms() {
    local t=$EPOCHREALTIME
    echo "${t%[.,]*}${t: -6:3}"
}
