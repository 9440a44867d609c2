/* Values go down as sums go up: within each rank, then along the tree of entries on rank 0, then within each rank once
 * more, where an entry brought something. */
#include <string.h>

#include "base/exchange.h"
#include "base/memory.h"
#include "base/wordlist.h"
#include "graph/forest.h"

typedef struct asker {
    hb_forest *forest;
    hb_forest_value value;
    void *ctx;
    hb_wordlist heard;       /* on the parent's rank: asking rank, entry's number, answer */
    size_t next, at;
    uint64_t *answers;       /* by number of the entry */
} asker;

/* A question is one word: parent's id << 32 | number of the entry. */
static hb_status ask(void *ctx, hb_outbox *box, int *more)
{
    asker *a = ctx;
    const hb_forest *f = a->forest;
    for (; a->next < f->n_entries && !hb_outbox_full(box); a->next++) {
        const hb_gid above = f->above[f->entry[a->next]];
        uint64_t *word = hb_outbox_put(box, hb_gid_rank(above), 1);
        if (word == NULL) return HB_ERR_MEMORY;
        *word = (uint64_t)hb_gid_id(above) << 32 | a->next;
    }
    *more = a->next < f->n_entries;
    return HB_OK;
}

static hb_status listen(void *ctx, int from, const uint64_t *questions, size_t n)
{
    asker *a = ctx;
    for (size_t i = 0; i < n; i++) {
        uint64_t *row = hb_wordlist_put(&a->heard, 2);
        if (row == NULL) return HB_ERR_MEMORY;
        row[0] = hb_gid_of(from, (uint32_t)questions[i]);
        row[1] = a->value(a->ctx, (uint32_t)(questions[i] >> 32));
    }
    return HB_OK;
}

static hb_status reply(void *ctx, hb_outbox *box, int *more)
{
    asker *a = ctx;
    while (a->next < a->heard.n && !hb_outbox_full(box)) {
        const hb_block *block = &a->heard.blocks[a->next];
        for (; a->at < block->n && !hb_outbox_full(box); a->at += 2) {
            uint64_t *words = hb_outbox_put(box, hb_gid_rank(block->words[a->at]), 2);
            if (words == NULL) return HB_ERR_MEMORY;
            words[0] = hb_gid_id(block->words[a->at]);
            words[1] = block->words[a->at + 1];
        }
        if (a->at < block->n) break;
        a->next++;
        a->at = 0;
    }
    *more = a->next < a->heard.n;
    return HB_OK;
}

static hb_status hear(void *ctx, int from, const uint64_t *words, size_t n)
{
    (void)from;
    asker *a = ctx;
    for (size_t at = 0; at < n; at += 2) a->answers[words[at]] = words[at + 1];
    return HB_OK;
}

hb_status hb_forest_ask(hb_forest *f, hb_forest_value value, void *ctx, uint64_t **answers)
{
    hb_status status;
    *answers = hb_alloc(f->n_entries, sizeof **answers);
    asker a = { .forest = f, .value = value, .ctx = ctx, .answers = *answers };
    hb_wordlist_init(&a.heard, 0);
    HB_TRY(hb_comm_agree(f->comm, *answers != NULL ? HB_OK : HB_ERR_MEMORY));
    HB_TRY(hb_exchange(f->comm, ask, listen, &a));
    a.next = 0;
    HB_TRY(hb_exchange(f->comm, reply, hear, &a));
out:
    hb_wordlist_fini(&a.heard);
    return status;
}

static void hand_down_here(const hb_forest *f, uint32_t *values)
{
    for (uint32_t i = 0; i < f->n_order; i++) {
        const uint32_t v = f->order[i];
        if (values[v] == HB_NO_VALUE && f->top[v] != v) values[v] = values[hb_gid_id(f->above[v])];
    }
}

static uint64_t value_here(void *ctx, uint32_t id)
{
    const uint32_t *values = ctx;
    return values[id];
}

hb_status hb_forest_hand_down(hb_forest *f, uint32_t *values)
{
    uint64_t *own = NULL, *all = NULL, *told = NULL;
    hb_status status = HB_OK;
    hand_down_here(f, values);
    if (hb_comm_size(f->comm) == 1) return HB_OK;
    HB_TRY(hb_forest_ask(f, value_here, values, &own));
    HB_TRY(hb_forest_gather(f, own, 1, &all));
    for (size_t i = 0; i < f->n_places; i++) {
        const size_t place = f->sorted[i];
        if (all[place] == HB_NO_VALUE && f->up[place] != HB_NO_PLACE) all[place] = all[f->up[place]];
    }
    HB_TRY(hb_forest_tell(f, all, 1, &told));
    for (size_t i = 0; i < f->n_entries; i++)
        if (values[f->entry[i]] == HB_NO_VALUE) values[f->entry[i]] = (uint32_t)told[i];
    hand_down_here(f, values);
out:
    hb_free(own);
    hb_free(all);
    hb_free(told);
    return status;
}
