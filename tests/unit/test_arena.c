/* The arena against what any allocator owes: arrays keep what was written, whatever is taken, given and resized beside
 * them; and what only this one promises: memory that was freed is used again, without faults and without a larger peak. */
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/arena.h"
#include "base/memory.h"
#include "tests/unit/dice.h"
#include "tests/unit/suite.h"

#define SEED 4711u
#define MOST 40
#define MIB ((size_t)1 << 20)
/* What a peak may be off by. AddressSanitizer's shadow is an eighth of all memory, and counts. */
#ifdef __SANITIZE_ADDRESS__
#define SLACK (64 * MIB)
#else
#define SLACK (16 * MIB)
#endif

typedef struct array {
    unsigned char *bytes;
    size_t n;
    unsigned char mark;
} array;

/* Marks at both ends and a stride between, which finds any overlap of pages. */
static void mark(const array *a)
{
    for (size_t i = 0; i < a->n; i += 512) a->bytes[i] = a->mark;
    a->bytes[a->n - 1] = a->mark;
}

static size_t spoiled(const array *a, size_t n)
{
    size_t wrong = 0;
    for (size_t i = 0; i < n; i += 512) wrong += a->bytes[i] != a->mark;
    return wrong;
}

static size_t not_zero(const array *a)
{
    size_t wrong = 0;
    for (size_t i = 0; i < a->n; i++) wrong += a->bytes[i] != 0;
    return wrong;
}

/* From a page to 8 MiB, small ones more often. */
static size_t random_size(dice *d)
{
    return 1 + roll(d, (size_t)1 << (12 + roll(d, 12)));
}

static size_t take(array *a, dice *d)
{
    const int zeroed = chance(d, 2);
    *a = (array){ .n = random_size(d), .mark = (unsigned char)(1 + roll(d, 255)) };
    a->bytes = hb_arena_take(a->n, zeroed);
    if (a->bytes == NULL) return 1;
    size_t wrong = (size_t)!hb_arena_has(a->bytes) + (hb_arena_bytes(a->bytes) < a->n);
    if (zeroed) wrong += not_zero(a);
    mark(a);
    return wrong;
}

static size_t give(array *a)
{
    const size_t wrong = spoiled(a, a->n) + (a->bytes[a->n - 1] != a->mark);
    hb_arena_give(a->bytes);
    a->bytes = NULL;
    return wrong;
}

static size_t resize(array *a, dice *d)
{
    const size_t n = random_size(d), kept = n < a->n ? n : a->n;
    if (!hb_arena_resize(a->bytes, n)) return spoiled(a, a->n);
    a->n = n;
    const size_t wrong = spoiled(a, kept) + (hb_arena_bytes(a->bytes) < n);
    mark(a);
    return wrong;
}

static size_t go(uint64_t seed, int steps)
{
    array arrays[MOST] = { { 0 } };
    dice d = dice_of(seed);
    size_t wrong = 0;
    for (int i = 0; i < steps; i++) {
        array *a = &arrays[roll(&d, MOST)];
        if (a->bytes == NULL) wrong += take(a, &d);
        else if (chance(&d, 3)) wrong += resize(a, &d);
        else wrong += give(a);
    }
    for (size_t i = 0; i < MOST; i++)
        if (arrays[i].bytes != NULL) wrong += give(&arrays[i]);
    return wrong;
}

static void test_arrays_keep_their_bytes(void)
{
    CU_ASSERT_EQUAL(go(SEED, 4000), 0);
}

static void test_with_threads(void)
{
    size_t wrong = 0;
#pragma omp parallel for num_threads(4) reduction(+ : wrong)
    for (int t = 0; t < 8; t++) wrong += go(SEED + 1 + (uint64_t)t, 1000);
    CU_ASSERT_EQUAL(wrong, 0);
}

static void test_whose_an_array_is(void)
{
    int here = 0;
    void *mine = must_alloc(HB_ARENA_LEAST_BYTES, 1);
    CU_ASSERT(!hb_arena_has(NULL) && !hb_arena_has(&here) && !hb_arena_has(mine));
    free(mine);
    CU_ASSERT_PTR_NULL(hb_arena_take(SIZE_MAX, 0));
    CU_ASSERT_PTR_NULL(hb_arena_take((size_t)1 << 50, 1));
}

static long faults(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_minflt : -1;
}

/* n bytes, written and given back: how many faults that took. */
static long faults_of(size_t n)
{
    const long before = faults();
    unsigned char *bytes = hb_arena_take(n, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    memset(bytes, 1, n);
    hb_arena_give(bytes);
    return faults() - before;
}

/* Whether the system has huge pages for who asks. */
static int has_huge_pages(void)
{
    char text[128] = "";
    FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "r");
    if (file == NULL) return 0;
    const int told = fgets(text, sizeof text, file) != NULL;
    fclose(file);
    return told && strstr(text, "[never]") == NULL;
}

/* The first: main has set what a Ruby sets for all that it starts. */
static void test_huge_pages(void)
{
    if (!has_huge_pages()) return;
    CU_ASSERT(faults_of(64 * MIB) < 64 * (long)(MIB / 4096) / 4);
}

static void test_memory_is_used_again(void)
{
    const size_t n = 96 * MIB;
    CU_ASSERT(faults_of(n) > 0);
    const uint64_t peak = hb_memory_peak_bytes();
    CU_ASSERT_EQUAL(faults_of(n), 0);
    CU_ASSERT_EQUAL(faults_of(n / 3), 0);
    for (int i = 0; i < 10; i++) faults_of(n);
    CU_ASSERT(hb_memory_peak_bytes() < peak + MIB);
}

/* What is kept leaves with what is needed elsewhere: gaps too small for a new array do not add to it. */
static void test_peak_is_that_of_the_arrays(void)
{
    enum { N = 64 };
    unsigned char *pieces[N], *large;
    for (size_t i = 0; i < N; i++) {
        pieces[i] = hb_arena_take(6 * MIB, 0);
        CU_ASSERT_PTR_NOT_NULL_FATAL(pieces[i]);
        memset(pieces[i], 1, 6 * MIB);
    }
    const uint64_t peak = hb_memory_peak_bytes();
    for (size_t i = 0; i < N; i += 2) hb_arena_give(pieces[i]);
    large = hb_arena_take(N / 2 * 6 * MIB, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(large);
    memset(large, 1, N / 2 * 6 * MIB);
    /* A gap of 6 MiB has two or three whole huge pages, and some slack is allowed. */
    CU_ASSERT(hb_memory_peak_bytes() < peak + N / 2 * 2 * MIB + SLACK);
    hb_arena_give(large);
    for (size_t i = 1; i < N; i += 2) hb_arena_give(pieces[i]);
}

int main(void)
{
    CU_TestInfo tests[] = {
        { "huge pages", test_huge_pages },
        { "memory is used again", test_memory_is_used_again },
        { "the peak is that of the arrays", test_peak_is_that_of_the_arrays },
        { "arrays keep their bytes", test_arrays_keep_their_bytes },
        { "with threads", test_with_threads },
        { "whose an array is", test_whose_an_array_is }, CU_TEST_INFO_NULL
    };
    printf("seeds from %u\n", SEED);
    (void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    return hb_suite_run("arena", tests);
}
