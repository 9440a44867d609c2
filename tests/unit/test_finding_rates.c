/* How fast a suspect grows by the times of the dumps, and how the rates of one finding's processes add up. */
#include "report/rate.h"

#include <math.h>

#include "tests/unit/demo_fleet.h"

static hb_trend rate_of(const hb_series_report *series)
{
    hb_trend trend;
    CU_ASSERT_EQUAL_FATAL(hb_suspect_rate(series, &series->suspects[0], &trend), HB_OK);
    return trend;
}

static void test_rate(void)
{
    hb_report report = demo_report(1);
    hb_series_report *series = &report.series[0];
    add_suspects(series, 1);
    hb_suspect_report *s = &series->suspects[0];
    CU_ASSERT(!rate_of(series).has_slope);         /* no times */
    set_times(series, 1700000000000);
    s->born[1] = 1000;
    s->born[2] = 3000;                             /* 0, 40,000, 160,000 bytes, of 40 each, in two hours */
    CU_ASSERT(rate_of(series).has_slope && !rate_of(series).has_interval);
    CU_ASSERT_DOUBLE_EQUAL(rate_of(series).slope, 80000, 1e-6);
    series->dumps[1].compared = 0;                 /* figures and time of a dump that takes no part are nothing */
    s->born[1] = 0;
    CU_ASSERT_DOUBLE_EQUAL(rate_of(series).slope, 60000, 1e-6);
    series->dumps[1].compared = 1;
    s->born[1] = 1000;
    series->dumps[1].has_time = 0;                 /* what was born in it counts all the same */
    CU_ASSERT_DOUBLE_EQUAL(rate_of(series).slope, 80000, 1e-6);
    series->dumps[1].has_time = 1;
    s->has_holder = 0;                             /* the last dump is not known */
    CU_ASSERT_DOUBLE_EQUAL(rate_of(series).slope, 40000, 1e-6);
    series->dumps[2].compared = 0;                 /* of two dumps all is */
    CU_ASSERT_DOUBLE_EQUAL(rate_of(series).slope, 40000, 1e-6);
    series->dumps[1].taken_at_ms = series->dumps[0].taken_at_ms;
    CU_ASSERT(!rate_of(series).has_slope);
    s->objects = 0;
    CU_ASSERT(!rate_of(series).has_slope);
    hb_free(s->born);
    s->born = NULL;
    CU_ASSERT(!rate_of(series).has_slope);
    hb_report_fini(&report);
}

static void test_hostile_times(void)
{
    hb_report report = demo_report(1);
    hb_series_report *series = &report.series[0];
    add_suspects(series, 1);
    set_times(series, 0);
    series->dumps[0].taken_at_ms = INT64_MIN;
    series->dumps[2].taken_at_ms = INT64_MAX;
    series->suspects[0].born[1] = series->suspects[0].born[2] = UINT64_MAX;
    CU_ASSERT(isfinite(rate_of(series).slope));
    hb_report_fini(&report);
}

/* Rates are added up over those that have times, intervals end by end, and no interval stays none. */
static void test_rates_add_up(void)
{
    hb_report report = fleet_report();
    find(&report);
    const hb_finding *f = &report.findings.items[0];
    /* 91,200 bytes in an hour, then nothing: 91,200, 45,600 and 0; twice that in the third process. */
    CU_ASSERT(f->has_rate && f->rate_low == -INFINITY && f->rate_high == INFINITY);
    CU_ASSERT_DOUBLE_EQUAL(f->rate, 4 * 45600, 1e-6);
    for (size_t i = 0; i < 3; i++) report.series[2].dumps[i].has_time = 0;
    find(&report);
    CU_ASSERT_DOUBLE_EQUAL(report.findings.items[0].rate, 2 * 45600, 1e-6);
    hb_report_fini(&report);
}

static void make_long(hb_series_report *series, size_t n)
{
    hb_dump_report *dumps = zeroed(n, sizeof *dumps);
    uint64_t *born = zeroed(n, sizeof *born);
    memcpy(dumps, series->dumps, 3 * sizeof *dumps);
    for (size_t i = 3; i < n; i++) set_dump(&dumps[i], "more.json", 100, 1000);
    for (size_t i = 1; i < n; i++) born[i] = 100 + i % 3;
    hb_free(series->dumps);
    hb_free(series->suspects[0].born);
    series->dumps = dumps;
    series->n_dumps = n;
    series->last = n - 1;
    series->suspects[0].born = born;
}

static void test_intervals_add_up(void)
{
    hb_report report = demo_report(2);
    double low = 0, high = 0, rate = 0;
    for (size_t i = 0; i < 2; i++) {
        add_suspects(&report.series[i], 1);
        make_long(&report.series[i], 6 + i);
        set_times(&report.series[i], 5);
        const hb_trend trend = rate_of(&report.series[i]);
        CU_ASSERT(trend.has_interval && trend.low > 0);
        low += trend.low;
        high += trend.high;
        rate += trend.slope;
    }
    find(&report);
    const hb_finding *f = &report.findings.items[0];
    CU_ASSERT(f->has_rate && f->rate == rate && f->rate_low == low && f->rate_high == high && low < rate && rate < high);
    hb_report_fini(&report);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "rate", test_rate },
        { "hostile times", test_hostile_times },
        { "rates add up", test_rates_add_up },
        { "intervals add up", test_intervals_add_up },
        CU_TEST_INFO_NULL,
    };
    return hb_suite_run("finding_rates", tests);
}
