/* What lies beside a dump and tells of it. Local; nothing is allocated.
 *
 *   DUMP.time       one line of at most 64 bytes, see hb_moment_parse.
 *   NAME.meta.json  beside NAME.json, NAME.json.gz, ...: a JSON object whose key "taken_at" is such a text, in its first 64 KiB.
 *                   heapbatch-capture writes it. Figures in it that are whole numbers of at most HB_SYMPTOM_MOST: rss_bytes,
 *                   pss_bytes, gc_count; in the object gc_stat, which is Ruby's GC.stat, heap_available_slots and heap_live_slots,
 *                   heap_allocated_pages, old_objects, malloc_increase_bytes, oldmalloc_increase_bytes; and ruby_version, a text
 *                   that tells how large a page is. All else in it is for people. */
#ifndef HB_FLEET_SIDECAR_H
#define HB_FLEET_SIDECAR_H

#include <stdint.h>

#include "fleet/natural.h"
#include "report/symptoms.h"

/* Whether the path ends in .meta.json: never a dump. */
int hb_sidecar_is_meta(const char *path);

/* The time of a dump, by DUMP.time, else by NAME.meta.json. Returns 0 where there is neither; one that is there and tells no
 * time is warned of. */
int hb_sidecar_tell(const char *path, int64_t *at_ms);

/* What NAME.meta.json tells of the process; nothing is known where there is none, or no such figure. */
void hb_sidecar_figures(const char *path, hb_symptoms *out);

/* The same of its text. */
void hb_sidecar_find_figures(hb_span json, hb_symptoms *out);

/* The text of "taken_at" in a JSON object, which may be cut off behind it; 0 unless it is there, a string, and without
 * escapes. */
int hb_sidecar_find_time(hb_span json, hb_span *text);

#endif
