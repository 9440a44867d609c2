/* Large arrays out of one range of addresses, in whole pages, kept for the next array when they are freed.
 *
 * A page that is touched for the first time costs a fault and is cleared by the system: under a hypervisor that
 * shadows page tables 5 to 15 us for 4 KiB, more than it takes to fill the page. So the range asks for huge pages
 * (madvise(2), MADV_HUGEPAGE), arrays lie side by side in it whatever their size, and what is freed stays, as long as
 * arrays and kept pages together are no more than the process had at its peak: reuse never makes the peak larger. Beyond
 * that pages go back to the system. The range is only addresses, reserved once, and costs no memory.
 *
 * Free runs of pages are kept by address and taken by best fit; small arrays are taken from the upper end of the range, so
 * that those that come and go are not strewn among those that stay (Wilson et al., Dynamic Storage Allocation: A Survey and
 * Critical Review, 1995, on placement). All functions may be called by any thread. */
#ifndef HB_BASE_ARENA_H
#define HB_BASE_ARENA_H

#include <stddef.h>

/* Below this an array is none of the arena's: malloc serves it better. */
#define HB_ARENA_LEAST_BYTES ((size_t)64 << 10)

/* bytes (at least 1) rounded up to whole pages, zeroed or as they come; NULL when there is no range, no room in it, or no memory
 * for its books. */
void *hb_arena_take(size_t bytes, int zeroed);

/* Whether the array is the arena's. */
int hb_arena_has(const void *array);

/* Usable bytes of an array: what was asked for, rounded up to pages. */
size_t hb_arena_bytes(const void *array);

/* Makes an array larger or smaller where it lies; 0 when there is no room behind it. */
int hb_arena_resize(void *array, size_t bytes);

void hb_arena_give(void *array);

/* Core dumps leave the arena out. Before the first array. */
void hb_arena_keep_private(void);

/* Gives back to the system what is kept for later arrays: for when this process rests while others work, or is done with one
 * piece of work. */
void hb_arena_trim(void);

#endif
