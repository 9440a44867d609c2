#include "base/wordlist.h"

#include <string.h>

#include "base/memory.h"

#define FIRST_WORDS ((size_t)1 << 9)
#define BLOCK_WORDS ((size_t)1 << 16)

void hb_wordlist_init(hb_wordlist *list, uint32_t tag)
{
    memset(list, 0, sizeof *list);
    list->tag = tag;
}

void hb_wordlist_fini(hb_wordlist *list)
{
    for (size_t i = 0; i < list->n; i++) hb_free(list->blocks[i].words);
    hb_free(list->blocks);
    hb_wordlist_init(list, list->tag);
}

uint64_t *hb_wordlist_put(hb_wordlist *list, size_t n)
{
    hb_block *last = list->n > 0 ? &list->blocks[list->n - 1] : NULL;
    if (last == NULL || last->cap - last->n < n) {
        if (hb_grow(&list->blocks, &list->cap, list->n + 1, sizeof *list->blocks) != HB_OK) return NULL;
        /* Blocks double up to their full size, so that a short list stays small. */
        size_t cap = last == NULL ? FIRST_WORDS : list->blocks[list->n - 1].cap * 2;
        if (cap > BLOCK_WORDS) cap = BLOCK_WORDS;
        if (cap < n) cap = n;
        last = &list->blocks[list->n];
        *last = (hb_block){ .words = hb_alloc(cap, sizeof *last->words), .cap = cap, .tag = list->tag };
        if (last->words == NULL) return NULL;
        list->n++;
    }
    uint64_t *item = last->words + last->n;
    last->n += n;
    return item;
}

hb_status hb_wordlist_take(hb_wordlist *to, hb_wordlist *from)
{
    if (hb_grow(&to->blocks, &to->cap, to->n + from->n, sizeof *to->blocks) != HB_OK) return HB_ERR_MEMORY;
    if (from->n != 0) memcpy(to->blocks + to->n, from->blocks, from->n * sizeof *from->blocks);
    to->n += from->n;
    from->n = 0;
    hb_wordlist_fini(from);
    return HB_OK;
}

void hb_block_free(hb_block *block)
{
    hb_free(block->words);
    block->words = NULL;
    block->n = block->cap = 0;
}

size_t hb_wordlist_words(const hb_wordlist *list)
{
    size_t total = 0;
    for (size_t i = 0; i < list->n; i++) total += list->blocks[i].n;
    return total;
}
