# shellcheck shell=bash

show_help() {
    cat <<'TEXT'
heapbatch-capture: sequential heap dumps of running Ruby processes, which go on
serving and need no restart

  heapbatch-capture --pid PID[,PID...] | --match PATTERN
                    --at 0,15m,40m | --every 10m --count 3
                    --out DIR [--trace-allocations] [--via auto|rbtrace|gdb]
                    [--gzip] [--full]

  # Three dumps of process 4711, now and after 15 and 40 minutes:
  heapbatch-capture --pid 4711 --at 0,15m,40m --out dumps --gzip
  heapbatch dumps/*.json*

  # The same of every Puma worker, a dump every ten minutes:
  heapbatch-capture --match 'puma: cluster worker' --every 10m --count 3 \
                    --out dumps --gzip

  # With the lines that allocate. It costs memory and time: one host only.
  heapbatch-capture --pid 4711 --every 10m --count 3 --out dumps --gzip \
                    --trace-allocations

which processes
  --pid PID[,PID...]   these
  --match PATTERN      Ruby processes whose command line matches this extended
                       regular expression (see them with: ps -eo pid,args)

when
  --at T[,T...]        so long after the start: 0, 90s, 15m, 2h; ascending
  --every T --count N  at 0, T, 2T, ... : N dumps of each process

what and where
  --out DIR            a folder for NAME.PID.TIME.json (.gz), each with a
                       NAME.PID.TIME.meta.json; it is made when it is not there
  --gzip               packs on the way; needs a 17th of the disk
  --full               empty slots too (ObjectSpace.dump_all(full: true))
  --trace-allocations  traces allocations from before the first dump until
                       after the last: which line allocated what

how
  --via auto           rbtrace where the process has it loaded, otherwise gdb
  --via rbtrace        only where the process has run: require "rbtrace"
  --via gdb            gdb stops the process for some 20 ms and has it call
                       Ruby's own rb_postponed_job_register_one. x86-64 only
  --stop-tracing       (with --pid or --match, nothing else) ends tracing that
                       a capture left on because all its processes were killed
  --help               prints this

What happens for each dump: GC.start, then fork. The child writes the dump and
ends, the process goes on serving. Dumps hold the contents of strings: passwords
and personal data too. The files are readable by their owner alone.

exit status
  0  all dumps are there
  1  wrong usage
  3  some dumps are missing: the messages say which and why
  4  too little memory or disk: the messages say how much is needed
  75 interrupted; whole dumps stay, the processes are as they were
TEXT
}
