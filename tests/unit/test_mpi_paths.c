/* Merged paths of random heaps, spread over the ranks at random, against a plain tree: every rank walks each object to
 * its root by the oracle's parents and inserts its labels. */
#include <stdlib.h>
#include <string.h>

#include "graph/paths.h"
#include "tests/unit/graph_oracle.h"
#include "tests/unit/graph_way.h"

#define MOST_GROUPS 70   /* more than two masks take */
#define DEEPER_AT HB_PATH_DEPTH   /* depth of the node that holds what is deeper, as in tests/oracle/oracle.rb */

/* --- a plain tree --- */

typedef struct path_node {
    size_t parent;             /* 0: none; nodes are numbered from 1 */
    hb_label label;
    uint64_t via, depth;
    uint64_t key;              /* what the tables call it, once found */
    int on_path[MOST_GROUPS];
    uint64_t objects[MOST_GROUPS], memsize[MOST_GROUPS], example[MOST_GROUPS], repeat[MOST_GROUPS];
} path_node;

typedef struct path_tree {
    path_node *nodes;
    size_t n, cap;
} path_tree;

static size_t child_of(path_tree *tree, size_t parent, hb_label label, uint64_t via, uint64_t depth)
{
    for (size_t i = 1; i < tree->n; i++)
        if (tree->nodes[i].parent == parent && tree->nodes[i].label == label && tree->nodes[i].via == via) return i;
    if (tree->n == tree->cap) {
        tree->cap = tree->cap * 2 + 16;
        tree->nodes = realloc(tree->nodes, tree->cap * sizeof *tree->nodes);
        if (tree->nodes == NULL) exit(2);
    }
    memset(&tree->nodes[tree->n], 0, sizeof *tree->nodes);
    tree->nodes[tree->n].parent = parent;
    tree->nodes[tree->n].label = label;
    tree->nodes[tree->n].depth = depth;
    tree->nodes[tree->n].via = via;
    return tree->n++;
}

static hb_label label_of(const oracle *o, const thing *t)
{
    const heap_line *line = t->line;
    uint32_t name = class_name_of(o, t);
    hb_label bits = t->parent >= 0 && t->by_class ? HB_LABEL_BY_CLASS : 0;
    switch (line->type) {
    case HB_TYPE_CLASS: case HB_TYPE_MODULE: case HB_TYPE_ICLASS:
        name = line->name;
        if (name == HB_NO_STRING && (line->flags & HB_FLAG_SINGLETON)) bits |= HB_LABEL_SINGLETON;
        if (t->attached != HB_NO_STRING) name = t->attached;
        break;
    case HB_TYPE_IMEMO:
        name = line->name;
        break;
    case HB_TYPE_DATA:
        if (line->name != HB_NO_STRING) name = line->name;
        break;
    default:
        break;
    }
    return bits | (uint64_t)line->type << 32 | name;
}

/* The node below `at` for one more step. */
static size_t step_down(path_tree *tree, size_t at, hb_label label, uint64_t via)
{
    const path_node *node = &tree->nodes[at];
    if (node->label == HB_LABEL_DEEPER) return at;
    if (node->label == label && node->via == via) return at;
    if (node->depth + 1 == DEEPER_AT) return child_of(tree, at, HB_LABEL_DEEPER, HB_NO_STRING, node->depth + 1);
    return child_of(tree, at, label, via, node->depth + 1);
}

static void note_on_path(path_node *node, int slot, uint64_t address, uint64_t run)
{
    if (run > node->repeat[slot]) node->repeat[slot] = run;
    if (!node->on_path[slot] || address < node->example[slot]) node->example[slot] = address;
    node->on_path[slot] = 1;
}

/* Walks one object to its root and back down. */
static void insert_path(const oracle *o, path_tree *tree, size_t *chain, size_t i, int slot)
{
    size_t n = 0, at, before;
    uint64_t run = 0;
    int64_t up = (int64_t)i;
    for (; up >= 0; up = o->things[up].parent) chain[n++] = (size_t)up;
    at = child_of(tree, 0, HB_LABEL_ROOT | o->roots[-2 - up].name, HB_NO_STRING, 0);
    while (n-- > 0) {
        const thing *t = &o->things[chain[n]];
        before = at;
        at = step_down(tree, at, label_of(o, t), t->via);
        run = at == before && tree->nodes[at].label != HB_LABEL_DEEPER ? run + 1 : 1;
        note_on_path(&tree->nodes[at], slot, t->line->address, run);
    }
    tree->nodes[at].objects[slot]++;
    tree->nodes[at].memsize[slot] += o->things[i].line->memsize;
}

/* --- comparison --- */

