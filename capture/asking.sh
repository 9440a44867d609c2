# shellcheck shell=bash
# Asking a target, and its answers. Its folder lies in its own /tmp, as it sees it (a service may have a private one):
#   payload.rb  what it evaluates
#   ask         a pipe: "NUMBER WHAT"; the first evaluation that reads it answers
#   say         a pipe: the answers, "NUMBER WORD ..."
#   data        a pipe: a dump
# ask and say are held open for reading and writing, so that neither side waits for the other to open it.

number=0
TAKEN_MS=15000    # until somebody evaluates
ANSWER_MS=180000  # until the answer is there: a collection of a large heap takes its time

open_pipes() {
    local pid=$1 owner root=/proc/$1/root fd
    ! shares_tmp "$pid" || root=""   # a path that lasts longer than the process
    owner=$(status_line "$pid" Uid | cut -f 2)
    if ! work[$pid]=$(mktemp -d "$root/tmp/heapbatch-capture.$$.XXXXXX" 2>/dev/null); then
        unset "work[$pid]"
        note "$pid: no folder can be made in its /tmp; is there one, and room in it?"
        return 1
    fi
    chmod 711 "${work[$pid]}"
    mkfifo -m 600 "${work[$pid]}"/{ask,say,data}
    { printf 'dir = "%s"\n' "${work[$pid]#"/proc/$pid/root"}"; cat "$lib/payload.rb"; } >"${work[$pid]}/payload.rb"
    chmod 644 "${work[$pid]}/payload.rb"
    if [ "$owner" -ne "$EUID" ]; then chown "$owner" "${work[$pid]}"/{ask,say,data}; fi
    exec {fd}<>"${work[$pid]}/ask" && ask_fd[$pid]=$fd
    exec {fd}<>"${work[$pid]}/say" && say_fd[$pid]=$fd
}

close_pipes() {
    local fd
    for fd in "${ask_fd[$1]-}" "${say_fd[$1]-}"; do
        [ -z "$fd" ] || exec {fd}>&-
    done
    rm -rf -- "${work[$1]}" 2>/dev/null
    unset "work[$1]"
}

trigger() {
    local dir=${work[$1]#"/proc/$1/root"} said
    local code="begin;eval(IO.read('$dir/payload.rb'));rescue Exception;end;0"
    if [ "${method[$1]}" = gdb ]; then
        trigger_by_gdb "$1" "$code"
    else
        said=$(setsid -w ruby "$lib/by_rbtrace.rb" "$1" "$code" 2>&1) && return 0
        note "$1: rbtrace did not evaluate: $(tail -n 1 <<<"$said")"
        return 1
    fi
}

# The next answer to the last question: its words in `answer`. Fails when there is none within so many milliseconds, the target
# is gone, or this is to stop. A read whose time is over within a line has the front of it: the next one goes on from there.
next_answer() {
    local line="" until_ms=$(($(now_ms) + $2))
    while [ "$(now_ms)" -lt "$until_ms" ]; do
        if IFS= read -r -t 0.1 -u "${say_fd[$1]}" line; then
            line=${heard[$1]-}$line
            heard[$1]=""
            [[ $line != "$number "* ]] || { answer=${line#* }; return 0; }
        else
            heard[$1]=${heard[$1]-}$line
        fi
        look_for_front
        if [ -n "$stopped" ] || ! is_alive "$1"; then return 1; fi
    done
    return 1
}

# Has the target take the question; it is taken back where nobody took it.
deliver() {
    local pid=$1 until_ms=$(($(now_ms) + TAKEN_MS)) wait_ms=500
    while trigger "$pid"; do
        next_answer "$pid" "$wait_ms" && return 0
        if [ -n "$stopped" ] || ! is_alive "$pid"; then break; fi
        wait_ms=$((wait_ms * 2))
        if [ "$(now_ms)" -ge "$until_ms" ]; then
            note "$pid: no point came within $((TAKEN_MS / 1000)) s where Ruby evaluates: it is busy in C code, or all its" \
                "threads sleep; try again later"
            break
        fi
    done
    read -r -t 0.01 -u "${ask_fd[$pid]}" _
    return 1
}

# ask PID WHAT: the first answer but "taken", in `answer`.
ask() {
    local pid=$1
    number=$((number + 1))
    echo "$number $2" >&"${ask_fd[$pid]}"
    if deliver "$pid" && next_answer "$pid" "$ANSWER_MS"; then
        [[ $answer != failed* ]] && return 0
        note "$pid: $2: ${answer#failed }"
    elif ! is_alive "$pid"; then
        note "$pid: the process has ended"
    fi
    return 1
}

# What version it is, how many objects it has, and whether it traces by itself.
look_at() {
    local pid=$1 version="" traces=""
    [ "${method[$pid]}" != gdb ] ||
        note "$pid: through gdb, which stops it for some 20 ms each time. A gdb that is killed meanwhile may take the process" \
            "with it; docs/CAPTURE.md says what else can go wrong"
    ask "$pid" look || return 1
    read -r _ version "objects[$pid]" traces <<<"$answer"
    version_of[$pid]=$version
    [ "$traces" != traced ] || already[$pid]=1
    [[ $version == 3.1.* ]] || note "$pid: Ruby $version; this was tested with 3.1.2 only"
}
