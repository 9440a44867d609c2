#include "report/json_fleet.h"

#include "report/fleet_totals.h"
#include "report/json_graph.h"

void hb_json_put_totals(hb_json_builder *b, hb_json *fleet, const hb_report *report)
{
    hb_fleet_totals totals;
    if (hb_fleet_totals_find(report, &totals) != HB_OK) b->failed = 1;
    hb_json_put_sums(b, fleet, totals.objects, totals.memsize);
    hb_json *preloaded = hb_json_put(b, fleet, "preloaded", hb_json_object());
    hb_json_put(b, preloaded, "series", hb_json_number(totals.siblings));
    hb_json_put_sums(b, preloaded, totals.preloaded_objects, totals.preloaded_memsize);
    hb_json_put(b, preloaded, "estimated", hb_json_bool(totals.is_estimate));
}

static hb_json *state_name(hb_finding_state state)
{
    switch (state) {
    case HB_FINDING_UNTOLD: return hb_json_null();
    case HB_FINDING_NEW: return hb_json_text("new");
    case HB_FINDING_KNOWN: return hb_json_text("known");
    case HB_FINDING_GONE: return hb_json_text("gone");
    }
    return hb_json_null();
}

static void append_finding(hb_json_builder *b, hb_json *list, const hb_report *report, const hb_finding *f)
{
    hb_json *entry = hb_json_append(b, list, hb_json_object());
    hb_json_put(b, entry, "fingerprint", hb_json_text(f->fingerprint));
    hb_json_put(b, entry, "text", hb_json_text(f->text));
    hb_json_put(b, entry, "held_by", hb_json_text(f->held_by));
    hb_json_put(b, entry, "holder", hb_json_text(f->holder));
    hb_json_put(b, entry, "path", hb_json_text(f->path));
    hb_json_put(b, entry, "site", hb_json_text(f->site));
    hb_json_put(b, entry, "series", hb_json_number(f->n_series));
    hb_json_put(b, entry, "hosts", hb_json_number(f->n_hosts));
    hb_json_put_sums(b, entry, f->objects, f->memsize);
    hb_json_put_rate(b, entry, f->has_rate, f->rate, f->rate_low, f->rate_high);
    double hours;
    const int is_told = report->limit_bytes > 0 && hb_finding_hours_until(f, report->limit_bytes, &hours);
    hb_json_put(b, entry, "hours_to_limit", is_told ? hb_json_rounded(hours) : hb_json_null());
    hb_json_put(b, entry, "state", state_name(f->state));
    hb_json_put(b, entry, "since", hb_json_text(f->since));
    hb_json_put(b, entry, "sweeps", hb_json_number(f->n_sweeps));
    hb_json_put(b, entry, "trend_memsize", f->has_trend ? hb_json_rounded(f->trend_memsize) : hb_json_null());
    hb_json *names = hb_json_put(b, entry, "names", hb_json_array());
    for (size_t i = 0; i < f->n_series; i++) hb_json_append(b, names, hb_json_text(report->series[f->series[i]].name));
}

void hb_json_put_findings(hb_json_builder *b, hb_json *fleet, const hb_report *report)
{
    hb_json_put(b, fleet, "processes", hb_json_number(report->findings.n_processes));
    hb_json_put(b, fleet, "hosts", hb_json_number(report->findings.n_hosts));
    hb_json *list = hb_json_put(b, fleet, "findings", hb_json_array());
    for (size_t i = 0; i < report->findings.n; i++) append_finding(b, list, report, &report->findings.items[i]);
}
