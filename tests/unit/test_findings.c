/* Findings: what a fingerprint leaves out and what not, what is added up, how fast it grows, and both printers. */
#include "report/findings.h"

#include <math.h>
#include <regex.h>

#include "report/fingerprint.h"
#include "report/rate.h"
#include "report/text.h"
#include "tests/unit/demo_report.h"
#include "tests/unit/dice.h"

#define SEED 21
#define HOUR_MS 3600000

/* --- labels --- */

typedef struct label_case {
    const char *type, *class_name, *label, *expected;   /* type NULL: a step */
} label_case;

static const label_case label_cases[] = {
    { "HASH", "Hash", "HASH Hash (26,666 entries)", "HASH Hash" },
    { "HASH", "Hash", "HASH Hash (1 entry) in @cache, app.rb:15", "HASH Hash in @cache, app.rb:15" },
    { "ARRAY", NULL, "ARRAY (7 elements)", "ARRAY" },
    { "ARRAY", "", "ARRAY (1 element), a.rb:1", "ARRAY, a.rb:1" },
    { "ARRAY", "Array", "ARRAY Array", "ARRAY Array" },
    { "CLASS", NULL, "CLASS at app.rb:3", "CLASS at app.rb:3" },
    { "CLASS", "Class", "CLASS #<Class:0x00007f0012345678>::Row, a.rb:3", "CLASS #<Class>::Row, a.rb:3" },
    { "HASH", "#<Class:0x00007f0012345678>", "HASH #<Class:0x00007f0012345678> (2 entries)", "HASH #<Class>" },
    /* Names that look like a size: they stay, and the size goes. */
    { "HASH", "Foo (3 entries)", "HASH Foo (3 entries)", "HASH Foo (3 entries)" },
    { "HASH", "Foo (3 entries)", "HASH Foo (3 entries) (4 entries)", "HASH Foo (3 entries)" },
    { "HASH", "Foo", "HASH Foo (4 entries) in @x (3 entries)", "HASH Foo in @x (3 entries)" },
    { "OBJECT", "Foo (3 entries)", "OBJECT Foo (3 entries)", "OBJECT Foo (3 entries)" },
    { "OBJECT", "Foo", "OBJECT Foo (3 entries)", "OBJECT Foo (3 entries)" },
    { "HASH", "Foo", "HASH Foo (many entries)", "HASH Foo (many entries)" },
    { "HASH", "Foo", "HASH Foo (3 entries", "HASH Foo (3 entries" },
    { "HASH", "Foo", "HASH", "HASH" },
    { NULL, NULL, "@cache HASH Hash", "@cache HASH Hash" },
    { NULL, NULL, "ARRAY (7 elements)", "ARRAY (7 elements)" },   /* steps have no size: this is a name */
    { NULL, NULL, "CLASS #<Class:#<Module:0x7f1>::Foo> (class)", "CLASS #<Class:#<Module>::Foo> (class)" },
    { NULL, NULL, "OBJECT #<Class:0xABCdef>", "OBJECT #<Class>" },
    { NULL, NULL, "#<A:0x1>#<B:0x2>", "#<A>#<B>" },
    /* No address. */
    { NULL, NULL, "OBJECT A:0x1>", "OBJECT A:0x1>" },
    { NULL, NULL, "OBJECT <A:0x1>", "OBJECT <A:0x1>" },
    { NULL, NULL, "#<A:0x>", "#<A:0x>" },
    { NULL, NULL, "#<A:0x1", "#<A:0x1" },
    { NULL, NULL, "#<A:0xg>", "#<A:0xg>" },
    { NULL, NULL, "#<A:0x12345678901234567>", "#<A:0x12345678901234567>" },
    { NULL, NULL, "#<A>:0x1>", "#<A>:0x1>" },
    { NULL, NULL, ":0x1>", ":0x1>" },
    { NULL, NULL, HOSTILE, HOSTILE },
    { NULL, NULL, "", "" },
};

static void test_labels(void)
{
    for (size_t i = 0; i < sizeof label_cases / sizeof *label_cases; i++) {
        const label_case *c = &label_cases[i];
        char *label = copy(c->label), *name = copy(c->class_name), *to = must_alloc(strlen(label) + 1, 1);
        const hb_object_row row = { .type = c->type, .class_name = name, .label = label };
        const char *end = c->type != NULL ? hb_fingerprint_object(&row, to) : hb_fingerprint_step(label, to);
        if (strcmp(to, c->expected) != 0) printf("\n  %s became %s\n", c->label, to);
        CU_ASSERT_STRING_EQUAL(to, c->expected);
        CU_ASSERT_EQUAL((size_t)(end - to), strlen(to));
        hb_free(label);
        hb_free(name);
        free(to);
    }
}

