/* The report of a series as bytes and back, exactly: how it gets from the rank that made it to rank 0. Local.
 *
 * The bytes are framed: a magic number with the version of the format, the length, and the XXH3-64 of what follows. */
#ifndef HB_REPORT_PACK_H
#define HB_REPORT_PACK_H

#include "base/status.h"
#include "report/report.h"

/* *bytes, n of them, is to be freed. HB_ERR_MEMORY. */
hb_status hb_pack_series(const hb_series_report *series, uint8_t **bytes, size_t *n);

/* Fills *out. HB_ERR_DATA: these are not bytes that this version packed, or not all of them; even if the checksum holds, what is
 * accepted can be printed. HB_ERR_MEMORY. After an error *out is empty. */
hb_status hb_unpack_series(const uint8_t *bytes, size_t n, hb_series_report *out, hb_error *err);

#endif
