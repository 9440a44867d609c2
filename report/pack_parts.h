/* What the descriptions of a series (report/pack_series.c) and of a dump (report/pack_dump.c) are written in. */
#ifndef HB_REPORT_PACK_PARTS_H
#define HB_REPORT_PACK_PARTS_H

#include "report/codec.h"

/* The program's own string for the name of a type, or NULL: for hb_codec_static. */
const char *hb_pack_find_type(const char *text);

/* The length of a list, and when reading its items. */
#define HB_PACK_LIST(c, items, n) ((items) = hb_codec_list(c, items, &(n), sizeof *(items)))

/* A loop over its items. Of none there is no array either: nothing is added to NULL. */
#define HB_PACK_EACH(item, items, n) for (__typeof__(items) item = (items); (size_t)(item - (items)) < (n); item++)

#endif
