#include "fleet/shared_holders.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/find.h"
#include "reduce/site_sums.h"
#include "report/path_tree.h"

#define LEAST_SITE 100   /* a site has at least this part of all retained bytes */
#define MOST_SITES 32    /* that are looked at, the largest */
#define NO_GROUP UINT64_MAX

/* A site, and what its path was found to be. Words only, but for the label. */
typedef struct site {
    uint64_t key[HB_SITE_KEY_WORDS];
    uint64_t memsize;
    uint64_t group;              /* NO_GROUP: none */
    size_t first, end;           /* its path among the examples */
    char *path;                  /* the labels of its nodes */
} site;

typedef struct finder {
    const hb_culprit_plan *plan;
    const hb_suspects_plan *how;
    hb_suspects *suspects;
    site sites[MOST_SITES];
    uint64_t n;
    hb_table places;             /* site key -> place in `sites`; on all ranks */
    uint64_t *examples;          /* on rank 0: addresses, path after path */
    size_t n_examples, cap_examples;
    uint64_t n_groups;
} finder;

/* --- sites that are below no suspect --- */

static int by_bytes(const void *a, const void *b)
{
    const site *x = a, *y = b;
    if (x->memsize != y->memsize) return x->memsize < y->memsize ? 1 : -1;
    return memcmp(x->key, y->key, sizeof x->key);
}

/* Keeps the largest, in order. */
static void keep(finder *f, const site *s)
{
    if (f->n < MOST_SITES) f->sites[f->n++] = *s;
    else if (by_bytes(s, &f->sites[f->n - 1]) < 0) f->sites[f->n - 1] = *s;
    qsort(f->sites, f->n, sizeof *f->sites, by_bytes);
}

static void list_sites(finder *f)
{
    const hb_table *sums = &f->suspects->sums;
    uint64_t total = 0;
    for (size_t i = 0; i < sums->n; i++) {
        const uint64_t *row = hb_table_row(sums, i), *values = row + HB_SUSPECT_KEY_WORDS;
        const site s = { .key = { row[HB_SUSPECT_CLASS], row[HB_SUSPECT_SITE] }, .group = NO_GROUP,
                         .memsize = values[HB_SUSPECT_MEMSIZE] };
        if (row[HB_SUSPECT_PLACE] != HB_NO_SUSPECT || s.memsize == 0) continue;
        if (s.memsize >= f->suspects->total_memsize / LEAST_SITE) keep(f, &s);
    }
    for (uint64_t i = 0; i < f->n; i++) total += f->sites[i].memsize;
    if (total < f->suspects->least) f->n = 0;
}

static hb_status share_sites(finder *f)
{
    const int root = 0;
    hb_comm *comm = f->how->comm;
    if (hb_comm_rank(comm) == root && f->how->n_dumps >= 2) list_sites(f);
    hb_comm_broadcast(comm, &f->n, sizeof f->n, root);
    hb_comm_broadcast(comm, f->sites, f->n * sizeof *f->sites, root);
    for (uint64_t i = 0; i < f->n; i++) {
        uint64_t *place = hb_table_put(&f->places, f->sites[i].key, NULL);
        if (place == NULL) return HB_ERR_MEMORY;
        *place = i;
    }
    return HB_OK;
}

static int place_of(void *ctx, uint32_t id)
{
    const finder *f = ctx;
    uint64_t key[HB_SITE_KEY_WORDS];
    if (f->suspects->place[id] != HB_SUSPECT_REST) return -1;
    hb_site_key_of(f->how->shard, f->how->shard->kind[id], key);
    const uint64_t *place = hb_table_find(&f->places, key);
    return place == NULL ? -1 : (int)*place;
}

/* --- their paths, on rank 0 --- */

/* The heaviest of the nodes from i on that have the depth of i, if it has more than 0.8 of the bytes; else n. */
static size_t main_branch(const hb_path_node *nodes, size_t n, size_t i, uint64_t memsize)
{
    const uint32_t depth = i < n ? nodes[i].depth : 0;
    for (; i < n && nodes[i].depth >= depth; i++)
        if (nodes[i].depth == depth && (unsigned __int128)nodes[i].memsize * 10 > (unsigned __int128)memsize * 8) return i;
    return n;
}

/* Whether a node is the objects themselves: more than 0.8 of its bytes are of objects that end there. */
static int is_end(const hb_path_node *nodes, size_t n, size_t i)
{
    uint64_t below = 0;
    for (size_t k = i + 1; k < n && nodes[k].depth > nodes[i].depth; k++)
        if (nodes[k].depth == nodes[i].depth + 1) below += nodes[k].memsize;
    return (unsigned __int128)(nodes[i].memsize - below) * 10 > (unsigned __int128)nodes[i].memsize * 8;
}

