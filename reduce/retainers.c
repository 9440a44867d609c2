#include "reduce/retainers.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/crown.h"
#include "reduce/group_sums.h"

#define ALL_ABOVE 1000       /* with no limit, objects that retain this part of all bytes */
#define DROP_ABOVE 100       /* a big drop retains at least this part of all bytes ... */
#define DROP_TENTHS 7        /* ... and each of its children less than so much of that (Eclipse MAT's big drop ratio) */

/* An object's bytes and id: what the ranking is made of. */
typedef struct candidate {
    uint64_t memsize;
    hb_gid gid;
} candidate;

#define CANDIDATE_WORDS 2

static int by_memsize(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    if (x->memsize != y->memsize) return x->memsize < y->memsize ? 1 : -1;
    return (x->gid > y->gid) - (x->gid < y->gid);
}

static size_t cut(candidate *list, size_t n, uint64_t top)
{
    if (n > 0) qsort(list, n, sizeof *list, by_memsize);
    return top != 0 && n > top ? top : n;
}

/* This rank's first ones: sorted and cut whenever there are twice as many as wanted. */
static hb_status list_own(const hb_knowledge *k, uint64_t least, uint64_t top, candidate **list, size_t *n)
{
    const hb_dominators *d = k->dominators;
    size_t cap = 0;
    for (uint32_t v = 0; v < k->shard->n; v++) {
        if (d->retained_memsize[v] < least || d->retained_objects[v] == 0) continue;
        if (top != 0 && *n >= 1024 && (*n - 1024) / 2 >= top) {
            *n = cut(*list, *n, top);
            least = (*list)[*n - 1].memsize;
        }
        if (hb_grow(list, &cap, *n + 1, sizeof **list) != HB_OK) return HB_ERR_MEMORY;
        (*list)[(*n)++] = (candidate){ d->retained_memsize[v], hb_gid_of(k->shard->rank, v) };
    }
    *n = cut(*list, *n, top);
    return HB_OK;
}

/* Objects with these ids and, as their others, those with `others`; on rank 0. */
static hb_status look_up(hb_comm *comm, const hb_knowledge *k, const hb_gid *gids, const hb_gid *others, size_t n,
                         hb_retainer **out)
{
    hb_known *objects = NULL, *found = NULL;
    hb_gid *asked = hb_alloc(n, sizeof *asked);
    size_t n_asked = 0;
    hb_status status;
    HB_TRY(hb_comm_agree(comm, asked != NULL ? HB_OK : HB_ERR_MEMORY));
    HB_TRY(hb_known_look_up(comm, k, gids, n, &objects));
    for (size_t i = 0; i < n; i++) {
        const hb_gid other = others != NULL ? others[i] : objects[i].idom;
        if (other != HB_NO_GID) asked[n_asked++] = other;
    }
    HB_TRY(hb_known_look_up(comm, k, asked, n_asked, &found));
    if (hb_comm_rank(comm) == 0) {
        *out = hb_alloc_zero(n, sizeof **out);
        status = *out != NULL ? HB_OK : HB_ERR_MEMORY;
        for (size_t i = 0, at = 0; status == HB_OK && i < n; i++) {
            (*out)[i].object = objects[i];
            if ((others != NULL ? others[i] : objects[i].idom) == HB_NO_GID) continue;
            (*out)[i].other = found[at].facts.address;
            (*out)[i].other_memsize = found[at++].retained_memsize;
        }
    }
    status = hb_comm_agree(comm, status);
out:
    hb_free(asked);
    hb_free(objects);
    hb_free(found);
    return status;
}

static hb_status find_top(hb_comm *comm, const hb_knowledge *k, uint64_t least, uint64_t top, hb_retainers *out)
{
    candidate *own = NULL;
    uint64_t *all = NULL;
    size_t n = 0, n_words = 0;
    hb_status status;
    HB_TRY(hb_comm_agree(comm, list_own(k, least, top, &own, &n)));
    HB_TRY(hb_comm_gather(comm, (const uint64_t *)own, n * CANDIDATE_WORDS, 0, &all, &n_words));
    candidate *list = (candidate *)all;
    n = all != NULL ? cut(list, n_words / CANDIDATE_WORDS, top) : 0;
    for (size_t i = 0; i < n; i++) all[i] = list[i].gid;
    HB_TRY(look_up(comm, k, all, NULL, n, &out->top));
    out->n_top = n;
out:
    hb_free(own);
    hb_free(all);
    return status;
}

