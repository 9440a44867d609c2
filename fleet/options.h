/* The command line: what docs/REPORT.md promises of it, as far as this version goes. */
#ifndef HB_FLEET_OPTIONS_H
#define HB_FLEET_OPTIONS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/log.h"
#include "base/status.h"
#include "fleet/query.h"
#include "fleet/series.h"
#include "pipeline/identity.h"
#include "pipeline/limits.h"

/* A --fail-on limit: exceeded by a figure above `value`, never when it is not set. */
typedef struct hb_limit {
    int is_set;
    uint64_t value;
} hb_limit;

typedef struct hb_options {
    int show_help, show_version;   /* the first of them on the command line; nothing behind it was read */
    char **paths;                  /* in the order of the command line, "-" for standard input */
    size_t n_paths;                /* at least 1, but for help, version and with a manifest */
    char *manifest_path;           /* NULL: none */
    uint64_t part, n_parts;        /* --part; n_parts 0: all */
    hb_series_mode series_mode;
    int has_series_mode;           /* it was given */
    char *series_regex;            /* NULL but for HB_SERIES_REGEX; not compiled yet */
    hb_identity identity;
    uint64_t top;                  /* rows in every ranking, 0: all */
    uint64_t min_retained_bytes;
    uint64_t limit_bytes;          /* --limit; 0: none */
    hb_limits limits;              /* --max */
    hb_query *queries;             /* of --path and --referrers, in the order of the command line */
    size_t n_queries;
    int validate;
    int strings;                   /* --strings, or --show-values */
    int show_values;
    hb_limit max_retained_bytes, max_retained_objects, max_growth_percent;
    char *json_path;               /* NULL: none; "-": standard output in place of the text */
    char *timings_path;            /* NULL: none */
    char *out_dir;                 /* NULL: none */
    char *history_path;            /* NULL: none */
    int fail_on_new, fail_on_growing;  /* --fail-on new, growth: findings */
    char *allow_path;              /* fingerprints that these two pass over; NULL: none */
    int resume;
    int merge;                     /* --merge */
    uint64_t redact_key;           /* --redact; 0: paths are shown */
    int n_threads;                 /* per rank; 0: as many as its CPUs */
    int keep_cpu_mask;             /* --no-bind */
    int spread;                    /* --spread */
    uint64_t memory;               /* of all ranks of a node, bytes; 0: what is available */
    size_t chunk_bytes;            /* 1 to 1 GiB */
    hb_log_level log_level;
    int quiet, progress;
} hb_options;

/* What holds where the command line does not say. */
hb_options hb_options_default(void);

/* Reads the command line; argv[0] is skipped, argv stays as it is, *out holds copies. Prints nothing. Options and
 * paths may be mixed, behind "--" all are paths. Of an option given twice the last counts; --fail-on adds a limit
 * of its kind, --path and --referrers a query. Not for two threads at once: getopt_long has file-scope state, which every call starts afresh.
 * HB_ERR_USAGE with one sentence in err->message that says what is wrong and what would be right; HB_ERR_MEMORY.
 * After an error *out is empty. */
hb_status hb_options_parse(int argc, char **argv, hb_options *out, hb_error *err);

/* Frees the copies; fine after an error and twice. */
void hb_options_fini(hb_options *options);

/* What --help prints; no line is longer than 80 bytes. */
void hb_options_help(FILE *out);

#endif
