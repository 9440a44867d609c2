#include "pipeline/record.h"

#include <string.h>

#define NARROW_REFS 0x7fffu

static int is_narrow(const hb_record *r, size_t n_refs)
{
    return r->class_address <= HB_RECORD_48_BITS && r->memsize <= UINT32_MAX && r->generation >= INT32_MIN &&
           r->generation <= INT32_MAX && n_refs <= NARROW_REFS;
}

uint64_t *hb_record_put(hb_wordlist *list, const hb_record *r, const uint64_t *refs, size_t n_refs)
{
    const int narrow = is_narrow(r, n_refs);
    const size_t n_words = narrow ? HB_RECORD_WORDS : HB_RECORD_WIDE_WORDS;
    uint64_t *item = hb_wordlist_put(list, n_words + n_refs);
    if (item == NULL) return NULL;
    const uint64_t where = r->where < HB_RECORD_48_BITS ? r->where : HB_RECORD_48_BITS;
    item[HB_RECORD_ADDRESS] = r->address;
    item[HB_RECORD_WHERE] = where | (uint64_t)r->type << 48 | (uint64_t)(r->flags & 0x7f) << 56;
    item[HB_RECORD_STRINGS] = r->site | (uint64_t)r->name << 32;
    if (narrow) {
        item[HB_RECORD_CLASS] = r->class_address | (uint64_t)n_refs << 48;
        item[HB_RECORD_SIZES] = r->memsize | (uint64_t)(uint32_t)r->generation << 32;
    } else {
        item[HB_RECORD_CLASS] = HB_RECORD_IS_WIDE;
        item[HB_RECORD_SIZES] = 0;
        item[HB_RECORD_WIDE_CLASS] = r->class_address;
        item[HB_RECORD_WIDE_MEMSIZE] = r->memsize;
        item[HB_RECORD_WIDE_GENERATION] = (uint64_t)r->generation;
        item[HB_RECORD_WIDE_REFS] = n_refs;
    }
    if (n_refs != 0) memcpy(item + n_words, refs, n_refs * sizeof *item);
    return item;
}
