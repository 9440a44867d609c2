/* What the two printers have in common: rows that are left out, a full disk, and every allocation failing once. */
#include "report/text.h"
#include "tests/unit/demo_report.h"

/* The screen shows ten sites and says how many there are; the JSON goes by the report's top. */
static void test_many_sites(void)
{
    hb_report report = demo_report(1);
    hb_series_report *series = &report.series[0];
    for (size_t i = 0; i < series->n_sites; i++) {
        hb_free(series->sites[i].key.class_name);
        hb_free(series->sites[i].key.file);
        hb_free(series->sites[i].born);
    }
    hb_free(series->sites);
    series->n_sites = 25;
    series->sites = zeroed(25, sizeof *series->sites);
    for (uint32_t i = 0; i < 25; i++)
        set_site(&series->sites[i], key_of("ARRAY", "Array", "many.rb", i + 1), 3, 30 - i);
    report.top = 12;
    char *text = printed(hb_text_write, &report);
    CU_ASSERT(has(text, "many.rb:10\n") && !has(text, "many.rb:11\n") && has(text, "15 more sites"));
    json_t *document = parsed(&report);
    json_t *first = json_array_get(json_object_get(document, "series"), 0);
    json_t *retained = json_object_get(json_object_get(first, "retained"), "sites");
    CU_ASSERT_EQUAL(json_array_size(retained), 12);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(json_object_get(document, "fleet"), "sites")), 12);
    json_decref(document);
    free(text);
    hb_report_fini(&report);
}

static void check_full(printer *print)
{
    hb_report report = demo_report(1);
    hb_error err;
    hb_error_clear(&err);
    FILE *full = fopen("/dev/full", "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(full);
    CU_ASSERT_EQUAL(print(&report, full, &err), HB_ERR_IO);
    CU_ASSERT_EQUAL(err.code, HB_ERR_IO);
    CU_ASSERT(has(err.message, "No space left"));
    fclose(full);

    hb_error_clear(&err);
    full = fopen("/dev/full", "w");
    setvbuf(full, NULL, _IONBF, 0);
    CU_ASSERT_EQUAL(print(&report, full, &err), HB_ERR_IO);
    fclose(full);
    hb_report_fini(&report);
}

static void test_disk_full(void)
{
    check_full(hb_json_write);
    check_full(hb_text_write);
}

static long live_blocks;  /* of jansson's */

static void *counted_alloc(size_t n)
{
    void *block = hb_alloc(n, 1);
    if (block != NULL) live_blocks++;
    return block;
}

static void counted_free(void *block)
{
    if (block != NULL) live_blocks--;
    hb_free(block);
}

/* Fails allocation 1, 2, ... until the call succeeds; returns how many failed. */
static uint64_t sweep(printer *print, int persistent)
{
    hb_report report = hostile_report(500);
    char *expected = printed(print, &report);
    hb_status status = HB_ERR_MEMORY;
    uint64_t nth = 0;
    while (status != HB_OK && nth < 100000) {
        char *text = NULL;
        size_t n = 0;
        hb_error err;
        hb_error_clear(&err);
        FILE *out = open_memstream(&text, &n);
        if (out == NULL) abort();
        hb_memory_fail_at(++nth, persistent);
        status = print(&report, out, &err);
        hb_memory_fail_at(0, 0);
        fclose(out);
        if (status != HB_OK && (status != HB_ERR_MEMORY || err.code != HB_ERR_MEMORY)) CU_FAIL("wrong status");
        if (status == HB_OK) CU_ASSERT_STRING_EQUAL(text, expected);
        if (live_blocks != 0) CU_FAIL("jansson leaked");
        free(text);
    }
    CU_ASSERT_EQUAL(status, HB_OK);
    free(expected);
    hb_report_fini(&report);
    return nth - 1;
}

static void test_allocation_failures(void)
{
    json_malloc_t plain_alloc;
    json_free_t plain_free;
    json_get_alloc_funcs(&plain_alloc, &plain_free);
    json_set_alloc_funcs(counted_alloc, counted_free);
    for (int persistent = 0; persistent < 2; persistent++) {
        CU_ASSERT(sweep(hb_json_write, persistent) > 500);
        CU_ASSERT(sweep(hb_text_write, persistent) > 50);
    }
    json_set_alloc_funcs(plain_alloc, plain_free);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "more sites than are shown", test_many_sites },
        { "disk full", test_disk_full },
        { "every allocation fails", test_allocation_failures },
        CU_TEST_INFO_NULL,
    };
    return hb_suite_run("report", tests);
}
