/* Answers out of the index of random heaps against those of the graph itself (graph/known.h, trace.h, referrers.h), which all ranks hold
 * together, and against the lines of the heap. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "graph/find.h"
#include "graph/trace.h"
#include "index/around.h"
#include "index/write.h"
#include "tests/unit/graph_way.h"

/* A heap, all that is known of it on rank 0, and its index there. */
typedef struct looked {
    const heap *h;
    way w;
    hb_dominators d;
    hb_forest search;
    hb_gid *gids;            /* by address */
    size_t n;
    hb_known *known;         /* the same; on rank 0 */
    hb_referrers *referrers;
    hb_trace trace;
    hb_index index;
    uint64_t top;
} looked;

static uint64_t *addresses_of(const heap *h, size_t *n)
{
    uint64_t *all = must_alloc(h->n_lines, sizeof *all);
    *n = 0;
    for (size_t i = 0; i < h->n_lines; i++) all[i] = h->lines[i].address;
    qsort(all, h->n_lines, sizeof *all, heap_by_word);
    for (size_t i = 0; i < h->n_lines; i++)
        if (i == 0 || all[i] != all[i - 1]) all[(*n)++] = all[i];
    return all;
}

/* What the graph answers; before it becomes an index. */
static hb_status ask_graph(looked *x, int n_threads)
{
    hb_status status;
    HB_TRY(hb_dominators_find(world, &x->w.graph, &x->w.bfs, n_threads, &x->d));
    x->search = (hb_forest){ .comm = world, .rank = x->w.shard.rank, .n = x->w.shard.n, .parent = x->w.bfs.parent, .n_threads = n_threads };
    if (hb_comm_size(world) > 1) HB_TRY(hb_forest_build(&x->search));
    const hb_knowledge knowledge = { &x->w.shard, &x->w.bfs, &x->d, hb_comm_size(world) > 1 ? &x->search : NULL };
    uint64_t *addresses = addresses_of(x->h, &x->n);
    x->gids = must_alloc(x->n, sizeof *x->gids);
    x->referrers = must_alloc(x->n, sizeof *x->referrers);
    hb_find_addresses(world, &x->w.shard, addresses, x->n, x->gids);
    free(addresses);
    HB_TRY(hb_known_look_up(world, &knowledge, x->gids, x->n, &x->known));
    HB_TRY(hb_trace_paths(world, &knowledge, x->gids, x->n, &x->trace));
    for (size_t i = 0; i < x->n; i++)
        HB_TRY(hb_referrers_find(world, &x->w.graph, &knowledge, x->gids[i], x->top, &x->referrers[i]));
out:
    return status;
}

static hb_status make_index(looked *x, int n_threads)
{
    const hb_knowledge knowledge = { &x->w.shard, &x->w.bfs, &x->d, NULL };
    const hb_index_origin origin = { .damage = "" };
    const int fd = hb_comm_rank(world) == 0 ? memfd_create("index", MFD_CLOEXEC) : -1;
    const hb_status status = hb_index_write(world, &x->w.graph, &knowledge, &origin, n_threads, fd, "index", NULL);
    x->index.fd = -1;
    return status == HB_OK && fd >= 0 ? hb_index_open(fd, "index", &x->index, NULL) : status;
}

/* --- rank 0 compares --- */

/* The id of an object of the graph. */
static uint64_t id_of(const looked *x, hb_gid gid)
{
    for (size_t i = 0; i < x->n; i++)
        if (x->gids[i] == gid) return i;
    return HB_NO_GID;
}

static int same_parent(const looked *x, hb_parent graph, hb_parent index)
{
    if (hb_parent_is_root(graph) || graph == HB_NO_PARENT) return graph == index;
    return hb_parent_by_class(graph) == hb_parent_by_class(index) && id_of(x, hb_parent_gid(graph)) == hb_parent_gid(index);
}

static int same(const looked *x, const hb_known *graph, const hb_known *index)
{
    hb_object_facts facts = index->facts;
    facts.parent = graph->facts.parent;
    return memcmp(&facts, &graph->facts, sizeof facts) == 0 && same_parent(x, graph->facts.parent, index->facts.parent) &&
           graph->distance == index->distance && graph->retained_memsize == index->retained_memsize &&
           graph->retained_objects == index->retained_objects && index->gid == id_of(x, graph->gid) &&
           (graph->idom == HB_NO_GID ? index->idom == HB_NO_GID : index->idom == id_of(x, graph->idom));
}

static void check_path(looked *x, size_t i)
{
    const size_t begin = i == 0 ? 0 : x->trace.end[i - 1];
    hb_known *steps;
    size_t n;
    EXPECT(hb_look_path(&x->index, (uint32_t)i, &steps, &n, NULL) == HB_OK && n == x->trace.end[i] - begin);
    for (size_t k = 0; k < n; k++) EXPECT(same(x, &x->trace.steps[begin + k], &steps[k]));
    hb_free(steps);
}

static void check_dominators(const looked *x, size_t i, const hb_look_list *got)
{
    size_t n = 0;
    for (hb_gid above = x->known[i].idom; above != HB_NO_GID; n++) {
        const hb_known *known = &x->known[id_of(x, above)];
        if (n < got->n) EXPECT(same(x, known, &got->rows[n].object) && got->rows[n].via == HB_NO_STRING);
        above = known->idom;
    }
    EXPECT(got->n_all == n && got->n == (x->top != 0 && x->top < n ? x->top : n));
}

