/* Address to dense id with one hash probe and one popcount; ids in address order. */
#ifndef HB_PARTITION_PAGEMAP_H
#define HB_PARTITION_PAGEMAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/status.h"

#define HB_NO_ID UINT32_MAX

/* 512 slots of 1 << shift bytes. */
typedef struct hb_page {
    uint64_t number;     /* address >> (shift + 9) */
    uint64_t bits[8];    /* which slots hold an object */
    uint32_t base;       /* id of the first object; after sealing */
    uint16_t before[8];  /* objects in the words before each; after sealing */
} hb_page;

typedef struct hb_pagemap {
    unsigned shift;      /* log2 of the slot grain in bytes: 3, or 2 for 32-bit Rubies, or less for odd addresses */
    hb_page *pages;      /* sealed: by number */
    size_t n, cap;
    uint32_t *index;     /* page + 1, or 0; linear probing, at most half full */
    size_t mask;
    uint32_t n_ids;      /* sealed: objects */
} hb_pagemap;

/* The grain that fits addresses whose bits, or-ed together, are address_bits. */
unsigned hb_pagemap_shift(uint64_t address_bits);

void hb_pagemap_init(hb_pagemap *map, unsigned shift);
void hb_pagemap_fini(hb_pagemap *map);

/* Adds an address, a multiple of the grain; adding it again changes nothing. */
hb_status hb_pagemap_add(hb_pagemap *map, uint64_t address);

/* Adds all addresses of `other`, which has the same grain. */
hb_status hb_pagemap_merge(hb_pagemap *map, const hb_pagemap *other);

/* Sorts the pages and numbers the objects: at most 2^32 - 2 of them (HB_ERR_MEMORY above). */
hb_status hb_pagemap_seal(hb_pagemap *map);

/* The address of an id of a sealed map. */
uint64_t hb_pagemap_address(const hb_pagemap *map, uint32_t id);

/* The page that an address lies in, or NULL. */
static inline const hb_page *hb_pagemap_page(const hb_pagemap *map, uint64_t address)
{
    uint64_t number = address >> (map->shift + 9);
    if (map->index == NULL) return NULL;
    for (size_t at = hb_hash_place(number) & map->mask; map->index[at] != 0; at = (at + 1) & map->mask) {
        const hb_page *page = &map->pages[map->index[at] - 1];
        if (page->number == number) return page;
    }
    return NULL;
}

/* Whether the map holds the address; sealed or not. */
static inline int hb_pagemap_has(const hb_pagemap *map, uint64_t address)
{
    const hb_page *page = hb_pagemap_page(map, address);
    unsigned slot = (unsigned)(address >> map->shift) & 511;
    if (page == NULL || (address & ((UINT64_C(1) << map->shift) - 1)) != 0) return 0;
    return page->bits[slot / 64] >> slot % 64 & 1;
}

/* The id of an address in a sealed map, HB_NO_ID when it is not there. */
static inline uint32_t hb_pagemap_id(const hb_pagemap *map, uint64_t address)
{
    const hb_page *page = hb_pagemap_page(map, address);
    unsigned slot = (unsigned)(address >> map->shift) & 511;
    if (page == NULL || (address & ((UINT64_C(1) << map->shift) - 1)) != 0) return HB_NO_ID;
    uint64_t word = page->bits[slot / 64], bit = UINT64_C(1) << slot % 64;
    if ((word & bit) == 0) return HB_NO_ID;
    return page->base + page->before[slot / 64] + (uint32_t)__builtin_popcountll(word & (bit - 1));
}

#endif