/* The same by a regular expression, which takes one address after the other out of the label. */
static void without_addresses(const char *label, char *to)
{
    regex_t address;
    regmatch_t found[3];
    if (regcomp(&address, "(#<[^<>]*)(:0x[0-9a-fA-F]{1,16})>", REG_EXTENDED) != 0) abort();
    *to = '\0';
    while (regexec(&address, label, 3, found, 0) == 0) {
        strncat(to, label, (size_t)found[1].rm_eo);
        strcat(to, ">");
        label += found[0].rm_eo;
    }
    strcat(to, label);
    regfree(&address);
}

/* Texts made of the pieces that are looked for. */
static void test_random_labels(void)
{
    static const char *const pieces[] = { "#<", "#<", ":0x", ":0x", "1f", ">", ">", "A", "<", "#", ":", "0123456789abcde" };
    dice d = dice_of(SEED);
    int cut = 0;
    printf(" (seed %d)", SEED);
    for (int again = 0; again < 5000; again++) {
        char label[320] = "", got[320], expected[320];
        for (size_t n = roll(&d, 16); n > 0; n--) strcat(label, pieces[roll(&d, sizeof pieces / sizeof *pieces)]);
        hb_fingerprint_step(label, got);
        without_addresses(label, expected);
        CU_ASSERT_STRING_EQUAL(got, expected);
        cut += strcmp(label, got) != 0;
    }
    CU_ASSERT(cut > 50);
}

/* --- fingerprints --- */

static void rename_text(char **text, const char *to)
{
    hb_free(*text);
    *text = copy(to);
}

static hb_fingerprint print_of(const hb_suspect_report *s)
{
    hb_fingerprint print;
    CU_ASSERT_EQUAL_FATAL(hb_fingerprint_make(s, &print), HB_OK);
    return print;
}

static int order_of(const hb_suspect_report *a, const hb_suspect_report *b)
{
    hb_fingerprint p = print_of(a), q = print_of(b);
    const int order = hb_fingerprint_compare(&p, &q);
    CU_ASSERT_EQUAL(order == 0, p.hash == q.hash);
    CU_ASSERT_EQUAL(order < 0, hb_fingerprint_compare(&q, &p) > 0);
    hb_free(p.text);
    hb_free(q.text);
    return order;
}

static void test_same_print(void)
{
    hb_suspect_report a = { 0 }, b = { 0 };
    set_suspect(&a, 3);
    set_suspect(&b, 3);
    rename_text(&b.holder.label, "HASH Hash (12 entries) in @cache");
    b.holder.address = 0xabc0;
    b.objects = 12;
    b.memsize = 480;
    b.path[1].address = 0x1230;
    b.path[2].repeat = 2;
    b.sites[0].objects = 12;
    rename_text(&b.classes[0].class_name, "Symbol");
    rename_text(&b.text, "Other words.");
    CU_ASSERT_EQUAL(order_of(&a, &b), 0);

    /* A step more that is called like the one before it. */
    hb_step_row *longer = zeroed(5, sizeof *longer);
    memcpy(longer, b.path, 3 * sizeof *longer);
    longer[3] = step("OBJECT Node", 0x7e10, 1);
    longer[4] = b.path[3];
    hb_free(b.path);
    b.path = longer;
    b.n_path = 5;
    CU_ASSERT_EQUAL(order_of(&a, &b), 0);

    hb_fingerprint print = print_of(&b);
    char *path = hb_fingerprint_path(&print);
    CU_ASSERT_STRING_EQUAL(path, "ROOT vm -> CLASS Object -> OBJECT Node -> @cache HASH Hash");
    CU_ASSERT_STRING_EQUAL(print.holder, "HASH Hash in @cache");
    CU_ASSERT_STRING_EQUAL(print.site, "app/models/leak.rb:15");
    hb_free(path);
    hb_free(print.text);
    hb_suspect_report_fini(&a);
    hb_suspect_report_fini(&b);
}

static void change_holder(hb_suspect_report *s) { rename_text(&s->holder.label, "HASH Hash (9,000 entries) in @other"); }
static void change_class(hb_suspect_report *s) { rename_text(&s->holder.class_name, "Hash (9,000 entries)"); }
static void change_held_by(hb_suspect_report *s) { s->held_by = "global"; }
static void change_step(hb_suspect_report *s) { rename_text(&s->path[1].label, "CLASS Kernel"); }
static void change_line(hb_suspect_report *s) { s->sites[0].line++; }
static void change_file(hb_suspect_report *s) { rename_text(&s->sites[0].file, "app/models/leek.rb"); }
static void change_no_holder(hb_suspect_report *s) { s->has_holder = 0; }

