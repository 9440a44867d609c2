/* What enters: the forest of what is settled, and the edges into open joins. What leaves: the objects that matter for
 * these joins.
 *
 * Only edges into open joins can say something new. So of each tree only those objects are kept from which such an edge
 * leads, those where the ways up from kept objects meet, and the tops of trees; what lies between two of them is one
 * edge. That changes no join's immediate dominator: an object that is left out has one kept object next below it, which
 * dominates whatever it dominates among the joins, and is nearer.
 *
 *   see      the ways up from where such edges leave, and from open joins
 *   across   what entries hang from below which another rank has kept some
 *   choose   from the bottom up; each with the kept one next above */
#include "graph/dom_keep.h"

#include <stdlib.h>

#include "base/exchange.h"
#include "base/memory.h"
#include "graph/forest_ask.h"

/* Marks while objects are chosen. */
enum { SEEN = 1, SOURCE = 2, BELOW_ONE = 4, BELOW_MORE = 8, KEPT = 16 };

typedef struct keeper {
    hb_joins *joins;
    hb_dom_kept *out;
    uint8_t *mark;           /* by id */
    uint32_t *seen;          /* objects on the ways up from kept ones, and then by distance */
    size_t n_seen, cap_seen;
    uint32_t *nearest;       /* by id, of those seen: the nearest kept object, itself included */
    uint64_t *needed;        /* by entry of this rank: whether something is kept below it */
    uint32_t next;
} keeper;

/* --- see --- */

static hb_status put_pair(hb_wordlist *list, uint64_t a, uint64_t b)
{
    uint64_t *words = hb_wordlist_put(list, 2);
    if (words == NULL) return HB_ERR_MEMORY;
    words[0] = a;
    words[1] = b;
    return HB_OK;
}

/* What is next above an object on this rank; HB_NO_ID: the top of its tree here. */
static uint32_t next_above(const keeper *k, uint32_t id)
{
    const hb_gid above = k->joins->idom[id];
    return above == HB_NO_GID || hb_gid_rank(above) != k->joins->forest.rank ? HB_NO_ID : hb_gid_id(above);
}

/* Marks an object, and all above it as seen. */
static hb_status see(keeper *k, uint32_t id, uint8_t mark)
{
    const uint8_t before = k->mark[id];
    k->mark[id] |= mark;
    if (before != 0) return HB_OK;
    for (; id != HB_NO_ID && !(k->mark[id] & SEEN); id = next_above(k, id)) {
        k->mark[id] |= SEEN;
        if (hb_grow(&k->seen, &k->cap_seen, k->n_seen + 1, sizeof *k->seen) != HB_OK) return HB_ERR_MEMORY;
        k->seen[k->n_seen++] = id;
    }
    return HB_OK;
}

static hb_status take_edge(keeper *k, uint32_t from, hb_gid to)
{
    if (!hb_joins_open(k->joins, to)) return HB_OK;
    if (see(k, from, SOURCE) != HB_OK) return HB_ERR_MEMORY;
    return put_pair(&k->out->edges, hb_gid_of(k->joins->forest.rank, from), to);
}

/* The edges that graph/dom_edges.c has noted. */
static hb_status take_edges(keeper *k)
{
    const hb_joins *j = k->joins;
    hb_status status = HB_OK;
    for (int t = 0; t < j->n_threads; t++)
        for (size_t i = 0; i < j->edges[t].n; i++)
            for (size_t at = 0; at < j->edges[t].blocks[i].n && status == HB_OK; at++) {
                const uint64_t word = j->edges[t].blocks[i].words[at];
                status = take_edge(k, (uint32_t)(word >> 32), hb_gid_of(j->forest.rank, (uint32_t)word));
            }
    for (size_t i = 0; i < j->away.n; i++)
        for (size_t at = 0; at < j->away.blocks[i].n && status == HB_OK; at += 2)
            status = take_edge(k, (uint32_t)j->away.blocks[i].words[at], j->away.blocks[i].words[at + 1]);
    return status;
}

/* Open joins need a vertex. */
static hb_status take_joins(keeper *k)
{
    const hb_joins *j = k->joins;
    const size_t base = j->base[j->forest.rank];
    hb_status status = HB_OK;
    for (uint32_t v = 0; v < j->forest.n; v += 64)
        for (uint64_t bits = j->open[base + v / 64]; bits != 0 && status == HB_OK; bits &= bits - 1)
            status = see(k, v + (uint32_t)__builtin_ctzll(bits), SOURCE);
    return status;
}

/* --- across: what other ranks' kept objects hang from --- */

/* Which entries have something kept below them, on their own rank or, by the tree of entries, on others: a word each, on
 * their owners. */
static hb_status find_needed(keeper *k, uint64_t **needed)
{
    hb_forest *f = &k->joins->forest;
    uint64_t *own = hb_alloc(f->n_entries, sizeof *own), *all = NULL;
    hb_status status;
    HB_TRY(hb_comm_agree(f->comm, own != NULL ? HB_OK : HB_ERR_MEMORY));
    for (size_t i = 0; i < f->n_entries; i++) own[i] = k->mark[f->entry[i]] != 0;
    HB_TRY(hb_forest_gather(f, own, 1, &all));
    for (size_t i = f->n_places; i-- > 0;) {
        const size_t place = f->sorted[i];
        if (f->up[place] != HB_NO_PLACE) all[f->up[place]] |= all[place];
    }
    HB_TRY(hb_forest_tell(f, all, 1, needed));
out:
    hb_free(own);
    hb_free(all);
    return status;
}

