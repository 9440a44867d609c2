#include "partition/redistribute.h"

#include <string.h>

#include "base/exchange.h"
#include "base/memory.h"
#include "pipeline/collect.h"

const hb_item_form hb_form_record = { .size_of = hb_record_size, .key = HB_RECORD_ADDRESS };
const hb_item_form hb_form_ident = { .words = HB_IDENT_WORDS, .key = HB_IDENT_ADDRESS };
const hb_item_form hb_form_root = { .words = HB_ROOT_WORDS, .key = HB_ROOT_TARGET };
const hb_item_form hb_form_address = { .words = 1, .key = 0 };

typedef struct move {
    const hb_splitters *splitters;
    const hb_item_form *form;
    int rank;
    hb_wordlist away;    /* blocks with items of other ranks */
    size_t at_block;     /* next block of `away` to send */
    hb_wordlist *home;
} move;

static size_t item_size(const hb_item_form *form, const uint64_t *item)
{
    return form->words != 0 ? form->words : form->size_of(item);
}

static int all_at_home(const move *m, const hb_block *block)
{
    if (m->splitters->n == 1) return m->rank == 0;
    for (const uint64_t *item = block->words; item < block->words + block->n; item += item_size(m->form, item))
        if (hb_splitters_owner(m->splitters, item[m->form->key]) != m->rank) return 0;
    return 1;
}

/* Shares the blocks of a list out between `home` and `away`. */
static hb_status sort_out(move *m, hb_wordlist *list)
{
    hb_status status;
    for (size_t i = 0; i < list->n; i++) {
        hb_wordlist *to = all_at_home(m, &list->blocks[i]) ? m->home : &m->away;
        HB_TRY(hb_grow(&to->blocks, &to->cap, to->n + 1, sizeof *to->blocks));
        to->blocks[to->n++] = list->blocks[i];
        list->blocks[i] = (hb_block){ 0 };
    }
    list->n = 0;
    hb_wordlist_fini(list);
    return HB_OK;
out:
    return status;
}

static hb_status send_some(void *ctx, hb_outbox *box, int *more)
{
    move *m = ctx;
    while (m->at_block < m->away.n && !hb_outbox_full(box)) {
        hb_block *block = &m->away.blocks[m->at_block++];
        size_t n;
        for (const uint64_t *item = block->words; item < block->words + block->n; item += n) {
            n = item_size(m->form, item);
            uint64_t *words = hb_outbox_put(box, hb_splitters_owner(m->splitters, item[m->form->key]), n);
            if (words == NULL) return HB_ERR_MEMORY;
            memcpy(words, item, n * sizeof *words);
        }
        hb_block_free(block);
    }
    *more = m->at_block < m->away.n;
    return HB_OK;
}

static hb_status take_home(void *ctx, int from, const uint64_t *words, size_t n)
{
    (void)from;
    move *m = ctx;
    size_t size;
    for (size_t at = 0; at < n; at += size) {
        size = item_size(m->form, words + at);
        uint64_t *item = hb_wordlist_put(m->home, size);
        if (item == NULL) return HB_ERR_MEMORY;
        memcpy(item, words + at, size * sizeof *item);
    }
    return HB_OK;
}

hb_status hb_redistribute(hb_comm *comm, const hb_splitters *splitters, const hb_item_form *form,
                          hb_wordlist *list, hb_wordlist *home)
{
    move m = { .splitters = splitters, .form = form, .rank = hb_comm_rank(comm), .home = home };
    hb_status status;
    HB_TRY(hb_comm_agree(comm, sort_out(&m, list)));
    if (hb_comm_size(comm) > 1) HB_TRY(hb_exchange(comm, send_some, take_home, &m));
out:
    hb_wordlist_fini(&m.away);
    return status;
}
