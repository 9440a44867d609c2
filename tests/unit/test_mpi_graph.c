/* From staged items to merged paths on random heaps, spread over the ranks at random, against an oracle in another
 * style: every rank makes the whole heap from the seed, relaxes all edges until nothing changes, reads parents off
 * their definition, walks each object to its root and inserts its labels into a plain tree. */
#include <stdlib.h>
#include <string.h>

#include "graph/bfs.h"
#include "graph/graph.h"
#include "graph/object_facts.h"
#include "graph/paths.h"
#include "partition/redistribute.h"
#include "partition/resolve.h"
#include "partition/shapes.h"
#include "partition/singletons.h"
#include "partition/splitters.h"
#include "tests/unit/mpi_suite.h"
#include "tests/unit/random_heap.h"

#define SEED 20240611u
#define MOST_GROUPS 70   /* more than two masks take */
#define N_GRAPHS 300
#define DEEPER_AT HB_PATH_DEPTH   /* depth of the node that holds what is deeper, as in tests/oracle/oracle.rb */

/* --- the oracle --- */

typedef struct thing {
    const heap_line *line;
    uint32_t classes, hops;   /* UINT32_MAX: unreached */
    int64_t parent;           /* index of the parent; -1: none; -2 - r: ROOT line r */
    int by_class;
    uint32_t via;             /* HB_NO_STRING: none */
    uint32_t attached;        /* name of the class whose singleton it is, HB_NO_STRING: none */
    int64_t class_at;         /* index of the class object, -1: none */
    hb_gid gid;
    size_t node;              /* of its path; 0: none */
} thing;

typedef struct oracle {
    const heap *heap;
    thing *things;            /* by address */
    size_t n;
    heap_root *roots;         /* those that name anything, in the order of the dump */
    size_t n_roots;
    uint64_t dangling;
} oracle;

static int things_by_address(const void *a, const void *b)
{
    const thing *x = a, *y = b;
    if (x->line->address != y->line->address) return x->line->address < y->line->address ? -1 : 1;
    return (x->line->where > y->line->where) - (x->line->where < y->line->where);
}

static int roots_by_where(const void *a, const void *b)
{
    const heap_root *x = a, *y = b;
    return (x->where > y->where) - (x->where < y->where);
}

static int64_t at_address(const oracle *o, uint64_t address)
{
    size_t low = 0, high = o->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (o->things[middle].line->address < address) low = middle + 1;
        else high = middle;
    }
    return low < o->n && o->things[low].line->address == address ? (int64_t)low : -1;
}

static void count_dangling(oracle *o)
{
    const heap *h = o->heap;
    for (size_t i = 0; i < h->n_refs; i++) o->dangling += at_address(o, h->refs[i]) < 0;
    for (size_t i = 0; i < h->n_loose; i++) o->dangling += at_address(o, h->loose[i]) < 0;
}

static int is_class(const heap_line *line)
{
    return line->type == HB_TYPE_CLASS || line->type == HB_TYPE_MODULE || line->type == HB_TYPE_ICLASS;
}

static void attach_singletons(oracle *o)
{
    for (size_t i = 0; i < o->n; i++) {
        const heap_line *line = o->things[i].line;
        if (o->things[i].class_at < 0 || line->type == HB_TYPE_ICLASS || !is_class(line)) continue;
        thing *to = &o->things[o->things[i].class_at];
        if (!is_class(to->line) || !(to->line->flags & HB_FLAG_SINGLETON) || to->line->name != HB_NO_STRING) continue;
        if (line->name < to->attached) to->attached = line->name;
    }
}

