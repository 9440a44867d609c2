/* One dump as text: `heapbatch read`. Names are escaped for a terminal. All return HB_OK or HB_ERR_MEMORY; an error of the stream is seen
 * by who closes it. */
#ifndef HB_REPORT_TEXT_READING_H
#define HB_REPORT_TEXT_READING_H

#include <stdint.h>
#include <stdio.h>

#include "base/status.h"
#include "report/reading.h"

/* Objects and bytes by generation. */
hb_status hb_text_generations(const hb_reading *reading, FILE *out);

/* The objects of a generation by gem, file, site, class and contents, and the shapes by instance variable, if there are any. generation: as it
 * was given. top: rows of a table; 0: all. Sorts the places. */
hb_status hb_text_reading(hb_reading *reading, const char *generation, uint64_t top, FILE *out);

/* The same two as heapy 0.2 prints them (Heapy::Analyzer, lib/heapy/analyzer.rb): its generation "nil" has the lines without one and those of
 * generation 0, and no bytes; what it has in no particular order comes by file and line, contents by their first line in the dump. */
hb_status hb_text_heapy_generations(const hb_reading *reading, FILE *out);
hb_status hb_text_heapy_reading(hb_reading *reading, const char *generation, uint64_t top, FILE *out);

#endif