static void check_dominated(const looked *x, size_t i, const hb_look_list *got)
{
    size_t n = 0;
    for (size_t k = 0; k < x->n; k++) n += x->known[k].idom == x->gids[i];
    EXPECT(got->n_all == n && got->n == (x->top != 0 && x->top < n ? x->top : n));
    for (size_t k = 0; k < got->n; k++) {
        const hb_known *row = &got->rows[k].object, *before = &got->rows[k > 0 ? k - 1 : 0].object;
        EXPECT(same(x, &x->known[row->gid], row) && row->idom == i);
        EXPECT(k == 0 || before->retained_memsize > row->retained_memsize ||
               (before->retained_memsize == row->retained_memsize && before->gid < row->gid));
    }
    /* Those that are left out retain no more than the last one shown. */
    for (size_t k = 0, below = 0; k < x->n && got->n > 0; k++) {
        below += x->known[k].idom == x->gids[i] && x->known[k].retained_memsize > got->rows[got->n - 1].object.retained_memsize;
        EXPECT(below < got->n);
    }
}

static const heap_line *line_at(const heap *h, uint64_t address)
{
    const heap_line *first = NULL;
    for (size_t i = 0; i < h->n_lines; i++)
        if (h->lines[i].address == address && (first == NULL || h->lines[i].where < first->where)) first = &h->lines[i];
    return first;
}

/* By the line: all of them in their order, where none dangles; otherwise as many. */
static void check_references(const looked *x, size_t i, const hb_around *got)
{
    const heap_line *line = line_at(x->h, x->known[i].facts.address);
    uint32_t names[HEAP_SHAPES + 1];
    size_t dangling = 0;
    for (size_t k = 0; k < line->n; k++) dangling += line_at(x->h, x->h->refs[line->first + k]) == NULL;
    const size_t n = line->n - dangling;
    EXPECT(got->references.n_all == line->n && got->n_dangling == dangling);
    EXPECT(got->references.n == (x->top != 0 && x->top < n ? x->top : n));
    const int chain = line->type == HB_TYPE_OBJECT && line->name != HB_NO_STRING && line->n > 0 ? heap_chain(x->h, line->name, names) : -1;
    const int is_named = chain == (int)line->n && dangling == 0;
    for (size_t k = 0; k < got->references.n; k++) {
        const hb_referrer *row = &got->references.rows[k];
        EXPECT(same(x, &x->known[row->object.gid], &row->object));
        EXPECT(row->via == (is_named ? names[line->n - 1 - k] : HB_NO_STRING));
        if (dangling == 0) EXPECT(row->object.facts.address == x->h->refs[line->first + k]);
    }
}

static void check_referrers(const looked *x, size_t i, const hb_referrers *got)
{
    const hb_referrers *graph = &x->referrers[i];
    EXPECT(graph->references == got->references && graph->instances == got->instances);
    EXPECT(graph->n == got->n && graph->n_roots == got->n_roots);
    for (size_t k = 0; k < got->n && k < graph->n; k++)
        EXPECT(same(x, &graph->rows[k].object, &got->rows[k].object) && graph->rows[k].via == got->rows[k].via);
    for (size_t k = 0; k < got->n_roots && k < graph->n_roots; k++) EXPECT(graph->roots[k] == got->roots[k]);
}

static void check_object(looked *x, size_t i)
{
    const heap_line *line = line_at(x->h, x->known[i].facts.address);
    const heap_line *class = line->class_address != 0 ? line_at(x->h, line->class_address) : NULL;
    uint32_t id;
    hb_around around;
    EXPECT(hb_look_find(&x->index, x->known[i].facts.address, &id, NULL) == HB_OK && id == i);
    if (!EXPECT(hb_look_around(&x->index, id, x->top, &around, NULL) == HB_OK)) return;
    EXPECT(same(x, &x->known[i], &around.object) && around.generation == line->generation);
    EXPECT(around.class_address == (class != NULL ? class->address : 0));
    check_dominators(x, i, &around.dominators);
    check_dominated(x, i, &around.dominated);
    check_references(x, i, &around);
    check_referrers(x, i, &around.referrers);
    hb_around_fini(&around);
    check_path(x, i);
}

static void check_heap(const heap *h, uint64_t seed, int n_threads, uint64_t top)
{
    looked x = { .h = h, .top = top };
    EXPECT(way_to_search(h, seed, n_threads, &x.w) == HB_OK && ask_graph(&x, n_threads) == HB_OK);
    if (EXPECT(make_index(&x, n_threads) == HB_OK) && hb_comm_rank(world) == 0) {
        EXPECT(x.index.n == x.n);
        for (size_t i = 0; i < x.n; i++) check_object(&x, i);
        hb_index_close(&x.index);
    }
    for (size_t i = 0; i < x.n; i++) hb_referrers_fini(&x.referrers[i]);
    free(x.referrers);
    free(x.gids);
    hb_free(x.known);
    hb_trace_fini(&x.trace);
    hb_forest_fini(&x.search);
    hb_dominators_fini(&x.d);
    way_fini(&x.w);
}

static void test_random_heaps(void)
{
    for (uint64_t k = 0; k < 4 * HEAP_N_SHAPES; k++) {
        dice d = dice_of(SEED + k);
        heap h;
        heap_make(&h, SEED + k, (heap_shape)(k % HEAP_N_SHAPES), k < HEAP_N_SHAPES ? 1 + k : 1 + roll(&d, 150));
        check_heap(&h, SEED + k, k % 5 == 4 ? 2 : 1, k % 3 == 0 ? 0 : 1 + k % 4);
        heap_fini(&h);
    }
    agree_that_all_is_well();
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = { { "random heaps", test_random_heaps }, CU_TEST_INFO_NULL };
    return hb_mpi_suite_run("look", SEED, tests, argc, argv);
}
