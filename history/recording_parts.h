/* What the parts of history/recording.c share. Errors are those of the database, which are sticky. */
#ifndef HB_HISTORY_RECORDING_PARTS_H
#define HB_HISTORY_RECORDING_PARTS_H

#include <string.h>

#include "base/memory.h"
#include "history/recording.h"
#include "history/sql.h"

typedef struct hb_recording {
    hb_sql db;
    const hb_history_sweep *sweep;
    const char **analysed;      /* names, sorted */
    size_t n_analysed;
    int64_t id, at_ms;          /* of this sweep's row */
    int64_t before;             /* id of the last earlier sweep, 0: none */
} hb_recording;

static inline const char *hb_history_words(const char *text)
{
    return text != NULL ? text : "";
}

static inline hb_status hb_history_copy(char **to, const char *text)
{
    *to = hb_copy_text(text, strlen(text));
    return *to != NULL ? HB_OK : HB_ERR_MEMORY;
}

/* For qsort and bsearch of names. */
static inline int hb_recording_by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static inline void hb_recording_fail(hb_recording *r, hb_status status)
{
    if (r->db.status == HB_OK) r->db.status = status;
}

/* since and n_sweeps of a finding, of that row, from the earlier sweeps that have it. */
void hb_recording_look_back(hb_recording *r, int64_t row, hb_finding *finding);

/* What this sweep says of it. */
void hb_recording_write(hb_recording *r, int64_t row, const hb_finding *finding, const char *state);

/* Adds the findings that are gone, and writes them (history/recording_gone.c). */
void hb_recording_add_gone(hb_recording *r, hb_findings *findings);

#endif
