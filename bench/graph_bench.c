/* Times the program's graph algorithms against plain serial ones (bench/reference_graph.h) on one real dump, in one
 * process, and checks that they agree.
 *
 *   graph_bench [--threads N] [--rounds N] [--strict] DUMP
 *
 * The dump is read and its graph built as for a report. In every round each algorithm runs once, on fresh memory; who
 * goes first, the program's or the plain one, changes from round to round. A ratio is the median of the rounds' own
 * ratios, beside the least and the largest, because on a shared machine only what ran side by side compares. The CPU
 * time that the program's own took over its wall time says how many CPUs it was really given. With several ranks there
 * is nothing to compare with, and the times are those of the slowest rank.
 *
 * Exit status: 0; 1 when something failed or the answers differ; with --strict 2 when a ratio is above what is
 * wanted. */
#include <getopt.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/comm.h"
#include "base/cpus.h"
#include "base/log.h"
#include "base/memory.h"
#include "bench/reference_graph.h"
#include "graph/bfs.h"
#include "graph/dominators.h"
#include "graph/graph.h"
#include "graph/paths.h"
#include "partition/ingest.h"
#include "partition/load.h"
#include "reduce/dump_stats.h"
#include "reduce/gather.h"
#include "reduce/site_sums.h"

#define CHUNK_BYTES ((size_t)1 << 20)
#define PATH_GROUPS 20

/* What is timed. */
typedef enum timed {
    SEARCH, PATHS, DOMINATORS,
    REF_LEVELS, REF_ALIKE, REF_REFERENCES, REF_DOMINATORS,
    N_TIMED
} timed;

/* A line of the table: the program's time over another, and how large that may be. */
typedef struct comparison {
    const char *what;
    timed ours;
    const char *reference;
    timed theirs;
    double wanted;
} comparison;

static const comparison comparisons[] = {
    { "search", SEARCH, "the same, plain and serial", REF_LEVELS, 0 },
    { "search", SEARCH, "one queue, class edges as any other", REF_ALIKE, 0.8 },
    { "search", SEARCH, "one queue, references only", REF_REFERENCES, 0 },
    { "merged paths of 20 groups", PATHS, "our search", SEARCH, 1.0 },
    { "dominators", DOMINATORS, "semi-NCA, plain and serial", REF_DOMINATORS, 0.5 },
};
#define N_COMPARISONS (sizeof comparisons / sizeof *comparisons)

typedef struct bench {
    hb_comm *comm;
    const char *path;
    int n_threads, n_rounds, strict;
    hb_load load;
    hb_graph graph;
    uint8_t *group;                /* by object: its group, or PATH_GROUPS */
    uint64_t *times[N_TIMED];      /* by round, ns; of the slowest rank */
    uint64_t cpu[N_TIMED], wall[N_TIMED];   /* ns, of all rounds; CPU of all ranks and threads */
    uint64_t since, cpu_since;
    int differences;
    int above_wanted;
} bench;

/* One round's answers. */
typedef struct answers {
    hb_bfs bfs, ref_bfs;
    ref_tree alike, references;
    hb_dominators dominators;
    ref_dominators ref_dominators;
} answers;

static int alone(const bench *b)
{
    return hb_comm_size(b->comm) == 1;
}

static int on_root(const bench *b)
{
    return hb_comm_rank(b->comm) == 0;
}

/* --- the dump --- */

static hb_status load_graph(bench *b)
{
    hb_ingest_plan plan = { .path = b->path, .mode = HB_COLLECT_FULL, .identity = HB_IDENTITY_STRICT,
                            .n_threads = b->n_threads, .chunk_bytes = CHUNK_BYTES };
    hb_intake intake = { 0 };
    hb_dump_stats stats = { 0 };
    hb_status status;
    HB_TRY(hb_comm_agree(b->comm, hb_ingest(b->comm, &plan, &intake)));
    HB_TRY(hb_dump_stats_merge(b->comm, &intake, &stats));
    if (!hb_dump_stats_is_dump(&stats) || !hb_dump_stats_is_whole(&stats)) {
        if (on_root(b)) hb_log(HB_LOG_ERROR, "%s: no dump, or not a whole one: %s", b->path, stats.damage.message);
        status = HB_ERR_DATA;
        goto out;
    }
    HB_TRY(hb_load_dump(b->comm, &intake, stats.shift, b->n_threads, &b->load));
    hb_graph_input input = { .rows = &b->load.rows, .roots = &b->load.roots, .refs = &b->load.refs };
    HB_TRY(hb_graph_build(b->comm, &b->load.shard, &input, b->n_threads, &b->graph));
out:
    hb_dump_stats_fini(&stats);
    hb_intake_fini(&intake);
    return status;
}

