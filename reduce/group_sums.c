/* An object of a group counts with what it retains if no object above it in the dominator tree is of the group: what
 * is below one that is was counted there.
 *
 * So each object needs the set of the groups above it (reduce/group_sets.h): of its parent's and its own group.
 *
 * Across ranks: each rank works out the sets from its trees' tops down; rank 0 gets each entry's parent's set, puts the
 * whole sets together along the tree of entries, and sends all of them back. Then each rank goes through its objects
 * once more, from the right sets on. */
#include "reduce/group_sums.h"

#include <string.h>

#include "base/memory.h"
#include "graph/forest_ask.h"
#include "reduce/gather.h"
#include "reduce/group_sets.h"
#include "reduce/site_sums.h"

uint64_t hb_group_by_class(const hb_shard *shard, uint32_t kind)
{
    uint64_t key[HB_SITE_KEY_WORDS];
    hb_site_key_of(shard, kind, key);
    return key[HB_SITE_CLASS];
}

uint64_t hb_group_by_site(const hb_shard *shard, uint32_t kind)
{
    return shard->kinds[kind].site == HB_NO_STRING ? HB_NO_GROUP : shard->kinds[kind].site;
}

typedef struct grouper {
    hb_comm *comm;
    const hb_shard *shard;
    hb_dominators *dominators;
    uint64_t *group;         /* by kind */
    hb_group_sets sets;
    uint32_t *set;           /* by id: the groups of the object and of those above it */
    uint64_t *entries;       /* by number of the entry: the set above it; NULL until that is known */
    hb_table own;            /* this rank's sums */
    uint32_t *row_of_kind;   /* its rows, + 1; 0: none yet */
} grouper;

/* The set above an object: of its parent, or, of an entry, what the other ranks said; without that: nothing. */
static uint32_t set_above(const grouper *g, uint32_t v)
{
    const hb_forest *f = &g->dominators->forest;
    const uint32_t above = hb_forest_above_here(f, v);
    if (above != HB_NO_ID) return g->set[above];
    return g->entries != NULL && hb_forest_is_entry(f, v) ? (uint32_t)g->entries[hb_forest_entry(f, v)] : 0;
}

static uint64_t *row_of(grouper *g, uint32_t kind)
{
    if (g->row_of_kind[kind] != 0) return hb_table_values(&g->own, g->row_of_kind[kind] - 1);
    uint64_t *row = hb_table_put(&g->own, &g->group[kind], NULL);
    if (row != NULL) g->row_of_kind[kind] = hb_table_number(&g->own, row) + 1;
    return row;
}

static hb_status add_object(grouper *g, uint32_t v, int outermost)
{
    const hb_dominators *d = g->dominators;
    uint64_t *row = row_of(g, g->shard->kind[v]);
    if (row == NULL) return HB_ERR_MEMORY;
    row[HB_GROUP_OBJECTS]++;
    if (!outermost) return HB_OK;
    row[HB_GROUP_OUTERMOST]++;
    row[HB_GROUP_MEMSIZE] += d->retained_memsize[v];
    row[HB_GROUP_RETAINED] += d->retained_objects[v];
    return HB_OK;
}

#define AHEAD 12u

/* Fetches what the objects a few and some more places on in the order need. */
static void prefetch(const grouper *g, uint32_t i)
{
    const hb_dominators *d = g->dominators;
    if (i + 2 * AHEAD >= d->n_order) return;
    const uint32_t far = d->order[i + 2 * AHEAD], near = d->order[i + AHEAD];
    __builtin_prefetch(&d->idom[far]);
    __builtin_prefetch(&g->shard->kind[far]);
    __builtin_prefetch(&g->set[near], 1);
    __builtin_prefetch(&g->set[(uint32_t)d->idom[near]]);   /* nowhere, when it has none here: that does no harm */
}

