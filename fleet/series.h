/* Which files are sequential dumps of one process, and in which order they were taken: judged by their names
 * alone, no file is opened.
 *
 * For every mode:
 *   - A path that ends in .tmp is a dump still being written: left out, with a warning.
 *   - A path that ends in .meta.json tells of a dump (fleet/sidecar.h): left out.
 *   - A path that is another one with .time behind it tells that dump's time (fleet/times.h): left out.
 *   - A path given twice counts once, at its first place, with a warning. "./" at its start makes no difference.
 *   - "Without extensions": one of .gz .zst is taken off, then one of .json .ndjson .jsonl .dump, in upper or
 *     lower case, as long as something is left of the base name.
 *   - Natural order: runs of digits compare as numbers of any length, all else byte by byte; 9, 10, 010, 11.
 *     Equal keys keep the order of the command line.
 *   - Series come sorted by name in natural order. No two have the same name: where they would, each of them is
 *     named by the path of its first dump.
 *
 * auto   A series is what has the same directory and the same base name but for the part that counts.
 *        - The last run of digits of the base name without extensions orders: web-1.4211.0015.json.gz is
 *          number 15 of web-1.4211.
 *        - A timestamp counts as a whole: 2024-03-07, 2024-03-07T10:15:00, 20240307-101500, 20240307101500. Date and
 *          time are joined by T, _, -, . or a space; the time has :, -, _, . or nothing between its parts, a zone (Z,
 *          +01:00, +0100, -05:00) may follow. Zones are left out of the order, not converted.
 *        - When the last run is a counter and there is a timestamp before it, both are taken out of the name, and the
 *          order is by timestamp, then counter: 2024-03-07T10:15:00-heap-2 is in series heap. Digits before a
 *          timestamp stay: web-1-20240307-101500 is in series web-1.
 *        - Eight digits alone (20240307) are a counter, not a date.
 *        - What is left, without . _ - and spaces at both ends, names the series, behind its directory: dumps/web.
 *          When nothing is left, the directory does (dumps/3.json is in series dumps), or the word "series".
 *        - A file without digits is a series of its own. So is one whose counter touches a letter when
 *          no other file is of the same series: ruby31.json alone is series ruby31, but heap1.json and heap2.json are
 *          series heap.
 *        - "-" (standard input) is a series of its own named stdin.
 *        - Two files of a series with the same timestamp and counter: a warning.
 * one    All paths are one series in the order of the command line (a shell pattern gives heap-10 before
 *        heap-9). Its name is what the paths without extensions begin with in common, no number cut in two, without
 *        / . _ - and spaces at its end; or the word "series".
 * each   Every path is a series, named by the path without extensions; "-" is named stdin.
 * REGEX  A POSIX extended regular expression, searched in every path as given ("-" too). Group 1 names the series,
 *        group 2 orders it in natural order. Paths for which there is no group 2, or where it matched nothing, come
 *        first in the order of the command line. */
#ifndef HB_FLEET_SERIES_H
#define HB_FLEET_SERIES_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "report/symptoms.h"
#include "report/time_source.h"

typedef enum hb_series_mode { HB_SERIES_AUTO, HB_SERIES_ONE, HB_SERIES_EACH, HB_SERIES_REGEX } hb_series_mode;

typedef struct hb_dump_time {
    int has_time;
    int64_t at_ms;          /* milliseconds since 1970-01-01 UTC */
    hb_time_source source;  /* HB_TIME_NONE unless has_time */
} hb_dump_time;

typedef struct hb_series {
    char *name;          /* unique in the list, never empty */
    char **paths;        /* as given, oldest first */
    hb_dump_time *times; /* one a path; NULL: not looked for (fleet/times.h) */
    hb_symptoms *symptoms; /* one a path; NULL: not looked for (fleet/sidecar.h) */
    size_t n_paths;      /* at least 1 */
} hb_series;

typedef struct hb_series_list {
    hb_series *items; /* by name, natural order */
    size_t n;
} hb_series_list;

/* Dumps in one series, at most: an object's `born` is 16 bits. */
#define HB_SERIES_MOST_DUMPS 65535

/* Groups n_paths paths in the order of the command line. regex is read with HB_SERIES_REGEX only. The result holds
 * copies. Time n log n.
 * HB_ERR_USAGE: no path is left; regex does not compile or has no group; a path does not match or gives an
 * empty name (err->path names it). HB_ERR_MEMORY. After an error *out is empty. */
hb_status hb_series_group(hb_series_mode mode, const char *regex, const char *const *paths, size_t n_paths,
                          hb_series_list *out, hb_error *err);

/* Sorts a list by name and makes the names unique, by the rules above; all else of it is filled in. HB_ERR_USAGE: a series has
 * more than HB_SERIES_MOST_DUMPS. HB_ERR_MEMORY. */
hb_status hb_series_list_settle(hb_series_list *list, hb_error *err);

/* What one holds. */
void hb_series_fini(hb_series *series);

/* Empties the list; an empty one is fine. */
void hb_series_list_fini(hb_series_list *list);

/* <0, 0, >0 as a comes before, with, or after b in natural order; "1" and "01" are equal. */
int hb_series_compare_natural(const char *a, const char *b);

#endif
