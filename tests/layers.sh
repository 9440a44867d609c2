#!/bin/sh
# Checks the shape of the tree: a file includes only its own folder or one before it in the list, no header cycle,
# file names are unique, and each outside library is included by one file, mpi.h and jansson.h by two.
set -u
order="base pipeline partition graph index reduce report history fleet"
status=0

rank() {
    n=0
    for folder in $order; do
        [ "$folder" = "$1" ] && { echo $n; return; }
        n=$((n + 1))
    done
    echo -1
}

complain() {
    echo "layers: $*" >&2
    status=1
}

for folder in $order; do
    own=$(rank "$folder")
    for included in $(grep -ho '^#include "[a-z]*/' "$folder"/*.[ch] 2>/dev/null | sort -u | sed 's/.*"//; s,/,,'); do
        [ "$(rank "$included")" -le "$own" ] && [ "$(rank "$included")" -ge 0 ] ||
            complain "$folder/ includes $included/: $(grep -l "^#include \"$included/" "$folder"/*.[ch] | tr '\n' ' ')"
    done
done

# A cycle of headers within a folder: tsort names it.
grep -o '^#include "[^"]*\.h"' $(for f in $order; do ls "$f"/*.h; done) |
    sed 's/^\([^:]*\):#include "\([^"]*\)"/\1 \2/' | tsort >/dev/null || complain "headers include each other in a cycle"

for library in mpi.h isa-l.h isa-l/igzip_lib.h zlib.h jansson.h xxhash.h sqlite3.h; do
    users=$(grep -lE "^#include <(.*/)?$library>" $(for f in $order; do ls "$f"/*.[ch]; done) heapbatch.c | wc -l)
    most=1
    [ "$library" = mpi.h ] && most=2       # base/comm.c, base/counter.c
    [ "$library" = jansson.h ] && most=2   # report/json_out.c writes, fleet/sidecar.c reads
    [ "$users" -le $most ] || complain "<$library> is included by $users files"
done

twice=$(for f in $order; do ls "$f"; done | sort | uniq -d)
[ -z "$twice" ] || complain "file names that are not unique: $twice"
[ $status -eq 0 ] && echo "layers: includes go downhill"
exit $status
