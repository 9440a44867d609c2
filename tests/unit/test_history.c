/* A history in a real file: what is marked over several sweeps, what an incomplete one may say, that a sweep told twice is one, and
 * files that are none. */
#include "history/recording.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "history/show.h"
#include "history/store.h"
#include "tests/unit/suite.h"

#define DAY_MS INT64_C(86400000)
#define HOSTILE "a'); DROP TABLE sweep;--\x1b[31m\xff"

static char folder[] = "/tmp/hb-test-history-XXXXXX";
static char path[128];

static char *copy(const char *text)
{
    char *made = hb_copy_text(text, strlen(text));
    if (made == NULL) abort();
    return made;
}

static void fresh(const char *name)
{
    snprintf(path, sizeof path, "%s/%s.db", folder, name);
}

/* Findings of the letters in `which`, each of `bytes` in series 0 of two; an upper-case one is in series 1. */
static hb_findings findings_of(const char *which, uint64_t bytes)
{
    hb_findings all = { hb_alloc_zero(strlen(which), sizeof(hb_finding)), strlen(which), 2, 1 };
    for (size_t i = 0; i < all.n; i++) {
        hb_finding *f = &all.items[i];
        snprintf(f->fingerprint, sizeof f->fingerprint, "%016x", (unsigned)which[i] & 0xdfu);
        f->held_by = "global";
        f->holder = which[i] == 'z' ? copy(HOSTILE) : NULL;
        f->path = copy(which[i] == 'z' ? HOSTILE : "ROOT global_tbl");
        f->text = copy("text");
        f->series = hb_alloc(1, sizeof *f->series);
        f->series[0] = which[i] < 'a';
        f->n_series = f->n_hosts = 1;
        f->objects = 1;
        f->memsize = bytes;
        f->rate_low = -INFINITY;
        f->rate_high = INFINITY;
    }
    return all;
}

/* States of the findings in the order of the letters: "aNbKcG". Night 0 has no time. */
static const char *sweep(uint64_t id, int night, const char *which, uint64_t bytes, int is_complete, hb_findings *keep)
{
    static char said[64];
    hb_error err;
    hb_error_clear(&err);
    const hb_history_series series[] = { { "web/a", 1 }, { "web/" HOSTILE, is_complete } };
    const hb_history_sweep s = { .id = id, .has_time = night > 0, .at_ms = night * DAY_MS, .generator = "0", .series = series,
                                 .n_series = 2, .n_dumps = 6, .n_objects = 600 };
    hb_findings all = findings_of(which, bytes);
    CU_ASSERT_EQUAL(hb_history_update(path, &s, &all, &err), HB_OK);
    if (err.message[0] != '\0') printf("\n  %s\n", err.message);
    size_t n = 0;
    for (int letter = 'A'; letter <= 'Z'; letter++)
        for (size_t i = 0; i < all.n; i++)
            if (strtoul(all.items[i].fingerprint, NULL, 16) == (unsigned long)letter) {
                said[n++] = (char)letter;
                said[n++] = "UNKG"[all.items[i].state];
            }
    said[n] = '\0';
    if (keep != NULL) *keep = all;
    else hb_findings_fini(&all);
    return said;
}

#define SAYS(call, words) CU_ASSERT_STRING_EQUAL(call, words)

static void test_nights(void)
{
    hb_findings all;
    fresh("nights");
    SAYS(sweep(1, 1, "ab", 100, 1, NULL), "AUBU");
    SAYS(sweep(2, 2, "bc", 150, 1, &all), "AGBKCN");
    CU_ASSERT_EQUAL(all.items[2].state, HB_FINDING_GONE);   /* last */
    CU_ASSERT_EQUAL(all.items[2].trend_memsize, -100);
    CU_ASSERT_EQUAL(all.items[2].n_series, 0);
    CU_ASSERT_STRING_EQUAL(all.items[2].held_by, "global");
    CU_ASSERT_PTR_NULL(all.items[2].holder);
    CU_ASSERT_STRING_EQUAL(all.items[0].since, "1970-01-02T00:00:00Z");
    CU_ASSERT_EQUAL(all.items[0].n_sweeps, 1);
    CU_ASSERT_TRUE(all.items[0].has_trend);
    CU_ASSERT_EQUAL(all.items[0].trend_memsize, 50);
    hb_findings_fini(&all);
    SAYS(sweep(3, 3, "bc", 150, 1, NULL), "BKCK");           /* a is not gone again */
    SAYS(sweep(4, 4, "abc", 150, 1, &all), "AKBKCK");        /* and comes back */
    for (size_t i = 0; i < all.n; i++)
        if (all.items[i].n_sweeps == 1) {                     /* a */
            CU_ASSERT_STRING_EQUAL(all.items[i].since, "1970-01-02T00:00:00Z");
            CU_ASSERT_FALSE(all.items[i].has_trend);
        }
    hb_findings_fini(&all);
    SAYS(sweep(2, 2, "bc", 150, 1, NULL), "AGBKCN");         /* as the first time */
    SAYS(sweep(1, 1, "ab", 100, 1, NULL), "AUBU");
}

static void test_same_sweep_without_time(void)
{
    fresh("same");
    SAYS(sweep(7, 0, "ab", 100, 1, NULL), "AUBU");
    SAYS(sweep(7, 0, "ab", 100, 1, NULL), "AUBU");
    SAYS(sweep(8, 0, "a", 100, 1, NULL), "AKBG");
    SAYS(sweep(8, 0, "a", 100, 1, NULL), "AKBG");
    hb_sql db;
    CU_ASSERT_EQUAL(hb_store_open(path, 0, &db, NULL), HB_OK);
    CU_ASSERT_EQUAL(hb_sql_one(&db, "SELECT count(*) FROM sweep", -1), 2);
    CU_ASSERT_EQUAL(hb_sql_one(&db, "SELECT count(*) FROM observation", -1), 4);
    CU_ASSERT_EQUAL(hb_sql_one(&db, "SELECT count(*) FROM affected", -1), 3);
    hb_sql_close(&db);
}

