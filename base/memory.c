#include "base/memory.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/arena.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(HB_NO_ARENA)
#define SANITIZED 1
#elif defined(__has_feature)
#define SANITIZED (__has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || __has_feature(thread_sanitizer))
#else
#define SANITIZED 0
#endif

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

static int is_large(size_t total)
{
    return total >= HB_ARENA_LEAST_BYTES && !SANITIZED;
}

static void *allocate(size_t total, int zeroed)
{
    void *memory = is_large(total) ? hb_arena_take(total, zeroed) : NULL;
    if (memory != NULL) return memory;
    return zeroed ? calloc(1, total) : malloc(total);
}

void *hb_alloc(size_t n, size_t item_bytes)
{
    const size_t total = total_bytes(n, item_bytes);
    return total == 0 || must_fail() ? NULL : allocate(total, 0);
}

void *hb_alloc_zero(size_t n, size_t item_bytes)
{
    const size_t total = total_bytes(n, item_bytes);
    return total == 0 || must_fail() ? NULL : allocate(total, 1);
}

static void *resize(void *old, size_t total)
{
    const int in_arena = hb_arena_has(old);
    if (in_arena && hb_arena_resize(old, total)) return old;
    if (!in_arena && !is_large(total)) return realloc(old, total);
    void *fresh = allocate(total, 0);
    if (fresh == NULL) return NULL;
    const size_t had = in_arena ? hb_arena_bytes(old) : malloc_usable_size(old);
    memcpy(fresh, old, had < total ? had : total);
    hb_free(old);
    return fresh;
}

void *hb_realloc(void *old, size_t n, size_t item_bytes)
{
    const size_t total = total_bytes(n, item_bytes);
    if (total == 0 || must_fail()) return NULL;
    return old != NULL ? resize(old, total) : allocate(total, 0);
}

void hb_free(void *memory)
{
    if (hb_arena_has(memory)) hb_arena_give(memory);
    else free(memory);
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

/* The number behind the key in a file of lines "key number", as in /proc/meminfo; key "": the first line is the number.
 * UINT64_MAX: it is not told. */
static uint64_t number_in(const char *path, const char *key)
{
    char line[256], *end;
    uint64_t found = UINT64_MAX;
    FILE *file = fopen(path, "re");
    if (file == NULL) return UINT64_MAX;
    while (found == UINT64_MAX && fgets(line, sizeof line, file) != NULL) {
        const char *text = line + strlen(key);
        if (strncmp(line, key, strlen(key)) != 0) continue;
        const uint64_t number = strtoull(text, &end, 10);
        if (end != text) found = number;
    }
    (void)fclose(file);
    return found;
}

void hb_memory_trim(void)
{
    hb_arena_trim();
}

/* What is left of one cgroup's limit, file pages that can be dropped counted as left; UINT64_MAX without a limit. */
static uint64_t group_left(const char *group)
{
    char path[640];
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max", group);
    const uint64_t most = number_in(path, "");
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.current", group);
    const uint64_t now = number_in(path, "");
    snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.stat", group);
    const uint64_t file = number_in(path, "inactive_file");
    if (most == UINT64_MAX || now == UINT64_MAX) return UINT64_MAX;
    const uint64_t used = file <= now ? now - file : now;
    return most > used ? most - used : 0;
}

/* The least that the cgroup and those above it leave. */
static uint64_t cgroup_left(void)
{
    char group[512] = "";
    uint64_t least = UINT64_MAX;
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (file == NULL) return UINT64_MAX;
    while (fgets(group, sizeof group, file) != NULL && strncmp(group, "0::", 3) != 0) group[0] = '\0';
    (void)fclose(file);
    if (group[0] == '\0') return UINT64_MAX;
    group[strcspn(group, "\n")] = '\0';
    for (char *path = group + 3;; *strrchr(path, '/') = '\0') {
        const uint64_t left = group_left(path);
        if (left < least) least = left;
        if (strrchr(path, '/') == NULL) return least;
    }
}

uint64_t hb_memory_available_bytes(void)
{
    const uint64_t kib = number_in("/proc/meminfo", "MemAvailable:"), left = cgroup_left();
    const uint64_t available = kib < UINT64_MAX / 1024 ? kib * 1024 : UINT64_MAX;
    return available < left ? available : left;
}

void hb_memory_keep_private(void)
{
    const struct rlimit none = { 0, 0 };
    const char *allowed = getenv("HB_CORE");
    if (allowed != NULL && strcmp(allowed, "1") == 0) return;
    (void)setrlimit(RLIMIT_CORE, &none);
    hb_arena_keep_private();
}

uint64_t hb_memory_peak_bytes(void)
{
    const uint64_t kib = number_in("/proc/self/status", "VmHWM:");
    struct rusage usage;
    if (kib < UINT64_MAX / 1024) return kib * 1024;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_maxrss * 1024 : 0;
}
