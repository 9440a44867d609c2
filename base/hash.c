#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t hb_hash_bytes(const void *bytes, size_t n, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes, n, seed);
}
