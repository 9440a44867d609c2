# shellcheck shell=bash
# The sidecar of a dump, NAME.meta.json: what was true of the process and the machine at that moment. heapbatch takes
# "taken_at" from it (fleet/sidecar.h). No environment variables; the command line is in it as `ps` shows it.

# Text as a JSON string; what is not UTF-8 loses its upper bytes.
json_text() {
    local text=$1 out="" c i
    iconv -f UTF-8 -t UTF-8 >/dev/null 2>&1 <<<"$text" || text=$(LC_ALL=C tr '\200-\377' '?' <<<"$text")
    for ((i = 0; i < ${#text}; i++)); do
        c=${text:i:1}
        case $c in
            '"' | '\') out+="\\$c" ;;
            [[:cntrl:]]) printf -v c '\\u%04x' "'$c"; out+=$c ;;
            *) out+=$c ;;
        esac
    done
    printf '"%s"' "$out"
}

# Taken again after the GC, which has given back what it could; the fork does not change it. heapbatch holds it against the heap that
# the GC has left. Where the process has just ended, what was measured before it stays.
measure_after() {
    local after
    after=$(resident_bytes "$1" 2>/dev/null) && rss=$after
}

# Taken before the fork: afterwards pages are shared with the child, and the proportional size is halved.
measure() {
    load1=null load5=null load15=null
    rss=$(resident_bytes "$1")
    pss=$(awk '/^Pss:/ { printf "%.0f", $2 * 1024 }' "/proc/$1/smaps_rollup" 2>/dev/null)
    read -r load1 load5 load15 _ </proc/loadavg
}

# write_meta PID DUMP TAKEN GC_MS FORK_MS STAT: to standard output.
write_meta() {
    local count=${6#*\"count\":}
    cat <<TEXT
{
  "taken_at": "$3",
  "dump": $(json_text "$2"),
  "host": $(json_text "$(uname -n)"),
  "pid": $1,
  "command": $(json_text "$(command_of "$1")"),
  "ruby_version": $(json_text "${version_of[$1]}"),
  "via": "${method[$1]}",
  "allocations_traced": $([ -n "${traced[$1]-}${already[$1]-}" ] && echo true || echo false),
  "full": $([ -n "$full" ] && echo true || echo false),
  "gc_ms": $4,
  "fork_ms": $5,
  "gc_count": ${count%%[,\}]*},
  "gc_stat": $6,
  "rss_bytes": $rss,
  "pss_bytes": ${pss:-null},
  "load_average": [$load1, $load5, $load15]
}
TEXT
}
