/* The description by which report/pack.c packs and unpacks a series. */
#ifndef HB_REPORT_PACK_SERIES_H
#define HB_REPORT_PACK_SERIES_H

#include "report/codec.h"
#include "report/report.h"

/* One way or the other. What is read and cannot be printed is refused. Local. */
void hb_pack_put_series(hb_codec *c, hb_series_report *series);

#endif