/* --- big drops --- */

/* An object, the bytes that its largest child does not retain, and that child. */
typedef struct drop {
    uint64_t difference;
    hb_gid gid, child;
} drop;

static int by_difference(const void *a, const void *b)
{
    const drop *x = a, *y = b;
    if (x->difference != y->difference) return x->difference < y->difference ? 1 : -1;
    return (x->gid > y->gid) - (x->gid < y->gid);
}

/* The crown's drops, ranked: two lists of ids. On rank 0. */
static hb_status rank_drops(const hb_crown *crown, const uint64_t *children, uint64_t top, hb_gid **gids,
                            hb_gid **others, size_t *n)
{
    drop *list = hb_alloc(crown->n, sizeof *list);
    hb_status status = HB_OK;
    *n = 0;
    *gids = hb_alloc(crown->n, sizeof **gids);
    *others = hb_alloc(crown->n, sizeof **others);
    if (list == NULL || *gids == NULL || *others == NULL) HB_TRY(HB_ERR_MEMORY);
    for (size_t i = 0; i < crown->n; i++) {
        const uint64_t own = crown->rows[i].weight, of_child = children[2 * i + 1];
        if ((unsigned __int128)of_child * 10 >= (unsigned __int128)own * DROP_TENTHS) continue;
        list[(*n)++] = (drop){ own - of_child, crown->rows[i].gid, children[2 * i] };
    }
    if (*n > 0) qsort(list, *n, sizeof *list, by_difference);
    if (top != 0 && *n > top) *n = top;
    for (size_t i = 0; i < *n; i++) {
        (*gids)[i] = list[i].gid;
        (*others)[i] = list[i].child;
    }
out:
    hb_free(list);
    return status;
}

static hb_status find_drops(hb_comm *comm, const hb_knowledge *k, uint64_t least, uint64_t top, hb_retainers *out)
{
    hb_crown crown = { 0 };
    uint64_t *children = NULL;
    hb_gid *gids = NULL, *others = NULL;
    size_t n = 0;
    hb_status status;
    HB_TRY(hb_crown_gather(comm, k->shard, k->dominators, k->dominators->retained_memsize, least, &crown));
    HB_TRY(hb_crown_largest_children(comm, k->shard, k->dominators, &crown, least, &children));
    if (hb_comm_rank(comm) == 0) status = rank_drops(&crown, children, top, &gids, &others, &n);
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(look_up(comm, k, gids, others, n, &out->drops));
    out->n_drops = n;
out:
    hb_crown_fini(&crown);
    hb_free(children);
    hb_free(gids);
    hb_free(others);
    return status;
}

/* The least that is 1/parts of the total or more. */
static uint64_t part_of(uint64_t total, uint64_t parts)
{
    const uint64_t part = total / parts + (total % parts != 0);
    return part > 0 ? part : 1;
}

hb_status hb_retainers_find(hb_comm *comm, const hb_knowledge *k, hb_dominators *dominators, uint64_t total,
                            uint64_t top, hb_retainers *out)
{
    hb_status status;
    memset(out, 0, sizeof *out);
    for (int i = 0; i < HB_N_GROUPINGS; i++) hb_table_init(&out->groups[i], 1, HB_GROUP_WORDS);
    HB_TRY(find_top(comm, k, top == 0 ? part_of(total, ALL_ABOVE) : 0, top, out));
    HB_TRY(find_drops(comm, k, part_of(total, DROP_ABOVE), top, out));
    static const hb_group_of group_of[HB_N_GROUPINGS] = { hb_group_by_class, hb_group_by_site };
    HB_TRY(hb_group_sums(comm, k->shard, dominators, group_of, HB_N_GROUPINGS, out->groups));
out:
    return status;
}

void hb_retainers_fini(hb_retainers *r)
{
    hb_free(r->top);
    hb_free(r->drops);
    for (int i = 0; i < HB_N_GROUPINGS; i++) hb_table_fini(&r->groups[i]);
    memset(r, 0, sizeof *r);
}
