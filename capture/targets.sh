# shellcheck shell=bash
# Which processes: found by number or command line, and whether they are Ruby, alive, ours to ask, and by which way.

# Field N, counted from the state on (1), of /proc/PID/stat: the name before it may hold anything.
stat_field() {
    local line=""
    { read -r -d '' line || true; } 2>/dev/null <"/proc/$1/stat"
    line=${line##*) }
    # shellcheck disable=SC2086
    set -- "$2" $line
    shift "$1"
    echo "${1-}"
}

state_of() {
    stat_field "$1" 1
}

# In clock ticks since the machine started: tells a process from a later one of the same number.
start_of() {
    stat_field "$1" 20
}

status_line() {
    sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" 2>/dev/null
}

is_ruby() {
    local exe
    exe=$(readlink "/proc/$1/exe" 2>/dev/null)
    [[ ${exe##*/} == ruby* ]] || grep -q 'libruby[-.0-9]*so' "/proc/$1/maps" 2>/dev/null
}

# The command line in one line, words parted by spaces.
command_of() {
    tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | sed 's/ *$//'
}

find_targets() {
    local folder pid
    targets=(${pids[@]+"${pids[@]}"})
    [ -n "$pattern" ] || return 0
    for folder in /proc/[0-9]*; do
        pid=${folder#/proc/}
        [[ $(command_of "$pid") =~ $pattern ]] && is_ruby "$pid" && targets+=("$pid")
    done
    [ ${#targets[@]} -ne 0 ] ||
        { note "--match '$pattern': no Ruby process has such a command line; see them with: ps -eo pid,args"; exit 3; }
}

# A name for files: what the process runs. ruby -I lib server.rb is server; puma 5.6.5 (tcp://...) is puma.
choose_name() {
    local words word i
    mapfile -d '' words 2>/dev/null <"/proc/$1/cmdline"
    word=${words[0]-ruby}
    word=${word%%[ :]*}
    if [[ ${word##*/} =~ ^ruby[0-9.]*$ ]]; then
        for ((i = 1; i < ${#words[@]}; i++)); do
            case ${words[i]} in
                -e*) break ;;
                -I | -r | -C | -E) i=$((i + 1)) ;;
                -*) ;;
                *) word=${words[i]}; break ;;
            esac
        done
    fi
    word=${word##*/}
    word=${word%.rb}
    word=${word//[^A-Za-z0-9_-]/-}
    echo "${word:-ruby}"
}

# Whether it is still the process that was looked at first.
is_alive() {
    [ -n "${started[$1]-}" ] && [ "$(start_of "$1")" = "${started[$1]}" ] && [[ $(state_of "$1") != [ZX] ]]
}

has_rbtrace() {
    grep -q '/rbtrace\.so$' "/proc/$1/maps" 2>/dev/null
}

# rbtrace answers through a socket in /tmp, which has to be the same folder for both.
shares_tmp() {
    [ /tmp -ef "/proc/$1/root/tmp" ]
}

# What the main thread does, as far as its system call tells: it waits for a futex, or for nothing but the descriptors through
# which Ruby hears of signals ("sleeps"), for something else ("works"), or computes ("").
watch_main_thread() {
    local call=() fd
    read -r -a call 2>/dev/null <"/proc/$1/task/$1/syscall"
    case "${call[*]-running}" in
        running*) ;;
        "202 "*) echo sleeps ;;           # futex
        271\ 0x*\ 0x[12]\ *)             # ppoll(descriptors, 1 or 2, ...); with others, theirs come first
            fd=$(dd if="/proc/$1/mem" bs=4 skip=$((call[1] / 4)) count=1 status=none 2>/dev/null | od -An -t d4 | tr -d ' ')
            if [[ $(readlink "/proc/$1/fd/$fd") == 'anon_inode:[eventfd]' ]]; then echo sleeps; else echo works; fi
            ;;
        *) echo works ;;
    esac
}

# rbtrace 0.4.14 joins a thread in the main thread, and a `sleep` that was interrupted so ends; most programs end with it. A
# thread that waits in Thread#join or for its turn looks the same from outside. The first is known of Puma; the second does
# something else now and then.
may_end_a_sleep() {
    local i seen=""
    [[ $(command_of "$1") != puma[:\ ]* ]] || return 1
    for ((i = 0; i < 10; i++)); do
        seen+=$(watch_main_thread "$1")
        [[ $seen != *works ]] || return 1
        sleep 0.02
    done
    [ -n "$seen" ]
}

choose_method() {
    method[$1]=$via
    if [ "$via" = auto ]; then
        method[$1]=gdb
        if has_rbtrace "$1" && shares_tmp "$1"; then
            may_end_a_sleep "$1" || method[$1]=rbtrace
            [ "${method[$1]}" = rbtrace ] ||
                note "$1: its main thread sleeps, and rbtrace would end a sleep that has no limit: not" \
                "through rbtrace (if it waits for something else, such as Thread#join: --via rbtrace)"
        fi
    fi
    if [ "${method[$1]}" = rbtrace ]; then
        has_rbtrace "$1" || { note "$1: it has not loaded rbtrace; use --via gdb, or have it require \"rbtrace\""; return 1; }
        shares_tmp "$1" || { note "$1: it has a /tmp of its own, where rbtrace cannot answer; use --via gdb"; return 1; }
        ! may_end_a_sleep "$1" || note "$1: its main thread sleeps; a sleep without a limit ends now, and so may the process"
        setsid -w ruby -e 'require "rbtrace/rbtracer"' 2>/dev/null ||
            { note "rbtrace is not installed here: apt-get install ruby-rbtrace, or --via gdb"; return 1; }
    else
        check_gdb "$1"
    fi
}

# Sets what is known of a target; says why it is none.
prepare_target() {
    local pid=$1
    [ -d "/proc/$pid" ] || { note "$pid: there is no such process"; return 1; }
    started[$pid]=$(start_of "$pid")
    is_alive "$pid" || { note "$pid: the process has ended"; return 1; }
    if ! readlink "/proc/$pid/exe" >/dev/null 2>&1; then
        note "$pid: it belongs to user $(status_line "$pid" Uid | cut -f 1), and you may not look at it; run this as that user or as root"
        return 1
    fi
    is_ruby "$pid" || { note "$pid: not a Ruby process ($(command_of "$pid"))"; return 1; }
    [[ $(state_of "$pid") != [Tt] ]] || { note "$pid: it is stopped; wake it up with kill -CONT $pid"; return 1; }
    name_of[$pid]=$(choose_name "$pid")
    choose_method "$pid"
}