static void oracle_init(oracle *o, const heap *h)
{
    *o = (oracle){ .heap = h, .things = must_alloc(h->n_lines, sizeof *o->things),
                   .roots = must_alloc(h->n_roots, sizeof *o->roots) };
    thing *all = must_alloc(h->n_lines, sizeof *all);
    for (size_t i = 0; i < h->n_lines; i++) all[i].line = &h->lines[i];
    qsort(all, h->n_lines, sizeof *all, things_by_address);
    for (size_t i = 0; i < h->n_lines; i++)
        if (i == 0 || all[i].line->address != all[i - 1].line->address) o->things[o->n++] = all[i];
    free(all);
    for (size_t i = 0; i < o->n; i++) {
        thing *t = &o->things[i];
        t->classes = t->hops = UINT32_MAX;
        t->parent = -1;
        t->via = t->attached = HB_NO_STRING;
        t->class_at = t->line->class_address == 0 ? -1 : at_address(o, t->line->class_address);
    }
    for (size_t r = 0; r < h->n_roots; r++)
        if (h->roots[r].n > 0) o->roots[o->n_roots++] = h->roots[r];
    if (o->n_roots > 0) qsort(o->roots, o->n_roots, sizeof *o->roots, roots_by_where);
    count_dangling(o);
    attach_singletons(o);
}

static void oracle_fini(oracle *o)
{
    free(o->things);
    free(o->roots);
}

static int improve(thing *t, uint32_t classes, uint32_t hops)
{
    if (t->classes < classes || (t->classes == classes && t->hops <= hops)) return 0;
    t->classes = classes;
    t->hops = hops;
    return 1;
}

/* Relaxes every edge until nothing changes. */
static void relax(oracle *o)
{
    const uint64_t *refs = o->heap->refs;
    for (size_t r = 0; r < o->n_roots; r++)
        for (size_t k = 0; k < o->roots[r].n; k++) {
            int64_t to = at_address(o, refs[o->roots[r].first + k]);
            if (to >= 0) improve(&o->things[to], 0, 1);
        }
    for (int changed = 1; changed;) {
        changed = 0;
        for (size_t i = 0; i < o->n; i++) {
            const thing *t = &o->things[i];
            if (t->hops == UINT32_MAX) continue;
            for (size_t k = 0; k < t->line->n; k++) {
                int64_t to = at_address(o, refs[t->line->first + k]);
                if (to >= 0) changed |= improve(&o->things[to], t->classes, t->hops + 1);
            }
            if (t->class_at >= 0) changed |= improve(&o->things[t->class_at], t->classes + 1, t->hops + 1);
        }
    }
}

static void give_parent(thing *to, const thing *from, size_t i, int by_class)
{
    if (to->parent != -1 || to->hops == UINT32_MAX) return;
    if (to->hops != from->hops + 1 || to->classes != from->classes + (uint32_t)by_class) return;
    to->parent = (int64_t)i;
    to->by_class = by_class;
}

/* The first ROOT line in the dump, or else the lowest address with an edge that gives the distance: so first come, first
 * served when ROOT lines and then objects are visited in order. */
static void find_parents(oracle *o)
{
    const uint64_t *refs = o->heap->refs;
    for (size_t r = 0; r < o->n_roots; r++)
        for (size_t k = 0; k < o->roots[r].n; k++) {
            int64_t to = at_address(o, refs[o->roots[r].first + k]);
            if (to >= 0 && o->things[to].parent == -1) o->things[to].parent = -2 - (int64_t)r;
        }
    for (size_t i = 0; i < o->n; i++) {
        const thing *t = &o->things[i];
        if (t->hops == UINT32_MAX) continue;
        for (size_t k = 0; k < t->line->n; k++) {
            int64_t to = at_address(o, refs[t->line->first + k]);
            if (to >= 0) give_parent(&o->things[to], t, i, 0);
        }
        if (t->class_at >= 0) give_parent(&o->things[t->class_at], t, i, 1);
    }
}

