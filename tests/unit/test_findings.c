/* Findings: what is one across processes, what is added up, in what order they stand, and when a limit is reached. */
#include "report/findings.h"

#include <math.h>

#include "tests/unit/demo_fleet.h"
#include "tests/unit/dice.h"

#define SEED 22

/* --- merging --- */

static void test_merged(void)
{
    hb_report report = fleet_report();
    find(&report);
    const hb_findings *all = &report.findings;
    CU_ASSERT_EQUAL_FATAL(all->n, 2);
    CU_ASSERT(all->n_processes == 3 && all->n_hosts == 2);
    const hb_finding *f = &all->items[0];
    CU_ASSERT(f->n_series == 3 && f->n_hosts == 2 && f->series[0] == 0 && f->series[1] == 1 && f->series[2] == 2);
    CU_ASSERT_EQUAL(f->objects, 3 * 2280);
    CU_ASSERT_EQUAL(f->memsize, 4 * 91200);
    CU_ASSERT_STRING_EQUAL(f->text, "The largest.");
    CU_ASSERT_STRING_EQUAL(f->held_by, "constant_or_ivar");
    CU_ASSERT_STRING_EQUAL(f->site, "app/models/leak.rb:15");
    CU_ASSERT(f->state == HB_FINDING_UNTOLD && f->since == NULL && f->n_sweeps == 0 && !f->has_trend);
    CU_ASSERT_EQUAL(strspn(f->fingerprint, "0123456789abcdef"), 16);
    f = &all->items[1];
    CU_ASSERT(f->n_series == 1 && f->n_hosts == 1 && f->series[0] == 1);
    hb_report_fini(&report);
}

static void test_none(void)
{
    hb_report report = { .identity = "strict" };
    find(&report);
    CU_ASSERT(report.findings.n == 0 && report.findings.n_processes == 0 && report.findings.n_hosts == 0);
    hb_report_fini(&report);
    report = demo_report(2);
    report.series[1].has_last = 0;
    find(&report);
    CU_ASSERT(report.findings.n == 0 && report.findings.n_processes == 1 && report.findings.n_hosts == 1);
    hb_report_fini(&report);
}

/* Two of one process are one process that has it. */
static void test_twice_in_one(void)
{
    hb_report report = demo_report(1);
    add_suspects(&report.series[0], 2);
    report.series[0].suspects[0].memsize = report.series[0].suspects[0].objects = UINT64_MAX;
    find(&report);
    CU_ASSERT_EQUAL_FATAL(report.findings.n, 1);
    CU_ASSERT_EQUAL(report.findings.items[0].n_series, 1);
    CU_ASSERT(report.findings.items[0].memsize == UINT64_MAX && report.findings.items[0].objects == UINT64_MAX);
    hb_report_fini(&report);
}

static void test_hosts(void)
{
    static const char *const names[] = { "a/x", "a/y", "a/b/x", "ab/x", "x", "y", "/x", "a//x" };
    hb_report report = demo_report(8);
    for (size_t i = 0; i < 8; i++) rename_text(&report.series[i].name, names[i]);
    find(&report);
    CU_ASSERT_EQUAL(report.findings.n_hosts, 5);   /* a, a/b, ab, none, "a/" */
    hb_report_fini(&report);
}

/* A random fleet; the sums of all findings are those of all suspects, whatever the order of the series. */
static void test_random_fleets(void)
{
    dice d = dice_of(SEED);
    for (int again = 0; again < 50; again++) {
        const size_t n = 1 + roll(&d, 6);
        uint64_t memsize = 0, found = 0, pairs = 0, found_pairs = 0;
        hb_report report = demo_report(n);
        for (size_t s = 0; s < n; s++) {
            char kinds[4] = { 0 };
            add_suspects(&report.series[s], roll(&d, 5));
            for (size_t i = 0; i < report.series[s].n_suspects; i++) {
                hb_suspect_report *suspect = &report.series[s].suspects[i];
                const size_t kind = roll(&d, 4);
                suspect->sites[0].line = (uint32_t)kind;
                memsize += suspect->memsize = 1 + roll(&d, 1000);
                pairs += kinds[kind]++ == 0;
            }
        }
        find(&report);
        hb_findings before = report.findings;
        report.findings = (hb_findings){ 0 };
        for (size_t i = 0; i < before.n; i++) {
            found += before.items[i].memsize;
            found_pairs += before.items[i].n_series;
            CU_ASSERT(i == 0 || strcmp(before.items[i - 1].site, before.items[i].site) != 0);
        }
        CU_ASSERT(found == memsize && found_pairs == pairs && before.n <= 4);
        for (size_t i = 0; i < n / 2; i++) {
            hb_series_report swap = report.series[i];
            report.series[i] = report.series[n - 1 - i];
            report.series[n - 1 - i] = swap;
        }
        find(&report);
        CU_ASSERT_EQUAL_FATAL(report.findings.n, before.n);
        for (size_t i = 0; i < before.n; i++) {
            CU_ASSERT_STRING_EQUAL(report.findings.items[i].fingerprint, before.items[i].fingerprint);
            CU_ASSERT_EQUAL(report.findings.items[i].memsize, before.items[i].memsize);
        }
        hb_findings_fini(&before);
        hb_report_fini(&report);
    }
}