/* All objects' sets; with_sums: and the sums. */
static hb_status find_sets(grouper *g, int with_sums)
{
    hb_status status = HB_OK;
    for (uint32_t i = 0; i < g->dominators->n_order && status == HB_OK; i++) {
        prefetch(g, i);
        const uint32_t v = g->dominators->order[i], above = set_above(g, v);
        const uint64_t group = g->group[g->shard->kind[v]];
        status = hb_group_sets_with(&g->sets, above, group, &g->set[v]);
        if (status == HB_OK && with_sums && group != HB_NO_GROUP) status = add_object(g, v, g->set[v] != above);
    }
    return status;
}

/* The same for all groupings, side by side. */
static hb_status find_all_sets(grouper *groupers, int n, int with_sums)
{
    int worst = HB_OK;
    const int n_threads = groupers[0].dominators->n_threads; /* NOLINT(clang-analyzer-deadcode.DeadStores): read in the pragma */
#pragma omp parallel for num_threads(n < n_threads ? n : n_threads) schedule(dynamic) reduction(max : worst)
    for (int i = 0; i < n; i++) {
        int status = find_sets(&groupers[i], with_sums);
        if (status > worst) worst = status;
    }
    return (hb_status)worst;
}

/* --- the sets above entries, on rank 0 --- */

/* The groups of one rank's set, first to last, put into another set. */
static hb_status join(hb_group_sets *to, uint32_t base, const uint64_t *pairs, uint64_t set, hb_table *memo, uint32_t *out)
{
    uint64_t *groups = NULL;
    size_t n = 0, cap = 0;
    hb_status status = HB_OK;
    uint64_t *known = hb_table_find(memo, (uint64_t[]){ base, set });
    if (known != NULL) {
        *out = (uint32_t)*known;
        return HB_OK;
    }
    for (uint64_t at = set; at != 0; at = pairs[2 * at]) {
        HB_TRY(hb_grow(&groups, &cap, n + 1, sizeof *groups));
        groups[n++] = pairs[2 * at + 1];
    }
    *out = base;
    while (n > 0) HB_TRY(hb_group_sets_with(to, *out, groups[--n], out));
    known = hb_table_put(memo, (uint64_t[]){ base, set }, NULL);
    if (known == NULL) HB_TRY(HB_ERR_MEMORY);
    *known = *out;
out:
    hb_free(groups);
    return status;
}

/* above: by place, in: the set of its parent among those of the parent's rank | that rank << 32; out: the whole set. */
static hb_status solve(const hb_forest *f, const uint64_t *pairs, const size_t *ends, hb_group_sets *all, uint64_t *above)
{
    const size_t n_ranks = (size_t)hb_comm_size(f->comm);
    hb_table *memos = hb_alloc_zero(n_ranks, sizeof *memos);
    hb_status status = HB_OK;
    if (memos == NULL) return HB_ERR_MEMORY;
    for (size_t r = 0; r < n_ranks; r++) hb_table_init(&memos[r], 2, 1);
    for (size_t i = 0; i < f->n_places; i++) {
        const size_t place = f->sorted[i], rank = above[place] >> 32;
        const uint64_t *of_rank = pairs + (rank == 0 ? 0 : ends[rank - 1]);
        const uint32_t base = f->up[place] == HB_NO_PLACE ? 0 : (uint32_t)above[f->up[place]];
        uint32_t whole = 0;
        HB_TRY(join(all, base, of_rank, (uint32_t)above[place], &memos[rank], &whole));
        above[place] = whole;
    }
out:
    for (size_t r = 0; r < n_ranks; r++) hb_table_fini(&memos[r]);
    hb_free(memos);
    return status;
}

/* The sets of rank 0 to all ranks. */
static hb_status share_sets(grouper *g, hb_group_sets *all)
{
    const int root = 0;
    uint64_t n = all->n;
    hb_status status = HB_OK;
    hb_comm_broadcast(g->comm, &n, sizeof n, root);
    if (hb_grow(&all->pairs, &all->cap, 2 * n, sizeof *all->pairs) != HB_OK) status = HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(g->comm, status));
    hb_comm_broadcast(g->comm, all->pairs, 2 * n * sizeof *all->pairs, root);
    all->n = n;
    status = hb_group_sets_connect(all);
    hb_group_sets_fini(&g->sets);
    g->sets = *all;
    *all = (hb_group_sets){ 0 };