/* What holds a needed entry is kept. */
static hb_status put_holders(void *ctx, hb_outbox *box, int *more)
{
    keeper *k = ctx;
    const hb_forest *f = &k->joins->forest;
    for (; k->next < f->n_entries && !hb_outbox_full(box); k->next++) {
        const hb_gid above = hb_forest_above(f, f->entry[k->next]);
        if (!k->needed[k->next]) continue;
        uint64_t *word = hb_outbox_put(box, hb_gid_rank(above), 1);
        if (word == NULL) return HB_ERR_MEMORY;
        *word = hb_gid_id(above);
    }
    *more = k->next < f->n_entries;
    return HB_OK;
}

static hb_status take_holders(void *ctx, int from, const uint64_t *words, size_t n)
{
    (void)from;
    keeper *k = ctx;
    for (size_t i = 0; i < n; i++)
        if (see(k, (uint32_t)words[i], SOURCE) != HB_OK) return HB_ERR_MEMORY;
    return HB_OK;
}

/* The tree of entries was made before joins were closed within trees: what hangs from such a join leads on to entries
 * above that it does not know. So again, until none is new. */
static hb_status keep_across(keeper *k)
{
    hb_forest *f = &k->joins->forest;
    hb_status status = HB_OK;
    for (uint64_t fresh = 1; fresh > 0;) {
        hb_free(k->needed);
        k->needed = NULL;
        HB_TRY(find_needed(k, &k->needed));
        for (size_t i = 0; i < f->n_entries && status == HB_OK; i++)
            if (k->needed[i]) status = see(k, f->entry[i], SOURCE);
        HB_TRY(hb_comm_agree(f->comm, status));
        k->next = 0;
        HB_TRY(hb_exchange(f->comm, put_holders, take_holders, k));
        fresh = 0;
        for (size_t i = 0; i < f->n_entries; i++) fresh += !k->needed[i] && k->mark[f->entry[i]] != 0;
        hb_comm_sum(f->comm, &fresh, 1);
    }
out:
    return status;
}

/* --- choose --- */

static int by_distance(const void *a, const void *b, void *ctx)
{
    const hb_distance *distance = ctx;
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (distance[x] != distance[y]) return distance[x] < distance[y] ? -1 : 1;
    return (x > y) - (x < y);
}

static int by_id(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* From the bottom up: what an edge comes from, where two ways meet, and the tops. */
static void choose(keeper *k)
{
    for (size_t i = k->n_seen; i-- > 0;) {
        const uint32_t v = k->seen[i], above = next_above(k, v);
        if (above == HB_NO_ID || (k->mark[v] & (SOURCE | BELOW_MORE))) k->mark[v] |= KEPT;
        if (above != HB_NO_ID) k->mark[above] |= k->mark[above] & BELOW_ONE ? BELOW_MORE : BELOW_ONE;
    }
}

/* Kept ones, by id, each with the kept one next above. */
static hb_status list_kept(keeper *k)
{
    for (size_t i = 0; i < k->n_seen; i++) {
        const uint32_t v = k->seen[i];
        k->nearest[v] = k->mark[v] & KEPT ? v : k->nearest[next_above(k, v)];
    }
    if (k->n_seen > 0) qsort(k->seen, k->n_seen, sizeof *k->seen, by_id);
    for (size_t i = 0; i < k->n_seen; i++) {
        const uint32_t v = k->seen[i], above = next_above(k, v);
        if (!(k->mark[v] & KEPT)) continue;
        const hb_gid up = above == HB_NO_ID ? k->joins->idom[v] : hb_gid_of(k->joins->forest.rank, k->nearest[above]);
        if (put_pair(&k->out->rows, hb_gid_of(k->joins->forest.rank, v), up) != HB_OK) return HB_ERR_MEMORY;
    }
    return HB_OK;
}

static hb_status choose_all(keeper *k)
{
    hb_joins *j = k->joins;
    hb_status status;
    k->mark = hb_alloc_zero(j->forest.n, sizeof *k->mark);
    k->nearest = hb_alloc(j->forest.n, sizeof *k->nearest);
    status = k->mark != NULL && k->nearest != NULL ? take_edges(k) : HB_ERR_MEMORY;
    if (status == HB_OK) status = take_joins(k);
    HB_TRY(hb_comm_agree(j->comm, status));
    if (hb_comm_size(j->comm) > 1) HB_TRY(keep_across(k));
    if (k->n_seen > 0) qsort_r(k->seen, k->n_seen, sizeof *k->seen, by_distance, j->bfs->distance);
    choose(k);
    status = hb_comm_agree(j->comm, list_kept(k));
out:
    return status;
}

hb_status hb_dom_keep(hb_joins *joins, hb_dom_kept *out)
{
    keeper k = { .joins = joins, .out = out };
    const hb_status status = choose_all(&k);
    hb_free(k.mark);
    hb_free(k.nearest);
    hb_free(k.seen);
    hb_free(k.needed);
    return status;
}

void hb_dom_kept_init(hb_dom_kept *kept)
{
    hb_wordlist_init(&kept->rows, 0);
    hb_wordlist_init(&kept->edges, 0);
}

void hb_dom_kept_fini(hb_dom_kept *kept)
{
    hb_wordlist_fini(&kept->rows);
    hb_wordlist_fini(&kept->edges);
}
