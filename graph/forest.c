/* What enters: each object's parent. What leaves: the tops of this rank's trees, and on rank 0 how they hang together.
 *
 *   ask      each rank asks the parents' ranks of its entries for the tops that the parents have there
 *   gather   the entries of all ranks, and the answers
 *   solve    on rank 0: each entry's place next above, and an order with those above first
 *
 * Sums go up in three steps: each rank adds up the trees it holds; rank 0 adds these up along the tree of entries; and
 * each entry's whole is added to its parent's figures on the parent's rank, before sums are made there once more, of
 * all objects. */
#include "graph/forest.h"

#include <string.h>

#include "base/exchange.h"
#include "base/memory.h"

/* --- what this rank holds --- */

/* Climbs to the next object whose top is known, and tells it to all below. Several threads may do so at once on the same
 * way: all tell the same. */
static void find_top(hb_forest *f, uint32_t id)
{
    uint32_t at = id, top;
    while ((top = __atomic_load_n(&f->top[at], __ATOMIC_RELAXED)) == HB_NO_ID) {
        const hb_gid above = f->above[at];
        if (above == HB_NO_GID || hb_gid_rank(above) != f->rank) {
            top = at;
            break;
        }
        at = hb_gid_id(above);
    }
    for (uint32_t v = id; v != at; v = hb_gid_id(f->above[v])) __atomic_store_n(&f->top[v], top, __ATOMIC_RELAXED);
    __atomic_store_n(&f->top[at], top, __ATOMIC_RELAXED);
}

static hb_status find_tops(hb_forest *f)
{
    size_t cap = 0;
    f->top = hb_alloc(f->n, sizeof *f->top);
    if (f->top == NULL) return HB_ERR_MEMORY;
#pragma omp parallel num_threads(f->n_threads)
    {
#pragma omp for schedule(static)
        for (uint32_t v = 0; v < f->n; v++) f->top[v] = HB_NO_ID;
#pragma omp for schedule(dynamic, 4096)
        for (uint32_t v = 0; v < f->n; v++) find_top(f, v);
    }
    if (hb_comm_size(f->comm) == 1) return HB_OK;
    memset(f->ends, 0, (size_t)hb_comm_size(f->comm) * sizeof *f->ends);
    for (uint32_t v = 0; v < f->n; v++) {
        if (!hb_forest_is_entry(f, v)) continue;
        if (hb_grow(&f->entry, &cap, f->n_entries + 1, sizeof *f->entry) != HB_OK) return HB_ERR_MEMORY;
        f->entry[f->n_entries++] = v;
    }
    return HB_OK;
}

size_t hb_forest_entry(const hb_forest *f, uint32_t id)
{
    size_t low = 0, high = f->n_entries;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (f->entry[middle] <= id) low = middle;
        else high = middle;
    }
    return low;
}

/* --- on rank 0 --- */

uint64_t hb_forest_place(const hb_forest *f, hb_gid gid)
{
    const int rank = hb_gid_rank(gid);
    size_t low = rank == 0 ? 0 : f->ends[rank - 1], high = f->ends[rank];
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (f->gid[middle] < gid) low = middle + 1;
        else high = middle;
    }
    return low < f->ends[rank] && f->gid[low] == gid ? low : HB_NO_PLACE;
}

/* Places with those above first: those below wait in a list of the one above until its turn comes. */
static hb_status sort_places(hb_forest *f)
{
    uint64_t *first = hb_alloc(f->n_places, sizeof *first), *next = hb_alloc(f->n_places, sizeof *next);
    size_t n = 0;
    hb_status status = HB_OK;
    f->sorted = hb_alloc(f->n_places, sizeof *f->sorted);
    if (first == NULL || next == NULL || f->sorted == NULL) HB_TRY(HB_ERR_MEMORY);
    memset(first, 0xff, f->n_places * sizeof *first);
    for (size_t i = f->n_places; i-- > 0;) {
        if (f->up[i] == HB_NO_PLACE) continue;
        next[i] = first[f->up[i]];
        first[f->up[i]] = i;
    }
    for (size_t i = 0; i < f->n_places; i++)
        if (f->up[i] == HB_NO_PLACE) f->sorted[n++] = i;
    for (size_t done = 0; done < n; done++)
        for (uint64_t below = first[f->sorted[done]]; below != HB_NO_PLACE; below = next[below])
            f->sorted[n++] = below;
out:
    hb_free(first);
    hb_free(next);
    return status;
}

