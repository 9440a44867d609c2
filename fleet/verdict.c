#include "fleet/verdict.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"

static hb_status add_problem(hb_report *report, size_t *cap, const char *path, const char *what)
{
    hb_status status;
    HB_TRY(hb_grow(&report->problems, cap, report->n_problems + 1, sizeof *report->problems));
    hb_problem *problem = &report->problems[report->n_problems];
    problem->path = hb_copy_text(path, strlen(path));
    problem->what = hb_copy_text(what, strlen(what));
    report->n_problems++;
    if (problem->path == NULL || problem->what == NULL) return HB_ERR_MEMORY;
out:
    return status;
}

static hb_status dump_problems(hb_report *report, size_t *cap, const hb_series_report *series, size_t i)
{
    const hb_dump_report *dump = &series->dumps[i];
    hb_status status = HB_OK;
    if (dump->error != NULL) {
        char what[640];
        int failed = dump->status == HB_DUMP_FAILED;
        snprintf(what, sizeof what, "%s: %s", failed ? "not analysed" : "truncated", dump->error);
        HB_TRY(add_problem(report, cap, dump->path, what));
        if (dump->status == HB_DUMP_TRUNCATED && !dump->compared)
            HB_TRY(add_problem(report, cap, dump->path, "left out of the difference: what it lacks would look new"));
    }
    if (dump->status == HB_DUMP_OK && dump->invalid_lines > 0) {
        char what[256];
        snprintf(what, sizeof what, "%llu of %llu lines cannot be read; the first is line %llu at byte %llu: %s",
                 (unsigned long long)dump->invalid_lines, (unsigned long long)dump->lines,
                 (unsigned long long)dump->invalid[0].line, (unsigned long long)dump->invalid[0].byte,
                 dump->invalid[0].reason);
        HB_TRY(add_problem(report, cap, dump->path, what));
    }
    if (dump->left_out != NULL) HB_TRY(add_problem(report, cap, dump->path, dump->left_out));
    if (series->has_last && i == series->last && dump->roots == 0)
        HB_TRY(add_problem(report, cap, dump->path, "no ROOT lines (a since: dump?): no retention paths"));
    if (series->fault != NULL && i == series->last) {
        char what[640];
        snprintf(what, sizeof what, "the answer does not hold, do not go by it: %s", series->fault);
        HB_TRY(add_problem(report, cap, dump->path, what));
    }
    if (series->equal.fault != NULL && i == series->last) HB_TRY(add_problem(report, cap, dump->path, series->equal.fault));
out:
    return status;
}

hb_status hb_verdict_abandon(hb_series_report *series, const char *name, hb_status why)
{
    if (why == HB_ERR_MEMORY)
        hb_log(HB_LOG_ERROR, "series %s: out of memory: not analysed; more ranks on more nodes, or fewer dumps at a time, "
               "take less", name);
    return hb_verdict_leave_out(series, name, why);
}

hb_status hb_verdict_leave_out(hb_series_report *series, const char *name, hb_status why)
{
    hb_series_report_fini(series);
    series->name = hb_copy_text(name, strlen(name));
    return series->name != NULL ? why : HB_ERR_MEMORY;
}

hb_status hb_verdict_problems(hb_report *report)
{
    size_t cap = 0;
    hb_status status;
    for (size_t s = 0; s < report->n_series; s++) {
        const hb_series_report *series = &report->series[s];
        if (series->n_dumps == 0) HB_TRY(add_problem(report, &cap, series->name, "not analysed: the series was left out"));
        for (size_t i = 0; i < series->n_dumps; i++) HB_TRY(dump_problems(report, &cap, series, i));
    }
    status = hb_findings_find(report, &report->findings);
out:
    return status;
}

static int exceeds(const hb_limit *limit, uint64_t figure, const char *what, const char *unit, const char *series)
{
    if (!limit->is_set || figure <= limit->value) return 0;
    hb_log(HB_LOG_ERROR, "series %s: %s %llu%s, more than the limit of %llu%s", series, what,
           (unsigned long long)figure, unit, (unsigned long long)limit->value, unit);
    return 1;
}

/* By how many percent the last compared dump's memsize is above the first one's, rounded up; 0 when it is not. */
static uint64_t growth_percent(const hb_series_report *series)
{
    size_t first = 0;
    while (!series->dumps[first].compared) first++;
    uint64_t before = series->dumps[first].memsize, after = series->dumps[series->last].memsize;
    if (after <= before) return 0;
    if (before == 0) return UINT64_MAX;
    double percent = (double)(after - before) * 100.0 / (double)before;
    if (percent >= 1e18) return UINT64_MAX;
    uint64_t whole = (uint64_t)percent;
    return whole + ((double)whole < percent);
}

static int limits_exceeded(const hb_series_report *series, const hb_options *options)
{
    int any = 0;
    if (!series->has_last) return 0;
    any |= exceeds(&options->max_growth_percent, growth_percent(series), "grew by", " %", series->name);
    if (!series->has_retained) {
        if (options->max_retained_bytes.is_set || options->max_retained_objects.is_set)
            hb_log(HB_LOG_WARN, "series %s: what is retained takes two dumps that can be compared; the limit was not tested",
                   series->name);
        return any;
    }
    any |= exceeds(&options->max_retained_bytes, series->retained_memsize, "retained", " bytes", series->name);
    any |= exceeds(&options->max_retained_objects, series->retained_objects, "retained", " objects", series->name);
    return any;
}

/* By --fail-on new and growth. */
static int findings_exceeded(const hb_findings *findings, const hb_options *options, const hb_allow *allow)
{
    int any = 0, timed = 0;
    for (size_t i = 0; i < findings->n; i++) {
        const hb_finding *f = &findings->items[i];
        const int is_new = options->fail_on_new && f->state == HB_FINDING_NEW;
        const int grows = options->fail_on_growing && hb_finding_grows(f);
        timed |= f->has_rate;
        if ((!is_new && !grows) || hb_allow_has(allow, f->fingerprint)) continue;
        hb_log(HB_LOG_ERROR, "finding %s %s%s%s", f->fingerprint, is_new ? "is new" : "", is_new && grows ? " and " : "",
               grows ? "grows" : "");
        any = 1;
    }
    if (options->fail_on_growing && !timed && findings->n > 0)
        hb_log(HB_LOG_WARN, "no dump has a time, so nothing is known of growth by the clock; --fail-on growth was not tested");
    return any;
}

int hb_verdict_exit_status(const hb_report *report, const hb_options *options, const hb_allow *allow)
{
    int exceeded = findings_exceeded(&report->findings, options, allow), damaged = 0, analysed = report->n_series == 0, wrong = 0;
    for (size_t s = 0; s < report->n_series; s++) {
        const hb_series_report *series = &report->series[s];
        analysed |= series->has_last;
        damaged |= series->n_dumps == 0;
        damaged |= series->equal.fault != NULL;
        wrong |= series->fault != NULL;
        exceeded |= limits_exceeded(series, options);
        for (size_t i = 0; i < series->n_dumps; i++) damaged |= series->dumps[i].status != HB_DUMP_OK;
    }
    if (!analysed || wrong) return HB_EXIT_USAGE;
    return exceeded ? HB_EXIT_LIMIT : damaged ? HB_EXIT_DAMAGED : HB_EXIT_OK;
}
