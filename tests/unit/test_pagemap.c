/* The page map against a sorted array, for every grain, dense and strewn addresses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "partition/pagemap.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 91u

static int by_word(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

typedef enum layout { DENSE, SLOTS, STREWN, TOP, N_LAYOUTS } layout;

/* n addresses that are multiples of the grain, in random order, some of them twice. */
static void make_addresses(dice *d, layout kind, unsigned shift, uint64_t *out, size_t n)
{
    uint64_t base = roll64(d) >> 17 << 16;
    for (size_t i = 0; i < n; i++) {
        uint64_t slot = kind == DENSE ? roll(d, n) : kind == SLOTS ? 5 * roll(d, 2 * n) : roll64(d) >> shift;
        out[i] = kind == STREWN ? slot << shift : base + (slot << shift);
        if (kind == TOP) out[i] = (UINT64_MAX >> shift << shift) - (roll(d, 3 * n) << shift);
    }
}

static size_t sort_and_thin(uint64_t *all, size_t n)
{
    size_t kept = 0;
    if (n > 0) qsort(all, n, sizeof *all, by_word);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || all[kept - 1] != all[i]) all[kept++] = all[i];
    return kept;
}

static uint32_t place_of(const uint64_t *sorted, size_t n, uint64_t address)
{
    const uint64_t *at = n > 0 ? bsearch(&address, sorted, n, sizeof *sorted, by_word) : NULL;
    return at == NULL ? HB_NO_ID : (uint32_t)(at - sorted);
}

/* How often the sealed map differs from the sorted array, asked for members, neighbours and strangers. */
static size_t differences(const hb_pagemap *map, const uint64_t *sorted, size_t n, dice *d)
{
    size_t wrong = map->n_ids != n;
    for (size_t i = 0; i < n; i++) {
        wrong += hb_pagemap_id(map, sorted[i]) != i || !hb_pagemap_has(map, sorted[i]);
        wrong += hb_pagemap_address(map, (uint32_t)i) != sorted[i];
        for (int step = -9; step <= 9; step++) {
            uint64_t near = sorted[i] + (uint64_t)(int64_t)step;
            uint32_t expected = place_of(sorted, n, near);
            wrong += hb_pagemap_id(map, near) != expected || hb_pagemap_has(map, near) != (expected != HB_NO_ID);
        }
        uint64_t far = roll64(d);
        wrong += hb_pagemap_id(map, far) != place_of(sorted, n, far);
    }
    wrong += hb_pagemap_id(map, 0) != place_of(sorted, n, 0);
    wrong += hb_pagemap_id(map, UINT64_MAX) != place_of(sorted, n, UINT64_MAX);
    return wrong;
}

static void try_one(uint64_t seed, layout kind, unsigned shift, size_t n)
{
    dice d = dice_of(seed);
    uint64_t *all = must_alloc(n, sizeof *all);
    hb_pagemap map, half;
    size_t failed = 0, unsealed = 0;
    make_addresses(&d, kind, shift, all, n);
    hb_pagemap_init(&map, shift);
    hb_pagemap_init(&half, shift);
    /* A part is added here, a part comes from another map, some from both. */
    for (size_t i = 0; i < n; i++) {
        if (i % 3 != 0) failed += hb_pagemap_add(&map, all[i]) != HB_OK;
        if (i % 3 != 1) failed += hb_pagemap_add(&half, all[i]) != HB_OK;
        unsealed += !hb_pagemap_has(i % 3 != 0 ? &map : &half, all[i]);
    }
    failed += hb_pagemap_merge(&map, &half) != HB_OK;
    for (size_t i = 0; i < n; i++) unsealed += !hb_pagemap_has(&map, all[i]);
    failed += hb_pagemap_seal(&map) != HB_OK;
    n = sort_and_thin(all, n);
    CU_ASSERT_EQUAL(failed, 0);
    CU_ASSERT_EQUAL(unsealed, 0);
    size_t wrong = differences(&map, all, n, &d);
    CU_ASSERT_EQUAL(wrong, 0);
    if (wrong != 0) printf("\n  seed %llu\n", (unsigned long long)seed);
    hb_pagemap_fini(&map);
    hb_pagemap_fini(&half);
    free(all);
}

static void test_against_sorted(void)
{
    static const size_t sizes[] = { 0, 1, 2, 63, 64, 65, 511, 512, 513, 5000 };
    uint64_t seed = SEED;
    for (unsigned shift = 0; shift <= 3; shift++)
        for (layout kind = DENSE; kind < N_LAYOUTS; kind++)
            for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) try_one(seed++, kind, shift, sizes[s]);
}

/* Every slot of some pages: the counts before each word reach their highest. */
static void test_full_pages(void)
{
    hb_pagemap map;
    size_t wrong = 0;
    hb_pagemap_init(&map, 3);
    for (uint64_t i = 0; i < 512 * 5; i++) wrong += hb_pagemap_add(&map, 0x10000 + (i * 1031 % 2560) * 8) != HB_OK;
    wrong += hb_pagemap_seal(&map) != HB_OK || map.n_ids != 2560 || map.n != 5;
    for (uint32_t i = 0; i < 2560; i++)
        wrong += hb_pagemap_id(&map, 0x10000 + i * 8) != i || hb_pagemap_address(&map, i) != 0x10000 + i * 8;
    CU_ASSERT_EQUAL(wrong, 0);
    hb_pagemap_fini(&map);
}

static void test_shift(void)
{
    CU_ASSERT_EQUAL(hb_pagemap_shift(0), 3);
    CU_ASSERT_EQUAL(hb_pagemap_shift(0x7f0000000028), 3);
    CU_ASSERT_EQUAL(hb_pagemap_shift(0x1000), 3);
    CU_ASSERT_EQUAL(hb_pagemap_shift(0x14), 2);
    CU_ASSERT_EQUAL(hb_pagemap_shift(0x12), 1);
    CU_ASSERT_EQUAL(hb_pagemap_shift(0x11), 0);
    CU_ASSERT_EQUAL(hb_pagemap_shift(UINT64_MAX), 0);
}

static void test_memory(void)
{
    hb_pagemap map;
    size_t failures = 0, wrong = 0;
    hb_pagemap_init(&map, 3);
    for (uint64_t i = 0; i < 500; i++)
        for (uint64_t nth = 1;; nth++) {
            hb_memory_fail_at(nth, 0);
            hb_status status = hb_pagemap_add(&map, i * 8192);
            hb_memory_fail_at(0, 0);
            if (status == HB_OK) break;
            wrong += status != HB_ERR_MEMORY || hb_pagemap_has(&map, i * 8192);
            failures++;
        }
    wrong += hb_pagemap_seal(&map) != HB_OK || map.n_ids != 500;
    for (uint64_t i = 0; i < 500; i++) wrong += hb_pagemap_id(&map, i * 8192) != i;
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(failures > 10);
    hb_pagemap_fini(&map);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "against a sorted array", test_against_sorted }, { "full pages", test_full_pages }, { "grain", test_shift },
        { "out of memory", test_memory }, CU_TEST_INFO_NULL
    };
    printf("seeds from %u\n", SEED);
    return hb_suite_run("pagemap", tests);
}
