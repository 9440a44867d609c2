/* Lists of items in blocks: items stay whole and where they are, lists are joined without copying. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/wordlist.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 55u
#define MOST 20000

typedef struct item {
    uint64_t *at;
    size_t n;
} item;

/* Puts n random items, filled with their number, from `first` on. */
static size_t put_items(dice *d, hb_wordlist *list, item *items, size_t n, size_t first, size_t longest)
{
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++) {
        items[i].n = chance(d, 500) ? 70000 : roll(d, longest + 1);
        items[i].at = hb_wordlist_put(list, items[i].n);
        wrong += items[i].at == NULL;
        for (size_t k = 0; k < items[i].n; k++) items[i].at[k] = (first + i) * 100000 + k;
    }
    return wrong;
}

/* Reads the blocks in order: they must hold the items one behind the other. */
static size_t compare(const hb_wordlist *list, const item *items, size_t n, size_t first)
{
    size_t wrong = 0, block = 0, at = 0, words = 0;
    for (size_t i = 0; i < n; i++) {
        if (items[i].n == 0) continue;
        while (block < list->n && at == list->blocks[block].n) {
            block++;
            at = 0;
        }
        if (block == list->n || list->blocks[block].n - at < items[i].n) return wrong + 1;
        wrong += list->blocks[block].words + at != items[i].at;
        for (size_t k = 0; k < items[i].n; k++) wrong += items[i].at[k] != (first + i) * 100000 + k;
        at += items[i].n;
        words += items[i].n;
    }
    return wrong + (hb_wordlist_words(list) != words);
}

static void test_items_stay(void)
{
    for (uint64_t k = 0; k < 10; k++) {
        dice d = dice_of(SEED + k);
        item *items = must_alloc(MOST, sizeof *items);
        hb_wordlist list;
        size_t n = roll(&d, MOST);
        hb_wordlist_init(&list, 7);
        CU_ASSERT_EQUAL(put_items(&d, &list, items, n, 0, 1 + roll(&d, 30)), 0);
        CU_ASSERT_EQUAL(compare(&list, items, n, 0), 0);
        size_t bad = 0;
        for (size_t i = 0; i < list.n; i++) bad += list.blocks[i].tag != 7 || list.blocks[i].n > list.blocks[i].cap;
        CU_ASSERT_EQUAL(bad, 0);
        hb_wordlist_fini(&list);
        CU_ASSERT(list.n == 0 && list.tag == 7 && hb_wordlist_words(&list) == 0);
        free(items);
    }
}

static void test_take(void)
{
    dice d = dice_of(SEED + 100);
    item *items = must_alloc(3 * 1000, sizeof *items);
    hb_wordlist all, parts[3];
    hb_wordlist_init(&all, 9);
    for (size_t p = 0; p < 3; p++) {
        hb_wordlist_init(&parts[p], (uint32_t)p);
        CU_ASSERT_EQUAL(put_items(&d, &parts[p], items + p * 1000, 1000, p * 1000, 9), 0);
        CU_ASSERT_EQUAL(hb_wordlist_take(&all, &parts[p]), HB_OK);
        CU_ASSERT(parts[p].n == 0 && parts[p].blocks == NULL);
        CU_ASSERT_EQUAL(all.blocks[all.n - 1].tag, p);
    }
    CU_ASSERT_EQUAL(compare(&all, items, 3000, 0), 0);
    CU_ASSERT_EQUAL(hb_wordlist_take(&all, &parts[0]), HB_OK);
    CU_ASSERT_EQUAL(hb_wordlist_take(&parts[0], &all), HB_OK);
    CU_ASSERT_EQUAL(compare(&parts[0], items, 3000, 0), 0);
    hb_block_free(&parts[0].blocks[0]);
    CU_ASSERT(parts[0].blocks[0].n == 0 && parts[0].blocks[0].words == NULL);
    hb_wordlist_fini(&parts[0]);
    free(items);
}

static void test_memory(void)
{
    dice d = dice_of(SEED + 200);
    item *items = must_alloc(2000, sizeof *items);
    hb_wordlist list, other;
    size_t failures = 0;
    hb_wordlist_init(&list, 0);
    hb_wordlist_init(&other, 0);
    for (size_t i = 0; i < 2000; i++) {
        size_t n = 1 + roll(&d, 600);
        for (uint64_t nth = 1;; nth++) {
            hb_memory_fail_at(nth, 0);
            items[i] = (item){ hb_wordlist_put(&list, n), n };
            hb_memory_fail_at(0, 0);
            if (items[i].at != NULL) break;
            failures++;
        }
        for (size_t k = 0; k < n; k++) items[i].at[k] = i * 100000 + k;
    }
    CU_ASSERT(failures > 5);
    CU_ASSERT_EQUAL(compare(&list, items, 2000, 0), 0);
    hb_memory_fail_at(1, 0);
    CU_ASSERT_EQUAL(hb_wordlist_take(&other, &list), HB_ERR_MEMORY);
    hb_memory_fail_at(0, 0);
    CU_ASSERT_EQUAL(compare(&list, items, 2000, 0), 0);
    CU_ASSERT_EQUAL(other.n, 0);
    hb_wordlist_fini(&list);
    hb_wordlist_fini(&other);
    free(items);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "items stay", test_items_stay }, { "take", test_take }, { "out of memory", test_memory }, CU_TEST_INFO_NULL
    };
    printf("seeds from %u\n", SEED);
    return hb_suite_run("wordlist", tests);
}