/* The instance variable that holds `to`, the first of several: if every reference of its parent is one. */
static uint32_t ivar_of(const oracle *o, const thing *from, const thing *to)
{
    const heap_line *line = from->line;
    const uint64_t *refs = o->heap->refs + line->first;
    uint32_t names[HEAP_SHAPES + 1];
    if (line->type != HB_TYPE_OBJECT || line->name == HB_NO_STRING) return HB_NO_STRING;
    if (line->n == 0 || heap_chain(o->heap, line->name, names) != (int)line->n) return HB_NO_STRING;
    for (size_t k = 0; k < line->n; k++)
        if (at_address(o, refs[k]) < 0) return HB_NO_STRING;
    for (size_t k = 0; k < line->n; k++)
        if (refs[k] == to->line->address) return names[line->n - 1 - k];
    return HB_NO_STRING;
}

static void find_ivars(oracle *o)
{
    for (size_t i = 0; i < o->n; i++) {
        thing *t = &o->things[i];
        if (t->parent >= 0 && !t->by_class) t->via = ivar_of(o, &o->things[t->parent], t);
    }
}

/* Ranks own ranges of addresses, and number what they own in order. */
static int owner_of(const hb_splitters *s, uint64_t address)
{
    int owner = 0;
    for (int r = 1; r < s->n; r++)
        if (s->first[r] <= address) owner = r;
    return owner;
}

static void number_things(oracle *o, const hb_splitters *s)
{
    uint32_t next[64] = { 0 };
    for (size_t i = 0; i < o->n; i++) {
        int owner = owner_of(s, o->things[i].line->address);
        o->things[i].gid = (uint64_t)(unsigned)owner << 32 | next[owner]++;
    }
}

/* --- splitters --- */

static uint64_t work_of(const heap *h, const hb_splitters *s, int rank, uint64_t page)
{
    uint64_t work = 0;
    for (size_t i = 0; i < h->n_lines; i++) {
        uint64_t address = h->lines[i].address;
        if (rank >= 0 ? owner_of(s, address) == rank : address >> 12 == page) work += 2 + h->lines[i].n;
    }
    return work;
}

static int same_everywhere(uint64_t value)
{
    uint64_t low = value, high = value;
    hb_comm_min(world, &low, 1);
    hb_comm_max(world, &high, 1);
    return low == high;
}

static void check_splitters(const heap *h, const hb_splitters *s)
{
    const int size = hb_comm_size(world);
    EXPECT(s->n == size && s->first[0] == 0);
    for (int r = 1; r < size; r++) EXPECT(s->first[r - 1] <= s->first[r]);
    for (int r = 0; r < size; r++) EXPECT(same_everywhere(s->first[r]));
    uint64_t total = 0, heaviest = 0, own[64], shared = 0;
    for (size_t i = 0; i < h->n_lines; i++) {
        total += 2 + h->lines[i].n;
        EXPECT(hb_splitters_owner(s, h->lines[i].address) == owner_of(s, h->lines[i].address));
        uint64_t page = work_of(h, s, -1, h->lines[i].address >> 12);
        if (page > heaviest) heaviest = page;
    }
    for (int r = 0; r < size; r++) {
        shared += own[r] = work_of(h, s, r, 0);
        /* Scaled by the ranks, so that nothing is rounded. */
        EXPECT(own[r] * (unsigned)size <= total + heaviest * (unsigned)size);
    }
    EXPECT(shared == total);
}

/* --- comparison --- */

/* The name of a thing's class: none when what stands there is no class, or has no name. */
static uint32_t class_name_of(const oracle *o, const thing *t)
{
    if (t->class_at < 0 || !is_class(o->things[t->class_at].line)) return HB_NO_STRING;
    return o->things[t->class_at].line->name;
}

static hb_parent expected_parent(const oracle *o, const thing *t)
{
    if (t->parent == -1) return HB_NO_PARENT;
    if (t->parent < -1) return HB_PARENT_ROOT | (uint64_t)(-2 - t->parent);
    return o->things[t->parent].gid << 1 | (unsigned)t->by_class;
}

