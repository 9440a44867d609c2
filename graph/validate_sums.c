/* Each object tells the rank of its immediate dominator what it retains, which adds this up. */
#include "base/exchange.h"
#include "base/memory.h"
#include "graph/validate_parts.h"

/* A child on its way: ids of its parent << 32 | its own, then these. */
enum { CHILD_IDS, CHILD_DISTANCE, CHILD_OBJECTS, CHILD_MEMSIZE, CHILD_WORDS };

typedef struct adder {
    hb_checker *checker;
    uint64_t *n_on;          /* by rank: objects */
    uint64_t *objects, *memsize;   /* by id: of all children */
    uint32_t next;
} adder;

static int is_object(const adder *a, hb_gid gid)
{
    const int n_ranks = hb_comm_size(a->checker->comm);
    return gid >> 32 < (uint64_t)n_ranks && hb_gid_id(gid) < a->n_on[hb_gid_rank(gid)];
}

/* Of an object of this rank. */
static hb_status send_child(adder *a, hb_outbox *box, uint32_t v)
{
    const hb_dominators *d = a->checker->dominators;
    const hb_gid idom = d->idom[v], self = hb_gid_of(a->checker->rank, v);
    if (!hb_checker_reached(a->checker, v)) {
        if (idom != HB_NO_GID) hb_checker_note(a->checker, HB_CHECK_IDOM, self);
        if (d->retained_objects[v] != 0 || d->retained_memsize[v] != 0) hb_checker_note(a->checker, HB_CHECK_SUMS, self);
        return HB_OK;
    }
    if (idom == HB_NO_GID) return HB_OK;
    if (!is_object(a, idom)) {
        hb_checker_note(a->checker, HB_CHECK_IDOM, self);
        return HB_OK;
    }
    uint64_t *words = hb_outbox_put(box, hb_gid_rank(idom), CHILD_WORDS);
    if (words == NULL) return HB_ERR_MEMORY;
    words[CHILD_IDS] = (uint64_t)hb_gid_id(idom) << 32 | v;
    words[CHILD_DISTANCE] = a->checker->bfs->distance[v];
    words[CHILD_OBJECTS] = d->retained_objects[v];
    words[CHILD_MEMSIZE] = d->retained_memsize[v];
    return HB_OK;
}

static hb_status send_children(void *ctx, hb_outbox *box, int *more)
{
    adder *a = ctx;
    for (; a->next < a->checker->n && !hb_outbox_full(box); a->next++)
        if (send_child(a, box, a->next) != HB_OK) return HB_ERR_MEMORY;
    *more = a->next < a->checker->n;
    return HB_OK;
}

static hb_status add_children(void *ctx, int from, const uint64_t *words, size_t n)
{
    adder *a = ctx;
    for (size_t at = 0; at < n; at += CHILD_WORDS) {
        const uint32_t above = (uint32_t)(words[at + CHILD_IDS] >> 32);
        if (a->checker->bfs->distance[above] >= words[at + CHILD_DISTANCE])
            hb_checker_note(a->checker, HB_CHECK_IDOM, hb_gid_of(from, (uint32_t)words[at + CHILD_IDS]));
        a->objects[above] += words[at + CHILD_OBJECTS];
        a->memsize[above] += words[at + CHILD_MEMSIZE];
        a->checker->child_first[above + 1]++;
    }
    return HB_OK;
}

static void check_sums(const adder *a)
{
    hb_checker *c = a->checker;
    const hb_dominators *d = c->dominators;
    for (uint32_t v = 0; v < c->n; v++) {
        if (!hb_checker_reached(c, v)) continue;
        if (d->retained_objects[v] != a->objects[v] + 1 ||
            d->retained_memsize[v] != a->memsize[v] + hb_shard_memsize(c->graph->shard, v))
            hb_checker_note(c, HB_CHECK_SUMS, hb_gid_of(c->rank, v));
    }
}

/* What hangs below the virtual root is all that is reached. */
static void check_totals(hb_checker *c)
{
    const hb_dominators *d = c->dominators;
    uint64_t sums[4] = { 0 };
    for (uint32_t v = 0; v < c->n; v++) {
        if (!hb_checker_reached(c, v)) continue;
        sums[0]++;
        sums[1] += hb_shard_memsize(c->graph->shard, v);
        if (d->idom[v] != HB_NO_GID) continue;
        sums[2] += d->retained_objects[v];
        sums[3] += d->retained_memsize[v];
    }
    hb_comm_sum(c->comm, sums, 4);
    if (c->rank == 0 && (sums[0] != sums[2] || sums[1] != sums[3])) hb_checker_note(c, HB_CHECK_SUMS, HB_NO_GID);
}

hb_status hb_validate_sums(hb_checker *c)
{
    const size_t n_ranks = (size_t)hb_comm_size(c->comm);
    adder a = { .checker = c, .n_on = hb_alloc_zero(n_ranks, sizeof *a.n_on),
                .objects = hb_alloc_zero(c->n, sizeof *a.objects), .memsize = hb_alloc_zero(c->n, sizeof *a.memsize) };
    hb_status status = a.n_on != NULL && a.objects != NULL && a.memsize != NULL ? HB_OK : HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(c->comm, status));
    a.n_on[c->rank] = c->n;
    hb_comm_sum(c->comm, a.n_on, n_ranks);
    HB_TRY(hb_exchange(c->comm, send_children, add_children, &a));
    check_sums(&a);
    check_totals(c);
out:
    hb_free(a.n_on);
    hb_free(a.objects);
    hb_free(a.memsize);
    return status;
}
