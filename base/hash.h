/* 64-bit hashes: XXH3 (https://github.com/Cyan4973/xxHash) for bytes, a multiply-xorshift mix for words. */
#ifndef HB_BASE_HASH_H
#define HB_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hb_hash_bytes(const void *bytes, size_t n, uint64_t seed);

/* What a table's places follow from, where the keys come out of a dump: a dump whose addresses or names all hash to one place
 * would make each search a walk through all of them (Crosby, Wallach 2003, Denial of Service via Algorithmic Complexity
 * Attacks). Nobody can choose such keys who does not know these words, which are drawn anew in each run. No answer depends on
 * them: they say where a key lies, never in which order keys are told. */
extern uint64_t hb_hash_secret[2];

/* Draws the secret (getrandom(2)). Before the first table is filled, and once; ranks that share out keys among each other
 * must have the same one. */
void hb_hash_draw_secret(void);

/* A word under the secret: both halves of a 64 x 64 bit product, folded (as in wyhash, https://github.com/wangyi-fudan/wyhash). */
static inline uint64_t hb_hash_place(uint64_t word)
{
    const unsigned __int128 product = (unsigned __int128)(word ^ hb_hash_secret[0]) * hb_hash_secret[1];
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2714064.2660195): a bijection. */
static inline uint64_t hb_hash_word(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* Order-dependent combination of a running hash with one more word. */
static inline uint64_t hb_hash_mix(uint64_t hash, uint64_t word)
{
    return hb_hash_word(hash ^ (word * 0xff51afd7ed558ccdu));
}

#endif
