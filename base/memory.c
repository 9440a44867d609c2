#include "base/memory.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static atomic_uint_fast64_t countdown; /* allocations until one fails; 0: never */
static atomic_int keep_failing;

void hb_memory_fail_at(uint64_t nth, int persistent)
{
    atomic_store(&keep_failing, nth != 0 && persistent);
    atomic_store(&countdown, nth);
}

static int must_fail(void)
{
    uint_fast64_t left = atomic_load_explicit(&countdown, memory_order_relaxed);
    while (left > 1)
        if (atomic_compare_exchange_weak(&countdown, &left, left - 1)) return 0;
    if (left == 0) return 0;
    /* Of several threads that see the last one, all fail when it is to persist, else the first. */
    return atomic_load(&keep_failing) || atomic_compare_exchange_strong(&countdown, &left, 0);
}

/* The size of n items, or 0 when it overflows; never 0 otherwise. */
static size_t total_bytes(size_t n, size_t item_bytes)
{
    size_t total;
    if (__builtin_mul_overflow(n, item_bytes, &total)) return 0;
    return total != 0 ? total : 1;
}

/* Advice on the whole pages of bytes [from, to). Where the system does not take it, nothing is lost but its effect. */
static void advise(void *memory, size_t from, size_t to, int advice)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t first = ((uintptr_t)memory + from + page - 1) & ~(page - 1);
    const uintptr_t last = ((uintptr_t)memory + to) & ~(page - 1);
    if (first < last) (void)madvise((void *)first, last - first, advice);
}

static void *advised(void *memory, size_t total)
{
    if (memory != NULL && total >= HB_MEMORY_HUGE_BYTES) advise(memory, 0, total, MADV_HUGEPAGE);
    return memory;
}

void *hb_alloc(size_t n, size_t item_bytes)
{
    size_t total = total_bytes(n, item_bytes);
    return total == 0 || must_fail() ? NULL : advised(malloc(total), total);
}

void *hb_alloc_zero(size_t n, size_t item_bytes)
{
    size_t total = total_bytes(n, item_bytes);
    return total == 0 || must_fail() ? NULL : advised(calloc(1, total), total);
}

void *hb_realloc(void *old, size_t n, size_t item_bytes)
{
    size_t total = total_bytes(n, item_bytes);
    return total == 0 || must_fail() ? NULL : advised(realloc(old, total), total);
}

void hb_free(void *memory)
{
    free(memory);
}

void hb_give_back(void *memory, size_t from, size_t to)
{
    advise(memory, from, to, MADV_DONTNEED);
}

hb_status hb_grow(void *items, size_t *cap, size_t want, size_t item_bytes)
{
    if (want <= *cap) return HB_OK;
    size_t bigger = *cap + *cap / 2 + 16;
    if (bigger < want) bigger = want;
    void *old;
    memcpy(&old, items, sizeof old);
    void *fresh = hb_realloc(old, bigger, item_bytes);
    if (fresh == NULL) return HB_ERR_MEMORY;
    memcpy(items, &fresh, sizeof fresh);
    *cap = bigger;
    return HB_OK;
}

char *hb_copy_text(const char *text, size_t n)
{
    char *copy = hb_alloc(n + 1, 1);
    if (copy == NULL) return NULL;
    if (n != 0) memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

uint64_t hb_memory_peak_bytes(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
    return (uint64_t)usage.ru_maxrss * 1024;
}
