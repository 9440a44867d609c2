/* The slope of Theil and Sen against a published example, against counting all orders, and by its properties. */
#include "reduce/trend.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 20
#define MOST 60

static hb_trend trend_of(const double *t, const double *y, size_t n)
{
    hb_trend trend = { 0 };
    double *exact_t = must_alloc(n, sizeof *t), *exact_y = must_alloc(n, sizeof *y);
    memcpy(exact_t, t, n * sizeof *t);
    memcpy(exact_y, y, n * sizeof *y);
    CU_ASSERT_EQUAL_FATAL(hb_trend_theil_sen(exact_t, exact_y, n, &trend), HB_OK);
    free(exact_t);
    free(exact_y);
    return trend;
}

/* --- the oracle --- */

/* Slopes, put in order as they come; returns how many. */
static size_t insert_slopes(const double *t, const double *y, size_t n, double *slopes)
{
    size_t n_slopes = 0;
    for (size_t j = 1; j < n; j++)
        for (size_t i = 0; i < j; i++) {
            if (t[i] == t[j]) continue;
            size_t at = n_slopes++;
            const double slope = (y[j] - y[i]) / (t[j] - t[i]);
            for (; at > 0 && slopes[at - 1] > slope; at--) slopes[at] = slopes[at - 1];
            slopes[at] = slope;
        }
    return n_slopes;
}

static size_t inversions(const size_t *order, size_t n)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) found += order[i] > order[j];
    return found;
}

/* Counts all orders of the last n - k by their inversions. */
static void count_orders(size_t *order, size_t k, size_t n, size_t *counts)
{
    if (k == n) counts[inversions(order, n)]++;
    for (size_t i = k; i < n; i++) {
        size_t swap = order[k];
        order[k] = order[i];
        order[i] = swap;
        count_orders(order, k + 1, n, counts);
        order[i] = order[k];
        order[k] = swap;
    }
}

/* The rank that leaves at most 1 of 40 orders outside, on either side. */
static size_t rank_by_orders(size_t n)
{
    size_t order[8], counts[29] = { 0 }, all = 1, rank = 0, outside = 0;
    for (size_t i = 0; i < n; i++) {
        order[i] = i;
        all *= i + 1;
    }
    count_orders(order, 0, n, counts);
    while ((outside + counts[rank]) * 40 <= all) outside += counts[rank++];
    return rank;
}

static void check_against(const double *t, const double *y, size_t n, size_t rank)
{
    static double slopes[MOST * MOST];
    const size_t n_slopes = insert_slopes(t, y, n, slopes), half = n_slopes / 2;
    const hb_trend got = trend_of(t, y, n);
    CU_ASSERT_EQUAL_FATAL(got.has_slope, n_slopes > 0);
    if (n_slopes == 0) return;
    CU_ASSERT_EQUAL(got.slope, n_slopes % 2 == 1 ? slopes[half] : (slopes[half - 1] + slopes[half]) / 2);
    CU_ASSERT_EQUAL(got.has_interval, rank > 0);
    CU_ASSERT_EQUAL(got.low, rank > 0 ? slopes[rank - 1] : -INFINITY);
    CU_ASSERT_EQUAL(got.high, rank > 0 ? slopes[n_slopes - rank] : INFINITY);
}

/* --- tests --- */

/* The data of Sen 1968. The limits are those that the tests of Therneau's R package deming have for them (they say that Sen's
 * own list of slopes has mistakes): the fourth of 21 slopes from either end, by the normal distribution for 93 %, exactly
 * for 97 %. */