static hb_status add_label(char **path, const char *label)
{
    const size_t n = *path != NULL ? strlen(*path) : 0, m = strlen(label);
    char *longer = hb_realloc(*path, n + m + 2, 1);
    if (longer == NULL) return HB_ERR_MEMORY;
    memcpy(longer + n, label, m); /* NOLINT(bugprone-not-null-terminated-result): the next line does */
    memcpy(longer + n + m, "\n", 2);
    *path = longer;
    return HB_OK;
}

static hb_status follow(finder *f, site *s, const hb_path_node *nodes, size_t n)
{
    hb_status status = HB_OK;
    s->first = f->n_examples;
    for (size_t i = main_branch(nodes, n, 0, s->memsize); i < n && !is_end(nodes, n, i);) {
        HB_TRY(add_label(&s->path, nodes[i].label));
        if (nodes[i].example != 0) {
            HB_TRY(hb_grow(&f->examples, &f->cap_examples, f->n_examples + 1, sizeof *f->examples));
            f->examples[f->n_examples++] = nodes[i].example;
        }
        i = nodes[i].n_children > 0 ? main_branch(nodes, n, i + 1, s->memsize) : n;
    }
    s->end = f->n_examples;
out:
    return status;
}

static hb_status follow_all(finder *f, const hb_paths *paths)
{
    hb_status status = HB_OK;
    for (uint64_t i = 0; i < f->n && status == HB_OK; i++) {
        hb_path_node *nodes = NULL;
        size_t n = 0;
        uint64_t reached;
        status = hb_path_tree_build(&f->how->shard->names, paths, (unsigned)i, &nodes, &n, &reached);
        if (status == HB_OK) status = follow(f, &f->sites[i], nodes, n);
        for (size_t k = 0; k < n; k++) hb_free(nodes[k].label);
        hb_free(nodes);
    }
    return status;
}

/* Sites of one path are a group; a ROOT line alone is no path. A site with examples has a path. */
static void make_groups(finder *f)
{
    for (uint64_t i = 0; i < f->n; i++) {
        uint64_t memsize = 0;
        if (f->sites[i].group != NO_GROUP || f->sites[i].first == f->sites[i].end) continue;
        assert(f->sites[i].path != NULL);
        for (uint64_t k = i; k < f->n; k++)
            if (f->sites[k].path != NULL && strcmp(f->sites[i].path, f->sites[k].path) == 0) memsize += f->sites[k].memsize;
        if (memsize < f->suspects->least) continue;
        for (uint64_t k = f->n; k-- > i;)
            if (f->sites[k].path != NULL && strcmp(f->sites[i].path, f->sites[k].path) == 0)
                f->sites[k].group = f->n_groups;
        f->n_groups++;
    }
}

/* --- groups as places --- */

/* Moves what is retained from a row of the rest to one of the group. What was born last stays: whether it will be held in
 * the same way is not known. */
static hb_status move_row(finder *f, size_t i, uint64_t group)
{
    hb_table *sums = &f->suspects->sums;
    const int n_born = f->how->n_dumps - 1, n_retained = n_born > 1 ? n_born - 1 : 1;
    const uint64_t *row = hb_table_row(sums, i);
    const uint64_t key[HB_SUSPECT_KEY_WORDS] = { f->suspects->n + group, row[HB_SUSPECT_CLASS], row[HB_SUSPECT_SITE] };
    uint64_t *to = hb_table_put(sums, key, NULL);
    if (to == NULL) return HB_ERR_MEMORY;
    uint64_t *from = hb_table_values(sums, i);
    to[HB_SUSPECT_OBJECTS] = to[HB_SUSPECT_LATER] = from[HB_SUSPECT_OBJECTS];
    to[HB_SUSPECT_MEMSIZE] = to[HB_SUSPECT_LATER_MEMSIZE] = from[HB_SUSPECT_MEMSIZE];
    from[HB_SUSPECT_LATER] -= from[HB_SUSPECT_OBJECTS];
    from[HB_SUSPECT_LATER_MEMSIZE] -= from[HB_SUSPECT_MEMSIZE];
    from[HB_SUSPECT_OBJECTS] = from[HB_SUSPECT_MEMSIZE] = 0;
    for (int k = 0; k < n_retained; k++) {
        to[HB_SUSPECT_BORN + k] = from[HB_SUSPECT_BORN + k];
        from[HB_SUSPECT_BORN + k] = 0;
    }
    return HB_OK;
}