/* --- order and forecast --- */

static hb_finding plain(const char *print, size_t n_series, int has_rate, double rate, uint64_t memsize, hb_finding_state state)
{
    hb_finding f = { .held_by = "global", .n_series = n_series, .has_rate = has_rate, .rate = rate, .memsize = memsize,
                     .state = state };
    snprintf(f.fingerprint, sizeof f.fingerprint, "%s", print);
    return f;
}

static void test_order(void)
{
    static const char expected[] = "abcdefgh";
    hb_finding items[] = {
        plain("h", 90, 1, 9000, 90, HB_FINDING_GONE), plain("b", 1, 1, 50, 1, HB_FINDING_NEW),
        plain("g", 9, 0, 0, 10, HB_FINDING_UNTOLD),   plain("a", 10, 1, 10, 1, HB_FINDING_KNOWN),
        plain("d", 1, 1, 20, 9, HB_FINDING_UNTOLD),   plain("c", 1, 1, 20, 1, HB_FINDING_UNTOLD),
        plain("f", 1, 0, 0, 5000, HB_FINDING_NEW),    plain("e", 9, 1, -7, 9000, HB_FINDING_UNTOLD),
    };
    hb_findings all = { .items = items, .n = 8 };
    hb_findings_sort(&all);
    for (size_t i = 0; i < 8; i++) CU_ASSERT_EQUAL(items[i].fingerprint[0], expected[i]);
}

static void test_hours_until(void)
{
    double hours = -1;
    hb_finding f = plain("a", 4, 1, 400, 4000, HB_FINDING_UNTOLD);   /* each has 1000 and gains 100 an hour */
    f.rate_low = -INFINITY;
    f.rate_high = INFINITY;
    CU_ASSERT(hb_finding_hours_until(&f, 1500, &hours) && hours == 5);
    CU_ASSERT(hb_finding_hours_until(&f, 1000, &hours) && hours == 0);
    CU_ASSERT(hb_finding_hours_until(&f, 10, &hours) && hours == 0);
    f.rate_low = 1;
    CU_ASSERT(hb_finding_hours_until(&f, 1500, &hours) && hours == 5);
    hours = -1;
    f.rate_low = 0;
    CU_ASSERT(!hb_finding_hours_until(&f, 1500, &hours));
    f.rate_low = -1;
    CU_ASSERT(!hb_finding_hours_until(&f, 1500, &hours));
    f.rate_low = -INFINITY;
    f.rate = 0;
    CU_ASSERT(!hb_finding_hours_until(&f, 1500, &hours));
    f.rate = 400;
    f.n_series = 0;
    CU_ASSERT(!hb_finding_hours_until(&f, 1500, &hours));
    f.n_series = 4;
    f.has_rate = 0;
    CU_ASSERT(!hb_finding_hours_until(&f, 1500, &hours) && hours == -1);
}

/* --- failures --- */

static void test_no_memory(void)
{
    hb_report report = fleet_report();
    for (int persistent = 0; persistent < 2; persistent++) {
        hb_status status = HB_ERR_MEMORY;
        uint64_t nth = 0;
        while (status != HB_OK && nth < 1000) {
            hb_memory_fail_at(++nth, persistent);
            status = hb_findings_find(&report, &report.findings);
            hb_memory_fail_at(0, 0);
            if (status == HB_OK) break;
            CU_ASSERT(status == HB_ERR_MEMORY && report.findings.n == 0 && report.findings.items == NULL);
        }
        CU_ASSERT(status == HB_OK && report.findings.n == 2 && nth > 30);
        hb_findings_fini(&report.findings);
    }
    hb_report_fini(&report);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "merged", test_merged },
        { "none", test_none },
        { "twice in one process", test_twice_in_one },
        { "hosts", test_hosts },
        { "random fleets", test_random_fleets },
        { "order", test_order },
        { "hours until a limit", test_hours_until },
        { "no memory", test_no_memory },
        CU_TEST_INFO_NULL,
    };
    return hb_suite_run("findings", tests);
}
