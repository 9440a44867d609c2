/* Interned strings against a plain list. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "pipeline/intern.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 77u
#define MOST 3000

typedef struct text {
    char bytes[12];
    size_t n;
} text;

static text random_text(dice *d)
{
    text t = { .n = roll(d, sizeof t.bytes + 1) };
    for (size_t i = 0; i < t.n; i++) t.bytes[i] = (char)roll(d, 3);
    return t;
}

static size_t place_in(const text *list, size_t n, const text *t)
{
    size_t i = 0;
    while (i < n && (list[i].n != t->n || memcmp(list[i].bytes, t->bytes, t->n) != 0)) i++;
    return i;
}

/* A copy of exactly its size, so that AddressSanitizer sees a byte too far. */
static uint32_t put(hb_intern *table, const text *t, hb_status *status)
{
    uint32_t id = UINT32_MAX;
    char *exact = malloc(t->n != 0 ? t->n : 1);
    memcpy(exact, t->bytes, t->n);
    *status = hb_intern_put(table, exact, t->n, &id);
    free(exact);
    return id;
}

static int holds(const hb_intern *table, const text *list, size_t n)
{
    int good = table->n == n;
    for (uint32_t id = 0; good && id < n; id++) {
        size_t length;
        const char *bytes = hb_intern_text(table, id, &length);
        good = length == list[id].n && memcmp(bytes, list[id].bytes, length) == 0 &&
               hb_intern_find(table, list[id].bytes, list[id].n) == id;
    }
    return good;
}

static void test_against_a_list(void)
{
    for (uint64_t k = 0; k < 10; k++) {
        dice d = dice_of(SEED + k);
        text *list = must_alloc(MOST, sizeof *list);
        hb_intern table;
        hb_status status;
        size_t n = 0, wrong = 0;
        hb_intern_init(&table);
        for (size_t i = 0; i < MOST; i++) {
            text t = random_text(&d);
            size_t at = place_in(list, n, &t);
            wrong += hb_intern_find(&table, t.bytes, t.n) != (at < n ? at : UINT32_MAX);
            if (at == n) list[n++] = t;
            wrong += put(&table, &t, &status) != at || status != HB_OK;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT_TRUE(holds(&table, list, n));
        hb_intern_fini(&table);
        CU_ASSERT_EQUAL(hb_intern_find(&table, "", 0), UINT32_MAX);
        free(list);
    }
}

static void test_edges(void)
{
    hb_intern table;
    uint32_t id;
    size_t n;
    hb_intern_init(&table);
    CU_ASSERT_EQUAL(hb_intern_find(&table, "x", 1), UINT32_MAX);
    CU_ASSERT(hb_intern_put(&table, "", 0, &id) == HB_OK && id == 0);
    CU_ASSERT(hb_intern_put(&table, "a\0b", 3, &id) == HB_OK && id == 1);
    CU_ASSERT(hb_intern_put(&table, "a", 1, &id) == HB_OK && id == 2);
    CU_ASSERT(hb_intern_put(&table, "a\0c", 3, &id) == HB_OK && id == 3);
    CU_ASSERT(hb_intern_put(&table, "", 0, &id) == HB_OK && id == 0);
    hb_intern_text(&table, 0, &n);
    CU_ASSERT_EQUAL(n, 0);
    CU_ASSERT(memcmp(hb_intern_text(&table, 1, &n), "a\0b", 3) == 0 && n == 3);
    hb_intern_fini(&table);
    hb_intern_fini(&table);
}

/* A put that finds no memory leaves the table as it was. */
static void test_memory(void)
{
    dice d = dice_of(SEED + 100);
    text *list = must_alloc(MOST, sizeof *list);
    hb_intern table;
    hb_status status;
    size_t n = 0, failures = 0, wrong = 0;
    hb_intern_init(&table);
    for (size_t i = 0; i < 1000; i++) {
        text t = random_text(&d);
        if (place_in(list, n, &t) < n) continue;
        for (uint64_t nth = 1;; nth++) {
            hb_memory_fail_at(nth, 0);
            uint32_t id = put(&table, &t, &status);
            hb_memory_fail_at(0, 0);
            if (status == HB_OK) {
                wrong += id != n;
                break;
            }
            failures++;
            wrong += status != HB_ERR_MEMORY || hb_intern_find(&table, t.bytes, t.n) != UINT32_MAX || table.n != n;
        }
        list[n++] = t;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(failures > 10);
    CU_ASSERT_TRUE(holds(&table, list, n));
    hb_intern_fini(&table);
    free(list);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "against a list", test_against_a_list }, { "edges", test_edges }, { "out of memory", test_memory },
        CU_TEST_INFO_NULL
    };
    printf("seeds from %u\n", SEED);
    return hb_suite_run("intern", tests);
}
