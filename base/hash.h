/* 64-bit hashes: XXH3 (https://github.com/Cyan4973/xxHash) for bytes, a multiply-xorshift mix for words. */
#ifndef HB_BASE_HASH_H
#define HB_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hb_hash_bytes(const void *bytes, size_t n, uint64_t seed);

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