static void check_name(const oracle *o, const thing *t, const hb_shard *shard, uint32_t id)
{
    uint32_t names[HEAP_SHAPES + 1], at = shard->name[id];
    if (t->line->type != HB_TYPE_OBJECT) {
        EXPECT(at == (t->attached != HB_NO_STRING ? t->attached : t->line->name));
        return;
    }
    int n = t->line->name == HB_NO_STRING || t->line->n == 0 ? -1 : heap_chain(o->heap, t->line->name, names);
    if (n != (int)t->line->n) {
        EXPECT(at == HB_NO_IVAR);
        return;
    }
    for (int i = 0; i < n && EXPECT(at != HB_NO_IVAR); i++, at = hb_shapes_before(&shard->shapes, at))
        EXPECT(hb_shapes_name(&shard->shapes, at) == names[i]);
    EXPECT(at == HB_NO_IVAR);
}

static void check_facts(const oracle *o, const thing *t, const hb_shard *shard, const hb_bfs *bfs, uint32_t id)
{
    const hb_object_facts f = hb_object_facts_of(shard, bfs, id);
    const int sized = t->line->type == HB_TYPE_HASH || t->line->type == HB_TYPE_ARRAY;
    uint32_t own = sized || t->line->type == HB_TYPE_OBJECT ? HB_NO_STRING : t->line->name;
    if (t->attached != HB_NO_STRING) own = t->attached;
    EXPECT(f.address == t->line->address && f.type == t->line->type && f.memsize == t->line->memsize);
    EXPECT(f.class_name == class_name_of(o, t) && f.own_name == own && f.site == t->line->site);
    EXPECT(f.size == (sized ? t->line->name : UINT64_MAX) && f.via == t->via);
    EXPECT(f.parent == expected_parent(o, t) && f.marks == shard->marks[id]);
}

static void check_shard(const oracle *o, const hb_shard *shard)
{
    size_t mine = 0;
    for (size_t i = 0; i < o->n; i++) {
        const thing *t = &o->things[i];
        if (hb_gid_rank(t->gid) != shard->rank) {
            EXPECT(hb_pagemap_id(&shard->map, t->line->address) == HB_NO_ID);
            continue;
        }
        mine++;
        uint32_t id = hb_gid_id(t->gid), c;
        EXPECT(hb_pagemap_id(&shard->map, t->line->address) == id);
        if (!EXPECT(id < shard->n)) continue;
        EXPECT(hb_shard_address(shard, id) == t->line->address);
        EXPECT(shard->type[id] == t->line->type && shard->memsize[id] == t->line->memsize);
        EXPECT(shard->generation[id] == t->line->generation);
        EXPECT(shard->site[id] == t->line->site);
        EXPECT(shard->marks[id] == ((t->line->flags & HB_FLAG_SINGLETON ? HB_MARK_SINGLETON : 0) |
                                    (t->attached != HB_NO_STRING ? HB_MARK_ATTACHED : 0)));
        check_name(o, t, shard, id);
        c = shard->class_id[id];
        if (t->line->class_address == 0) {
            EXPECT(c == HB_NO_CLASS);
            continue;
        }
        if (!EXPECT(c < shard->classes.n)) continue;
        EXPECT(hb_table_row(&shard->classes, c)[0] == t->line->class_address);
        EXPECT(shard->class_gid[c] == (t->class_at < 0 ? HB_NO_GID : o->things[t->class_at].gid));
        EXPECT(shard->class_name[c] == class_name_of(o, t));
    }
    EXPECT(mine == shard->n);
}

static void check_graph(const oracle *o, const hb_graph *graph)
{
    uint64_t dangling = graph->dangling;
    hb_comm_sum(world, &dangling, 1);
    EXPECT(dangling == o->dangling);
    if (!EXPECT(graph->n_roots == o->n_roots)) return;
    for (size_t r = 0; r < o->n_roots; r++) EXPECT(graph->root_name[r] == o->roots[r].name);
    uint64_t edges = graph->n_remote;
    for (uint32_t v = 0; v < graph->shard->n; v++)
        for HB_EACH_EDGE (graph, v, e) edges++;
    hb_comm_sum(world, &edges, 1);
    uint64_t expected = 0;
    for (size_t i = 0; i < o->n; i++)
        for (size_t k = 0; k < o->things[i].line->n; k++)
            expected += at_address(o, o->heap->refs[o->things[i].line->first + k]) >= 0;
    EXPECT(edges == expected);
}

