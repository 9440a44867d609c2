/* Sums go up in three steps: each rank adds up the trees it holds; rank 0 adds these up along the tree of entries; and
 * each entry's whole is added to its parent's figures on the parent's rank, before sums are made there once more, of
 * all objects. Values go down in the same steps: within each rank, along the tree of entries, and within each rank once
 * more, where an entry brought something. */
#include "base/exchange.h"
#include "base/memory.h"
#include "graph/forest.h"
#include "graph/forest_ask.h"

#define AHEAD 12u   /* objects that are looked at so early that what they need is there in time */

/* Fetches an object's parent. */
static void prefetch_parent(const hb_forest *f, uint32_t id)
{
    __builtin_prefetch(f->above != NULL ? (const void *)&f->above[id] : (const void *)&f->parent[id]);
}

/* Fetches the place of an object's parent in `values`, of `bytes` each. Nowhere, when it has none here: that does no harm. */
static void prefetch_above(const hb_forest *f, uint32_t id, const void *values, size_t bytes)
{
    __builtin_prefetch((const char *)values + hb_forest_above_here(f, id) * bytes, 1);
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
        const hb_gid above = hb_forest_above(f, f->entry[s->next]);
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

static void sum_here(const hb_forest *f, uint64_t *a)
{
    for (uint32_t i = f->n_order; i-- > 0;) {
        if (i >= 2 * AHEAD) {
            prefetch_parent(f, f->order[i - 2 * AHEAD]);
            prefetch_above(f, f->order[i - AHEAD], a, sizeof *a);
        }
        const uint32_t v = f->order[i], above = hb_forest_above_here(f, v);
        if (above != HB_NO_ID) a[above] += a[v];
    }
}

/* A thread each. */
static void sum_both_here(const hb_forest *f, uint64_t *a, uint64_t *b)
{
#pragma omp parallel sections num_threads(b != NULL && f->n_threads > 1 ? 2 : 1)
    {
#pragma omp section
        sum_here(f, a);
#pragma omp section
        if (b != NULL) sum_here(f, b);
    }
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
    sum_both_here(f, a, b);
out:
    hb_free(wholes);
    return status;
}

/* --- values going down --- */

#define NONE (HB_NO_VALUE - 1)   /* for the time being: no object above has a value either */

/* Climbs to the next object that has a value, and hands it to all on the way. Several threads may do so at once on the same
 * way: all hand down the same. */
static void fetch_value(const hb_forest *f, uint32_t id, uint32_t *values)
{
    uint32_t at = id, value;
    while ((value = __atomic_load_n(&values[at], __ATOMIC_RELAXED)) == HB_NO_VALUE) {
        const uint32_t above = hb_forest_above_here(f, at);
        if (above == HB_NO_ID) {
            value = NONE;
            break;
        }
        at = above;
    }
    for (uint32_t v = id; v != at; v = hb_gid_id(hb_forest_above(f, v)))
        __atomic_store_n(&values[v], value, __ATOMIC_RELAXED);
    __atomic_store_n(&values[at], value, __ATOMIC_RELAXED);
}

static void hand_down_here(const hb_forest *f, uint32_t *values)
{
#pragma omp parallel num_threads(f->n_threads)
    {
#pragma omp for schedule(static)
        for (uint32_t v = 0; v < f->n; v++)
            if (__atomic_load_n(&values[v], __ATOMIC_RELAXED) == HB_NO_VALUE) fetch_value(f, v, values);
#pragma omp for schedule(static)
        for (uint32_t v = 0; v < f->n; v++)
            if (values[v] == NONE) values[v] = HB_NO_VALUE;
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
    HB_TRY(hb_forest_ask_value(f, value_here, values, &own));
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
