/* Which dumps there are, and which are a series, as a file says. Local.
 *
 * Text, one dump a line, of up to three columns that are separated by tabs (which no path in it can contain):
 *
 *   path    [TAB series [TAB time]]
 *
 *   - path: as on the command line, relative to the current directory, not to the manifest's; "-" is standard input.
 *   - series: its name. Lines without one, or with an empty one, are grouped by their names among each other, as --series auto
 *     does (fleet/series.h).
 *   - time: when the dump was taken, as hb_moment_parse reads it.
 *   - Blank lines, and lines that begin with '#', are passed over; a path that begins so is written ./#path. A line may end in CR LF.
 *     A byte order mark at the start is passed over.
 *   - The dumps of a series are in the order of their times, if all have one, equal ones in the order of their lines; else in
 *     the order of the lines, or, where the series came about by names, in the order that these tell.
 *   - A path that ends in .tmp is left out, with a warning. One that a series has twice counts once, at its first place, with a
 *     warning; several series may have it.
 *   - A line of more than HB_MANIFEST_MOST_LINE bytes, or with a NUL, is an error. */
#ifndef HB_FLEET_MANIFEST_H
#define HB_FLEET_MANIFEST_H

#include "fleet/series.h"

#define HB_MANIFEST_MOST_LINE 16384

/* Reads a manifest. A series of which a line has a time gets `times`, with HB_TIME_MANIFEST as their source; hb_times_find
 * decides what comes of them. Names and their order are as those of hb_series_group. Memory for the text twice while series are
 * made: 10 million lines of 60 bytes in 200,000 series took 22 s and 2.2 GB.
 * HB_ERR_USAGE: it cannot be read, names no dump, or a line is wrong (err->path is FILE:LINE). HB_ERR_MEMORY. After an error *out
 * is empty. */
hb_status hb_manifest_read(const char *path, hb_series_list *out, hb_error *err);

#endif