out:
    return status;
}

static uint64_t set_here(void *ctx, uint32_t id)
{
    const grouper *g = ctx;
    return g->set[id] | (uint64_t)(unsigned)g->shard->rank << 32;
}

static hb_status cross(grouper *g)
{
    hb_forest *f = &g->dominators->forest;
    uint64_t *own = NULL, *above = NULL, *pairs = NULL;
    size_t *ends = hb_alloc((size_t)hb_comm_size(g->comm), sizeof *ends);
    hb_group_sets all = { 0 };
    hb_status status = hb_group_sets_init(&all);
    HB_TRY(hb_comm_agree(g->comm, ends != NULL ? status : HB_ERR_MEMORY));
    HB_TRY(hb_forest_ask_value(f, set_here, g, &own));
    HB_TRY(hb_forest_gather(f, own, 1, &above));
    HB_TRY(hb_comm_gather_parts(g->comm, g->sets.pairs, 2 * g->sets.n, 0, &pairs, ends));
    if (g->shard->rank == 0) status = solve(f, pairs, ends, &all, above);
    HB_TRY(hb_comm_agree(g->comm, status));
    HB_TRY(hb_forest_tell(f, above, 1, &g->entries));
    HB_TRY(hb_comm_agree(g->comm, share_sets(g, &all)));
out:
    hb_group_sets_fini(&all);
    hb_free(own);
    hb_free(above);
    hb_free(pairs);
    hb_free(ends);
    return status;
}

/* --- sums --- */

static hb_status grouper_init(grouper *g, hb_group_of group_of)
{
    const hb_shard *shard = g->shard;
    hb_table_init(&g->own, 1, HB_GROUP_WORDS);
    if (hb_group_sets_init(&g->sets) != HB_OK) return HB_ERR_MEMORY;
    g->set = hb_alloc(shard->n, sizeof *g->set);
    g->group = hb_alloc(shard->n_kinds, sizeof *g->group);
    g->row_of_kind = hb_alloc_zero(shard->n_kinds, sizeof *g->row_of_kind);
    if (g->set == NULL || g->group == NULL || g->row_of_kind == NULL) return HB_ERR_MEMORY;
    for (uint32_t kind = 0; kind < shard->n_kinds; kind++) g->group[kind] = group_of(shard, kind);
    return HB_OK;
}

static void grouper_fini(grouper *g)
{
    hb_group_sets_fini(&g->sets);
    hb_table_fini(&g->own);
    hb_free(g->set);
    hb_free(g->group);
    hb_free(g->row_of_kind);
    hb_free(g->entries);
}

hb_status hb_group_sums(hb_comm *comm, const hb_shard *shard, hb_dominators *dominators, const hb_group_of *group_of,
                        int n, hb_table *out)
{
    const int alone = hb_comm_size(comm) == 1;
    grouper *groupers = hb_alloc_zero((size_t)n, sizeof *groupers);
    hb_status status = groupers != NULL ? HB_OK : HB_ERR_MEMORY;
    for (int i = 0; i < n; i++) hb_table_init(&out[i], 1, HB_GROUP_WORDS);
    for (int i = 0; groupers != NULL && i < n; i++) {
        groupers[i].comm = comm;
        groupers[i].shard = shard;
        groupers[i].dominators = dominators;
        if (status == HB_OK) status = grouper_init(&groupers[i], group_of[i]);
    }
    if (status == HB_OK) status = find_all_sets(groupers, n, alone);
    HB_TRY(hb_comm_agree(comm, status));
    if (!alone) {
        for (int i = 0; i < n; i++) HB_TRY(cross(&groupers[i]));
        HB_TRY(hb_comm_agree(comm, find_all_sets(groupers, n, 1)));
    }
    for (int i = 0; i < n; i++) HB_TRY(hb_gather_sums(comm, &groupers[i].own, &out[i]));
out:
    for (int i = 0; groupers != NULL && i < n; i++) grouper_fini(&groupers[i]);
    hb_free(groupers);
    return status;
}
