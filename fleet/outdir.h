/* --out DIR: the reports of the series that are done, the journal of what was, and a lock, so that only one run at a time works there.
 *
 *   DIR/lock            locked (flock(2)) by rank 0 as long as it lives; says who that is
 *   DIR/journal         fleet/journal.h
 *   DIR/<id>.report     of each finished series: its report, packed (report/pack.h); <id>.json and <id>.txt the same to read
 *   DIR/fleet.json, DIR/fleet.txt   the whole report, when all is done
 *
 * A file gets its name only when it is whole and synced, and its folder is synced then, before the journal says that it is
 * there. What --resume takes over it checks: the hash that the journal has of the file, and all that unpacking checks. */
#ifndef HB_FLEET_OUTDIR_H
#define HB_FLEET_OUTDIR_H

#include "fleet/journal.h"
#include "report/report.h"

#define HB_OUTDIR_MOST_DEATHS 2   /* a series at which so many runs died is not tried again */

typedef struct hb_outdir {
    char *path, *journal_path;
    int lock, journal;      /* file descriptors, -1: none */
    hb_table known;         /* of hb_journal_read, on rank 0 */
} hb_outdir;

/* The part of rank 0: makes DIR if it is not there, locks it, reads the journal. Without resume a journal must not be there. HB_ERR_USAGE,
 * HB_ERR_IO, HB_ERR_MEMORY with a sentence. */
hb_status hb_outdir_open(const char *path, int resume, hb_outdir *out, hb_error *err);

/* For a look at what is done there, also while another run is at work: no lock, and nothing can be added. HB_ERR_IO, HB_ERR_MEMORY. */
hb_status hb_outdir_open_to_read(const char *path, hb_outdir *out, hb_error *err);

/* The other ranks', after it: opens the journal. */
hb_status hb_outdir_join(const char *path, hb_outdir *out, hb_error *err);

void hb_outdir_close(hb_outdir *dir);

/* What the journal says of a series, by its id (fleet/series_id.h), on rank 0. */
int hb_outdir_is_done(const hb_outdir *dir, uint64_t id);
int hb_outdir_is_suspect(const hb_outdir *dir, uint64_t id);
uint64_t hb_outdir_deaths(const hb_outdir *dir, uint64_t id);

/* The report of a series that is done. HB_ERR_DATA, HB_ERR_IO: it cannot be used, and has to be made again. */
hb_status hb_outdir_load(const hb_outdir *dir, uint64_t id, hb_series_report *out, hb_error *err);

/* Work on a series begins (alone: while nothing else is at work), is given up, or is done; by the rank that does it.
 * like: what a report of it alone shares with the whole. */
hb_status hb_outdir_start(const hb_outdir *dir, uint64_t id, int alone, hb_error *err);
hb_status hb_outdir_stop(const hb_outdir *dir, uint64_t id, hb_error *err);
hb_status hb_outdir_save(const hb_outdir *dir, uint64_t id, const hb_report *like, hb_series_report *series, hb_error *err);

/* fleet.json and fleet.txt. */
hb_status hb_outdir_save_all(const hb_outdir *dir, const hb_report *report, hb_error *err);

#endif
