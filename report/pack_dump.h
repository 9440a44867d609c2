/* The description by which the figures of a dump are packed and unpacked, for report/pack_series.h and for who sends symptoms alone. */
#ifndef HB_REPORT_PACK_DUMP_H
#define HB_REPORT_PACK_DUMP_H

#include "report/codec.h"
#include "report/report.h"

/* One way or the other. What is read and cannot be printed is refused. Local. */
void hb_pack_put_dump(hb_codec *c, hb_dump_report *dump);
void hb_pack_put_symptoms(hb_codec *c, hb_symptoms *symptoms);

#endif
