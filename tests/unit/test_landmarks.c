/* The lowest hashes against a sorted list of all, however they are dealt to several sketches; and which lines are landmarks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "pipeline/landmarks.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 717u
#define MOST 60000
#define PARTS 3

typedef struct mark {
    uint64_t hash, address;
} mark;

static int by_hash(const void *a, const void *b)
{
    const mark *x = a, *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

/* What is left of all marks by the definition; returns how many. */
static size_t lowest(mark *all, size_t n)
{
    size_t kept = 0;
    qsort(all, n, sizeof *all, by_hash);
    for (size_t i = 0; i < n; i++) {
        if (kept != 0 && all[kept - 1].hash == all[i].hash) {
            if (all[kept - 1].address != all[i].address) all[kept - 1].address = 0;
        } else {
            all[kept++] = all[i];
        }
    }
    return kept < HB_LANDMARKS_MOST ? kept : HB_LANDMARKS_MOST;
}

static size_t differences(const hb_landmarks *l, const mark *all, size_t n)
{
    size_t wrong = l->rows.n != n;
    for (size_t i = 0; i < n && wrong == 0; i++) {
        const uint64_t *row = hb_table_row(&l->rows, i);
        wrong += row[HB_LANDMARK_HASH] != all[i].hash || row[HB_LANDMARK_ADDRESS] != all[i].address;
    }
    return wrong;
}

static void test_the_lowest(void)
{
    dice d = { SEED };
    mark *all = malloc(MOST * sizeof *all);
    for (int round = 0; round < 40; round++) {
        hb_landmarks parts[PARTS], whole;
        const size_t n = roll(&d, round % 4 == 0 ? MOST : 9000), few = round % 3 == 0 ? 500 : 1u << 20;
        for (int i = 0; i < PARTS; i++) hb_landmarks_init(&parts[i]);
        hb_landmarks_init(&whole);
        for (size_t i = 0; i < n; i++) {
            all[i] = (mark){ (uint64_t)roll(&d, few) << 40, 8 + 8 * (chance(&d, 2) ? 1 : roll(&d, 100)) };
            CU_ASSERT_FATAL(hb_landmarks_add(&parts[roll(&d, PARTS)], all[i].hash, all[i].address) == HB_OK);
        }
        for (int i = 0; i < PARTS; i++) {
            if (chance(&d, 2)) CU_ASSERT(hb_landmarks_sort(&parts[i]) == HB_OK);
            CU_ASSERT_FATAL(hb_landmarks_add_all(&whole, parts[i].rows.rows, parts[i].rows.n) == HB_OK);
            hb_landmarks_fini(&parts[i]);
        }
        CU_ASSERT(hb_landmarks_sort(&whole) == HB_OK);
        CU_ASSERT(differences(&whole, all, lowest(all, n)) == 0);
        hb_landmarks_fini(&whole);
    }
    free(all);
}

static void test_compare(void)
{
    static const mark old[] = { { 1, 8 }, { 2, 16 }, { 3, 24 }, { 3, 32 }, { 5, 40 }, { 7, 48 } };
    static const mark new[] = { { 1, 8 }, { 2, 80 }, { 3, 24 }, { 4, 88 }, { 7, 48 }, { 7, 56 } };
    hb_landmarks a, b;
    hb_landmarks_moved moved;
    hb_landmarks_init(&a);
    hb_landmarks_init(&b);
    for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
        CU_ASSERT(hb_landmarks_add(&a, old[i].hash, old[i].address) == HB_OK);
        CU_ASSERT(hb_landmarks_add(&b, new[i].hash, new[i].address) == HB_OK);
    }
    CU_ASSERT(hb_landmarks_sort(&a) == HB_OK && hb_landmarks_sort(&b) == HB_OK);
    hb_landmarks_compare(&a, &b, &moved);
    CU_ASSERT(moved.found == 2 && moved.elsewhere == 1); /* 1 and 2; 3 and 7 are several objects */
    hb_landmarks_fini(&a);
    hb_landmarks_compare(&a, &b, &moved);
    CU_ASSERT(moved.found == 0 && moved.elsewhere == 0);
    hb_landmarks_fini(&b);
}

#define VIEW(words) { words, sizeof(words) - 1 }

static void test_what_is_one(void)
{
    static const struct { hb_line line; int fixed, string; } cases[] = {
        { { .type = HB_TYPE_STRING, .value = VIEW("12345678") }, 0, 1 },
        { { .type = HB_TYPE_STRING, .value = VIEW("1234567") }, 0, 0 },
        { { .type = HB_TYPE_STRING, .value = VIEW(""), .flags = HB_FLAG_FSTRING }, 1, 0 },
        { { .type = HB_TYPE_STRING, .flags = HB_FLAG_FSTRING }, 0, 0 },
        { { .type = HB_TYPE_SYMBOL, .value = VIEW("a long symbol"), .flags = HB_FLAG_FSTRING }, 0, 0 },
        { { .type = HB_TYPE_CLASS, .name = VIEW("A") }, 1, 0 },
        { { .type = HB_TYPE_MODULE, .name = VIEW("Kernel") }, 1, 0 },
        { { .type = HB_TYPE_CLASS }, 0, 0 },
        { { .type = HB_TYPE_ICLASS, .name = VIEW("Kernel") }, 0, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hb_landmarks kinds[HB_LANDMARK_KINDS];
        for (int k = 0; k < HB_LANDMARK_KINDS; k++) hb_landmarks_init(&kinds[k]);
        CU_ASSERT(hb_landmarks_note(kinds, &cases[i].line) == HB_OK);
        CU_ASSERT(kinds[HB_LANDMARK_FIXED].rows.n == (size_t)cases[i].fixed);
        CU_ASSERT(kinds[HB_LANDMARK_STRING].rows.n == (size_t)cases[i].string);
        for (int k = 0; k < HB_LANDMARK_KINDS; k++) hb_landmarks_fini(&kinds[k]);
    }
}

int main(void)
{
    CU_TestInfo tests[] = { { "the lowest hashes are kept, whoever adds them", test_the_lowest },
                            { "what two have in common, and where", test_compare },
                            { "which lines are landmarks", test_what_is_one },
                            CU_TEST_INFO_NULL };
    printf("seed %u\n", SEED);
    return hb_suite_run("landmarks", tests);
}