static void check_bfs(const oracle *o, const hb_shard *shard, const hb_bfs *bfs)
{
    hb_reachability expected = { 0 }, got;
    for (size_t i = 0; i < o->n; i++) {
        const thing *t = &o->things[i];
        int reached = t->hops != UINT32_MAX;
        if (reached) {
            expected.reachable++;
            expected.reachable_memsize += t->line->memsize;
        } else expected.unreachable++;
        if (reached && t->classes == 0) {
            expected.without_class_edges++;
            expected.hops_sum += t->hops;
            if (t->hops > expected.max_hops) expected.max_hops = t->hops;
        }
        if (hb_gid_rank(t->gid) != shard->rank) continue;
        uint32_t id = hb_gid_id(t->gid);
        EXPECT(bfs->distance[id] == (reached ? (uint64_t)t->classes << 32 | t->hops : HB_UNREACHED));
        EXPECT(bfs->parent[id] == expected_parent(o, t) && hb_bfs_via(bfs, id) == t->via);
        check_facts(o, t, shard, bfs, id);
    }
    hb_bfs_reachability(world, shard, bfs, &got);
    EXPECT(got.reachable == expected.reachable && got.unreachable == expected.unreachable);
    EXPECT(got.reachable_memsize == expected.reachable_memsize);
    EXPECT(got.without_class_edges == expected.without_class_edges);
    EXPECT(got.max_hops == expected.max_hops && got.hops_sum == expected.hops_sum);
}

/* --- merged paths: a plain tree --- */

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

/* --- the way through --- */

typedef struct way {
    hb_wordlist records, roots, refs;   /* at home */
    hb_shard shard;
    hb_graph graph;
    hb_bfs bfs;
    hb_graph bare;   /* as paths find it: the edges are gone */
    hb_forest search;         /* with several ranks */
    hb_path_forest forest;
    hb_paths paths;
} way;

static int every_object(void *ctx, uint32_t id)
{
    (void)ctx;
    return (int)(id % MOST_GROUPS);
}

static hb_status bring_home(const heap *h, uint64_t seed, way *w)
{
    heap_stage stage, other;
    hb_splitters again = { 0 };
    hb_status status = heap_stage_share(h, seed, hb_comm_rank(world), hb_comm_size(world), &stage);
    HB_TRY(heap_stage_share(h, seed + 1, hb_comm_rank(world), hb_comm_size(world), &other));
    HB_TRY(hb_splitters_build(world, &stage.records, &w->shard.splitters));
    HB_TRY(hb_splitters_build(world, &other.records, &again));
    EXPECT(memcmp(again.first, w->shard.splitters.first, (size_t)again.n * sizeof *again.first) == 0);
    const hb_splitters *s = &w->shard.splitters;
    HB_TRY(hb_redistribute(world, s, &hb_form_record, &stage.records, &w->records));
    HB_TRY(hb_redistribute(world, s, &hb_form_root, &stage.roots, &w->roots));
    HB_TRY(hb_redistribute(world, s, &hb_form_address, &stage.refs, &w->refs));
    uint64_t words[3] = { hb_wordlist_words(&w->records), hb_wordlist_words(&w->roots), hb_wordlist_words(&w->refs) };
    hb_comm_sum(world, words, 3);
    uint64_t n_refs = 0, n_root_refs = 0;
    for (size_t i = 0; i < h->n_lines; i++) n_refs += h->lines[i].n;
    for (size_t r = 0; r < h->n_roots; r++) n_root_refs += h->roots[r].n;
    EXPECT(words[0] == h->n_lines * HB_RECORD_WORDS + n_refs);
    EXPECT(words[1] == n_root_refs * HB_ROOT_WORDS && words[2] == h->n_loose);
    HB_TRY(hb_shapes_build(world, &stage.shapes, &w->shard.shapes));
out:
    heap_stage_fini(&stage);
    heap_stage_fini(&other);
    hb_splitters_fini(&again);
    return status;
}

