#include "base/hash.h"

#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Digits of pi, until a secret is drawn. */
uint64_t hb_hash_secret[2] = { 0x243f6a8885a308d3u, 0x13198a2e03707345u };

uint64_t hb_hash_bytes(const void *bytes, size_t n, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes, n, seed);
}

void hb_hash_draw_secret(void)
{
    uint64_t drawn[2];
    /* Without entropy, which Linux has soon after it has started, the words above serve. */
    if (getrandom(drawn, sizeof drawn, GRND_NONBLOCK) != (ssize_t)sizeof drawn) return;
    hb_hash_secret[0] = drawn[0];
    hb_hash_secret[1] = drawn[1] | 1;   /* odd, and so not 0 */
}
