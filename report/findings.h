/* Findings of a fleet: suspects of several processes that are the same leak, told by a fingerprint that has neither
 * addresses nor counts in it. Plain data, on one rank. A process is a series of the report. */
#ifndef HB_REPORT_FINDINGS_H
#define HB_REPORT_FINDINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define HB_FINGERPRINT_ROOM 17   /* 16 hexadecimal digits and a NUL */

/* Against the sweeps in a history; UNTOLD: there is none. */
typedef enum hb_finding_state {
    HB_FINDING_UNTOLD, HB_FINDING_NEW, HB_FINDING_KNOWN, HB_FINDING_GONE
} hb_finding_state;

typedef struct hb_finding {
    char fingerprint[HB_FINGERPRINT_ROOM];
    const char *held_by;       /* a static string, as of a suspect */
    char *holder;              /* label without address and counts; NULL: there is no single holder */
    char *path;                /* the same of all steps from the root, joined by " -> " */
    char *site;                /* FILE:LINE where most of it was allocated; NULL: not traced */
    char *text;                /* the sentence of the suspect that has most bytes */
    size_t *series;            /* processes that have it: places in hb_report.series, ascending */
    size_t n_series;
    size_t n_hosts;            /* on so many hosts */
    uint64_t objects, memsize; /* retained, added up; they stop at UINT64_MAX */
    int has_rate;              /* the dumps of at least one have times: then */
    double rate;               /* bytes an hour, added up over the processes that have times */
    double rate_low, rate_high;/* a 95 % confidence interval; -INFINITY and INFINITY: too few dumps for one */
    hb_finding_state state;
    char *since;               /* known since: the time of a sweep, ISO 8601; NULL: not known */
    size_t n_sweeps;           /* seen in so many sweeps before this one */
    int has_trend;             /* known, and both sweeps have rates or bytes: then */
    double trend_memsize;      /* bytes more than in the sweep before */
} hb_finding;

/* Those that have a rate first, by processes affected times bytes an hour, descending; then the others, by processes times
 * bytes; where that is equal by fingerprint; and those that are gone last. */
typedef struct hb_findings {
    hb_finding *items;
    size_t n;
    size_t n_processes, n_hosts;   /* of the whole sweep: those of which a dump could be analysed */
} hb_findings;

struct hb_report;

/* Merges the suspects of all series that have one fingerprint (report/fingerprint.h); one process is enough for a finding,
 * and two suspects of one process with one fingerprint count as one process. A host is the directory in a series' name, all
 * before the last `/`; names without one are of one host.
 *
 * Rates are the slopes of hb_suspect_rate, added up. So are the ends of their intervals, which is wider than need be: no
 * interval of a part is no interval of the sum.
 *
 * What *out held is not freed; it may be report->findings, and is to be given to hb_findings_fini. Empty after
 * HB_ERR_MEMORY. Local. */
hb_status hb_findings_find(const struct hb_report *report, hb_findings *out);

/* Puts them in the order above. Local. */
void hb_findings_sort(hb_findings *findings);

/* Whether it is known to grow: it has a rate above 0, and the interval of that, if there are dumps enough for one, begins above 0. */
int hb_finding_grows(const hb_finding *finding);

/* Hours until the average process that has it holds limit_bytes there: what is left to the limit of memsize / n_series, at
 * rate / n_series bytes an hour; 0 where the limit is reached. A process without times counts as one that does not grow.
 * Returns 0, and says nothing, where no growth is known. Local. */
int hb_finding_hours_until(const hb_finding *finding, uint64_t limit_bytes, double *hours);

/* What one holds; and all of them. */
void hb_finding_fini(hb_finding *finding);
void hb_findings_fini(hb_findings *findings);

#endif