/* --- the groups whose paths are merged: the (type, class) with the most objects --- */

static uint64_t kind_of(const hb_shard *shard, uint32_t v)
{
    uint64_t key[HB_SITE_KEY_WORDS];
    hb_site_key_of(shard, v, key);
    return key[HB_SITE_CLASS];
}

/* The keys of the largest kinds, and how many they are, on all ranks. */
static hb_status largest_kinds(bench *b, uint64_t kinds[PATH_GROUPS], uint64_t *n)
{
    const hb_shard *shard = &b->load.shard;
    hb_table own, sums = { 0 };
    hb_status status = HB_OK;
    *n = 0;
    hb_table_init(&own, 1, 1);
    for (uint32_t v = 0; v < shard->n && status == HB_OK; v++) {
        const uint64_t kind = kind_of(shard, v);
        uint64_t *count = hb_table_put(&own, &kind, NULL);
        if (count == NULL) status = HB_ERR_MEMORY;
        else ++*count;
    }
    HB_TRY(hb_comm_agree(b->comm, status));
    HB_TRY(hb_gather_sums(b->comm, &own, &sums));
    while (*n < PATH_GROUPS) {
        size_t best = 0;
        for (size_t i = 1; i < sums.n; i++)
            if (*hb_table_values(&sums, i) > *hb_table_values(&sums, best)) best = i;
        if (sums.n == 0 || *hb_table_values(&sums, best) == 0) break;
        kinds[(*n)++] = *hb_table_row(&sums, best);
        *hb_table_values(&sums, best) = 0;
    }
    hb_comm_broadcast(b->comm, n, sizeof *n, 0);
    hb_comm_broadcast(b->comm, kinds, PATH_GROUPS * sizeof *kinds, 0);
out:
    hb_table_fini(&own);
    hb_table_fini(&sums);
    return status;
}

static hb_status choose_groups(bench *b)
{
    const hb_shard *shard = &b->load.shard;
    uint64_t kinds[PATH_GROUPS] = { 0 }, n;
    hb_status status = largest_kinds(b, kinds, &n);
    if (status != HB_OK) return status;
    b->group = hb_alloc(shard->n, sizeof *b->group);
    status = hb_comm_agree(b->comm, b->group != NULL ? HB_OK : HB_ERR_MEMORY);
    for (uint32_t v = 0; v < shard->n && status == HB_OK; v++) {
        const uint64_t kind = kind_of(shard, v);
        uint8_t k = 0;
        while (k < n && kinds[k] != kind) k++;
        b->group[v] = k < n ? k : PATH_GROUPS;
    }
    return status;
}

static int slot_of(void *ctx, uint32_t id)
{
    const bench *b = ctx;
    return b->group[id] < PATH_GROUPS ? b->group[id] : -1;
}

/* --- a round --- */

static void start_clock(bench *b)
{
    hb_comm_agree(b->comm, HB_OK);   /* all ranks begin together */
    b->cpu_since = hb_clock_cpu_ns();
    b->since = hb_clock_wall_ns();
}

static void stop_clock(bench *b, timed what, int round)
{
    uint64_t took = hb_clock_wall_ns() - b->since, cpu = hb_clock_cpu_ns() - b->cpu_since;
    hb_comm_max(b->comm, &took, 1);
    hb_comm_sum(b->comm, &cpu, 1);
    b->times[what][round] = took;
    b->wall[what] += took;
    b->cpu[what] += cpu;
}