/* b is in series 1, which an incomplete sweep did not analyse. */
static void test_incomplete(void)
{
    fresh("incomplete");
    SAYS(sweep(1, 1, "aBc", 100, 1, NULL), "AUBUCU");
    SAYS(sweep(2, 2, "c", 100, 0, NULL), "AGCK");            /* b could not be seen */
    SAYS(sweep(3, 3, "c", 100, 0, NULL), "CK");
    SAYS(sweep(4, 4, "c", 100, 1, NULL), "BGCK");
    SAYS(sweep(5, 5, "c", 100, 1, NULL), "CK");
}

static void test_hostile_words(void)
{
    char *text = NULL;
    size_t n = 0;
    fresh("hostile");
    SAYS(sweep(1, 1, "z", 100, 1, NULL), "ZU");
    SAYS(sweep(2, 2, "Z", 100, 1, NULL), "ZNZG");            /* one fingerprint, other words: two findings */
    SAYS(sweep(3, 3, "z", 100, 1, NULL), "ZKZG");
    for (int what = 0; what < 3; what++)
        for (int json = 0; json < 2; json++) {
            FILE *out = open_memstream(&text, &n);
            CU_ASSERT_EQUAL(hb_history_show(path, (hb_history_what)what, "000000000000005a", json, out, NULL), HB_OK);
            fclose(out);
            CU_ASSERT_TRUE(n > 20);
            CU_ASSERT_PTR_NULL(memchr(text, 0x1b, n));
            CU_ASSERT_PTR_NULL(memchr(text, 0xff, n));
            free(text);
        }
    CU_ASSERT_EQUAL(hb_history_show(path, HB_HISTORY_COURSE, "0000000000000001", 0, stdout, NULL), HB_ERR_USAGE);
}

static void refuse(const char *words)
{
    hb_error err;
    hb_error_clear(&err);
    hb_findings all = findings_of("ab", 1);
    const hb_history_series series[] = { { "a", 1 }, { "b", 1 } };
    const hb_history_sweep s = { .id = 1, .generator = "0", .series = series, .n_series = 2 };
    CU_ASSERT_EQUAL(hb_history_update(path, &s, &all, &err), HB_ERR_IO);
    if (strstr(err.message, words) == NULL) printf("\n  %s\n", err.message);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, words));
    CU_ASSERT_EQUAL(all.n, 2);
    CU_ASSERT_EQUAL(all.items[0].state, HB_FINDING_UNTOLD);
    CU_ASSERT_PTR_NULL(all.items[0].since);
    hb_findings_fini(&all);
}

static void run_sql(const char *text)
{
    hb_sql db;
    CU_ASSERT_EQUAL(hb_sql_open(path, 1, &db, NULL), HB_OK);
    hb_sql_run(&db, text);
    CU_ASSERT_EQUAL(db.status, HB_OK);
    hb_sql_close(&db);
}

static void test_other_files(void)
{
    fresh("text");
    FILE *file = fopen(path, "w");
    if (file == NULL) abort();
    for (int i = 0; i < 1000; i++) fputs("no database\n", file);
    fclose(file);
    refuse("no history");
    fresh("other");
    run_sql("CREATE TABLE mine (a)");
    refuse("no history");
    fresh("newer");
    SAYS(sweep(1, 1, "a", 1, 1, NULL), "AU");
    run_sql("PRAGMA user_version = 2");
    refuse("newer");
    fresh("broken");
    SAYS(sweep(1, 1, "a", 1, 1, NULL), "AU");
    run_sql("DROP TABLE affected");
    refuse("cannot be used");
    snprintf(path, sizeof path, "%s/none/x.db", folder);
    refuse("cannot be used");
}

/* The n-th allocation fails, until all goes well: the file is whole after each, and marks as if nothing had been. */
static void test_memory(void)
{
    fresh("memory");
    SAYS(sweep(1, 1, "ab", 100, 1, NULL), "AUBU");
    const hb_history_series series[] = { { "a", 1 }, { "b", 1 } };
    const hb_history_sweep s = { .id = 2, .has_time = 1, .at_ms = 2 * DAY_MS, .generator = "0", .series = series, .n_series = 2 };
    hb_status status = HB_ERR_MEMORY;
    for (uint64_t nth = 1; status != HB_OK && nth < 100; nth++) {
        hb_findings all = findings_of("bc", 1);
        hb_memory_fail_at(nth, 0);
        status = hb_history_update(path, &s, &all, NULL);
        hb_memory_fail_at(0, 0);
        CU_ASSERT_TRUE(status == HB_OK || status == HB_ERR_MEMORY);
        CU_ASSERT_EQUAL(all.n, status == HB_OK ? 3 : 2);
        hb_findings_fini(&all);
    }
    CU_ASSERT_EQUAL(status, HB_OK);
}

int main(void)
{
    if (mkdtemp(folder) == NULL) return 2;
    CU_TestInfo tests[] = {
        { "new, known, gone, and back", test_nights },
        { "a sweep told twice, without a time", test_same_sweep_without_time },
        { "what an incomplete sweep may say", test_incomplete },
        { "hostile words", test_hostile_words },
        { "files that are no history", test_other_files },
        { "allocations that fail", test_memory },
        CU_TEST_INFO_NULL };
    int failed = hb_suite_run("history", tests);
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) != 0 || failed;
}
