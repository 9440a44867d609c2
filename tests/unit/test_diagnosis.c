/* What grows, by tables of cases: each is the dumps of a series, and the verdict on them. */
#include "report/diagnosis.h"

#include <inttypes.h>
#include <string.h>

#include "tests/unit/demo_report.h"

#define MOST_DUMPS 6
#define NO UINT64_MAX   /* not known */

/* RSS, memsize and empty slots of a dump, in MB; a slot has 40 bytes, 25,000 of them 1 MB. */
typedef struct dump_case {
    uint64_t rss, memsize, empty;
} dump_case;

typedef struct series_case {
    const char *verdict;
    dump_case dumps[MOST_DUMPS];   /* up to the first with memsize 0 */
} series_case;

static void set_case(hb_dump_report *dump, const dump_case *from)
{
    *dump = (hb_dump_report){ .compared = 1, .memsize = from->memsize * 1000000 };
    if (from->rss != NO) hb_symptoms_set(&dump->symptoms, HB_SYMPTOM_RSS, from->rss * 1000000);
    if (from->empty == NO) return;
    hb_symptoms_set(&dump->symptoms, HB_SYMPTOM_LIVE_SLOTS, 1000000);
    hb_symptoms_set(&dump->symptoms, HB_SYMPTOM_AVAILABLE_SLOTS, 1000000 + from->empty * 25000);
}

static hb_series_report series_of(const series_case *from, hb_dump_report dumps[MOST_DUMPS])
{
    hb_series_report series = { .dumps = dumps, .has_last = 1 };
    while (series.n_dumps < MOST_DUMPS && from->dumps[series.n_dumps].memsize != 0) {
        set_case(&dumps[series.n_dumps], &from->dumps[series.n_dumps]);
        series.n_dumps++;
    }
    series.has_retained = series.n_dumps > 1;
    return series;
}

static void expect_of(const hb_series_report *series, const char *verdict, size_t nth)
{
    hb_diagnosis diagnosis;
    CU_ASSERT_EQUAL_FATAL(hb_diagnosis_make(series, &diagnosis), 1);
    CU_ASSERT_STRING_EQUAL(hb_illness_name(diagnosis.illness), verdict);
    if (strcmp(hb_illness_name(diagnosis.illness), verdict) != 0) printf("\n  case %zu: %s", nth, diagnosis.why);
    const size_t n = strlen(diagnosis.why);
    CU_ASSERT(n > 20 && n < sizeof diagnosis.why - 1 && diagnosis.why[n - 1] == '.');
    CU_ASSERT(diagnosis.why[0] >= 'A' && diagnosis.why[0] <= 'Z');
}

static void expect_all(const series_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hb_dump_report dumps[MOST_DUMPS];
        const hb_series_report series = series_of(&cases[i], dumps);
        expect_of(&series, cases[i].verdict, i);
    }
}

#define EXPECT_ALL(cases) expect_all(cases, sizeof(cases) / sizeof *(cases))

static void test_whole_figures(void)
{
    static const series_case cases[] = {
        { "steady", { { 200, 100, 20 }, { 200, 100, 20 }, { 200, 100, 20 } } },
        { "steady", { { 200, 100, 20 }, { 201, 101, 20 }, { 203, 101, 20 } } },        /* noise of each part */
        { "steady", { { 200, 100, 20 }, { 180, 80, 20 }, { 150, 60, 10 } } },          /* shrinks */
        { "leak", { { 200, 100, 20 }, { 250, 150, 20 }, { 300, 200, 20 } } },
        { "leak", { { 200, 100, 20 }, { 250, 140, 28 }, { 300, 180, 36 } } },          /* with the empty slots Ruby keeps */
        { "leak", { { 200, 100, 60 }, { 200, 120, 40 }, { 200, 140, 20 } } },          /* into slots that are there */
        { "leak", { { 2000, 1000, 20 }, { 2030, 1030, 20 }, { 2060, 1060, 20 } } },
        { "steady", { { 2000, 1000, 20 }, { 2010, 1010, 20 }, { 2019, 1019, 20 } } },  /* below 2 % */
        { "leak", { { 200, 100, 20 }, { 190, 90, 20 }, { 300, 150, 20 }, { 240, 130, 20 }, { 300, 200, 20 } } },
        { "fragmented", { { 200, 100, 10 }, { 300, 100, 110 }, { 300, 100, 110 } } },  /* a state: it need not go on */
        { "fragmented", { { 200, 100, 10 }, { 200, 100, 10 }, { 300, 100, 110 } } },
        { "steady", { { 200, 100, 10 }, { 210, 100, 20 }, { 212, 100, 22 } } },        /* 35 %: kept by Ruby */
        { "fragmented", { { 300, 100, 110 }, { 300, 100, 110 } } },                    /* since long ago */
        { "steady", { { 300, 100, 70 }, { 300, 100, 70 } } },                          /* 64 % */
        { "outside", { { 200, 100, 20 }, { 300, 100, 20 }, { 400, 100, 20 } } },
        { "outside", { { 200, 100, 20 }, { 300, 110, 20 }, { 400, 120, 20 } } },       /* most of it */
        { "leak", { { 200, 100, 20 }, { 300, 190, 20 }, { 400, 280, 20 } } },
        { "warming", { { 200, 100, 20 }, { 300, 200, 20 }, { 302, 202, 20 } } },
        { "warming", { { 200, 100, 20 }, { 250, 150, 20 }, { 300, 200, 20 }, { 310, 210, 20 } } },
        { "warming", { { 200, 100, 20 }, { 300, 100, 20 }, { 310, 100, 20 } } },       /* outside as well */
        { "warming", { { 200, 100, 20 }, { 300, 200, 20 }, { 250, 150, 20 } } },       /* half of it went again */
        { "leak", { { 200, 100, 20 }, { 300, 200, 20 }, { 330, 230, 20 } } },          /* slower, but it goes on */
        { "unknown", { { 200, 100, 20 }, { 202, 102, 20 }, { 300, 200, 20 } } },       /* just now */
        { "unknown", { { 200, 100, 20 }, { 200, 100, 20 }, { 300, 100, 20 } } },
        { "outside", { { 80, 100, 20 }, { 120, 100, 20 }, { 160, 100, 20 } } },        /* swapped out, and in again */
    };
    EXPECT_ALL(cases);
}

