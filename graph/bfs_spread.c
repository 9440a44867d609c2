/* The search over several ranks: distances, without a barrier per level.
 *
 * What enters: the spread graph. What leaves: for every object the least (class edges, hops) from a ROOT line.
 *
 * Levels first: all objects reached with c class edges get their distances before any path takes a (c + 1)-th, so
 * a level is a plain breadth-first search over references whose seeds have hops already: the ROOT lines for
 * level 0, and for level c + 1 the classes of what level c reached. Real heaps have three to five levels.
 *
 * Within a level each rank (graph/bfs_part.c) keeps pending objects in buckets by hops (R. B. Dial, "Algorithm 360", 1969,
 * doi:10.1145/363269.363610) and in a round settles those within `window` hops of the lowest pending one of
 * any rank, following its own edges as far as that goes; then what crosses to other ranks is delivered. A distance
 * that arrives later and is smaller is settled again (label correcting), so the result is the same for any
 * window. While frontiers are wide the window is one hop: a plain level-synchronous search, nothing settled twice.
 * Where they are thin it doubles each round (the step of delta-stepping, Meyer and Sanders 2003,
 * doi:10.1016/S0196-6774(03)00076-2): a linked list of a million nodes takes as many rounds as it crosses between
 * ranks and about twenty more, not a million. Where it crosses all the time, rounds that settle next to nothing
 * follow one another; after PATIENCE of them the rest of the level is searched on one rank (graph/bfs_rest.h).
 *
 * Memory: 8 bytes an object for the result, 8 for pending entries at worst. Cost: each edge once, and again for what
 * is corrected. */
#include "graph/bfs_spread.h"

#include "base/exchange.h"
#include "base/memory.h"
#include "graph/bfs_parents.h"
#include "graph/bfs_part.h"
#include "graph/bfs_rest.h"

#define PATIENCE 48              /* thin rounds in a row before one rank takes the rest of the level */
#define THIN_FRONTIER 2048       /* objects of the busiest rank with equal hops below which the window doubles */

/* Lets one rank take the rest of the level, if that is not too much; then nothing is pending. */
static hb_status search_rest(hb_comm *comm, hb_bfs_part *s, uint64_t low, int *done)
{
    const hb_distance from = hb_bfs_at_level(s, (uint32_t)low);
    hb_status status = hb_bfs_search_rest(comm, s->graph, s->distance, from, hb_bfs_part_arrive_settled, s, done);
    if (status == HB_OK && *done) hb_bfs_part_forget(s);
    return status;
}

static hb_status run(hb_comm *comm, hb_bfs_part *s, uint64_t *rounds)
{
    hb_status status;
    uint64_t window = 1, thin = 0, patience = PATIENCE;
    for (;; ++*rounds) {
        size_t low = hb_bfs_part_lowest(s);
        /* One reduction: the lowest pending hops, and, complemented, the highest of three more figures. */
        uint64_t least[4] = { low < s->n_buckets ? low : UINT64_MAX, ~s->settled, ~s->widest,
                              ~(uint64_t)s->n_fresh };
        hb_comm_min(comm, least, 4);
        const uint64_t settled = ~least[1], widest = ~least[2], fresh_classes = ~least[3];
        s->settled = s->widest = 0;
        if (least[0] == UINT64_MAX && fresh_classes == 0) return HB_OK;
        thin = settled < THIN_FRONTIER ? thin + 1 : 0;
        if (least[0] == UINT64_MAX) {
            status = hb_bfs_part_next_level(s);
            thin = 0;
        } else if (thin > patience) {
            int done;
            HB_TRY(search_rest(comm, s, least[0], &done));
            thin = 0;
            if (!done) patience *= 8;
            continue;
        } else {
            /* A long list settles many objects in a wide window, but one at a time: it is still thin. */
            window = widest >= THIN_FRONTIER ? 1 : window * 2;
            if (window > UINT32_MAX) window = UINT32_MAX;
            status = hb_bfs_part_settle(s, least[0], least[0] + window);
        }
        HB_TRY(hb_exchange_round(comm, &s->box, status, hb_bfs_part_arrive, s));
    }
out:
    return status;
}

hb_status hb_bfs_search_spread(hb_comm *comm, const hb_graph *graph, int n_threads, hb_bfs *out)
{
    hb_bfs_part s;
    out->distance = hb_alloc(graph->shard->n, sizeof *out->distance);
    hb_status status = hb_bfs_part_init(&s, hb_comm_size(comm), graph, n_threads, out->distance);
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(run(comm, &s, &out->rounds));
    HB_TRY(hb_bfs_find_parents(comm, graph, out, s.class_best, n_threads));
out:
    hb_bfs_part_fini(&s);
    return status;
}
