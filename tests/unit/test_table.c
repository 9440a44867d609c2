/* The hash table against a plain list, for all widths of keys and values. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/table.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 123u
#define MOST 1200

typedef struct row {
    uint64_t key[4], sums[3];
} row;

static size_t place_in(const row *list, size_t n, const uint64_t *key, unsigned n_key)
{
    size_t i = 0;
    while (i < n && memcmp(list[i].key, key, n_key * sizeof *key) != 0) i++;
    return i;
}

/* Keys that repeat, and that differ in one word or one high bit only. */
static void random_key(dice *d, uint64_t *key, unsigned n_key)
{
    for (unsigned i = 0; i < n_key; i++) key[i] = roll(d, n_key == 1 ? 700 : 5) << (chance(d, 2) ? 60 : 0);
}

static size_t compare(const hb_table *table, const row *list, size_t n)
{
    size_t wrong = table->n != n;
    for (size_t i = 0; i < n; i++) {
        const uint64_t *found = hb_table_find(table, list[i].key);
        wrong += memcmp(hb_table_row(table, i), list[i].key, table->n_key * sizeof(uint64_t)) != 0;
        wrong += found != hb_table_values(table, i);
        wrong += memcmp(found, list[i].sums, table->n_value * sizeof(uint64_t)) != 0;
    }
    return wrong;
}

static void try_widths(unsigned n_key, unsigned n_value)
{
    dice d = dice_of(SEED + n_key * 10 + n_value);
    row *list = must_alloc(MOST, sizeof *list);
    hb_table table;
    size_t wrong = 0;
    hb_table_init(&table, n_key, n_value);
    for (int again = 0; again < 3; again++) {
        size_t n = 0;
        for (size_t i = 0; i < MOST; i++) {
            /* Exactly as long as the key, so that AddressSanitizer sees a word too far. */
            uint64_t *key = must_alloc(n_key, sizeof *key);
            int fresh = -1;
            random_key(&d, key, n_key);
            size_t at = place_in(list, n, key, n_key);
            wrong += (hb_table_find(&table, key) != NULL) != (at < n);
            uint64_t *values = hb_table_put(&table, key, i % 2 != 0 ? &fresh : NULL);
            if (i % 2 != 0) wrong += fresh != (at == n);
            if (at == n) {
                memset(&list[n], 0, sizeof list[n]);
                memcpy(list[n++].key, key, n_key * sizeof *key);
            }
            for (unsigned v = 0; v < n_value; v++) list[at].sums[v] += values[v] == list[at].sums[v] ? i * v + 1 : 0;
            for (unsigned v = 0; v < n_value; v++) values[v] += i * v + 1;
            free(key);
        }
        wrong += compare(&table, list, n);
        hb_table_clear(&table);
        for (size_t i = 0; i < n; i++) wrong += hb_table_find(&table, list[i].key) != NULL;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    hb_table_fini(&table);
    CU_ASSERT(table.n_key == n_key && table.n_value == n_value && table.n == 0);
    free(list);
}

static void test_against_a_list(void)
{
    for (unsigned n_key = 1; n_key <= 4; n_key++)
        for (unsigned n_value = 0; n_value <= 3; n_value++) try_widths(n_key, n_value);
}

static void test_many(void)
{
    hb_table table;
    size_t wrong = 0;
    hb_table_init(&table, 1, 1);
    for (uint64_t i = 0; i < 300000; i++) {
        uint64_t key = i * 0x10000;
        uint64_t *values = hb_table_put(&table, &key, NULL);
        if (values == NULL) wrong++;
        else values[0] = ~i;
    }
    for (uint64_t i = 0; i < 300000; i++) {
        uint64_t key = i * 0x10000, stranger = key + 1;
        const uint64_t *values = hb_table_find(&table, &key);
        wrong += values == NULL || values[0] != ~i || hb_table_find(&table, &stranger) != NULL;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    hb_table_fini(&table);
}

/* The hash is of the whole key, and of nothing else. */
static void test_hash(void)
{
    uint64_t a[4] = { 1, 2, 3, 4 }, b[4] = { 1, 2, 3, 5 }, c[4] = { 2, 1, 3, 4 };
    CU_ASSERT_EQUAL(hb_table_hash(a, 3), hb_table_hash(b, 3));
    CU_ASSERT_NOT_EQUAL(hb_table_hash(a, 4), hb_table_hash(b, 4));
    CU_ASSERT_NOT_EQUAL(hb_table_hash(a, 2), hb_table_hash(c, 2));
}

/* How many of the places that a mask leaves the keys fall into. */
static size_t places_of(const uint64_t *keys, size_t n, uint64_t mask)
{
    static unsigned char seen[1 << 16];
    size_t places = 0;
    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < n; i++) {
        unsigned char *at = &seen[hb_table_hash(&keys[i], 1) & mask];
        places += *at == 0;
        *at = 1;
    }
    return places;
}

/* Keys that were chosen to fall into one place do not when another secret is drawn. */
static void test_chosen_keys(void)
{
    enum { N = 1000, MASK = 0xffff };
    const uint64_t before[2] = { hb_hash_secret[0], hb_hash_secret[1] };
    static uint64_t keys[N];
    size_t n = 0;
    for (uint64_t key = 0x7f0000000000; n < N; key += 40)
        if ((hb_table_hash(&key, 1) & MASK) == 0) keys[n++] = key;
    CU_ASSERT_EQUAL(places_of(keys, N, MASK), 1);
    hb_hash_draw_secret();
    CU_ASSERT(hb_hash_secret[0] != before[0] && hb_hash_secret[1] != before[1]);
    /* Of 1,000 keys thrown at random into 65,536 places 992 or 993 lie apart. */
    CU_ASSERT(places_of(keys, N, MASK) > 950);
    memcpy(hb_hash_secret, before, sizeof before);
}

static void test_memory(void)
{
    hb_table table;
    size_t failures = 0, wrong = 0;
    hb_table_init(&table, 2, 1);
    for (uint64_t i = 0; i < 700; i++)
        for (uint64_t nth = 1;; nth++) {
            uint64_t key[2] = { i, i * i };
            int fresh;
            hb_memory_fail_at(nth, 0);
            uint64_t *values = hb_table_put(&table, key, &fresh);
            hb_memory_fail_at(0, 0);
            if (values != NULL) {
                wrong += !fresh || values[0] != 0;
                values[0] = i + 7;
                break;
            }
            wrong += table.n != i || fresh || hb_table_find(&table, key) != NULL;
            failures++;
        }
    for (uint64_t i = 0; i < 700; i++) {
        uint64_t key[2] = { i, i * i };
        const uint64_t *values = hb_table_find(&table, key);
        wrong += values == NULL || values[0] != i + 7;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(failures > 10);
    hb_table_fini(&table);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "against a list", test_against_a_list }, { "many rows", test_many }, { "hash", test_hash }, { "chosen keys", test_chosen_keys },
        { "out of memory", test_memory }, CU_TEST_INFO_NULL
    };
    printf("seeds from %u\n", SEED);
    return hb_suite_run("table", tests);
}
