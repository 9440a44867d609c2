/* The heap: every allocation of the program goes through here, so that sizes are checked for overflow in one
 * place and a test can let the n-th allocation fail. Arrays of HB_ARENA_LEAST_BYTES and more are the arena's
 * (base/arena.h), smaller ones malloc's; all are where the arena has no room, and under the sanitizers, which know malloc's. */
#ifndef HB_BASE_MEMORY_H
#define HB_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* n items of item_bytes each, uninitialised; NULL when out of memory or when the product overflows.
 * n = 0 gives a pointer that may be freed. */
void *hb_alloc(size_t n, size_t item_bytes);

/* The same, zeroed. */
void *hb_alloc_zero(size_t n, size_t item_bytes);

/* Resizes to n items; on failure returns NULL and leaves old valid. */
void *hb_realloc(void *old, size_t n, size_t item_bytes);

/* free(NULL) is fine. */
void hb_free(void *memory);

/* Makes room for at least `want` items in the array *items of capacity *cap, growing by half or more. On
 * failure returns HB_ERR_MEMORY and leaves both as they were. items is the address of a typed pointer. */
hb_status hb_grow(void *items, size_t *cap, size_t want, size_t item_bytes);

/* A copy of n bytes with a terminating NUL, or NULL. */
char *hb_copy_text(const char *text, size_t n);

/* Gives back to the system what is kept for later allocations. */
void hb_memory_trim(void);

/* Peak resident memory of this program so far, bytes (VmHWM of proc(5)). Not getrusage's, which counts what the process was before it
 * became this program: a large parent's memory; that one serves only where there is no /proc. */
uint64_t hb_memory_peak_bytes(void);

/* Memory that this process could still get, bytes: what the system has available, or less where its cgroup (v2) has a
 * limit. UINT64_MAX where neither is told. Sources: proc(5), MemAvailable; cgroups(7). */
uint64_t hb_memory_available_bytes(void);

/* What was read stays out of core dumps: this process writes none (RLIMIT_CORE), and the arena is left out of those that
 * a program gets to which the system pipes them, which asks for no limit (MADV_DONTDUMP). HB_CORE=1 in the environment
 * allows them, to look for a fault of this program. To be called first of all. Source: core(5), madvise(2). */
void hb_memory_keep_private(void);

/* For tests: the allocation numbered `nth` from now (1 = the next) returns NULL; with `persistent` so do all
 * that follow. nth = 0 turns it off. */
void hb_memory_fail_at(uint64_t nth, int persistent);

#endif
