/* An append-only list of items, each a run of 64-bit words, in blocks that never move and can be freed one by one:
 * what is staged between scanning and sharding. An item never straddles two blocks. */
#ifndef HB_BASE_WORDLIST_H
#define HB_BASE_WORDLIST_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct hb_block {
    uint64_t *words;
    size_t n, cap;      /* words */
    uint32_t tag;       /* the writer's mark, e.g. whose ids the items use */
} hb_block;

typedef struct hb_wordlist {
    hb_block *blocks;
    size_t n, cap;      /* blocks */
    uint32_t tag;       /* mark for new blocks */
} hb_wordlist;

void hb_wordlist_init(hb_wordlist *list, uint32_t tag);
void hb_wordlist_fini(hb_wordlist *list);

/* Room for an item of n words, to be written at once; NULL when out of memory. */
uint64_t *hb_wordlist_put(hb_wordlist *list, size_t n);

/* Moves all blocks of `from` behind those of `to`; `from` is empty afterwards. */
hb_status hb_wordlist_take(hb_wordlist *to, hb_wordlist *from);

/* Gives a block's memory back; the block stays, empty. */
void hb_block_free(hb_block *block);

/* Words in all blocks. */
size_t hb_wordlist_words(const hb_wordlist *list);

#endif
