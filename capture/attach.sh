#!/bin/bash
# attach.sh PID SCRIPT SAID: runs a gdb script that attaches to PID, and sees to it that the process is not left stopped, however
# gdb ended. In a session of its own (by_gdb.sh), so that it comes to its end also when capture is killed; what gdb says goes
# to a file, as it would die of a pipe that nobody reads any more.
trap '' INT TERM HUP
renice -n -10 -p $$ >/dev/null 2>&1   # where it is allowed: the process stands still meanwhile
LC_ALL=C timeout -k 2 20 gdb -nx -batch -iex 'set auto-load no' -iex 'set sysroot /nowhere' -x "$2" </dev/null >"$3" 2>&1
read -r -d '' line <"/proc/$1/stat" 2>/dev/null
# gdb attaches with SIGSTOP. One that has died may leave it pending; SIGCONT takes it back, and does nothing otherwise.
if [[ ${line##*) } == T* ]] || ! grep -q '^registered' "$3"; then kill -CONT "$1"; fi