static hb_status solve(hb_forest *f)
{
    f->n_places = f->ends[hb_comm_size(f->comm) - 1];
    f->up = hb_alloc(f->n_places, sizeof *f->up);
    if (f->up == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < f->n_places; i++) f->up[i] = hb_forest_place(f, f->base[i]);
    return sort_places(f);
}

static uint64_t top_here(void *ctx, uint32_t id)
{
    const hb_forest *f = ctx;
    return hb_gid_of(f->rank, f->top[id]);
}

static hb_status gather_tree(hb_forest *f)
{
    const int root = 0;
    hb_gid *own = hb_alloc(f->n_entries, sizeof *own);
    uint64_t *tops = NULL;
    hb_status status;
    HB_TRY(hb_comm_agree(f->comm, own != NULL ? HB_OK : HB_ERR_MEMORY));
    for (size_t i = 0; i < f->n_entries; i++) own[i] = hb_gid_of(f->rank, f->entry[i]);
    HB_TRY(hb_comm_gather_parts(f->comm, own, f->n_entries, root, &f->gid, f->ends));
    HB_TRY(hb_forest_ask(f, top_here, f, &tops));
    HB_TRY(hb_forest_gather(f, tops, 1, &f->base));
    status = hb_comm_agree(f->comm, f->rank == root ? solve(f) : HB_OK);
out:
    hb_free(own);
    hb_free(tops);
    return status;
}

hb_status hb_forest_build(hb_comm *comm, int rank, uint32_t n, const hb_gid *above, const uint32_t *order,
                          uint32_t n_order, int n_threads, hb_forest *out)
{
    *out = (hb_forest){ .comm = comm, .rank = rank, .n = n, .above = above, .order = order, .n_order = n_order,
                        .n_threads = n_threads };
    out->ends = hb_alloc((size_t)hb_comm_size(comm), sizeof *out->ends);
    hb_status status = out->ends != NULL ? find_tops(out) : HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(comm, status));
    if (hb_comm_size(comm) > 1) HB_TRY(gather_tree(out));
out:
    return status;
}

void hb_forest_fini(hb_forest *f)
{
    hb_free(f->top);
    hb_free(f->entry);
    hb_free(f->ends);
    hb_free(f->up);
    hb_free(f->base);
    hb_free(f->gid);
    hb_free(f->sorted);
    *f = (hb_forest){ 0 };
}

/* --- from rank 0 to the owners, and back --- */

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
static hb_status hear(void *ctx, int from, const uint64_t *words, size_t n)
{
    (void)from;
    teller *t = ctx;
    memcpy(t->out, words, n * sizeof *words);
    t->out += n;
    return HB_OK;
}

hb_status hb_forest_tell(hb_forest *f, const uint64_t *by_place, size_t n_words, uint64_t **out)
{
    hb_status status;
    *out = hb_alloc(f->n_entries, n_words * sizeof **out);
    teller t = { .forest = f, .by_place = by_place, .out = *out, .n_words = n_words };
    HB_TRY(hb_comm_agree(f->comm, *out != NULL ? HB_OK : HB_ERR_MEMORY));
    HB_TRY(hb_exchange(f->comm, tell, hear, &t));
out:
    return status;
}

hb_status hb_forest_gather(hb_forest *f, const uint64_t *by_entry, size_t n_words, uint64_t **all)
{
    size_t n_all;
    return hb_comm_gather(f->comm, by_entry, f->n_entries * n_words, 0, all, &n_all);
}

/* --- tops --- */