static void change_no_site(hb_suspect_report *s)
{
    hb_free(s->sites[0].file);
    s->n_sites = 0;
}

static void change_no_path(hb_suspect_report *s)
{
    for (size_t i = 0; i < s->n_path; i++) hb_free(s->path[i].label);
    s->n_path = 0;
}

/* Two steps that read like one: the same letters in other texts. */
static void change_border(hb_suspect_report *s)
{
    rename_text(&s->path[1].label, "CLASS Object -> OBJECT Node");
    hb_free(s->path[2].label);
    s->path[2] = s->path[3];
    s->n_path = 3;
}

static void test_other_print(void)
{
    static void (*const changes[])(hb_suspect_report *) = { change_holder, change_class, change_held_by, change_step,
                                                            change_line, change_file, change_no_holder, change_no_site,
                                                            change_no_path, change_border };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        hb_suspect_report a = { 0 }, b = { 0 };
        set_suspect(&a, 3);
        set_suspect(&b, 3);
        changes[i](&b);
        CU_ASSERT_NOT_EQUAL(order_of(&a, &b), 0);
        hb_suspect_report_fini(&a);
        hb_suspect_report_fini(&b);
    }
}

/* Equal hashes do not make two the same. */
static void test_collision(void)
{
    char one[] = "a\0b", other[] = "a\0c", longer[] = "a\0b\0d";
    const hb_fingerprint a = { .hash = 5, .text = one, .n = sizeof one }, b = { .hash = 5, .text = other, .n = sizeof other },
                         c = { .hash = 5, .text = longer, .n = sizeof longer }, e = { .hash = 4, .text = one, .n = sizeof one };
    CU_ASSERT(hb_fingerprint_compare(&a, &a) == 0 && hb_fingerprint_compare(&a, &b) < 0);
    CU_ASSERT(hb_fingerprint_compare(&a, &c) < 0 && hb_fingerprint_compare(&c, &a) > 0);
    CU_ASSERT(hb_fingerprint_compare(&e, &a) < 0);
}

/* --- merging --- */

static void find(hb_report *report)
{
    hb_findings_fini(&report->findings);
    CU_ASSERT_EQUAL_FATAL(hb_findings_find(report, &report->findings), HB_OK);
}

/* Dumps an hour apart from `start` on. */
static void set_times(hb_series_report *series, int64_t start)
{
    for (size_t i = 0; i < series->n_dumps; i++) {
        series->dumps[i].has_time = 1;
        series->dumps[i].taken_at_ms = start + (int64_t)i * HOUR_MS;
    }
}

/* Three processes on two hosts with one leak, one of them with another. */
static hb_report fleet_report(void)
{
    static const char *const names[] = { "web-1/heap", "web-1/other", "web-2/heap" };
    hb_report report = demo_report(3);
    for (size_t i = 0; i < 3; i++) {
        hb_series_report *series = &report.series[i];
        rename_text(&series->name, names[i]);
        add_suspects(series, i == 1 ? 2 : 1);
        set_times(series, 1700000000000);
    }
    change_step(&report.series[1].suspects[1]);
    report.series[2].suspects[0].memsize *= 2;
    rename_text(&report.series[2].suspects[0].text, "The largest.");
    return report;
}

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
    dice d = dice_of(SEED + 1);
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

/* --- rates --- */

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

/* --- failures and printers --- */

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
        { "labels", test_labels },
        { "random labels", test_random_labels },
        { "fingerprints that are the same", test_same_print },
        { "fingerprints that differ", test_other_print },
        { "equal hashes", test_collision },
        { "merged", test_merged },
        { "none", test_none },
        { "twice in one process", test_twice_in_one },
        { "hosts", test_hosts },
        { "random fleets", test_random_fleets },
        { "rate", test_rate },
        { "hostile times", test_hostile_times },
        { "rates add up", test_rates_add_up },
        { "intervals add up", test_intervals_add_up },
        { "order", test_order },
        { "hours until a limit", test_hours_until },
        { "no memory", test_no_memory },
        { "JSON", test_json },
        { "text", test_text },
        CU_TEST_INFO_NULL,
    };
    return hb_suite_run("findings", tests);
}