static hb_status go(const heap *h, uint64_t seed, int n_threads, groups *g, way *w)
{
    memset(w, 0, sizeof *w);
    hb_status status;
    w->shard.rank = hb_comm_rank(world);
    hb_graph_input input = { &w->records, &w->roots, &w->refs };
    HB_TRY(bring_home(h, seed, w));
    HB_TRY(heap_strings(&w->shard.sites, &w->shard.names));
    HB_TRY(hb_shard_build(&w->shard, &w->records, hb_pagemap_shift(h->bits), n_threads));
    HB_TRY(hb_shard_resolve_classes(world, &w->shard));
    HB_TRY(hb_shard_name_singletons(world, &w->shard));
    HB_TRY(hb_graph_build(world, &w->shard, &input, n_threads, &w->graph));
    HB_TRY(hb_bfs_run(world, &w->graph, n_threads, &w->bfs));
    g->shard = &w->shard;
    w->bare = (hb_graph){ .shard = &w->shard, .root_name = w->graph.root_name, .n_roots = w->graph.n_roots };
    w->search = (hb_forest){ .comm = world, .rank = w->shard.rank, .n = w->shard.n, .parent = w->bfs.parent,
                             .n_threads = n_threads };
    if (hb_comm_size(world) > 1) HB_TRY(hb_forest_build(&w->search));
    HB_TRY(hb_path_forest_init(world, &w->bare, &w->bfs, &w->search, &w->forest));
    /* What an earlier call marked must not show in a later one. */
    HB_TRY(hb_paths_merge(&w->forest, every_object, MOST_GROUPS, NULL, &w->paths));
    hb_paths_fini(&w->paths);
    HB_TRY(hb_paths_merge(&w->forest, slot_of, (int)g->n, g, &w->paths));
out:
    return status;
}

static void way_fini(way *w)
{
    hb_paths_fini(&w->paths);
    hb_path_forest_fini(&w->forest);
    hb_forest_fini(&w->search);
    hb_bfs_fini(&w->bfs);
    hb_graph_fini(&w->graph);
    hb_shard_fini(&w->shard);
    hb_wordlist_fini(&w->records);
    hb_wordlist_fini(&w->roots);
    hb_wordlist_fini(&w->refs);
}

static void check_heap(const heap *h, uint64_t seed, int n_threads)
{
    static const size_t group_counts[] = { 1, 3, MOST_GROUPS };
    groups g = { .seed = seed, .n = group_counts[seed % 3], .thin = 1 + seed % 7 };
    oracle o;
    way w;
    uint64_t before = failures_here;
    oracle_init(&o, h);
    relax(&o);
    find_parents(&o);
    find_ivars(&o);
    if (EXPECT(go(h, seed, n_threads, &g, &w) == HB_OK)) {
        number_things(&o, &w.shard.splitters);
        check_splitters(h, &w.shard.splitters);
        check_shard(&o, &w.shard);
        check_graph(&o, &w.graph);
        check_bfs(&o, &w.shard, &w.bfs);
        check_paths(&o, &g, &w.paths);
    }
    way_fini(&w);
    oracle_fini(&o);
    if (failures_here != before) fprintf(stderr, "  ... in the heap of seed %llu\n", (unsigned long long)seed);
}

static void test_random_heaps(void)
{
    for (uint64_t k = 0; k < N_GRAPHS; k++) {
        dice d = dice_of(SEED + k);
        size_t n = k < 20 ? 1 + k : k % 50 == 49 ? 2500 : 1 + roll(&d, 400);
        heap_shape shape = k % 50 == 49 ? HEAP_LISTS : (heap_shape)roll(&d, HEAP_N_SHAPES);
        heap h;
        heap_make(&h, SEED + k, shape, n);
        check_heap(&h, SEED + k, k % 10 == 9 ? 2 : 1);
        heap_fini(&h);
    }
    agree_that_all_is_well();
}

