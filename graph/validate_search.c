/* Parents that are there show that no distance is too small, and edges that save nothing that none is too large. */
#include "graph/validate_parts.h"

#define CLASS_STEP ((UINT64_C(1) << 32) + 1)
#define NEXT_TO_ROOT ((hb_distance)1)

static void see_roots(hb_checker *c)
{
    for (size_t i = 0; i < c->graph->n_root_edges; i++) {
        const hb_root_edge *edge = &c->graph->root_edges[i];
        c->seen[edge->id] |= HB_SEEN_NAMED;
        if (c->bfs->parent[edge->id] == (HB_PARENT_ROOT | edge->root)) c->seen[edge->id] |= HB_SEEN_PARENT;
    }
}

static hb_status see(void *ctx, const hb_seen_edge *edge)
{
    hb_checker *c = ctx;
    const hb_distance least = edge->value + (edge->by_class ? CLASS_STEP : 1), is = c->bfs->distance[edge->to];
    if (is > least) hb_checker_note(c, HB_CHECK_DISTANCE, hb_gid_of(c->rank, edge->to));
    if (is == least && c->bfs->parent[edge->to] == (edge->from << 1 | (unsigned)edge->by_class))
        c->seen[edge->to] |= HB_SEEN_PARENT;
    if (c->dominators->idom[edge->to] == edge->from) c->seen[edge->to] |= HB_SEEN_IDOM;
    return HB_OK;
}

static void check(hb_checker *c, uint32_t v)
{
    const hb_distance distance = c->bfs->distance[v];
    const int is_named = (c->seen[v] & HB_SEEN_NAMED) != 0, has_parent = (c->seen[v] & HB_SEEN_PARENT) != 0;
    if (is_named != (distance == NEXT_TO_ROOT)) hb_checker_note(c, HB_CHECK_ROOTS, hb_gid_of(c->rank, v));
    else if (distance == HB_UNREACHED ? c->bfs->parent[v] != HB_NO_PARENT : !has_parent)
        hb_checker_note(c, HB_CHECK_PARENT, hb_gid_of(c->rank, v));
}

hb_status hb_validate_search(hb_checker *c)
{
    see_roots(c);
    hb_status status = hb_validate_walk(c, c->bfs->distance, see, c);
    for (uint32_t v = 0; v < c->n; v++) check(c, v);
    return status;
}
