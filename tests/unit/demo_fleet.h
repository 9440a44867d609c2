/* A demo fleet for the tests of findings: three processes on two hosts with one leak, one of them with another. */
#ifndef HB_TESTS_UNIT_DEMO_FLEET_H
#define HB_TESTS_UNIT_DEMO_FLEET_H

#include "report/findings.h"
#include "tests/unit/demo_report.h"

#define HOUR_MS 3600000

static inline void rename_text(char **text, const char *to)
{
    hb_free(*text);
    *text = copy(to);
}

static inline void find(hb_report *report)
{
    hb_findings_fini(&report->findings);
    CU_ASSERT_EQUAL_FATAL(hb_findings_find(report, &report->findings), HB_OK);
}

/* Dumps an hour apart from `start` on. */
static inline void set_times(hb_series_report *series, int64_t start)
{
    for (size_t i = 0; i < series->n_dumps; i++) {
        series->dumps[i].has_time = 1;
        series->dumps[i].taken_at_ms = start + (int64_t)i * HOUR_MS;
    }
}

static inline hb_report fleet_report(void)
{
    static const char *const names[] = { "web-1/heap", "web-1/other", "web-2/heap" };
    hb_report report = demo_report(3);
    for (size_t i = 0; i < 3; i++) {
        hb_series_report *series = &report.series[i];
        rename_text(&series->name, names[i]);
        add_suspects(series, i == 1 ? 2 : 1);
        set_times(series, 1700000000000);
    }
    rename_text(&report.series[1].suspects[1].path[1].label, "CLASS Kernel");
    report.series[2].suspects[0].memsize *= 2;
    rename_text(&report.series[2].suspects[0].text, "The largest.");
    return report;
}

#endif
