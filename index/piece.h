/* The pieces in which columns are scanned. */
#ifndef HB_INDEX_PIECE_H
#define HB_INDEX_PIECE_H

#include <stddef.h>
#include <stdint.h>

#define HB_INDEX_PIECE 65536   /* items */

/* How many items the next piece has. */
static inline uint64_t hb_piece_of(uint64_t left)
{
    return left < HB_INDEX_PIECE ? left : HB_INDEX_PIECE;
}

/* How many of n items are `wanted`: without a branch on each, since what is looked for is rare. */
static inline size_t hb_piece_count(const uint32_t *items, size_t n, uint32_t wanted)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) found += items[i] == wanted;
    return found;
}

#endif
