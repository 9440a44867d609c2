/* What enters: the graph, the search tree, the dominator tree. What leaves: the first condition that does not hold.
 *
 *   search      Graph500's validation of a search (https://graph500.org/?page_id=12), with two kinds of edges
 *   sums        retained sizes, from each object to its children: by induction the totals are right as well
 *   number      preorder numbers, so that an ancestor is told by two comparisons
 *   dominators  the two properties that make a tree the dominator tree (L. Georgiadis, R. E. Tarjan, "Dominator Tree
 *               Certification and Divergent Spanning Trees", TALG 12(1), 2015, doi:10.1145/2764913): no edge leads from
 *               outside idom(v) into v (here), and no sibling of v dominates it
 *
 *   families    of the second: an object with its children, and whom of these who holds; this small graph, and by that
 *               the whole, has no other dominators when its own are flat
 *
 * A stage begins only if nothing was found before it: numbers mean nothing where sums are wrong. */
#include "graph/validate.h"

#include <string.h>

#include "base/memory.h"
#include "graph/validate_parts.h"

const char *hb_check_text(hb_check check)
{
    switch (check) {
    case HB_CHECK_ROOTS: return "what ROOT lines name is not what is one hop from a root";
    case HB_CHECK_PARENT: return "the parent in the search does not hold the object at that distance";
    case HB_CHECK_DISTANCE: return "an edge leads to the object in fewer hops than its distance";
    case HB_CHECK_IDOM: return "the immediate dominator is not reached, or not nearer to the roots";
    case HB_CHECK_SUMS: return "the retained size is not the sum of what the object dominates";
    case HB_CHECK_BYPASSED: return "an edge leads to the object past its immediate dominator";
    case HB_CHECK_NEAREST: return "the immediate dominator is not the nearest";
    case HB_CHECKS: break;
    }
    return "";
}

void hb_checker_note(hb_checker *c, hb_check check, hb_gid gid)
{
    hb_finding *f = &c->findings[check];
    f->n++;
    for (size_t i = 0; i < HB_VALIDATION_EXAMPLES && gid != HB_NO_GID; i++) {
        if (f->lowest[i] == gid) return;
        if (f->lowest[i] < gid) continue;
        const hb_gid next = f->lowest[i];
        f->lowest[i] = gid;
        gid = next;
    }
}

/* The lowest of all ranks' examples, ascending. */
static void share_examples(hb_checker *c, hb_validation *out)
{
    const hb_finding *f = &c->findings[out->failed];
    size_t at = 0;
    while (out->n_examples < HB_VALIDATION_EXAMPLES) {
        uint64_t gid = at < HB_VALIDATION_EXAMPLES ? f->lowest[at] : HB_NO_GID;
        hb_comm_min(c->comm, &gid, 1);
        if (gid == HB_NO_GID) return;
        if (at < HB_VALIDATION_EXAMPLES && f->lowest[at] == gid) at++;
        uint64_t address = UINT64_MAX;
        if (hb_gid_rank(gid) == c->rank) address = hb_shard_address(c->graph->shard, hb_gid_id(gid));
        hb_comm_min(c->comm, &address, 1);
        out->example[out->n_examples++] = address;
    }
}

/* The first check that does not hold. */
static void conclude(hb_checker *c, hb_validation *out)
{
    uint64_t n[HB_CHECKS];
    for (int i = 0; i < HB_CHECKS; i++) n[i] = c->findings[i].n;
    hb_comm_sum(c->comm, n, HB_CHECKS);
    for (int i = 0; i < HB_CHECKS; i++) {
        if (n[i] == 0) continue;
        *out = (hb_validation){ .failed = (hb_check)i, .n = n[i] };
        share_examples(c, out);
        return;
    }
}

static hb_status run(hb_checker *c, hb_validation *out)
{
    static hb_status (*const stages[])(hb_checker *) = { hb_validate_search, hb_validate_sums, hb_validate_number,
                                                         hb_validate_dominators, hb_validate_families };
    hb_status status = HB_OK;
    for (size_t i = 0; i < sizeof stages / sizeof *stages && out->holds; i++) {
        HB_TRY(stages[i](c));
        conclude(c, out);
    }
out:
    return status;
}

hb_status hb_validate(hb_comm *comm, const hb_graph *graph, const hb_bfs *bfs, const hb_dominators *dominators,
                      hb_validation *out)
{
    hb_checker c = { .comm = comm, .rank = hb_comm_rank(comm), .n = graph->shard->n, .graph = graph, .bfs = bfs,
                     .dominators = dominators };
    *out = (hb_validation){ .holds = 1 };
    for (int i = 0; i < HB_CHECKS; i++) memset(c.findings[i].lowest, 0xff, sizeof c.findings[i].lowest);
    hb_wordlist_init(&c.holders, 0);
    c.seen = hb_alloc_zero(c.n, 1);
    c.child_first = hb_alloc_zero((size_t)c.n + 1, sizeof *c.child_first);
    hb_status status = c.seen != NULL && c.child_first != NULL ? HB_OK : HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(run(&c, out));
out:
    hb_free(c.seen);
    hb_free(c.order);
    hb_free(c.pre);
    hb_free(c.child_first);
    hb_free(c.child_at);
    hb_free(c.tops);
    hb_wordlist_fini(&c.holders);
    return status;
}
