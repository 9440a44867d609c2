/* Reports to bytes and back: the same JSON and text again; and bytes that are no such report, with and without a checksum that
 * holds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "report/json.h"
#include "report/pack.h"
#include "report/text.h"
#include "tests/unit/demo_report.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 1789u
#define HEAD_BYTES 24   /* magic, length, hash */

/* JSON and text, one behind the other. */
static char *all_printed(const hb_report *report)
{
    char *json = printed(hb_json_write, report), *text = printed(hb_text_write, report);
    char *both = malloc(strlen(json) + strlen(text) + 1);
    if (both == NULL) abort();
    strcat(strcpy(both, json), text);
    free(json);
    free(text);
    return both;
}

static hb_report demo(void)
{
    hb_report report = demo_report(1);
    hb_series_report *series = &report.series[0];
    add_suspects(series, 2);
    set_class_growth(series, "Order");
    set_strings(series, "a value \x1b");
    series->equal.fault = copy("the file has changed");
    series->strings = 4000;
    series->strings_elsewhere = 30;
    series->dumps[1].status = HB_DUMP_TRUNCATED;
    series->dumps[1].error = copy("the file is cut off");
    series->dumps[1].compared = 0;
    series->dumps[1].left_out = hb_copy_text("moved", 5);
    for (size_t i = 0; i < series->n_dumps; i += 2) series->dumps[i].compared = 1;
    for (size_t i = 0; i < series->n_dumps; i++) {
        series->dumps[i].has_time = 1;
        series->dumps[i].taken_at_ms = 1709806500250 + (int64_t)i * 3600000;
        series->dumps[i].time_source = HB_TIME_SIDECAR;
        for (hb_symptom s = 0; s < HB_N_SYMPTOMS; s++)
            if (i < 2 || s == HB_SYMPTOM_RSS) hb_symptoms_set(&series->dumps[i].symptoms, s, 5000 - (uint64_t)s);
    }
    return report;
}

/* The report of the bytes, printed; NULL: they were refused. */
static char *printed_again(const uint8_t *bytes, size_t n)
{
    hb_report report = new_report(1);
    hb_error error;
    hb_error_clear(&error);
    char *text = NULL;
    if (hb_unpack_series(bytes, n, &report.series[0], &error) == HB_OK) text = all_printed(&report);
    else CU_ASSERT(error.code == HB_ERR_DATA && report.series[0].name == NULL);
    hb_report_fini(&report);
    return text;
}

static void test_round_trip(void)
{
    hb_report report = demo();
    uint8_t *bytes = NULL;
    size_t n = 0;
    CU_ASSERT_EQUAL_FATAL(hb_pack_series(&report.series[0], &bytes, &n), HB_OK);
    char *want = all_printed(&report), *got = printed_again(bytes, n);
    CU_ASSERT_PTR_NOT_NULL_FATAL(want);
    CU_ASSERT_PTR_NOT_NULL_FATAL(got);
    CU_ASSERT_STRING_EQUAL(want, got);
    free(want);
    free(got);
    hb_free(bytes);
    hb_report_fini(&report);
}

/* A series of which no dump could be analysed. */
static void test_nothing(void)
{
    hb_report report = new_report(1);
    uint8_t *bytes = NULL;
    size_t n = 0;
    report.series[0].name = copy("nothing");
    CU_ASSERT_EQUAL_FATAL(hb_pack_series(&report.series[0], &bytes, &n), HB_OK);
    char *want = all_printed(&report), *got = printed_again(bytes, n);
    CU_ASSERT_PTR_NOT_NULL_FATAL(got);
    CU_ASSERT_STRING_EQUAL(want, got);
    free(want);
    free(got);
    hb_free(bytes);
    hb_report_fini(&report);
}

static void test_cut_and_longer(void)
{
    hb_report report = demo();
    uint8_t *bytes = NULL, *longer;
    size_t n = 0;
    CU_ASSERT_EQUAL_FATAL(hb_pack_series(&report.series[0], &bytes, &n), HB_OK);
    for (size_t cut = 0; cut < n; cut++) CU_ASSERT_PTR_NULL(printed_again(bytes, cut));
    longer = zeroed(n + 8, 1);
    memcpy(longer, bytes, n);
    CU_ASSERT_PTR_NULL(printed_again(longer, n + 8));
    hb_free(longer);
    hb_free(bytes);
    hb_report_fini(&report);
}

static void sign(uint8_t *bytes, size_t n)
{
    const uint64_t hash = hb_hash_bytes(bytes + HEAD_BYTES, n - HEAD_BYTES, 0);
    for (size_t i = 0; i < 8; i++) bytes[16 + i] = (uint8_t)(hash >> (8 * i));
}

/* Without a new checksum every change is found; with one it is refused, or what is left can be printed. */
static void test_changes(void)
{
    hb_report report = demo();
    uint8_t *bytes = NULL;
    size_t n = 0, accepted = 0, refused = 0;
    dice r = dice_of(SEED);
    CU_ASSERT_EQUAL_FATAL(hb_pack_series(&report.series[0], &bytes, &n), HB_OK);
    uint8_t *changed = zeroed(n, 1);
    for (size_t at = 0; at < n; at++) {
        memcpy(changed, bytes, n);
        changed[at] ^= (uint8_t)(1u << roll(&r, 8));
        CU_ASSERT_PTR_NULL(printed_again(changed, n));
    }
    for (int round = 0; round < 20000; round++) {
        memcpy(changed, bytes, n);
        for (uint64_t k = 0, times = 1 + roll(&r, 3); k < times; k++)
            changed[HEAD_BYTES + roll(&r, n - HEAD_BYTES)] = (uint8_t)(chance(&r, 3) ? 0xff : roll(&r, 256));
        sign(changed, n);
        char *text = printed_again(changed, n);
        if (text != NULL) accepted++;
        else refused++;
        free(text);
    }
    CU_ASSERT(accepted > 0 && refused > 0);
    hb_free(changed);
    hb_free(bytes);
    hb_report_fini(&report);
}

static void test_memory(void)
{
    hb_report report = demo(), again = new_report(1);
    uint8_t *bytes = NULL;
    size_t n = 0;
    uint64_t nth = 0;
    hb_status status = HB_ERR_MEMORY;
    for (nth = 1; status != HB_OK; nth++) {
        hb_memory_fail_at(nth, 1);
        status = hb_pack_series(&report.series[0], &bytes, &n);
        hb_memory_fail_at(0, 0);
        CU_ASSERT(status == HB_OK || status == HB_ERR_MEMORY);
    }
    CU_ASSERT(nth > 5);
    status = HB_ERR_MEMORY;
    for (nth = 1; status != HB_OK; nth++) {
        hb_error error;
        hb_error_clear(&error);
        hb_memory_fail_at(nth, 1);
        status = hb_unpack_series(bytes, n, &again.series[0], &error);
        hb_memory_fail_at(0, 0);
        CU_ASSERT(status == HB_OK || (status == HB_ERR_MEMORY && again.series[0].name == NULL));
    }
    CU_ASSERT(nth > 50);
    hb_free(bytes);
    hb_report_fini(&report);
    hb_report_fini(&again);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "round trip", test_round_trip }, { "nothing analysed", test_nothing }, { "cut and longer", test_cut_and_longer },
        { "changes", test_changes }, { "out of memory", test_memory }, CU_TEST_INFO_NULL
    };
    return hb_suite_run("pack", tests);
}