static void test_published(void)
{
    static const double t[] = { 1, 2, 3, 4, 10, 12, 18 }, y[] = { 9, 15, 19, 20, 45, 55, 78 };
    const hb_trend got = trend_of(t, y, 7);
    CU_ASSERT(got.has_slope && got.has_interval);
    CU_ASSERT_EQUAL(got.slope, 4);
    CU_ASSERT_DOUBLE_EQUAL(got.low, 26.0 / 7, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(got.high, 35.0 / 8, 1e-12);
}

static void test_few(void)
{
    static const double t[] = { 1, 3, 4, 6, 7 }, y[] = { 10, 14, 14, 26, 22 };
    hb_trend got = trend_of(t, y, 0);
    CU_ASSERT(!got.has_slope && !got.has_interval);
    got = trend_of(t, y, 1);
    CU_ASSERT(!got.has_slope && !got.has_interval);
    got = trend_of(t, y, 2);
    CU_ASSERT(got.has_slope && !got.has_interval && got.slope == 2 && got.low == -INFINITY && got.high == INFINITY);
    got = trend_of(t, y, 4);
    CU_ASSERT(got.has_slope && !got.has_interval);
    got = trend_of(t, y, 5);
    CU_ASSERT(got.has_interval && got.low == -4 && got.high == 6);
}

static void test_equal_times(void)
{
    static const double t[] = { 5, 5, 5, 7 }, y[] = { 1, 2, 9, 12 };
    hb_trend got = trend_of(t, y, 3);
    CU_ASSERT(!got.has_slope && !got.has_interval && got.low == -INFINITY && got.high == INFINITY);
    got = trend_of(t, y, 4);
    CU_ASSERT(got.has_slope && got.slope == 5);   /* of 1.5, 5, 5.5 */
    CU_ASSERT(!got.has_interval);
}

static void test_random_few(void)
{
    dice d = dice_of(SEED);
    double t[8], y[8];
    printf(" (seed %d)", SEED);
    for (int again = 0; again < 400; again++) {
        const size_t n = 2 + roll(&d, 7);
        for (size_t i = 0; i < n; i++) {
            /* cppcheck-suppress uninitvar ; those before are filled */
            t[i] = (i == 0 ? 0 : t[i - 1]) + 1 + (double)roll(&d, 5);
            y[i] = chance(&d, 4) ? 3 : (double)roll(&d, 1000) / 7;
        }
        check_against(t, y, n, rank_by_orders(n));
    }
}

/* Sen 1968, 2.6, written out: all pairs less those of equal times. */
static size_t rank_by_variance(const double *t, size_t n)
{
    double pairs = 0, variance = (double)(n * (n - 1) * (2 * n + 5));
    for (size_t i = 0; i < n; i++) {
        size_t alike = 0;
        for (size_t j = 0; j < n; j++) alike += t[j] == t[i];
        pairs += (double)(n - alike) / 2;
        variance -= (double)((alike - 1) * (2 * alike + 5));   /* from each of the alike its part */
    }
    const double rank = (pairs - 1.959963984540054 * sqrt(variance / 18)) / 2;
    return rank < 1 ? 0 : (size_t)rank;
}

static void test_random_many(void)
{
    dice d = dice_of(SEED + 1);
    double t[MOST], y[MOST];
    for (int again = 0; again < 60; again++) {
        const int many = again % 2;   /* more than are counted exactly; otherwise with equal times */
        const size_t n = many ? 41 + roll(&d, MOST - 41) : 8 + roll(&d, 20);
        for (size_t i = 0; i < n; i++) {
            t[i] = many ? (double)i * 3 : (double)(i / 2);
            y[i] = (double)roll(&d, 100000) / 3 + (double)i;
        }
        check_against(t, y, n, rank_by_variance(t, n));
    }
}

/* Where counting ends and the normal distribution begins the two hardly differ. */
static void test_exact_meets_normal(void)
{
    static double slopes[MOST * MOST];
    dice d = dice_of(SEED + 2);
    double t[40], y[40];
    for (size_t i = 0; i < 40; i++) {
        t[i] = (double)i;
        y[i] = (double)roll(&d, 1000000000);
    }
    const size_t n_slopes = insert_slopes(t, y, 40, slopes), rank = rank_by_variance(t, 40);
    const hb_trend got = trend_of(t, y, 40);
    CU_ASSERT_EQUAL(n_slopes, 780);
    CU_ASSERT(got.low >= slopes[rank - 3] && got.low <= slopes[rank + 1]);
    CU_ASSERT(got.high <= slopes[n_slopes - rank + 2] && got.high >= slopes[n_slopes - rank - 2]);
}

static void test_outlier(void)
{
    double t[20], y[20];
    for (size_t i = 0; i < 20; i++) {
        t[i] = (double)i;
        y[i] = 100 * (double)i + (double)(i * i % 7);
    }
    const hb_trend before = trend_of(t, y, 20);
    y[19] = 1e15;
    y[3] = -1e15;
    const hb_trend after = trend_of(t, y, 20);
    CU_ASSERT_DOUBLE_EQUAL(before.slope, 100, 0.2);
    CU_ASSERT_DOUBLE_EQUAL(after.slope, before.slope, 0.3);
    CU_ASSERT(after.low <= before.slope && after.high >= before.slope);
}

/* Powers of two and whole figures: so the bits stay. */
static void test_metamorphic(void)
{
    dice d = dice_of(SEED + 3);
    double t[30], y[30], other_t[30], other_y[30];
    for (size_t i = 0; i < 30; i++) {
        t[i] = (double)i;
        y[i] = (double)roll(&d, 100000);
    }
    const hb_trend plain = trend_of(t, y, 30);
    for (size_t i = 0; i < 30; i++) {
        other_t[i] = t[29 - i] / 4 + 1024;
        other_y[i] = y[29 - i] * 8 - 65536;
    }
    hb_trend moved = trend_of(other_t, other_y, 30);
    CU_ASSERT(moved.slope == plain.slope * 32 && moved.low == plain.low * 32 && moved.high == plain.high * 32);
    for (size_t i = 0; i < 30; i++) other_y[i] = -y[i];
    moved = trend_of(t, other_y, 30);
    CU_ASSERT(moved.slope == -plain.slope && moved.low == -plain.high && moved.high == -plain.low);
    for (size_t i = 0; i < 30; i++) other_y[i] = y[i] + 4096 * t[i];
    moved = trend_of(t, other_y, 30);
    CU_ASSERT_DOUBLE_EQUAL(moved.slope, plain.slope + 4096, 1e-6);
}

/* More points than are looked at: what is between those may be anything, the first and the last are among them. */
static void test_thinned(void)
{
    const size_t n = 2 * (HB_TREND_POINTS - 1) + 1;
    double *t = must_alloc(n, sizeof *t), *y = must_alloc(n, sizeof *y);
    for (size_t i = 0; i < n; i++) {
        t[i] = (double)i;
        y[i] = i % 2 == 0 ? 3 * (double)i : 1e12;
    }
    const hb_trend got = trend_of(t, y, n);
    CU_ASSERT(got.slope == 3 && got.low == 3 && got.high == 3);
    free(t);
    free(y);
}

static void test_no_memory(void)
{
    static const double t[] = { 1, 2, 4 }, y[] = { 1, 2, 3 };
    hb_status status = HB_ERR_MEMORY;
    uint64_t nth = 0;
    while (status != HB_OK && nth < 100) {
        hb_trend trend;
        hb_memory_fail_at(++nth, 0);
        status = hb_trend_theil_sen(t, y, 3, &trend);
        hb_memory_fail_at(0, 0);
        CU_ASSERT(status == HB_OK ? trend.has_slope : status == HB_ERR_MEMORY && !trend.has_slope);
    }
    CU_ASSERT_EQUAL(nth, 3);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "a published example", test_published },
        { "few points", test_few },
        { "equal times", test_equal_times },
        { "few random points, all orders counted", test_random_few },
        { "many random points, equal times", test_random_many },
        { "exact meets normal", test_exact_meets_normal },
        { "outliers", test_outlier },
        { "shifted, scaled, turned", test_metamorphic },
        { "more points than are taken", test_thinned },
        { "no memory", test_no_memory },
        CU_TEST_INFO_NULL,
    };
    return hb_suite_run("trend", tests);
}
