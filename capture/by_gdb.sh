# shellcheck shell=bash
# Has a process evaluate something through gdb, at a point that Ruby chooses.
#
# gdb stops the process for some 20 ms and has the thread that it finds call two functions: mmap, once, for a page that
# holds the text, and rb_postponed_job_register_one(0, rb_eval_string, text). Both are safe wherever the thread was, also
# within malloc or a collection: Ruby made the latter for signal handlers. The job runs when a thread that holds the lock next
# looks for interrupts, long after gdb has gone. rb_eval_string raises nothing here, since the text rescues all.
#
# Addresses are taken from the files that the process has mapped and from where it has mapped them: gdb reads no symbols
# while the process is stopped.

declare -A function_at page

check_gdb() {
    local pid=$1
    [ "$(uname -m)" = x86_64 ] || { note "$pid: gdb is used on x86-64 only; have the process require \"rbtrace\""; return 1; }
    command -v gdb >/dev/null ||
        { note "$pid: it has not loaded rbtrace, and there is no gdb: apt-get install gdb"; return 1; }
    [ "$(status_line "$pid" TracerPid)" = 0 ] ||
        { note "$pid: process $(status_line "$pid" TracerPid) traces it already (gdb, strace); end that first"; return 1; }
    (((0x0$(status_line "$pid" SigCgt | tail -c 9) >> 25) & 1)) ||
        { note "$pid: Ruby is not up in it yet, or has given up SIGVTALRM; try again later, or use rbtrace"; return 1; }
    if [ "$EUID" -ne 0 ] && [ "$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0)" -ne 0 ]; then
        note "$pid: gdb may not attach (kernel.yama.ptrace_scope is not 0): run this as root"
        return 1
    fi
    find_functions "$pid"
}

# Where the process has the file mapped whose path matches, and the path: "BASE PATH".
mapping_of() {
    awk -v wanted="$2" '$3 == "00000000" && $6 ~ wanted { split($1, ends, "-"); print ends[1], $6 ($7 != "" ? " " $7 : ""); exit }' \
        "/proc/$1/maps"
}

# address_of PID BASE PATH NAME: the function's address in the process, empty where the file has none.
address_of() {
    local file=/proc/$1/root$3 at type
    at=$(setsid -w gdb -nx -batch -ex "info address $4" "$file" 2>/dev/null | grep -o '0x[0-9a-f]*' | tail -n 1)
    [ -n "$at" ] || return 0
    type=$(od -An -t u1 -j 16 -N 1 "$file")
    if [ "$type" -eq 2 ]; then echo "$at"; else printf '0x%x' $((0x$2 + at)); fi   # 2: mapped where it says
}

find_functions() {
    local pid=$1 ruby_base="" ruby="" c_base="" c_file="" name
    read -r ruby_base ruby < <(mapping_of "$pid" 'libruby[-.0-9]*so')
    [ -n "$ruby" ] || read -r ruby_base ruby < <(mapping_of "$pid" "$(readlink "/proc/$pid/exe")")
    read -r c_base c_file < <(mapping_of "$pid" '/libc[-.0-9]*so')
    if [[ "$ruby $c_file" == *'(deleted)'* ]]; then
        note "$pid: Ruby or the C library was replaced on disk since it started; only rbtrace, or a restart, helps"
        return 1
    fi
    for name in rb_postponed_job_register_one rb_eval_string; do
        function_at[$pid,$name]=$(address_of "$pid" "$ruby_base" "$ruby" "$name")
    done
    function_at[$pid,mmap]=$(address_of "$pid" "$c_base" "$c_file" mmap)
    for name in rb_postponed_job_register_one rb_eval_string mmap; do
        [ -n "${function_at[$pid,$name]}" ] || { note "$pid: $name is not found in $ruby or $c_file; use rbtrace"; return 1; }
    done
}

# All signals go on to the process as if gdb was not there.
write_script() {
    cat <<TEXT
set confirm off
set pagination off
set auto-solib-add off
set debuginfod enabled off
set debug-file-directory /nowhere
set libthread-db-search-path /nowhere
set unwindonsignal on
handle all nostop noprint pass
handle SIGINT nostop noprint pass
attach $1
set scheduler-locking on
TEXT
    if [ -n "${page[$1]-}" ]; then
        echo "set \$text = ${page[$1]}"
    else
        echo "set \$text = ((unsigned long (*)(unsigned long, unsigned long, int, int, int, long)) ${function_at[$1,mmap]})(0, 4096, 3, 0x22, -1, 0)"
        echo "restore ${work[$1]}/code binary \$text"
    fi
    cat <<TEXT
printf "text at 0x%lx\\n", \$text
set \$done = ((int (*)(int, unsigned long, unsigned long)) ${function_at[$1,rb_postponed_job_register_one]})(0, ${function_at[$1,rb_eval_string]}, \$text)
printf "registered %d\\n", \$done
detach
quit
TEXT
}

# Registers the job and wakes all threads up. Once is not always enough: in a process where nothing happens Ruby marks the
# thread that ran last, which may wait for something that a signal does not interrupt; waking the others changes which that is.
trigger_by_gdb() {
    local pid=$1 said
    printf '%s\0' "$2" >"${work[$pid]}/code"
    setsid -w ruby "$lib/wake.rb" "$pid"
    write_script "$pid" >"${work[$pid]}/script"
    setsid -w bash "$lib/attach.sh" "$pid" "${work[$pid]}/script" "${work[$pid]}/said"
    said=$(<"${work[$pid]}/said")
    if [[ $said != *"registered "[12]* ]]; then
        note "$pid: gdb could not register the job; it said: $(tail -n 3 <<<"$said" | tr '\n' ' ')"
        return 1
    fi
    [[ $said =~ "text at "(0x[0-9a-f]+) ]] && page[$pid]=${BASH_REMATCH[1]}
    setsid -w ruby "$lib/wake.rb" "$pid"
}
