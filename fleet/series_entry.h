/* A path, and which series its name makes it a part of. */
#ifndef HB_FLEET_SERIES_ENTRY_H
#define HB_FLEET_SERIES_ENTRY_H

#include "fleet/series.h"
#include "fleet/stamp.h"

typedef struct hb_series_entry {
    const char *path;           /* the caller's */
    char *key;
    char *name;                 /* of its series */
    char *solo_name;            /* of its series when it has no other member; NULL: name */
    char stamp[HB_STAMP_ROOM];  /* YYYYMMDDhhmmss and digits of a fraction; empty: none */
    hb_span order;              /* inside path */
    size_t place;               /* on the command line */
    int alone;
} hb_series_entry;

/* Fills in all but path and place of n >= 1 entries, whose order is an empty span. Errors as those of hb_series_group; the
 * entries are to be freed in any case. */
hb_status hb_series_describe(hb_series_mode mode, const char *regex, hb_series_entry *entries, size_t n, hb_error *err);

/* Frees its texts. */
void hb_series_entry_fini(hb_series_entry *entry);

#endif