static hb_status merge_paths(bench *b, const hb_bfs *bfs)
{
    const hb_shard *shard = &b->load.shard;
    hb_forest search = { .comm = b->comm, .rank = shard->rank, .n = shard->n, .parent = bfs->parent,
                         .n_threads = b->n_threads };
    hb_path_forest forest = { 0 };
    hb_paths paths = { 0 };
    hb_status status = HB_OK;
    if (!alone(b)) HB_TRY(hb_forest_build(&search));
    HB_TRY(hb_path_forest_init(b->comm, &b->graph, bfs, &search, &forest));
    HB_TRY(hb_paths_merge(&forest, slot_of, PATH_GROUPS, b, &paths));
out:
    hb_paths_fini(&paths);
    hb_path_forest_fini(&forest);
    hb_forest_fini(&search);
    return status;
}

static hb_status run_search(bench *b, int round, answers *a)
{
    start_clock(b);
    hb_status status = hb_bfs_run(b->comm, &b->graph, b->n_threads, &a->bfs);
    stop_clock(b, SEARCH, round);
    return status;
}

static hb_status run_paths(bench *b, int round, answers *a)
{
    start_clock(b);
    hb_status status = merge_paths(b, &a->bfs);
    stop_clock(b, PATHS, round);
    return status;
}

static hb_status run_dominators(bench *b, int round, answers *a)
{
    start_clock(b);
    hb_status status = hb_dominators_find(b->comm, &b->graph, &a->bfs, b->n_threads, &a->dominators);
    stop_clock(b, DOMINATORS, round);
    return status;
}

static hb_status run_ref_searches(bench *b, int round, answers *a)
{
    hb_status status;
    start_clock(b);
    HB_TRY(ref_search_levels(&b->graph, &a->ref_bfs));
    stop_clock(b, REF_LEVELS, round);
    start_clock(b);
    HB_TRY(ref_search(&b->graph, 1, &a->alike));
    stop_clock(b, REF_ALIKE, round);
    start_clock(b);
    HB_TRY(ref_search(&b->graph, 0, &a->references));
    stop_clock(b, REF_REFERENCES, round);
out:
    return status;
}

static hb_status run_ref_dominators(bench *b, int round, answers *a)
{
    start_clock(b);
    hb_status status = ref_dominators_find(&b->graph, &a->ref_dominators);
    stop_clock(b, REF_DOMINATORS, round);
    return status;
}

/* --- whether the answers are the same --- */

static void say_difference(bench *b, const char *what, uint32_t v)
{
    if (b->differences++ < 10)
        hb_log(HB_LOG_ERROR, "%s: object 0x%llx differs", what,
               (unsigned long long)hb_shard_address(&b->load.shard, v));
}

static void check_search(bench *b, const answers *a)
{
    for (uint32_t v = 0; v < b->load.shard.n; v++) {
        const hb_distance d = a->bfs.distance[v];
        const uint32_t hops = d < UINT32_MAX ? hb_distance_hops(d) : REF_UNREACHED;
        if (d != a->ref_bfs.distance[v]) say_difference(b, "distance", v);
        if (a->bfs.parent[v] != a->ref_bfs.parent[v]) say_difference(b, "parent", v);
        if ((d == HB_UNREACHED) != (a->alike.hops[v] == REF_UNREACHED)) say_difference(b, "reachability", v);
        if (hops != a->references.hops[v]) say_difference(b, "hops over references", v);
    }
}

static void check_dominators(bench *b, const answers *a)
{
    const hb_dominators *ours = &a->dominators;
    const ref_dominators *ref = &a->ref_dominators;
    for (uint32_t v = 0; v < b->load.shard.n; v++) {
        const hb_gid idom = ref->idom[v] == HB_NO_ID ? HB_NO_GID : hb_gid_of(0, ref->idom[v]);
        if (ours->idom[v] != idom) say_difference(b, "idom", v);
        if (ref->retained_objects[v] == 0) continue;
        if (ours->retained_memsize[v] != ref->retained_memsize[v]) say_difference(b, "retained memsize", v);
        if (ours->retained_objects[v] != ref->retained_objects[v]) say_difference(b, "retained objects", v);
    }
}