typedef struct groups {
    const hb_shard *shard;
    uint64_t seed;
    size_t n;           /* groups */
    size_t thin;        /* one object in so many is in one */
} groups;

static int group_of(const groups *g, uint64_t address)
{
    dice d = dice_of(g->seed ^ address * 0x2545f4914f6cdd1du);
    return chance(&d, g->thin) ? (int)roll(&d, g->n) : -1;
}

static int slot_of(void *ctx, uint32_t id)
{
    const groups *g = ctx;
    return group_of(g, hb_shard_address(g->shard, id));
}

/* The row that is this node, found by what it says of itself. */
static int find_row(const hb_paths *paths, path_tree *tree, size_t at)
{
    path_node *node = &tree->nodes[at];
    uint64_t above = node->parent == 0 ? 0 : tree->nodes[node->parent].key;
    int found = 0;
    for (size_t i = 0; i < paths->nodes.n; i++) {
        const uint64_t *values = hb_table_values(&paths->nodes, i);
        if (values[HB_NODE_PARENT] != above || values[HB_NODE_LABEL] != node->label ||
            values[HB_NODE_VIA] != node->via)
            continue;
        node->key = hb_table_row(&paths->nodes, i)[0];
        found += values[HB_NODE_DEPTH] == node->depth;
    }
    return found == 1;
}

static void check_counts(const hb_paths *paths, const path_tree *tree)
{
    size_t rows = 0;
    for (size_t i = 1; i < tree->n; i++)
        for (int slot = 0; slot < MOST_GROUPS; slot++) {
            const path_node *node = &tree->nodes[i];
            if (!node->on_path[slot]) continue;
            uint64_t key[2] = { node->key, (uint64_t)slot };
            const uint64_t *values = hb_table_find(&paths->counts, key);
            rows++;
            if (!EXPECT(values != NULL)) continue;
            EXPECT(values[HB_COUNT_OBJECTS] == node->objects[slot] && values[HB_COUNT_MEMSIZE] == node->memsize[slot]);
            EXPECT(values[HB_COUNT_EXAMPLE] == node->example[slot] && values[HB_COUNT_REPEAT] == node->repeat[slot]);
        }
    EXPECT(paths->counts.n == rows);
}

static void check_paths(const oracle *o, const groups *g, const hb_paths *paths)
{
    if (hb_comm_rank(world) != 0) {
        EXPECT(paths->nodes.n == 0 && paths->counts.n == 0);
        return;
    }
    path_tree tree = { .n = 1, .cap = 16, .nodes = must_alloc(16, sizeof *tree.nodes) };
    size_t *chain = must_alloc(o->n, sizeof *chain);
    for (size_t i = 0; i < o->n; i++) {
        int slot = group_of(g, o->things[i].line->address);
        if (slot >= 0 && o->things[i].hops != UINT32_MAX) insert_path(o, &tree, chain, i, slot);
    }
    EXPECT(paths->nodes.n == tree.n - 1);
    int all_found = 1;
    for (size_t i = 1; i < tree.n && all_found; i++) all_found = EXPECT(find_row(paths, &tree, i));
    if (all_found) check_counts(paths, &tree);
    free(chain);
    free(tree.nodes);
}

/* --- from the search to paths --- */

typedef struct path_way {
    way way;
    hb_graph bare;            /* as paths find it: the edges are gone */
    hb_forest search;         /* with several ranks */
    hb_path_forest forest;
    hb_paths paths;
} path_way;

static int every_object(void *ctx, uint32_t id)
{
    (void)ctx;
    return (int)(id % MOST_GROUPS);
}

static hb_status go(const heap *h, uint64_t seed, int n_threads, groups *g, path_way *p)
{
    way *w = &p->way;
    memset(p, 0, sizeof *p);
    hb_status status;
    HB_TRY(way_to_search(h, seed, n_threads, w));
    g->shard = &w->shard;
    p->bare = (hb_graph){ .shard = &w->shard, .root_name = w->graph.root_name, .n_roots = w->graph.n_roots };
    p->search = (hb_forest){ .comm = world, .rank = w->shard.rank, .n = w->shard.n, .parent = w->bfs.parent,
                             .n_threads = n_threads };
    if (hb_comm_size(world) > 1) HB_TRY(hb_forest_build(&p->search));
    HB_TRY(hb_path_forest_init(world, &p->bare, &w->bfs, &p->search, &p->forest));
    /* What an earlier call marked must not show in a later one. */
    HB_TRY(hb_paths_merge(&p->forest, every_object, MOST_GROUPS, NULL, &p->paths));
    hb_paths_fini(&p->paths);
    HB_TRY(hb_paths_merge(&p->forest, slot_of, (int)g->n, g, &p->paths));
out:
    return status;
}