static void test_few_dumps(void)
{
    static const series_case cases[] = {
        { "unknown", { { 200, 100, 20 } } },
        { "fragmented", { { 300, 100, 110 } } },
        { "steady", { { 200, 100, 20 }, { 200, 100, 20 } } },
        { "steady", { { 200, 100, 20 }, { 150, 50, 20 } } },
        { "leak", { { 200, 100, 20 }, { 300, 200, 20 } } },
        { "outside", { { 200, 100, 20 }, { 300, 100, 20 } } },
        { "fragmented", { { 200, 100, 20 }, { 300, 100, 120 } } },
    };
    EXPECT_ALL(cases);
}

static void test_missing_figures(void)
{
    static const series_case cases[] = {
        { "unknown", { { NO, 100, 20 }, { NO, 100, 20 }, { NO, 100, 20 } } },          /* `full` dumps */
        { "leak", { { NO, 100, 20 }, { NO, 150, 20 }, { NO, 200, 20 } } },
        { "fragmented", { { NO, 100, 20 }, { NO, 100, 120 }, { NO, 100, 120 } } },
        { "unknown", { { 200, 100, NO }, { 300, 100, NO }, { 400, 100, NO } } },       /* empty slots, or outside? */
        { "leak", { { 200, 100, NO }, { 300, 200, NO }, { 400, 300, NO } } },
        { "outside", { { 200, 100, 20 }, { NO, 100, NO }, { 400, 100, 20 } } },        /* two tell it */
        { "outside", { { 200, 100, 20 }, { 300, 100, 20 }, { NO, 100, NO } } },
        { "unknown", { { NO, 100, NO }, { 200, 100, 20 } } },
        { "leak", { { NO, 100, NO }, { NO, 150, NO }, { 200, 200, 20 } } },
        { "fragmented", { { NO, 100, NO }, { 200, 100, 120 } } },
    };
    EXPECT_ALL(cases);
}

static void test_no_figures(void)
{
    hb_dump_report dumps[2] = { { .compared = 1, .memsize = 1 }, { .compared = 1, .memsize = 1000000000 } };
    const hb_series_report series = { .dumps = dumps, .n_dumps = 2, .has_last = 1 }, empty = { 0 };
    hb_diagnosis diagnosis;
    CU_ASSERT_EQUAL(hb_diagnosis_make(&series, &diagnosis), 0);
    CU_ASSERT_EQUAL(hb_diagnosis_make(&empty, &diagnosis), 0);
}

static const series_case slower = { "warming", { { 200, 100, 20 }, { 300, 200, 20 }, { 310, 210, 20 } } };

/* Pace is by the clock where there is one. */
static void test_pace_by_time(void)
{
    hb_dump_report dumps[MOST_DUMPS];
    const hb_series_report series = series_of(&slower, dumps);
    const int64_t hour = 3600000, start = 1700000000000;
    expect_of(&series, "warming", 0);
    for (size_t i = 0; i < 3; i++) dumps[i].has_time = 1;
    dumps[0].taken_at_ms = start, dumps[1].taken_at_ms = start + 10 * hour, dumps[2].taken_at_ms = start + 11 * hour;
    expect_of(&series, "leak", 1);
    dumps[1].has_time = 0;
    expect_of(&series, "warming", 2);
    dumps[1].has_time = 1;
    dumps[1].taken_at_ms = start;                     /* no time between them */
    expect_of(&series, "leak", 3);
    dumps[0].taken_at_ms = INT64_MIN, dumps[2].taken_at_ms = INT64_MAX;
    expect_of(&series, "warming", 4);
}

