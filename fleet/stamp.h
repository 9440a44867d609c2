/* What counts in the name of a dump: its timestamp and its counter, by the rules for `auto` in series.h. Whatever is
 * returned points into the text that was given. No function here allocates or can fail. */
#ifndef HB_FLEET_STAMP_H
#define HB_FLEET_STAMP_H

#include <stddef.h>

#include "fleet/natural.h"

enum { HB_STAMP_DIGITS = 14, HB_STAMP_ROOM = HB_STAMP_DIGITS + 10 };

typedef struct hb_stamp_parts {
    hb_span directory;          /* its last slash included; empty: none */
    hb_span base;               /* the rest of the stem */
    char stamp[HB_STAMP_ROOM];  /* YYYYMMDDhhmmss and digits of a fraction, ordered by strcmp; empty: no timestamp */
    int zone_minutes;           /* of the timestamp, east of UTC; 0 where it has none */
    hb_span counter;            /* the last run of digits behind the timestamp; empty: none */
    int glued;                  /* there is no timestamp, and the counter touches a letter */
    hb_span piece[3];           /* base without timestamp and counter, separators and empty pieces kept */
    size_t n_pieces;            /* 1: nothing counts */
} hb_stamp_parts;

/* What stands between the words of a name. */
static inline int hb_stamp_is_separator(char c)
{
    return c == '.' || c == '_' || c == '-' || c == ' ';
}

/* The path from behind every leading "./", unless nothing would be left. */
const char *hb_stamp_skip_here(const char *path);

/* The same without extensions: one of .gz .zst is taken off, then one of .json .ndjson .jsonl .dump, in upper or lower
 * case, as long as something is left of the base name. */
hb_span hb_stamp_stem(const char *path);

/* Cuts a stem, or any other path, at what counts. Time linear. */
void hb_stamp_cut(hb_span stem, hb_stamp_parts *out);

/* The length of the date that begins at byte i of text, with its time unless that is missing (*has_time says so), without
 * fraction and zone; 0: none begins there. Its digits go to stamp, which has HB_STAMP_ROOM bytes. */
size_t hb_stamp_take(hb_span text, size_t i, char *stamp, int *has_time);

/* Whether a zone (Z, +01:00, +0100, -05:00) begins at byte *i, which is then moved past it; *minutes east of UTC.
 * minus_counts: -0500 is no zone, since in a name it is as likely a counter. */
int hb_stamp_take_zone(hb_span text, size_t *i, int minus_counts, int *minutes);

/* Writes the pieces that are more than separators, trimmed of these at both ends, and returns how many bytes that is:
 * at most base.n, since a joint takes the room of something cut out; no NUL. Between two pieces stands `mark`, or,
 * where that is '\0', the separator that stood before the cut, else the one after it, else nothing. */
size_t hb_stamp_write_rest(const hb_stamp_parts *parts, char mark, char *out);

#endif
