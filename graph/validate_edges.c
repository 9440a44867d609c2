#include "base/exchange.h"
#include "graph/validate_parts.h"

#define BY_CLASS (UINT64_C(1) << 63)

typedef struct walker {
    const hb_checker *checker;
    const uint64_t *value;
    hb_see_edge see;
    void *ctx;
    uint32_t next;
} walker;

/* An edge to another rank: its target's id << 32 | its source's, and the value. */
static hb_status send(hb_outbox *box, hb_gid to, uint32_t from, uint64_t value)
{
    uint64_t *words = hb_outbox_put(box, hb_gid_rank(to), 2);
    if (words == NULL) return HB_ERR_MEMORY;
    words[0] = (uint64_t)hb_gid_id(to) << 32 | from;
    words[1] = value;
    return HB_OK;
}

static hb_status show_class(const walker *w, hb_outbox *box, uint32_t v)
{
    const hb_shard *shard = w->checker->graph->shard;
    const uint32_t c = hb_shard_class_id(shard, v);
    const hb_gid to = c == HB_NO_CLASS ? HB_NO_GID : shard->class_gid[c];
    if (to == HB_NO_GID) return HB_OK;
    if (hb_gid_rank(to) != shard->rank) return send(box, to, v, w->value[v] | BY_CLASS);
    const hb_seen_edge edge = { hb_gid_of(shard->rank, v), hb_gid_id(to), 1, w->value[v] };
    return w->see(w->ctx, &edge);
}

static hb_status show(const walker *w, hb_outbox *box, uint32_t v)
{
    const hb_graph *graph = w->checker->graph;
    hb_status status = HB_OK;
    for HB_EACH_EDGE (graph, v, e) {
        const hb_seen_edge edge = { hb_gid_of(graph->shard->rank, v), graph->target[e], 0, w->value[v] };
        HB_TRY(w->see(w->ctx, &edge));
    }
    for HB_EACH_REMOTE (graph, v, e) HB_TRY(send(box, graph->remote[e], v, w->value[v]));
    HB_TRY(show_class(w, box, v));
out:
    return status;
}

static hb_status fill(void *ctx, hb_outbox *box, int *more)
{
    walker *w = ctx;
    const uint32_t n = w->checker->n;
    for (; w->next < n && !hb_outbox_full(box); w->next++) {
        if (!hb_checker_reached(w->checker, w->next)) continue;
        hb_status status = show(w, box, w->next);
        if (status != HB_OK) return status;
    }
    *more = w->next < n;
    return HB_OK;
}

static hb_status take(void *ctx, int from, const uint64_t *words, size_t n)
{
    const walker *w = ctx;
    for (size_t at = 0; at < n; at += 2) {
        const hb_seen_edge edge = { hb_gid_of(from, (uint32_t)words[at]), (uint32_t)(words[at] >> 32),
                                    (words[at + 1] & BY_CLASS) != 0, words[at + 1] & ~BY_CLASS };
        hb_status status = w->see(w->ctx, &edge);
        if (status != HB_OK) return status;
    }
    return HB_OK;
}

hb_status hb_validate_walk(hb_checker *checker, const uint64_t *value, hb_see_edge see, void *ctx)
{
    walker w = { .checker = checker, .value = value, .see = see, .ctx = ctx };
    return hb_exchange(checker->comm, fill, take, &w);
}
