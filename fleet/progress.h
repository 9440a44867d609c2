/* What is being done, and how far the reading is: a line that rewrites itself on a terminal, a line every ten seconds
 * elsewhere. */
#ifndef HB_FLEET_PROGRESS_H
#define HB_FLEET_PROGRESS_H

#include <stdint.h>

typedef struct hb_progress {
    int shown;              /* whether to print at all */
    int terminal;
    char what[128];
    uint64_t start_ns, last_ns;
    int open;               /* a line without its newline is on the terminal */
} hb_progress;

/* asked: --progress; quiet: --quiet. Without either, shown on a terminal, and elsewhere for what takes long. */
void hb_progress_init(hb_progress *progress, int asked, int quiet);

/* Begins a piece of work. */
void hb_progress_start(hb_progress *progress, const char *what);

/* An hb_ingest_tick; ctx is the hb_progress. Bytes of the file; total 0: not known. */
void hb_progress_tick(void *ctx, uint64_t done, uint64_t total, uint64_t objects);

/* Says what is done after reading, of which it is not known how long it takes. */
void hb_progress_stage(hb_progress *progress, const char *stage);

/* Clears the line, so that what follows starts on a clean one. */
void hb_progress_clear(hb_progress *progress);

#endif