static void path_way_fini(path_way *p)
{
    hb_paths_fini(&p->paths);
    hb_path_forest_fini(&p->forest);
    hb_forest_fini(&p->search);
    way_fini(&p->way);
}

/* --- tests --- */

static void check_heap(const heap *h, uint64_t seed, int n_threads)
{
    static const size_t group_counts[] = { 1, 3, MOST_GROUPS };
    groups g = { .seed = seed, .n = group_counts[seed % 3], .thin = 1 + seed % 7 };
    oracle o;
    path_way p;
    uint64_t before = failures_here;
    oracle_init(&o, h);
    relax(&o);
    find_parents(&o);
    find_ivars(&o);
    if (EXPECT(go(h, seed, n_threads, &g, &p) == HB_OK)) check_paths(&o, &g, &p.paths);
    path_way_fini(&p);
    oracle_fini(&o);
    if (failures_here != before) fprintf(stderr, "  ... in the heap of seed %llu\n", (unsigned long long)seed);
}

static void test_nothing(void)
{
    check_no_object(check_heap);
}

static void test_random_heaps(void)
{
    check_random_heaps(check_heap);
}

static void test_wide_heap(void)
{
    check_wide_heap(check_heap);
}

static void test_long_list(void)
{
    groups g = { .seed = SEED, .n = 1, .thin = 1 };
    heap h;
    path_way p;
    make_long_list(&h, 200000);
    EXPECT(go(&h, SEED, 1, &g, &p) == HB_OK);
    path_way_fini(&p);
    heap_fini(&h);
    agree_that_all_is_well();
}

static int first_slot(void *ctx, uint32_t id)
{
    (void)ctx;
    (void)id;
    return 0;
}

/* A chain of objects with ever other labels: HB_PATH_DEPTH of its steps are told apart, and one node holds the rest. */
static void test_depth(void)
{
    const size_t n = HB_PATH_DEPTH + 20;
    heap h = { .n_lines = n, .lines = must_alloc(n, sizeof *h.lines), .n_roots = 1,
               .roots = must_alloc(1, sizeof *h.roots) };
    uint64_t depths[HB_PATH_DEPTH + 2] = { 0 }, deeper = 0, held = 0;
    for (size_t i = 0; i < n; i++) {
        h.lines[i] = (heap_line){ .address = 0x10000 + i * 4096, .where = 100 + i, .type = HB_TYPE_CLASS, .generation = -1,
                                  .site = HB_NO_STRING, .name = (uint32_t)(i % HEAP_NAMES), .first = h.n_refs, .n = i + 1 < n };
        h.bits |= h.lines[i].address;
        if (i + 1 < n) heap_ref(&h, h.lines[i].address + 4096);
    }
    h.roots[0] = (heap_root){ .first = h.n_refs, .n = 1 };
    heap_ref(&h, h.lines[0].address);
    groups g = { .n = 1, .thin = 1 };
    path_way p;
    hb_paths paths = { 0 };
    EXPECT(go(&h, SEED, 1, &g, &p) == HB_OK);
    EXPECT(hb_paths_merge(&p.forest, first_slot, 1, NULL, &paths) == HB_OK);
    for (size_t i = 0; i < paths.nodes.n; i++) {
        const uint64_t *values = hb_table_values(&paths.nodes, i), key[2] = { hb_table_row(&paths.nodes, i)[0], 0 };
        const uint64_t *counts = hb_table_find(&paths.counts, key);
        if (values[HB_NODE_LABEL] == HB_LABEL_DEEPER) {
            deeper++;
            held += counts != NULL ? counts[HB_COUNT_OBJECTS] : 0;
        } else if (EXPECT(values[HB_NODE_DEPTH] <= HB_PATH_DEPTH)) depths[values[HB_NODE_DEPTH]]++;
    }
    if (hb_comm_rank(world) == 0) {
        for (size_t depth = 0; depth < HB_PATH_DEPTH; depth++) EXPECT(depths[depth] == 1);
        EXPECT(deeper == 1 && held == n - (HB_PATH_DEPTH - 1));
    }
    hb_paths_fini(&paths);
    path_way_fini(&p);
    heap_fini(&h);
    agree_that_all_is_well();
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {
        { "no object", test_nothing }, { "random heaps", test_random_heaps }, { "wide heap", test_wide_heap },
        { "long list", test_long_list }, { "depth", test_depth }, CU_TEST_INFO_NULL
    };
    return hb_mpi_suite_run("paths", SEED, tests, argc, argv);
}
