/* Times the program's graph algorithms against plain serial ones (bench/reference_graph.h) on one real dump, in one
 * process, and checks that they agree.
 *
 *   graph_bench [--threads N] [--rounds N] [--strict] DUMP
 *
 * The dump is read and its graph built as for a report. In every round each algorithm runs once, on fresh memory; who
 * goes first, the program's or the plain one, changes from round to round. With several ranks there is nothing to
 * compare with, and the times are those of the slowest rank. bench/graph_table.h makes a table of the times.
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
#include "bench/graph_check.h"
#include "bench/graph_table.h"
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

typedef struct bench {
    hb_comm *comm;
    const char *path;
    int n_threads, n_rounds, strict;
    hb_load load;
    hb_graph graph;
    uint8_t *group;                /* by object: its group, or PATH_GROUPS */
    graph_times times;
    uint64_t since, cpu_since;
    int differences;
    int above_wanted;
} bench;

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
                            .n_threads = b->n_threads, .chunk_bytes = CHUNK_BYTES, .limits = &hb_limits_default };
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
    HB_TRY(hb_load_dump(b->comm, &intake, hb_comm_size(b->comm), b->n_threads, &b->load));
    HB_TRY(hb_load_build(b->comm, stats.shift, b->n_threads, &b->load));
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
    hb_site_key_of(shard, shard->kind[v], key);
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

static int group_of(void *ctx, uint32_t id)
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
    graph_times_add(&b->times, what, round, took, cpu);
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
    HB_TRY(hb_paths_merge(&forest, group_of, PATH_GROUPS, b, &paths));
out:
    hb_paths_fini(&paths);
    hb_path_forest_fini(&forest);
    hb_forest_fini(&search);
    return status;
}

static hb_status run_search(bench *b, int round, graph_answers *a)
{
    start_clock(b);
    hb_status status = hb_bfs_run(b->comm, &b->graph, b->n_threads, &a->bfs);
    stop_clock(b, SEARCH, round);
    return status;
}

static hb_status run_paths(bench *b, int round, graph_answers *a)
{
    start_clock(b);
    hb_status status = merge_paths(b, &a->bfs);
    stop_clock(b, PATHS, round);
    return status;
}

static hb_status run_dominators(bench *b, int round, graph_answers *a)
{
    start_clock(b);
    hb_status status = hb_dominators_find(b->comm, &b->graph, &a->bfs, b->n_threads, &a->dominators);
    stop_clock(b, DOMINATORS, round);
    return status;
}

static hb_status run_ref_searches(bench *b, int round, graph_answers *a)
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

static hb_status run_ref_dominators(bench *b, int round, graph_answers *a)
{
    start_clock(b);
    hb_status status = ref_dominators_find(&b->graph, &a->ref_dominators);
    stop_clock(b, REF_DOMINATORS, round);
    return status;
}

static hb_status run_round(bench *b, int round)
{
    graph_answers a = { 0 };
    const int ours_first = round % 2 == 0;
    hb_status status;
    if (alone(b) && !ours_first) HB_TRY(run_ref_searches(b, round, &a));
    HB_TRY(run_search(b, round, &a));
    if (alone(b) && ours_first) HB_TRY(run_ref_searches(b, round, &a));
    if (alone(b)) graph_check_search(&b->load.shard, &a, &b->differences);
    HB_TRY(run_paths(b, round, &a));
    if (alone(b) && !ours_first) HB_TRY(run_ref_dominators(b, round, &a));
    HB_TRY(run_dominators(b, round, &a));
    if (alone(b) && ours_first) HB_TRY(run_ref_dominators(b, round, &a));
    if (alone(b)) graph_check_dominators(&b->load.shard, &a, &b->differences);
out:
    graph_answers_fini(&a);
    return status;
}

/* --- the report --- */

static void print_heading(const bench *b, const uint64_t sizes[3])
{
    printf("%s: %llu objects, %llu references between them, %llu of ROOT lines; ", b->path,
           (unsigned long long)sizes[0], (unsigned long long)sizes[1], (unsigned long long)sizes[2]);
    printf("%d rank%s with %d thread%s, %d rounds\n\n", hb_comm_size(b->comm), alone(b) ? "" : "s", b->n_threads,
           b->n_threads == 1 ? "" : "s", b->n_rounds);
}

static hb_status report(bench *b)
{
    const hb_graph *graph = &b->graph;
    uint64_t sizes[3] = { graph->shard->n, graph->n_remote, graph->n_root_edges };
    for (uint32_t v = 0; v < graph->shard->n; v++)
        for HB_EACH_EDGE (graph, v, e) sizes[1]++;
    hb_comm_sum(b->comm, sizes, 3);
    if (!on_root(b)) return HB_OK;
    print_heading(b, sizes);
    return graph_table_print(&b->times, &b->above_wanted);
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
    hb_status status;
    const int cpus = hb_cpus_share(hb_comm_local_rank(b->comm), hb_comm_local_size(b->comm));
    if (b->n_threads == 0) b->n_threads = cpus;
    omp_set_num_threads(b->n_threads);
    HB_TRY(hb_comm_agree(b->comm, graph_times_init(&b->times, b->n_rounds)));
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
    graph_times_fini(&b.times);
    hb_free(b.group);
    hb_graph_fini(&b.graph);
    hb_load_fini(&b.load);
    hb_comm_close(b.comm);
    return exit_status;
}
