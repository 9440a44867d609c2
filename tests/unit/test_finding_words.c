/* Findings in the JSON and in the text. */
#include "report/text.h"
#include "tests/unit/demo_fleet.h"

static void test_json(void)
{
    hb_report report = fleet_report();
    rename_text(&report.series[0].name, "web-1/" HOSTILE);
    find(&report);
    report.findings.items[0].rate = -1234.5;
    report.findings.items[1].rate_low = 1e300;
    report.findings.items[1].has_trend = 1;
    report.findings.items[1].trend_memsize = -7.4;
    report.findings.items[1].state = HB_FINDING_KNOWN;
    json_t *document = parsed(&report), *f = at(document, "fleet.findings.0");
    CU_ASSERT_EQUAL(int_at(document, "fleet.processes"), 3);
    CU_ASSERT_EQUAL(int_at(document, "fleet.hosts"), 2);
    CU_ASSERT_STRING_EQUAL(text_at(f, "fingerprint"), report.findings.items[0].fingerprint);
    CU_ASSERT_STRING_EQUAL(text_at(f, "holder"), "HASH Hash in @cache");
    CU_ASSERT_EQUAL(int_at(f, "series"), 3);
    CU_ASSERT_EQUAL(int_at(f, "memsize"), 4 * 91200);
    CU_ASSERT_EQUAL(int_at(f, "rate"), -1235);
    CU_ASSERT(json_is_null(at(f, "rate_low")) && json_is_null(at(f, "rate_high")) && json_is_null(at(f, "state")));
    CU_ASSERT(json_is_null(at(f, "trend_memsize")));
    CU_ASSERT(has(text_at(f, "names.0"), "web-1/evil\x1b[31m") && has(text_at(f, "names.0"), R));
    CU_ASSERT_STRING_EQUAL(text_at(document, "fleet.findings.1.state"), "known");
    CU_ASSERT_EQUAL(int_at(document, "fleet.findings.1.trend_memsize"), -7);
    CU_ASSERT_EQUAL(int_at(document, "fleet.findings.1.rate_low"), 1LL << 53);
    json_decref(document);
    hb_report_fini(&report);
}

static void test_text(void)
{
    hb_report report = fleet_report();
    rename_text(&report.series[0].suspects[0].holder.label, HOSTILE);
    find(&report);
    char *text = printed(hb_text_write, &report);
    CU_ASSERT(has(text, "Fleet: 3 processes on 2 hosts, 3 findings\n") && has(text, "2 of 3"));
    CU_ASSERT(has(text, "HASH Hash in @cache, filled at app/models/leak.rb:15\n") && has(text, "+136.8 kB  too few dumps"));
    CU_ASSERT(has(text, report.findings.items[2].fingerprint) && has(text, "evil") && !has(text, "\x1b") && !has(text, "NEW"));
    free(text);

    report.findings.items[0].state = HB_FINDING_NEW;
    report.findings.items[2].state = HB_FINDING_GONE;
    report.findings.items[0].rate_low = 1000;
    report.findings.items[0].rate_high = 2e6;
    text = printed(hb_text_write, &report);
    CU_ASSERT(has(text, "  NEW\n") && has(text, "  GONE\n") && has(text, "+1.0 kB to +2.0 MB"));
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) CU_ASSERT(strcspn(line, "\n") <= 110);
    free(text);
    hb_report_fini(&report);

    report = demo_report(1);   /* a single process has its own suspects already */
    add_suspects(&report.series[0], 1);
    find(&report);
    text = printed(hb_text_write, &report);
    CU_ASSERT(!has(text, "Fleet"));
    free(text);
    hb_report_fini(&report);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "JSON", test_json },
        { "text", test_text },
        CU_TEST_INFO_NULL,
    };
    return hb_suite_run("finding_words", tests);
}
