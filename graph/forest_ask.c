#include "graph/forest_ask.h"

#include <string.h>

#include "base/exchange.h"
#include "base/memory.h"
#include "base/wordlist.h"

/* --- the parents' ranks --- */

typedef struct asker {
    const hb_forest *forest;
    const hb_forest_question *question;
    hb_wordlist heard;       /* on the parent's rank: asking rank, entry's number, answer */
    size_t next, at;
    uint64_t *answers;       /* by number of the entry */
} asker;

/* Parent's id << 32 | number of the entry, and the question's own words. */
static hb_status ask(void *ctx, hb_outbox *box, int *more)
{
    asker *a = ctx;
    const hb_forest *f = a->forest;
    const hb_forest_question *q = a->question;
    for (; a->next < f->n_entries && !hb_outbox_full(box); a->next++) {
        const hb_gid above = hb_forest_above(f, f->entry[a->next]);
        uint64_t *words = hb_outbox_put(box, hb_gid_rank(above), 1 + q->n_words);
        if (words == NULL) return HB_ERR_MEMORY;
        words[0] = (uint64_t)hb_gid_id(above) << 32 | a->next;
        if (q->n_words > 0) q->question(q->ctx, f->entry[a->next], words + 1);
    }
    *more = a->next < f->n_entries;
    return HB_OK;
}

static hb_status listen(void *ctx, int from, const uint64_t *words, size_t n)
{
    asker *a = ctx;
    const hb_forest_question *q = a->question;
    for (size_t at = 0; at < n; at += 1 + q->n_words) {
        uint64_t *row = hb_wordlist_put(&a->heard, 2);
        if (row == NULL) return HB_ERR_MEMORY;
        row[0] = hb_gid_of(from, (uint32_t)words[at]);
        const hb_status status = q->answer(q->ctx, (uint32_t)(words[at] >> 32), words + at + 1, &row[1]);
        if (status != HB_OK) return status;
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

hb_status hb_forest_ask(const hb_forest *f, const hb_forest_question *question, uint64_t **answers)
{
    hb_status status;
    *answers = hb_alloc(f->n_entries, sizeof **answers);
    asker a = { .forest = f, .question = question, .answers = *answers };
    hb_wordlist_init(&a.heard, 0);
    HB_TRY(hb_comm_agree(f->comm, *answers != NULL ? HB_OK : HB_ERR_MEMORY));
    HB_TRY(hb_exchange(f->comm, ask, listen, &a));
    a.next = 0;
    HB_TRY(hb_exchange(f->comm, reply, hear, &a));
out:
    hb_wordlist_fini(&a.heard);
    return status;
}

typedef struct looker {
    hb_forest_value value;
    void *ctx;
} looker;

static hb_status look_up(void *ctx, uint32_t parent, const uint64_t *words, uint64_t *answer)
{
    (void)words;
    const looker *l = ctx;
    *answer = l->value(l->ctx, parent);
    return HB_OK;
}

hb_status hb_forest_ask_value(const hb_forest *f, hb_forest_value value, void *ctx, uint64_t **answers)
{
    looker l = { value, ctx };
    return hb_forest_ask(f, &(hb_forest_question){ .answer = look_up, .ctx = &l }, answers);
}

/* --- rank 0 and the owners --- */

typedef struct teller {
    const hb_forest *forest;
    const uint64_t *by_place;
    uint64_t *out;
    size_t n_words, next;
} teller;

static hb_status tell(void *ctx, hb_outbox *box, int *more)
{
    teller *t = ctx;
    const hb_forest *f = t->forest;
    int rank = 0;
    for (; t->next < f->n_places && !hb_outbox_full(box); t->next++) {
        while (t->next >= f->ends[rank]) rank++;
        uint64_t *words = hb_outbox_put(box, rank, t->n_words);
        if (words == NULL) return HB_ERR_MEMORY;
        memcpy(words, t->by_place + t->next * t->n_words, t->n_words * sizeof *words);
    }
    *more = t->next < f->n_places;
    return HB_OK;
}

/* Words come in the order of places, which on one rank is that of its entries. */
static hb_status be_told(void *ctx, int from, const uint64_t *words, size_t n)
{
    (void)from;
    teller *t = ctx;
    memcpy(t->out, words, n * sizeof *words);
    t->out += n;
    return HB_OK;
}

hb_status hb_forest_tell(const hb_forest *f, const uint64_t *by_place, size_t n_words, uint64_t **out)
{
    hb_status status;
    *out = hb_alloc(f->n_entries, n_words * sizeof **out);
    teller t = { .forest = f, .by_place = by_place, .out = *out, .n_words = n_words };
    HB_TRY(hb_comm_agree(f->comm, *out != NULL ? HB_OK : HB_ERR_MEMORY));
    HB_TRY(hb_exchange(f->comm, tell, be_told, &t));
out:
    return status;
}

hb_status hb_forest_gather(const hb_forest *f, const uint64_t *by_entry, size_t n_words, uint64_t **all)
{
    size_t n_all;
    return hb_comm_gather(f->comm, by_entry, f->n_entries * n_words, 0, all, &n_all);
}
