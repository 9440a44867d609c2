/* What heaps have in common, from samples that are drawn here in the plainest way: by sorting all objects. */
#include "base/hash.h"
#include "report/fleet_totals.h"
#include "tests/unit/demo_report.h"
#include "tests/unit/suite.h"

#define SEED 1612u

static int by_priority(const void *a, const void *b)
{
    const double p = hb_sample_priority(a), q = hb_sample_priority(b);
    return (p < q) - (p > q);
}

static int by_key(const void *a, const void *b)
{
    const hb_sampled_object *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

/* Object i of the world: small ones, and now and then a large one. */
static hb_sampled_object object_of(uint64_t i)
{
    const uint64_t random = hb_hash_word(i ^ SEED);
    return (hb_sampled_object){ .key = hb_hash_word(i), .memsize = random % 1000 == 0 ? random % 1000000 : 40 * (1 + random % 4) };
}

/* A heap of the objects [from, to) and [own, own + n_own); adds its bytes to *memsize. */
static void set_heap(hb_series_report *series, const char *name, uint64_t from, uint64_t to, uint64_t own, uint64_t n_own)
{
    const size_t n = (size_t)(to - from + n_own);
    hb_sampled_object *all = zeroed(n, sizeof *all);
    uint64_t memsize = 0;
    size_t filled = 0;
    for (uint64_t i = from; i < to; i++) all[filled++] = object_of(i);
    for (uint64_t i = own; i < own + n_own; i++) all[filled++] = object_of(i);
    for (size_t i = 0; i < n; i++) memsize += all[i].memsize;
    qsort(all, n, sizeof *all, by_priority);
    series->name = copy(name);
    series->has_last = 1;
    series->n_dumps = 1;
    series->dumps = zeroed(1, sizeof *series->dumps);
    set_dump(&series->dumps[0], name, n, memsize);
    series->sample = (hb_sample){ all, n, 0 };
    if (n > HB_SAMPLE_MOST) {
        series->sample.n = HB_SAMPLE_MOST;
        series->sample.floor = hb_sample_priority(&all[HB_SAMPLE_MOST]);
    }
    qsort(all, series->sample.n, sizeof *all, by_key);
}

static uint64_t bytes_of(uint64_t from, uint64_t to)
{
    uint64_t sum = 0;
    for (uint64_t i = from; i < to; i++) sum += object_of(i).memsize;
    return sum;
}

static hb_fleet_totals totals_of(const hb_report *report)
{
    hb_fleet_totals totals;
    CU_ASSERT_EQUAL_FATAL(hb_fleet_totals_find(report, &totals), HB_OK);
    return totals;
}

static void check_near(uint64_t expected, uint64_t got)
{
    CU_ASSERT_DOUBLE_EQUAL((double)got, (double)expected, 0.03 * (double)expected);
}

#define SHARED 100000u
#define OWN 5000u

/* n siblings of which each has SHARED objects from the parent and OWN of its own. */
static void check_siblings(size_t n)
{
    hb_report report = new_report(n);
    for (size_t i = 0; i < n; i++)
        set_heap(&report.series[i], "web/worker", 0, SHARED, (i + 1) * 1000000, OWN);
    const hb_fleet_totals totals = totals_of(&report);
    uint64_t own = 0;
    for (size_t i = 0; i < n; i++) own += bytes_of((i + 1) * 1000000, (i + 1) * 1000000 + OWN);
    CU_ASSERT_EQUAL(totals.siblings, n);
    CU_ASSERT(totals.is_estimate);
    check_near(SHARED, totals.preloaded_objects);
    check_near(bytes_of(0, SHARED), totals.preloaded_memsize);
    check_near(SHARED + n * OWN, totals.objects);
    check_near(bytes_of(0, SHARED) + own, totals.memsize);
    hb_report_fini(&report);
}

static void test_siblings(void)
{
    check_siblings(2);
    check_siblings(3);
    check_siblings(16);
}

/* Copies of one heap are one heap, exactly, however large. */
static void test_copies(void)
{
    hb_report report = new_report(3);
    for (size_t i = 0; i < 3; i++) set_heap(&report.series[i], "web/worker", 0, SHARED, 0, 0);
    const hb_fleet_totals totals = totals_of(&report);
    CU_ASSERT_EQUAL(totals.objects, SHARED);
    CU_ASSERT_EQUAL(totals.memsize, bytes_of(0, SHARED));
    CU_ASSERT_EQUAL(totals.preloaded_objects, SHARED);
    CU_ASSERT_EQUAL(totals.preloaded_memsize, totals.memsize);
    hb_report_fini(&report);
}

/* Sums are exact where nothing is shared: other objects, other hosts, a heap that could not be analysed. */
static void test_strangers(void)
{
    hb_report report = new_report(4);
    set_heap(&report.series[0], "a/heap", 0, SHARED, 0, 0);
    set_heap(&report.series[1], "a/other", 2 * SHARED, 3 * SHARED, 0, 0);
    set_heap(&report.series[2], "b/heap", 0, SHARED, 0, 0);
    report.series[3].name = copy("a/broken");
    const hb_fleet_totals totals = totals_of(&report);
    CU_ASSERT_EQUAL(totals.siblings, 0);
    CU_ASSERT(!totals.is_estimate);
    CU_ASSERT_EQUAL(totals.objects, 3 * SHARED);
    CU_ASSERT_EQUAL(totals.memsize, 2 * bytes_of(0, SHARED) + bytes_of(2 * SHARED, 3 * SHARED));
    CU_ASSERT_EQUAL(totals.preloaded_objects + totals.preloaded_memsize, 0);
    hb_report_fini(&report);
}

/* Two that are small enough for their samples to be all of them, beside a large one on another host. */
static void test_small(void)
{
    hb_report report = new_report(3);
    set_heap(&report.series[0], "a/1", 0, 3000, 10000, 500);
    set_heap(&report.series[1], "a/2", 1000, 4000, 20000, 500);
    set_heap(&report.series[2], "b/3", 0, SHARED, 0, 0);
    const hb_fleet_totals totals = totals_of(&report);
    CU_ASSERT_EQUAL(totals.siblings, 2);
    CU_ASSERT(!totals.is_estimate);
    CU_ASSERT_EQUAL(totals.preloaded_objects, 2000);
    CU_ASSERT_EQUAL(totals.preloaded_memsize, bytes_of(1000, 3000));
    CU_ASSERT_EQUAL(totals.objects, 4000 + 1000 + SHARED);
    hb_report_fini(&report);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "siblings", test_siblings },
        { "copies", test_copies },
        { "strangers", test_strangers },
        { "small heaps", test_small },
        CU_TEST_INFO_NULL
    };
    return hb_suite_run("fleet totals", tests);
}