static void test_dumps_that_are_not_compared(void)
{
    hb_dump_report dumps[MOST_DUMPS];
    hb_series_report series = series_of(&slower, dumps);
    dumps[2].compared = 0;
    expect_of(&series, "leak", 0);                    /* two are left */
    dumps[1].compared = 0;
    expect_of(&series, "unknown", 1);
    dumps[0].compared = 0;
    expect_of(&series, "unknown", 2);
}

static void test_parts(void)
{
    hb_dump_report dump = { .memsize = 1000000 };
    int64_t bytes = 0;
    uint64_t buffers = 0;
    CU_ASSERT(hb_diagnosis_part(&dump, HB_PART_OBJECTS, &bytes) && bytes == 1000000);
    CU_ASSERT(!hb_diagnosis_part(&dump, HB_PART_EMPTY, &bytes) && !hb_diagnosis_part(&dump, HB_PART_OUTSIDE, &bytes));
    CU_ASSERT(!hb_diagnosis_buffers(&dump, &buffers));
    hb_symptoms_set(&dump.symptoms, HB_SYMPTOM_AVAILABLE_SLOTS, 10000);
    hb_symptoms_set(&dump.symptoms, HB_SYMPTOM_LIVE_SLOTS, 7500);
    CU_ASSERT(hb_diagnosis_part(&dump, HB_PART_EMPTY, &bytes) && bytes == 100000);
    CU_ASSERT(hb_diagnosis_buffers(&dump, &buffers) && buffers == 700000);
    hb_symptoms_set(&dump.symptoms, HB_SYMPTOM_SLOT_BYTES, 800000);   /* 80 a slot */
    CU_ASSERT(hb_diagnosis_part(&dump, HB_PART_EMPTY, &bytes) && bytes == 200000);
    CU_ASSERT(hb_diagnosis_buffers(&dump, &buffers) && buffers == 400000);
    hb_symptoms_set(&dump.symptoms, HB_SYMPTOM_RSS, 5000000);
    CU_ASSERT(hb_diagnosis_part(&dump, HB_PART_OUTSIDE, &bytes) && bytes == 3800000);
    hb_symptoms_set(&dump.symptoms, HB_SYMPTOM_RSS, 1);
    CU_ASSERT(hb_diagnosis_part(&dump, HB_PART_OUTSIDE, &bytes) && bytes == -1199999);
    hb_symptoms_set(&dump.symptoms, HB_SYMPTOM_AVAILABLE_SLOTS, 0);
    hb_symptoms_set(&dump.symptoms, HB_SYMPTOM_LIVE_SLOTS, 0);
    CU_ASSERT(hb_diagnosis_part(&dump, HB_PART_EMPTY, &bytes) && bytes == 0);
    dump.memsize = UINT64_MAX;                        /* no dump has it, but damaged bytes of a report may */
    CU_ASSERT(!hb_diagnosis_part(&dump, HB_PART_OBJECTS, &bytes) && !hb_diagnosis_part(&dump, HB_PART_OUTSIDE, &bytes));
}

/* The largest figures that there can be: nothing wraps, and the sentences keep their room. */
static void test_largest(void)
{
    const uint64_t most = HB_SYMPTOM_MOST;
    for (int which = 0; which < 3; which++) {
        hb_dump_report dumps[2] = { { .compared = 1 }, { .compared = 1 } };
        hb_series_report series = { .dumps = dumps, .n_dumps = 2, .has_last = 1, .has_retained = 1, .retained_memsize = UINT64_MAX };
        for (size_t i = 0; i < 2; i++)
            for (hb_symptom s = 0; s < HB_N_SYMPTOMS; s++) hb_symptoms_set(&dumps[i].symptoms, s, 0);
        if (which == 0) dumps[1].memsize = most;
        if (which == 1) hb_symptoms_set(&dumps[1].symptoms, HB_SYMPTOM_RSS, most);
        if (which == 2) hb_symptoms_set(&dumps[1].symptoms, HB_SYMPTOM_AVAILABLE_SLOTS, most);
        if (which == 2) hb_symptoms_set(&dumps[1].symptoms, HB_SYMPTOM_SLOT_BYTES, most);
        static const char *const verdicts[] = { "leak", "outside", "fragmented" };
        expect_of(&series, verdicts[which], (size_t)which);
    }
    hb_symptoms symptoms = { 0 };
    hb_symptoms_set(&symptoms, HB_SYMPTOM_PSS, most + 1);
    CU_ASSERT_EQUAL(symptoms.known, 0);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "whole figures", test_whole_figures },
        { "few dumps", test_few_dumps },
        { "missing figures", test_missing_figures },
        { "no figures", test_no_figures },
        { "pace by time", test_pace_by_time },
        { "dumps that are not compared", test_dumps_that_are_not_compared },
        { "parts", test_parts },
        { "largest", test_largest },
        CU_TEST_INFO_NULL,
    };
    return hb_suite_run("diagnosis", tests);
}
