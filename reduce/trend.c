/* Enters: points. Leaves: a slope and its interval. All pairs are formed and sorted: O(n^2 log n), 8 bytes a pair. */
#include "reduce/trend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define TAIL 0.025              /* on either side of a 95 % interval */
#define Z 1.959963984540054     /* what the normal distribution has beyond this is TAIL */
#define EXACT_POINTS 40         /* as far as the tables of Hollander & Wolfe go */
#define EXACT_PAIRS (EXACT_POINTS * (EXACT_POINTS - 1) / 2)

static int by_value(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Of n points the one numbered `place` of those that are taken. */
static size_t taken(size_t place, size_t n)
{
    return n <= HB_TREND_POINTS ? place : place * (n - 1) / (HB_TREND_POINTS - 1);
}

/* Part of all orders of n figures that have i inversions, for every i, in `part`. Without ties Kendall's S is what all pairs
 * are, less two for each inversion. (Kendall, Biometrika 30 (1938) 81-93; these are the Mahonian numbers over n!.) */
static void count_inversions(size_t n, double part[EXACT_PAIRS + 1])
{
    double longer[EXACT_PAIRS + 1];
    size_t most = 0;
    part[0] = 1;
    /* The m-th figure goes before none to m - 1 of the others. */
    for (size_t m = 2; m <= n; m++) {
        for (size_t i = 0; i <= most + m - 1; i++) {
            longer[i] = 0;
            for (size_t before = 0; before < m && before <= i; before++)
                if (i - before <= most) longer[i] += part[i - before] / (double)m;
        }
        most += m - 1;
        memcpy(part, longer, (most + 1) * sizeof *part);
    }
}

/* M for n points without ties; 0: there is none. */
static size_t exact_rank(size_t n)
{
    double part[EXACT_PAIRS + 1], sum = 0;
    size_t rank = 0;
    count_inversions(n, part);
    while (rank <= n * (n - 1) / 2 && (sum += part[rank]) <= TAIL) rank++;
    return rank;
}

/* The same from the variance of S (Sen 1968, equation 2.6); n_pairs: those whose times differ. */
static size_t normal_rank(double variance, size_t n_pairs)
{
    const double rank = floor(((double)n_pairs - Z * sqrt(variance)) / 2);
    return rank >= 1 ? (size_t)rank : 0;
}

static double variance_term(double n)
{
    return n * (n - 1) * (2 * n + 5) / 18;
}

/* Of S, for n times, sorted. */
static double variance_of(const double *times, size_t n)
{
    double variance = variance_term((double)n);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && times[end] == times[i];) end++;
        variance -= variance_term((double)(end - i));
    }
    return variance;
}

static size_t fill_slopes(const double *t, const double *y, size_t n, size_t n_taken, double *slopes)
{
    size_t n_slopes = 0;
    for (size_t i = 0; i < n_taken; i++)
        for (size_t j = i + 1; j < n_taken; j++) {
            const size_t a = taken(i, n), b = taken(j, n);
            if (t[a] != t[b]) slopes[n_slopes++] = (y[b] - y[a]) / (t[b] - t[a]);
        }
    return n_slopes;
}

hb_status hb_trend_theil_sen(const double *t, const double *y, size_t n, hb_trend *out)
{
    const size_t n_taken = n < HB_TREND_POINTS ? n : HB_TREND_POINTS, n_all = n < 2 ? 0 : n_taken * (n_taken - 1) / 2;
    double *slopes = hb_alloc(n_all, sizeof *slopes), *times = hb_alloc(n_taken, sizeof *times);
    hb_status status = HB_OK;
    *out = (hb_trend){ .low = -INFINITY, .high = INFINITY };
    if (slopes == NULL || times == NULL) HB_TRY(HB_ERR_MEMORY);
    const size_t n_slopes = fill_slopes(t, y, n, n_taken, slopes);
    if (n_slopes == 0) goto out;
    qsort(slopes, n_slopes, sizeof *slopes, by_value);
    for (size_t i = 0; i < n_taken; i++) times[i] = t[taken(i, n)];
    qsort(times, n_taken, sizeof *times, by_value);

    const size_t rank = n_slopes == n_all && n_taken <= EXACT_POINTS ? exact_rank(n_taken)
                                                                     : normal_rank(variance_of(times, n_taken), n_slopes);
    out->has_slope = 1;
    out->slope = (slopes[(n_slopes - 1) / 2] + slopes[n_slopes / 2]) / 2;
    if (rank == 0) goto out;
    out->has_interval = 1;
    out->low = slopes[rank - 1];
    out->high = slopes[n_slopes - rank];
out:
    hb_free(slopes);
    hb_free(times);
    return status;
}
