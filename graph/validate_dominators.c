/* Of an object's holders, but for those that it dominates, the lowest and the highest number tell whether all are below
 * its immediate dominator. */
#include <string.h>

#include "base/exchange.h"
#include "base/memory.h"
#include "graph/validate_parts.h"

typedef struct bounds {
    hb_checker *checker;
    uint64_t *low, *high;    /* by id */
    uint32_t next;
} bounds;

/* Whether a number is that of v or of something below it. */
static int is_below(const hb_checker *c, uint32_t v, uint64_t number)
{
    return number >= c->pre[v] && number - c->pre[v] < c->dominators->retained_objects[v];
}

static hb_status see(void *ctx, const hb_seen_edge *edge)
{
    bounds *b = ctx;
    hb_checker *c = b->checker;
    const uint32_t v = edge->to;
    if ((c->seen[v] & HB_SEEN_NAMED) || is_below(c, v, edge->value)) return HB_OK;
    if (edge->value < b->low[v]) b->low[v] = edge->value;
    if (edge->value > b->high[v]) b->high[v] = edge->value;
    if (c->seen[v] & HB_SEEN_IDOM) return HB_OK;
    uint64_t *row = hb_wordlist_put(&c->holders, 2);
    if (row == NULL) return HB_ERR_MEMORY;
    row[0] = v;
    row[1] = edge->value;
    return HB_OK;
}

/* To the rank of the immediate dominator: its id << 32 | that of the object, and the bounds. */
static hb_status ask(void *ctx, hb_outbox *box, int *more)
{
    bounds *b = ctx;
    hb_checker *c = b->checker;
    for (; b->next < c->n && !hb_outbox_full(box); b->next++) {
        const hb_gid idom = c->dominators->idom[b->next];
        if (idom == HB_NO_GID) continue;
        if (c->seen[b->next] & HB_SEEN_NAMED) {
            hb_checker_note(c, HB_CHECK_BYPASSED, hb_gid_of(c->rank, b->next));
            continue;
        }
        uint64_t *words = hb_outbox_put(box, hb_gid_rank(idom), 3);
        if (words == NULL) return HB_ERR_MEMORY;
        words[0] = (uint64_t)hb_gid_id(idom) << 32 | b->next;
        words[1] = b->low[b->next];
        words[2] = b->high[b->next];
    }
    *more = b->next < c->n;
    return HB_OK;
}

static hb_status check(void *ctx, int from, const uint64_t *words, size_t n)
{
    const bounds *b = ctx;
    for (size_t at = 0; at < n; at += 3) {
        const uint32_t idom = (uint32_t)(words[at] >> 32);
        if (!is_below(b->checker, idom, words[at + 1]) || !is_below(b->checker, idom, words[at + 2]))
            hb_checker_note(b->checker, HB_CHECK_BYPASSED, hb_gid_of(from, (uint32_t)words[at]));
    }
    return HB_OK;
}

hb_status hb_validate_dominators(hb_checker *c)
{
    bounds b = { .checker = c, .low = hb_alloc(c->n, sizeof *b.low), .high = hb_alloc_zero(c->n, sizeof *b.high) };
    hb_status status = hb_comm_agree(c->comm, b.low != NULL && b.high != NULL ? HB_OK : HB_ERR_MEMORY);
    HB_TRY(status);
    memset(b.low, 0xff, c->n * sizeof *b.low);
    HB_TRY(hb_validate_walk(c, c->pre, see, &b));
    HB_TRY(hb_exchange(c->comm, ask, check, &b));
out:
    hb_free(b.low);
    hb_free(b.high);
    return status;
}
