/* What makes a suspect of one process the same as one of another: how and by what it is held and where it is filled, without
 * what differs from process to process. Local. */
#ifndef HB_REPORT_FINGERPRINT_H
#define HB_REPORT_FINGERPRINT_H

#include "report/report.h"

/* The label of a step (hb_step_label) without addresses, into `to`, which has room for the whole label; returns the end, where
 * it put a NUL. An address is `:0x` and 1 to 16 hexadecimal digits before the `>` of a `#<...>`: so Ruby names what has no
 * name, `#<Class:0x00007f0012345678>::Row` becomes `#<Class>::Row`. Nothing else is left out. */
char *hb_fingerprint_step(const char *label, char *to);

/* The same for an object (hb_object_label), and without its size: ` (N entries)` or ` (N elements)`, directly behind type and
 * class of a HASH or ARRAY, which is the one place where the program puts it. What looks like a size in a name stays. */
char *hb_fingerprint_object(const hb_object_row *object, char *to);

/* held_by, holder, site and the steps of the path, each with a NUL behind it. No holder, no site: an empty text, which none
 * of them has. Steps in a row that are called alike are one, whatever their number. */
typedef struct hb_fingerprint {
    uint64_t hash;           /* XXH3-64 of the text, seed 0 */
    char *text;
    size_t n;
    const char *holder, *site, *path;  /* in the text; path: its first step, the others follow up to the end */
} hb_fingerprint;

/* The site is the one that has most bytes. HB_ERR_MEMORY; hb_free the text. */
hb_status hb_fingerprint_make(const hb_suspect_report *suspect, hb_fingerprint *out);

/* Orders by hash, then by text: equal hashes alone do not make two the same. */
int hb_fingerprint_compare(const hb_fingerprint *a, const hb_fingerprint *b);

/* The steps joined by " -> "; hb_free it. NULL: out of memory. */
char *hb_fingerprint_path(const hb_fingerprint *fingerprint);

#endif
