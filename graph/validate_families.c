/* Whether a sibling dominates an object is a question about its family alone: the immediate dominator p and p's children.
 * A holder of a child is below some child, and that one stands for it; what is held by p itself, or named by a ROOT line
 * where p is the virtual root, needs no other. All families of a rank, of which those of the virtual root are on rank 0,
 * are put under one root: an object is dominated by a sibling just where the immediate dominator there is not the root
 * (graph/semi_nca.h). Only families in which some object is not held by p directly take part. */
#include <string.h>

#include "base/exchange.h"
#include "base/memory.h"
#include "base/table.h"
#include "graph/semi_nca.h"
#include "graph/validate_parts.h"

#define NO_JOIN HB_NO_GID

typedef struct families {
    hb_checker *checker;
    hb_table vertices;       /* a child's place -> its gid if others than p hold it, NO_JOIN; vertex 1 is row 0 */
    hb_wordlist edges;       /* vertex that holds << 32 | vertex that is held */
    size_t block, at;
} families;

/* --- to the rank of the family --- */

/* Ids of p (HB_NO_ID: the virtual root) << 32 | of the child, the child's number, the holder's. */
static hb_status send(void *ctx, hb_outbox *box, int *more)
{
    families *f = ctx;
    const hb_checker *c = f->checker;
    for (; f->block < c->holders.n && !hb_outbox_full(box); f->block++, f->at = 0) {
        const hb_block *block = &c->holders.blocks[f->block];
        for (; f->at < block->n; f->at += 2) {
            const uint32_t v = (uint32_t)block->words[f->at];
            const hb_gid idom = c->dominators->idom[v];
            uint64_t *words = hb_outbox_put(box, idom == HB_NO_GID ? 0 : hb_gid_rank(idom), 3);
            if (words == NULL) return HB_ERR_MEMORY;
            words[0] = (uint64_t)(idom == HB_NO_GID ? HB_NO_ID : hb_gid_id(idom)) << 32 | v;
            words[1] = c->pre[v];
            words[2] = block->words[f->at + 1];
        }
    }
    *more = f->block < c->holders.n;
    return HB_OK;
}

/* The last of numbers[low .. high) that is not above `number`; the first is not. */
static size_t last_not_above(const uint64_t *numbers, size_t low, size_t high, uint64_t number)
{
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (numbers[middle] <= number) low = middle;
        else high = middle;
    }
    return low;
}

/* The place of the child of p that has this number or is above what has it: in child_at, or behind it in tops. */
static uint64_t child_above(const hb_checker *c, uint32_t p, uint64_t number)
{
    if (p == HB_NO_ID) return c->child_first[c->n] + last_not_above(c->tops, 0, c->n_tops, number);
    return last_not_above(c->child_at, c->child_first[p], c->child_first[p + 1], number - c->pre[p]);
}

static hb_status take(void *ctx, int from, const uint64_t *words, size_t n)
{
    families *f = ctx;
    hb_table *vertices = &f->vertices;
    for (size_t at = 0; at < n; at += 3) {
        const uint32_t p = (uint32_t)(words[at] >> 32);
        const uint64_t holder = child_above(f->checker, p, words[at + 2]), held = child_above(f->checker, p, words[at + 1]);
        int fresh;
        uint64_t *gid = hb_table_put(vertices, &holder, &fresh), *edge = hb_wordlist_put(&f->edges, 1);
        if (gid == NULL || edge == NULL) return HB_ERR_MEMORY;
        if (fresh) *gid = NO_JOIN;
        const size_t row = (size_t)(gid - hb_table_values(vertices, 0)) / 2;
        gid = hb_table_put(vertices, &held, NULL);
        if (gid == NULL) return HB_ERR_MEMORY;
        *gid = hb_gid_of(from, (uint32_t)words[at]);
        *edge = (row + 1) << 32 | ((size_t)(gid - hb_table_values(vertices, 0)) / 2 + 1);
    }
    return HB_OK;
}

/* --- there --- */

typedef struct family_graph {
    uint64_t *first;
    uint32_t *target, *idom;
    uint32_t n;
} family_graph;

static int is_join(const families *f, uint32_t vertex)
{
    return *hb_table_values(&f->vertices, vertex - 1) != NO_JOIN;
}

/* Rows: edges are counted, then put from the back. */
static hb_status build(const families *f, family_graph *g)
{
    g->n = (uint32_t)f->vertices.n + 1;
    g->first = hb_alloc_zero((size_t)g->n + 1, sizeof *g->first);
    g->target = hb_alloc(hb_wordlist_words(&f->edges) + g->n, sizeof *g->target);
    g->idom = hb_alloc(g->n, sizeof *g->idom);
    if (g->first == NULL || g->target == NULL || g->idom == NULL) return HB_ERR_MEMORY;
    for (uint32_t v = 1; v < g->n; v++) g->first[0] += !is_join(f, v);
    for (size_t b = 0; b < f->edges.n; b++)
        for (size_t i = 0; i < f->edges.blocks[b].n; i++) g->first[f->edges.blocks[b].words[i] >> 32]++;
    for (uint32_t v = 1; v <= g->n; v++) g->first[v] += g->first[v - 1];
    for (size_t b = 0; b < f->edges.n; b++)
        for (size_t i = 0; i < f->edges.blocks[b].n; i++) {
            const uint64_t edge = f->edges.blocks[b].words[i];
            g->target[--g->first[edge >> 32]] = (uint32_t)edge;
        }
    for (uint32_t v = 1; v < g->n; v++)
        if (!is_join(f, v)) g->target[--g->first[0]] = v;
    return HB_OK;
}

static hb_status check(families *f)
{
    family_graph g = { 0 };
    hb_status status;
    HB_TRY(build(f, &g));
    HB_TRY(hb_semi_nca(g.n, g.first, g.target, g.idom));
    for (uint32_t v = 1; v < g.n; v++)
        if (g.idom[v] != 0) hb_checker_note(f->checker, HB_CHECK_NEAREST, *hb_table_values(&f->vertices, v - 1));
out:
    hb_free(g.first);
    hb_free(g.target);
    hb_free(g.idom);
    return status;
}

hb_status hb_validate_families(hb_checker *c)
{
    families f = { .checker = c };
    hb_status status;
    hb_table_init(&f.vertices, 1, 1);
    hb_wordlist_init(&f.edges, 0);
    HB_TRY(hb_exchange(c->comm, send, take, &f));
    status = hb_comm_agree(c->comm, f.vertices.n > 0 ? check(&f) : HB_OK);
out:
    hb_table_fini(&f.vertices);
    hb_wordlist_fini(&f.edges);
    return status;
}
