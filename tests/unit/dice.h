/* A seeded generator for tests: SplitMix64, so that a printed seed repeats a failure anywhere. */
#ifndef HB_TESTS_UNIT_DICE_H
#define HB_TESTS_UNIT_DICE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct dice {
    uint64_t state;
} dice;

static inline dice dice_of(uint64_t seed)
{
    return (dice){ seed * 0x9e3779b97f4a7c15u + 1 };
}

static inline uint64_t roll64(dice *d)
{
    uint64_t x = d->state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* 0 to n - 1. */
static inline size_t roll(dice *d, size_t n)
{
    return n == 0 ? 0 : (size_t)(roll64(d) >> 11) % n;
}

/* 1 in n. */
static inline int chance(dice *d, size_t n)
{
    return roll(d, n) == 0;
}

/* Memory of the test itself, of exactly this size and not through hb_alloc, whose failures are tested. */
static inline void *must_alloc(size_t n, size_t item_bytes)
{
    void *memory = calloc(n != 0 ? n : 1, item_bytes);
    if (memory == NULL) {
        fprintf(stderr, "no memory for the test\n");
        exit(2);
    }
    return memory;
}

#endif
