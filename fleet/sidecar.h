/* What lies beside a dump and tells of it. Local.
 *
 *   DUMP.time       one line of at most 64 bytes, see hb_moment_parse.
 *   NAME.meta.json  beside NAME.json, NAME.json.gz, ...: a JSON object of at most 64 KiB, whose key "taken_at" is such a text.
 *                   heapbatch-capture writes it. Figures in it that are whole numbers of at most HB_SYMPTOM_MOST: rss_bytes,
 *                   pss_bytes, gc_count; in the object gc_stat, which is Ruby's GC.stat, heap_available_slots and heap_live_slots,
 *                   heap_allocated_pages, old_objects, malloc_increase_bytes, oldmalloc_increase_bytes; and ruby_version, a text
 *                   that tells how large a page is. All else in it is for people. Of a key that occurs twice the last counts.
 *                   What is larger, or no JSON (RFC 8259), or has a number beyond 64 bits or more than 2,048 nested values, tells
 *                   nothing at all. */
#ifndef HB_FLEET_SIDECAR_H
#define HB_FLEET_SIDECAR_H

#include <stdint.h>

#include "base/status.h"
#include "fleet/natural.h"
#include "report/symptoms.h"

/* Whether the path ends in .meta.json: never a dump. */
int hb_sidecar_is_meta(const char *path);

/* The time of a dump, by DUMP.time, else by NAME.meta.json; *has_time = 0 where there is neither. One that is there and tells no
 * time is warned of. HB_ERR_MEMORY. */
hb_status hb_sidecar_tell(const char *path, int *has_time, int64_t *at_ms);

/* What NAME.meta.json tells of the process; nothing is known where there is none, or no such figure. HB_ERR_MEMORY. */
hb_status hb_sidecar_figures(const char *path, hb_symptoms *out);

typedef struct hb_sidecar {
    int has_time;           /* "taken_at" */
    int64_t at_ms;          /* 0 without it */
    hb_symptoms symptoms;
} hb_sidecar;

/* What the text of NAME.meta.json tells. HB_ERR_MEMORY, and then nothing is known. */
hb_status hb_sidecar_parse(hb_span json, hb_sidecar *out);

#endif