static hb_status place_groups(finder *f)
{
    const uint32_t n = (uint32_t)f->suspects->n;
    const size_t n_rows = f->suspects->sums.n;
    hb_status status = HB_OK;
    for (uint32_t id = 0; id < f->how->shard->n; id++) {
        const int place = place_of(f, id);
        if (place >= 0 && f->sites[place].group != NO_GROUP) f->suspects->place[id] = n + (uint32_t)f->sites[place].group;
    }
    for (size_t i = 0; i < n_rows && status == HB_OK; i++) {
        const uint64_t *row = hb_table_row(&f->suspects->sums, i);
        const uint64_t *place = hb_table_find(&f->places, row + HB_SUSPECT_CLASS);
        if (row[HB_SUSPECT_PLACE] != HB_NO_SUSPECT || place == NULL || f->sites[*place].group == NO_GROUP) continue;
        status = move_row(f, i, f->sites[*place].group);
    }
    return status;
}

/* On rank 0: the paths of the groups behind those of the suspects. */
static hb_status extend_trace(const hb_trace *groups, hb_trace *trace)
{
    const size_t n_before = trace->n > 0 ? trace->end[trace->n - 1] : 0, n_more = groups->end[groups->n - 1];
    hb_known *steps = hb_realloc(trace->steps, n_before + n_more, sizeof *steps);
    if (steps != NULL) trace->steps = steps;
    size_t *end = hb_realloc(trace->end, trace->n + groups->n, sizeof *end);
    if (end != NULL) trace->end = end;
    if (steps == NULL || end == NULL) return HB_ERR_MEMORY;
    memcpy(steps + n_before, groups->steps, n_more * sizeof *steps);
    for (size_t group = 0; group < groups->n; group++) end[trace->n++] = n_before + groups->end[group];
    return HB_OK;
}

/* The path of each group is that of one object: the example of the last node that its largest site was followed to.
 * (The examples of the nodes above are of whatever paths have the lowest addresses: one after the other they are no
 * path, and the first need not be what a ROOT line names.) */
static hb_status trace_groups(finder *f, hb_trace *trace)
{
    const int root = 0;
    hb_comm *comm = f->how->comm;
    uint64_t *addresses = hb_alloc(f->n_groups, sizeof *addresses);
    hb_gid *gids = hb_alloc(f->n_groups, sizeof *gids);
    hb_trace groups = { 0 };
    hb_status status;
    HB_TRY(hb_comm_agree(comm, addresses != NULL && gids != NULL ? HB_OK : HB_ERR_MEMORY));
    for (uint64_t group = 0; group < f->n_groups && hb_comm_rank(comm) == root; group++) {
        const site *s = f->sites;
        while (s->group != group) s++;
        addresses[group] = f->examples[s->end - 1];
    }
    hb_comm_broadcast(comm, addresses, f->n_groups * sizeof *addresses, root);
    hb_find_addresses(comm, f->how->shard, addresses, f->n_groups, gids);
    HB_TRY(hb_trace_paths(comm, &f->plan->knowledge, gids, f->n_groups, &groups));
    if (hb_comm_rank(comm) == root) status = extend_trace(&groups, trace);
    status = hb_comm_agree(comm, status);
out:
    hb_trace_fini(&groups);
    hb_free(addresses);
    hb_free(gids);
    return status;
}

static hb_status find_groups(finder *f, hb_trace *trace)
{
    const int root = 0;
    hb_comm *comm = f->how->comm;
    hb_paths paths = { 0 };
    hb_status status;
    HB_TRY(hb_paths_merge(f->plan->forest, place_of, (int)f->n, f, &paths));
    if (hb_comm_rank(comm) == root) {
        status = follow_all(f, &paths);
        if (status == HB_OK) make_groups(f);
    }
    HB_TRY(hb_comm_agree(comm, status));
    uint64_t groups[MOST_SITES];
    for (uint64_t i = 0; i < f->n; i++) groups[i] = f->sites[i].group;
    hb_comm_broadcast(comm, groups, f->n * sizeof *groups, root);
    for (uint64_t i = 0; i < f->n; i++) f->sites[i].group = groups[i];
    hb_comm_broadcast(comm, &f->n_groups, sizeof f->n_groups, root);
    f->suspects->n_places += f->n_groups;
    HB_TRY(hb_comm_agree(comm, place_groups(f)));
    if (f->n_groups > 0) HB_TRY(trace_groups(f, trace));
out:
    hb_paths_fini(&paths);
    return status;
}

hb_status hb_find_shared_holders(const hb_culprit_plan *plan, const hb_suspects_plan *how, hb_suspects *suspects,
                                 hb_trace *trace)
{
    finder f = { .plan = plan, .how = how, .suspects = suspects };
    hb_status status;
    hb_table_init(&f.places, HB_SITE_KEY_WORDS, 1);
    HB_TRY(hb_comm_agree(how->comm, share_sites(&f)));
    if (f.n > 0) HB_TRY(find_groups(&f, trace));
out:
    for (uint64_t i = 0; i < f.n; i++) hb_free(f.sites[i].path);
    hb_free(f.examples);
    hb_table_fini(&f.places);
    return status;
}