/* Frontiers wide enough for a team of threads, and a window that narrows again. */
static void test_wide_frontier(void)
{
    heap h;
    heap_make(&h, SEED + 1000, HEAP_STAR, 14000);
    check_heap(&h, SEED + 1000, 2);
    heap_fini(&h);
    agree_that_all_is_well();
}

/* A list in the order of its addresses leaves each shard once: it takes a few dozen rounds, however long, where it once
 * took one for each 350 nodes. */
static void test_long_list_takes_few_rounds(void)
{
    const size_t n = 200000;
    heap h = { .n_lines = n, .lines = must_alloc(n, sizeof *h.lines), .refs = must_alloc(n, sizeof *h.refs),
               .n_roots = 1, .roots = must_alloc(1, sizeof *h.roots) };
    for (size_t i = 0; i < n; i++) {
        const uint64_t address = UINT64_C(0x7f0000000000) + 40 * i;
        h.lines[i] = (heap_line){ .address = address, .where = 100 + 100 * i, .type = HB_TYPE_OBJECT, .memsize = 40,
                                  .site = HB_NO_STRING, .name = HB_NO_STRING, .first = i, .n = i + 1 < n };
        h.refs[i] = address + 40;
        h.bits |= address;
    }
    h.refs[n - 1] = h.lines[0].address;
    h.roots[0] = (heap_root){ .first = n - 1, .n = 1 };
    groups g = { .seed = SEED, .n = 1, .thin = 1 };
    way w;
    if (EXPECT(go(&h, SEED, 1, &g, &w) == HB_OK)) {
        hb_reachability reach;
        hb_bfs_reachability(world, &w.shard, &w.bfs, &reach);
        EXPECT(reach.max_hops == n && reach.hops_sum == n * (n + 1) / 2 && reach.unreachable == 0);
        EXPECT(w.bfs.rounds < 60);
    }
    way_fini(&w);
    heap_fini(&h);
    agree_that_all_is_well();
}

static void test_nothing(void)
{
    heap h = { 0 };
    check_heap(&h, SEED + 2000, 1);
    agree_that_all_is_well();
}

/* Pages of equal work, fewer or more than ranks: the rounding of the shares must not pile up at the last rank. */
static void test_even_pages(void)
{
    for (size_t n = 1; n <= 60; n++) {
        heap h = { .n_lines = n, .lines = must_alloc(n, sizeof *h.lines) };
        heap_stage stage;
        hb_splitters s = { 0 };
        for (size_t i = 0; i < n; i++) {
            h.lines[i].address = UINT64_C(0x7f0000000000) + (i << 12);
            h.lines[i].site = h.lines[i].name = HB_NO_STRING;
        }
        EXPECT(heap_stage_share(&h, SEED + n, hb_comm_rank(world), hb_comm_size(world), &stage) == HB_OK);
        if (EXPECT(hb_splitters_build(world, &stage.records, &s) == HB_OK)) check_splitters(&h, &s);
        hb_splitters_fini(&s);
        heap_stage_fini(&stage);
        heap_fini(&h);
    }
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
    way w;
    hb_paths paths = { 0 };
    EXPECT(go(&h, SEED, 1, &g, &w) == HB_OK);
    EXPECT(hb_paths_merge(&w.forest, first_slot, 1, NULL, &paths) == HB_OK);
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
    way_fini(&w);
    heap_fini(&h);
    agree_that_all_is_well();
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {
        { "no object", test_nothing }, { "random heaps", test_random_heaps }, { "wide frontier", test_wide_frontier },
        { "a long list takes few rounds", test_long_list_takes_few_rounds },
        { "even pages", test_even_pages }, { "depth", test_depth }, CU_TEST_INFO_NULL
    };
    return hb_mpi_suite_run("graph", SEED, tests, argc, argv);
}