hb_status hb_forest_tops(hb_forest *f, hb_gid **tops)
{
    hb_status status = HB_OK;
    *tops = NULL;
    for (size_t i = 0; i < f->n_places; i++) {
        const size_t place = f->sorted[i];
        if (f->up[place] != HB_NO_PLACE) f->base[place] = f->base[f->up[place]];
    }
    HB_TRY(hb_forest_tell(f, f->base, 1, tops));
out:
    return status;
}

/* --- sums --- */

typedef struct adder {
    const hb_forest *forest;
    const uint64_t *wholes;  /* by entry */
    uint64_t *a, *b;
    size_t next;
} adder;

static hb_status carry(void *ctx, hb_outbox *box, int *more)
{
    adder *s = ctx;
    const hb_forest *f = s->forest;
    for (; s->next < f->n_entries && !hb_outbox_full(box); s->next++) {
        const hb_gid above = f->above[f->entry[s->next]];
        uint64_t *words = hb_outbox_put(box, hb_gid_rank(above), 3);
        if (words == NULL) return HB_ERR_MEMORY;
        words[0] = hb_gid_id(above);
        words[1] = s->wholes[2 * s->next];
        words[2] = s->wholes[2 * s->next + 1];
    }
    *more = s->next < f->n_entries;
    return HB_OK;
}

static hb_status add(void *ctx, int from, const uint64_t *words, size_t n)
{
    (void)from;
    adder *s = ctx;
    for (size_t at = 0; at < n; at += 3) {
        s->a[words[at]] += words[at + 1];
        if (s->b != NULL) s->b[words[at]] += words[at + 2];
    }
    return HB_OK;
}

/* The whole below each entry, on its owner: *wholes, two words each. */
static hb_status sum_entries(hb_forest *f, const uint64_t *a, const uint64_t *b, uint64_t **wholes)
{
    hb_status status;
    uint64_t *all = NULL, *own = hb_alloc_zero(f->n_entries, 2 * sizeof *own);
    uint32_t *number = hb_alloc(f->n, sizeof *number);
    HB_TRY(hb_comm_agree(f->comm, own != NULL && number != NULL ? HB_OK : HB_ERR_MEMORY));
    for (size_t i = 0; i < f->n_entries; i++) number[f->entry[i]] = (uint32_t)i;
    for (uint32_t i = 0; i < f->n_order; i++) {
        const uint32_t v = f->order[i], top = f->top[v];
        if (!hb_forest_is_entry(f, top)) continue;
        own[2 * (size_t)number[top]] += a[v];
        if (b != NULL) own[2 * (size_t)number[top] + 1] += b[v];
    }
    hb_free(number);
    number = NULL;
    HB_TRY(hb_forest_gather(f, own, 2, &all));
    for (size_t i = f->n_places; i-- > 0;) {
        const size_t place = f->sorted[i];
        if (f->up[place] == HB_NO_PLACE) continue;
        all[2 * f->up[place]] += all[2 * place];
        all[2 * f->up[place] + 1] += all[2 * place + 1];
    }
    HB_TRY(hb_forest_tell(f, all, 2, wholes));
out:
    hb_free(all);
    hb_free(own);
    hb_free(number);
    return status;
}

hb_status hb_forest_sum(hb_forest *f, uint64_t *a, uint64_t *b)
{
    uint64_t *wholes = NULL;
    hb_status status = HB_OK;
    if (hb_comm_size(f->comm) > 1) {
        HB_TRY(sum_entries(f, a, b, &wholes));
        adder s = { .forest = f, .wholes = wholes, .a = a, .b = b };
        HB_TRY(hb_exchange(f->comm, carry, add, &s));
    }
    for (uint32_t i = f->n_order; i-- > 0;) {
        const uint32_t v = f->order[i];
        const hb_gid above = f->above[v];
        if (above == HB_NO_GID || hb_gid_rank(above) != f->rank) continue;
        a[hb_gid_id(above)] += a[v];
        if (b != NULL) b[hb_gid_id(above)] += b[v];
    }
out:
    hb_free(wholes);
    return status;
}
