/* The page map: a hash index of pages, each a bitmap of 512 slots with running counts.
 *
 * Ruby's slots are 40 bytes or more (20 on 32-bit builds) at multiples of 8 (4), in heap pages of 64 KiB. A page here
 * is 512 grains, 4 KiB at a grain of 8: the bitmap is one cache line, and about 100 objects of 40 bytes share the
 * 96 bytes of a page and 4 to 8 of its index: about 1 byte an object. Objects strewn so that each has a page for
 * itself cost 104 bytes each, which is less than their lines did. Ids come out in address order because pages are
 * sorted when the map is sealed.
 *
 * Tried and dropped: pages of 64 KiB as the heap has them (8 KiB of bitmap for a lone object, so a hostile dump
 * of strewn addresses took gigabytes). */
#include "partition/pagemap.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

unsigned hb_pagemap_shift(uint64_t address_bits)
{
    unsigned shift = 0;
    while (shift < 3 && (address_bits >> shift & 1) == 0) shift++;
    return shift;
}

void hb_pagemap_init(hb_pagemap *map, unsigned shift)
{
    memset(map, 0, sizeof *map);
    map->shift = shift;
}

void hb_pagemap_fini(hb_pagemap *map)
{
    hb_free(map->pages);
    hb_free(map->index);
    hb_pagemap_init(map, map->shift);
}

static void index_all(hb_pagemap *map)
{
    memset(map->index, 0, (map->mask + 1) * sizeof *map->index);
    for (size_t i = 0; i < map->n; i++) {
        size_t at = hb_hash_place(map->pages[i].number) & map->mask;
        while (map->index[at] != 0) at = (at + 1) & map->mask;
        map->index[at] = (uint32_t)i + 1;
    }
}

static hb_status widen(hb_pagemap *map)
{
    size_t size = map->index == NULL ? 64 : (map->mask + 1) * 2;
    uint32_t *index = hb_alloc(size, sizeof *index);
    if (index == NULL) return HB_ERR_MEMORY;
    hb_free(map->index);
    map->index = index;
    map->mask = size - 1;
    index_all(map);
    return HB_OK;
}

/* The page of that number, made when it is not there; NULL when out of memory. */
static hb_page *page_for(hb_pagemap *map, uint64_t number)
{
    /* The map is ours to change. NOLINTNEXTLINE(performance-no-int-to-ptr) */
    hb_page *page = (hb_page *)(uintptr_t)hb_pagemap_page(map, number << (map->shift + 9));
    if (page != NULL) return page;
    if (map->n >= UINT32_MAX - 1) return NULL;
    if ((map->index == NULL || (map->n + 1) * 2 > map->mask + 1) && widen(map) != HB_OK) return NULL;
    if (hb_grow(&map->pages, &map->cap, map->n + 1, sizeof *map->pages) != HB_OK) return NULL;
    page = &map->pages[map->n];
    memset(page, 0, sizeof *page);
    page->number = number;
    size_t at = hb_hash_place(number) & map->mask;
    while (map->index[at] != 0) at = (at + 1) & map->mask;
    map->index[at] = (uint32_t)++map->n;
    return page;
}

hb_status hb_pagemap_add(hb_pagemap *map, uint64_t address)
{
    hb_page *page = page_for(map, address >> (map->shift + 9));
    if (page == NULL) return HB_ERR_MEMORY;
    unsigned slot = (unsigned)(address >> map->shift) & 511;
    page->bits[slot / 64] |= UINT64_C(1) << slot % 64;
    return HB_OK;
}

hb_status hb_pagemap_merge(hb_pagemap *map, const hb_pagemap *other)
{
    for (size_t i = 0; i < other->n; i++) {
        hb_page *page = page_for(map, other->pages[i].number);
        if (page == NULL) return HB_ERR_MEMORY;
        for (int w = 0; w < 8; w++) page->bits[w] |= other->pages[i].bits[w];
    }
    return HB_OK;
}

static int by_number(const void *a, const void *b)
{
    const hb_page *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

hb_status hb_pagemap_seal(hb_pagemap *map)
{
    uint64_t ids = 0;
    if (map->n > 0) qsort(map->pages, map->n, sizeof *map->pages, by_number);
    for (size_t i = 0; i < map->n; i++) {
        hb_page *page = &map->pages[i];
        page->base = (uint32_t)ids;
        uint32_t in_page = 0;
        for (int w = 0; w < 8; w++) {
            page->before[w] = (uint16_t)in_page;
            in_page += (uint32_t)__builtin_popcountll(page->bits[w]);
        }
        ids += in_page;
        if (ids >= HB_NO_ID) return HB_ERR_MEMORY;
    }
    map->n_ids = (uint32_t)ids;
    if (map->index != NULL) index_all(map);
    return HB_OK;
}

uint64_t hb_pagemap_address(const hb_pagemap *map, uint32_t id)
{
    size_t low = 0, high = map->n;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (map->pages[middle].base <= id) low = middle;
        else high = middle;
    }
    const hb_page *page = &map->pages[low];
    uint32_t left = id - page->base;
    unsigned w = 7;
    while (page->before[w] > left) w--;
    uint64_t word = page->bits[w];
    for (left -= page->before[w]; left > 0; left--) word &= word - 1;
    uint64_t slot = (uint64_t)w * 64 + (uint64_t)__builtin_ctzll(word);
    return (page->number << 9 | slot) << map->shift;
}