/* What the virtual root retains is all that is reachable. */
static void check_sums(bench *b, const answers *a)
{
    const ref_dominators *ref = &a->ref_dominators;
    uint64_t objects = 0, memsize = 0;
    for (uint32_t v = 0; v < b->load.shard.n; v++) {
        if (a->ref_bfs.distance[v] == HB_UNREACHED) continue;
        objects++;
        memsize += b->load.shard.memsize[v];
        if (ref->idom[v] != HB_NO_ID) continue;
        objects -= ref->retained_objects[v];
        memsize -= ref->retained_memsize[v];
    }
    if (objects == 0 && memsize == 0) return;
    b->differences++;
    hb_log(HB_LOG_ERROR, "the plain dominators do not add up to what is reachable");
}

static void answers_fini(answers *a)
{
    hb_bfs_fini(&a->bfs);
    hb_bfs_fini(&a->ref_bfs);
    ref_tree_fini(&a->alike);
    ref_tree_fini(&a->references);
    hb_dominators_fini(&a->dominators);
    ref_dominators_fini(&a->ref_dominators);
}

static hb_status run_round(bench *b, int round)
{
    answers a = { 0 };
    const int ours_first = round % 2 == 0;
    hb_status status;
    if (alone(b) && !ours_first) HB_TRY(run_ref_searches(b, round, &a));
    HB_TRY(run_search(b, round, &a));
    if (alone(b) && ours_first) HB_TRY(run_ref_searches(b, round, &a));
    if (alone(b)) check_search(b, &a);
    HB_TRY(run_paths(b, round, &a));
    if (alone(b) && !ours_first) HB_TRY(run_ref_dominators(b, round, &a));
    HB_TRY(run_dominators(b, round, &a));
    if (alone(b) && ours_first) HB_TRY(run_ref_dominators(b, round, &a));
    if (alone(b)) check_sums(b, &a);
    if (alone(b)) check_dominators(b, &a);
out:
    answers_fini(&a);
    return status;
}

/* --- the table --- */

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Sorts; the middle one, or the mean of the two in the middle. */
static double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, by_value);
    return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

static double median_seconds(const bench *b, timed what, double *scratch)
{
    for (int i = 0; i < b->n_rounds; i++) scratch[i] = (double)b->times[what][i] / 1e9;
    return median(scratch, b->n_rounds);
}

static int was_timed(const bench *b, timed what)
{
    return alone(b) || what == SEARCH || what == PATHS || what == DOMINATORS;
}

static void print_seconds(const bench *b, timed what, double *scratch)
{
    if (was_timed(b, what)) printf(" %.3f |", median_seconds(b, what, scratch));
    else printf(" |");
}

static void print_ratios(bench *b, const comparison *c, double *scratch)
{
    for (int i = 0; i < b->n_rounds; i++) scratch[i] = (double)b->times[c->ours][i] / (double)b->times[c->theirs][i];
    const double middle = median(scratch, b->n_rounds);
    const int above = c->wanted > 0 && middle > c->wanted;
    printf(" %s%.2f%s | %.2f | %.2f | %.2f |", above ? "**" : "", middle, above ? "**" : "", scratch[0],
           scratch[b->n_rounds - 1], (double)b->cpu[c->ours] / (double)b->cpu[c->theirs]);
    b->above_wanted += above;
}

static void print_comparison(bench *b, const comparison *c, double *scratch)
{
    const int compares = was_timed(b, c->ours) && was_timed(b, c->theirs);
    if (!was_timed(b, c->ours) && !was_timed(b, c->theirs)) return;
    /* Without a reference one line says it all. */
    if (!compares && c != comparisons && c[-1].ours == c->ours) return;
    printf("| %s |", c->what);
    print_seconds(b, c->ours, scratch);
    if (was_timed(b, c->ours)) printf(" %.2f |", (double)b->cpu[c->ours] / (double)b->wall[c->ours]);
    else printf(" |");
    printf(" %s |", c->reference);
    print_seconds(b, c->theirs, scratch);
    if (compares) print_ratios(b, c, scratch);
    else printf(" | | | |");
    if (c->wanted > 0) printf(" at most %.2f |\n", c->wanted);
    else printf(" |\n");
}

