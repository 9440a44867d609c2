/* How fast something grows, from a few figures of which some may be far off: the median of the slopes between any two. */
#ifndef HB_REDUCE_TREND_H
#define HB_REDUCE_TREND_H

#include <stddef.h>

#include "base/status.h"

/* Points that are looked at, at most: 16 MB of slopes. */
#define HB_TREND_POINTS 2000

typedef struct hb_trend {
    int has_slope;           /* two points have different times */
    double slope;            /* y a unit of t */
    int has_interval;        /* the points are enough for one: five or more */
    double low, high;        /* of the slope, 95 % confidence; without an interval -INFINITY and INFINITY */
} hb_trend;

/* The slope of Theil and Sen through n points, in any order, all figures finite: the median of (y_j - y_i) / (t_j - t_i) over
 * all pairs whose times differ. Up to 29 % of the points may be anything without moving it far.
 *
 * The interval goes from the M-th smallest to the M-th largest of these slopes. M is the largest for which Kendall's S would
 * be so far from 0 by chance in at most 5 % of all cases. Up to 40 points with different times that is counted exactly:
 * so fewer than five points have no interval, and five have the smallest and the largest slope. Beyond that, and where times are
 * equal, S is taken as normal, with the variance for ties in t and M rounded down. Equal figures y make it wider than need be.
 *
 * Of more than HB_TREND_POINTS so many are taken, spread evenly, the first and the last among them. The same bits for the same
 * points. HB_ERR_MEMORY. Local.
 * Sources: Theil, Proc. Kon. Ned. Akad. v. Wetensch. A 53 (1950) 386-392; Sen, J. Am. Stat. Assoc. 63 (1968) 1379-1389,
 * doi:10.1080/01621459.1968.10480934; Hollander & Wolfe, Nonparametric Statistical Methods, 2nd ed. (1999), 9.2, 9.3. */
hb_status hb_trend_theil_sen(const double *t, const double *y, size_t n, hb_trend *out);

#endif
