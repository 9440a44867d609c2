/* When are two lines of two dumps the same object? Equal address, and equal identity word. */
#ifndef HB_PIPELINE_IDENTITY_H
#define HB_PIPELINE_IDENTITY_H

#include <stdint.h>

#include "base/hash.h"

typedef enum hb_identity {
    HB_IDENTITY_STRICT,        /* type, class, site, generation */
    HB_IDENTITY_ADDRESS_TYPE,  /* type: what sheap compares */
    HB_IDENTITY_ADDRESS        /* nothing: what heapy compares */
} hb_identity;

static inline const char *hb_identity_name(hb_identity identity)
{
    static const char *const names[] = { "strict", "address-type", "address" };
    return names[identity];
}

/* The site's part of the identity: a hash of path and line, 0 for an object without a site. */
static inline uint64_t hb_identity_site(const char *file, size_t n, uint32_t line)
{
    return hb_hash_bytes(file, n, line);
}

/* The identity word: what a dump but the last sends of an object besides its address. Two objects at one address
 * that differ are taken for the same one with a probability of 2^-64. */
static inline uint64_t hb_identity_word(hb_identity identity, unsigned type, uint64_t class_address, uint64_t site,
                                        int64_t generation)
{
    if (identity == HB_IDENTITY_ADDRESS) return 0;
    if (identity == HB_IDENTITY_ADDRESS_TYPE) return type;
    return hb_hash_mix(hb_hash_mix(hb_hash_mix(type, class_address), site), (uint64_t)generation);
}

#endif
