/* What has been done, in a file that outlives the run: lines are only added, each with a checksum in front.
 *
 *   <XXH3-64 of the rest, 16 hexadecimal digits> begin <process id>   a run
 *   <...> start <id>     a series, among others
 *   <...> alone <id>     a series, while nothing else is at work
 *   <...> done <id> <XXH3-64 of the file that has the report>
 *   <...> stop <id>      given up in order
 *
 * A line is added by one write(2) to a file opened with O_APPEND, under a lock of the whole file (fcntl(2), F_OFD_SETLKW),
 * which on NFS is what makes appending safe; then it is synced. So ranks may add lines side by side. A line that does not
 * fit its checksum is one over which its writer died, and counts for nothing: what it would have said is done again.
 *
 * A series that was started in a run and neither done nor given up there was at work when that run died. If it was alone, the
 * run died over it; if it was among others, it is a suspect. Local. */
#ifndef HB_FLEET_JOURNAL_H
#define HB_FLEET_JOURNAL_H

#include <stdint.h>

#include "base/status.h"
#include "base/table.h"

/* Of a series, by its id. */
enum {
    HB_JOURNAL_IS_DONE, HB_JOURNAL_HASH,
    HB_JOURNAL_DEATHS,       /* runs that died over it */
    HB_JOURNAL_IS_SUSPECT,   /* a run died while it was at work, alone or not */
    HB_JOURNAL_IS_OPEN,      /* for reading: whether it is at work, and how */
    HB_JOURNAL_WORDS
};

/* Reads a journal: *known, a table from ids to these words, is initialised here; where there is no file it stays empty. *n_torn: lines
 * that count for nothing. HB_ERR_IO, HB_ERR_MEMORY. */
hb_status hb_journal_read(const char *path, hb_table *known, uint64_t *n_torn, hb_error *err);

/* Opens one to add to; *fd is to be closed. HB_ERR_IO. */
hb_status hb_journal_open(const char *path, int *fd, hb_error *err);

/* Add a line. HB_ERR_IO: it may be there or not. path: for the error. */
hb_status hb_journal_begin(int fd, const char *path, uint64_t process, hb_error *err);
hb_status hb_journal_start(int fd, const char *path, uint64_t id, int alone, hb_error *err);
hb_status hb_journal_done(int fd, const char *path, uint64_t id, uint64_t hash, hb_error *err);
hb_status hb_journal_stop(int fd, const char *path, uint64_t id, hb_error *err);

#endif