static void print_table(bench *b, const uint64_t sizes[3], double *scratch)
{
    printf("%s: %llu objects, %llu references between them, %llu of ROOT lines; ", b->path,
           (unsigned long long)sizes[0], (unsigned long long)sizes[1], (unsigned long long)sizes[2]);
    printf("%d rank%s with %d thread%s, %d rounds\n\n", hb_comm_size(b->comm), alone(b) ? "" : "s", b->n_threads,
           b->n_threads == 1 ? "" : "s", b->n_rounds);
    printf("| what | s | CPUs | reference | s | ratio | min | max | of CPU time | wanted |\n"
           "|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < N_COMPARISONS; i++) print_comparison(b, &comparisons[i], scratch);
    printf("\n");
}

static hb_status report(bench *b)
{
    const hb_graph *graph = &b->graph;
    uint64_t sizes[3] = { graph->shard->n, graph->n_remote, graph->n_root_edges };
    for (uint32_t v = 0; v < graph->shard->n; v++)
        for HB_EACH_EDGE (graph, v, e) sizes[1]++;
    hb_comm_sum(b->comm, sizes, 3);
    double *scratch = hb_alloc((size_t)b->n_rounds, sizeof *scratch);
    if (scratch == NULL) return HB_ERR_MEMORY;
    if (on_root(b)) print_table(b, sizes, scratch);
    hb_free(scratch);
    return HB_OK;
}

/* --- the whole --- */

static int read_options(bench *b, int argc, char **argv)
{
    static const struct option options[] = { { "threads", required_argument, NULL, 't' },
                                             { "rounds", required_argument, NULL, 'r' },
                                             { "strict", no_argument, NULL, 's' },
                                             { NULL, 0, NULL, 0 } };
    int c;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) switch (c) {
        case 't': b->n_threads = atoi(optarg); break;
        case 'r': b->n_rounds = atoi(optarg); break;
        case 's': b->strict = 1; break;
        default: return 0;
        }
    if (optind != argc - 1 || b->n_threads < 0 || b->n_rounds < 1) return 0;
    b->path = argv[optind];
    return 1;
}

static hb_status run(bench *b)
{
    hb_status status = HB_OK;
    const int cpus = hb_cpus_share(hb_comm_local_rank(b->comm), hb_comm_local_size(b->comm));
    if (b->n_threads == 0) b->n_threads = cpus;
    omp_set_num_threads(b->n_threads);
    for (int i = 0; i < N_TIMED; i++) {
        b->times[i] = hb_alloc_zero((size_t)b->n_rounds, sizeof *b->times[i]);
        if (b->times[i] == NULL) status = HB_ERR_MEMORY;
    }
    HB_TRY(hb_comm_agree(b->comm, status));
    HB_TRY(load_graph(b));
    HB_TRY(choose_groups(b));
    for (int round = 0; round < b->n_rounds; round++) HB_TRY(run_round(b, round));
    HB_TRY(hb_comm_agree(b->comm, report(b)));
out:
    return status;
}

int main(int argc, char **argv)
{
    bench b = { .n_rounds = 5 };
    hb_error error;
    int exit_status = 1;
    hb_error_clear(&error);
    if (hb_comm_open(&argc, &argv, &b.comm, &error) != HB_OK) hb_comm_abort(NULL, 1);
    hb_log_init(HB_LOG_WARN, alone(&b) ? -1 : hb_comm_rank(b.comm));
    if (!read_options(&b, argc, argv)) {
        if (on_root(&b)) fprintf(stderr, "usage: graph_bench [--threads N] [--rounds N] [--strict] DUMP\n");
    } else {
        const hb_status status = run(&b);
        if (status == HB_OK) exit_status = b.differences != 0 ? 1 : b.strict && b.above_wanted != 0 ? 2 : 0;
        else if (on_root(&b)) hb_log(HB_LOG_ERROR, "%s: failed with status %d", b.path, (int)status);
    }
    for (int i = 0; i < N_TIMED; i++) hb_free(b.times[i]);
    hb_free(b.group);
    hb_graph_fini(&b.graph);
    hb_load_fini(&b.load);
    hb_comm_close(b.comm);
    return exit_status;
}
