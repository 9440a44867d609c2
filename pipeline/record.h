/* A staged object of the last dump: a run of words, addresses of its references last. Most objects of a heap fit
 * into 5 words and one for each reference; one with a field too wide for that gets 4 more. */
#ifndef HB_PIPELINE_RECORD_H
#define HB_PIPELINE_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/wordlist.h"
#include "pipeline/line.h"

/* What a record holds of a line, beside its references. */
typedef struct hb_record {
    uint64_t address;
    uint64_t class_address;  /* 0: none */
    uint64_t where;          /* offset of the line in the dump; from 2^48 on, 2^48 - 1 */
    uint64_t memsize;
    int64_t generation;      /* -1: none */
    uint32_t site;           /* site id + 1; 0: none */
    uint32_t name;           /* name id + 1, 0: none; something else for types without a name: hb_record_is_named */
    hb_type type;
    uint32_t flags;          /* HB_FLAG_ bits, below 128 */
} hb_record;

/* Words of an item; those behind HB_RECORD_WORDS only with HB_RECORD_IS_WIDE, and the narrow fields count no more. */
enum {
    HB_RECORD_ADDRESS,
    HB_RECORD_CLASS,      /* class address: 48 bits, references: 15, HB_RECORD_IS_WIDE: the highest */
    HB_RECORD_WHERE,      /* where: 48 bits, type: 8, flags: 7, HB_RECORD_IS_LOST: the highest */
    HB_RECORD_STRINGS,    /* site in the low half, name in the high one */
    HB_RECORD_SIZES,      /* memsize in the low half, generation in the high one, as an int32_t */
    HB_RECORD_WORDS,
    HB_RECORD_WIDE_CLASS = HB_RECORD_WORDS,
    HB_RECORD_WIDE_MEMSIZE,
    HB_RECORD_WIDE_GENERATION,
    HB_RECORD_WIDE_REFS,
    HB_RECORD_WIDE_WORDS
};

#define HB_RECORD_IS_WIDE (UINT64_C(1) << 63)
#define HB_RECORD_IS_LOST (UINT64_C(1) << 63)  /* another line with its address came before it */
#define HB_RECORD_48_BITS ((UINT64_C(1) << 48) - 1)

/* Appends an item; NULL when out of memory. */
uint64_t *hb_record_put(hb_wordlist *list, const hb_record *record, const uint64_t *refs, size_t n_refs);

static inline int hb_record_is_wide(const uint64_t *item) { return (item[HB_RECORD_CLASS] & HB_RECORD_IS_WIDE) != 0; }
static inline int hb_record_is_lost(const uint64_t *item) { return (item[HB_RECORD_WHERE] & HB_RECORD_IS_LOST) != 0; }
static inline unsigned hb_record_type(const uint64_t *item) { return (item[HB_RECORD_WHERE] >> 48) & 0xff; }
static inline unsigned hb_record_flags(const uint64_t *item) { return (item[HB_RECORD_WHERE] >> 56) & 0x7f; }
static inline uint64_t hb_record_where(const uint64_t *item) { return item[HB_RECORD_WHERE] & HB_RECORD_48_BITS; }
static inline uint32_t hb_record_site(const uint64_t *item) { return (uint32_t)item[HB_RECORD_STRINGS]; }
static inline uint32_t hb_record_name(const uint64_t *item) { return (uint32_t)(item[HB_RECORD_STRINGS] >> 32); }

static inline uint64_t hb_record_class(const uint64_t *item)
{
    return hb_record_is_wide(item) ? item[HB_RECORD_WIDE_CLASS] : item[HB_RECORD_CLASS] & HB_RECORD_48_BITS;
}

static inline uint64_t hb_record_memsize(const uint64_t *item)
{
    return hb_record_is_wide(item) ? item[HB_RECORD_WIDE_MEMSIZE] : (uint32_t)item[HB_RECORD_SIZES];
}

static inline int64_t hb_record_generation(const uint64_t *item)
{
    if (hb_record_is_wide(item)) return (int64_t)item[HB_RECORD_WIDE_GENERATION];
    return (int32_t)(uint32_t)(item[HB_RECORD_SIZES] >> 32);
}

static inline size_t hb_record_n_refs(const uint64_t *item)
{
    return hb_record_is_wide(item) ? item[HB_RECORD_WIDE_REFS] : (item[HB_RECORD_CLASS] >> 48) & 0x7fff;
}

static inline const uint64_t *hb_record_refs(const uint64_t *item)
{
    return item + (hb_record_is_wide(item) ? HB_RECORD_WIDE_WORDS : HB_RECORD_WORDS);
}

static inline size_t hb_record_size(const uint64_t *item)
{
    return (size_t)(hb_record_refs(item) - item) + hb_record_n_refs(item);
}

/* Whether `name` is a name. Of a HASH or ARRAY it is its size + 1, at most UINT32_MAX; of an OBJECT its shape's id + 1
 * when it has as many references as instance variables, otherwise 0. */
static inline int hb_record_is_named(const uint64_t *item)
{
    const unsigned type = hb_record_type(item);
    return type != HB_TYPE_HASH && type != HB_TYPE_ARRAY && type != HB_TYPE_OBJECT;
}

#endif
