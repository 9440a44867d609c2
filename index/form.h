/* How an index lies in its file: the head, and what its writer and its reader have to agree on. */
#ifndef HB_INDEX_FORM_H
#define HB_INDEX_FORM_H

#include "base/hash.h"
#include "index/index.h"

#define HB_INDEX_MAGIC "hbindex"
#define HB_INDEX_BYTE_ORDER UINT64_C(0x0102030405060708)
#define HB_INDEX_HEAD_BYTES 4096
#define HB_INDEX_LAST_COLUMN HB_INDEX_RETAINED_OBJECTS   /* sections up to this one have an item for each object */

/* At the start of the file; the rest up to HB_INDEX_HEAD_BYTES is zeros. It is written last: a file without it is not whole. */
typedef struct hb_index_head {
    char magic[sizeof HB_INDEX_MAGIC];
    uint64_t version;
    uint64_t byte_order;
    hb_index_origin origin;
    uint64_t n_items[HB_INDEX_N_SECTIONS];   /* each section begins at a multiple of 8 bytes of the body */
    uint64_t body_bytes;
    uint64_t checks_check;       /* of the checksums */
    uint64_t check;              /* of this head, with 0 in this place */
} hb_index_head;

_Static_assert(sizeof(hb_index_head) <= HB_INDEX_HEAD_BYTES, "the head has its room");

static inline uint64_t hb_index_padded(uint64_t bytes) { return (bytes + 7) & ~UINT64_C(7); }

static inline uint64_t hb_index_head_check(const hb_index_head *head)
{
    hb_index_head copy = *head;
    copy.check = 0;
    return hb_hash_bytes(&copy, sizeof copy, HB_INDEX_VERSION);
}

/* Of block `number`, so that one in the place of another is found out too. */
static inline uint64_t hb_index_block_check(const void *bytes, size_t n, uint64_t number)
{
    return hb_hash_bytes(bytes, n, number);
}

#endif
