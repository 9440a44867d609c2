/* The table of the graph benchmark: a ratio is the median of the rounds' own ratios, beside the least and the largest,
 * because on a shared machine only what ran side by side compares. The CPU time that the program's own took over its
 * wall time says how many CPUs it was really given. */
#include "bench/graph_table.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

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

hb_status graph_times_init(graph_times *times, int n_rounds)
{
    *times = (graph_times){ .n_rounds = n_rounds };
    for (int i = 0; i < N_TIMED; i++) {
        times->times[i] = hb_alloc_zero((size_t)n_rounds, sizeof *times->times[i]);
        if (times->times[i] == NULL) return HB_ERR_MEMORY;
    }
    return HB_OK;
}

void graph_times_fini(graph_times *times)
{
    for (int i = 0; i < N_TIMED; i++) hb_free(times->times[i]);
    *times = (graph_times){ 0 };
}

void graph_times_add(graph_times *times, timed what, int round, uint64_t wall_ns, uint64_t cpu_ns)
{
    times->times[what][round] = wall_ns;
    times->wall[what] += wall_ns;
    times->cpu[what] += cpu_ns;
}

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

static double median_seconds(const graph_times *t, timed what, double *scratch)
{
    for (int i = 0; i < t->n_rounds; i++) scratch[i] = (double)t->times[what][i] / 1e9;
    return median(scratch, t->n_rounds);
}

static int was_timed(const graph_times *t, timed what)
{
    return t->wall[what] != 0;
}

static void print_seconds(const graph_times *t, timed what, double *scratch)
{
    if (was_timed(t, what)) printf(" %.3f |", median_seconds(t, what, scratch));
    else printf(" |");
}

/* Returns whether the median is above what is wanted. */
static int print_ratios(const graph_times *t, const comparison *c, double *scratch)
{
    for (int i = 0; i < t->n_rounds; i++) scratch[i] = (double)t->times[c->ours][i] / (double)t->times[c->theirs][i];
    const double middle = median(scratch, t->n_rounds);
    const int above = c->wanted > 0 && middle > c->wanted;
    printf(" %s%.2f%s | %.2f | %.2f | %.2f |", above ? "**" : "", middle, above ? "**" : "", scratch[0],
           scratch[t->n_rounds - 1], (double)t->cpu[c->ours] / (double)t->cpu[c->theirs]);
    return above;
}

/* Returns whether its ratio is above what is wanted. */
static int print_comparison(const graph_times *t, const comparison *c, double *scratch)
{
    const int compares = was_timed(t, c->ours) && was_timed(t, c->theirs);
    if (!was_timed(t, c->ours) && !was_timed(t, c->theirs)) return 0;
    /* Without a reference one line says it all. */
    if (!compares && c != comparisons && c[-1].ours == c->ours) return 0;
    printf("| %s |", c->what);
    print_seconds(t, c->ours, scratch);
    if (was_timed(t, c->ours)) printf(" %.2f |", (double)t->cpu[c->ours] / (double)t->wall[c->ours]);
    else printf(" |");
    printf(" %s |", c->reference);
    print_seconds(t, c->theirs, scratch);
    int above = 0;
    if (compares) above = print_ratios(t, c, scratch);
    else printf(" | | | |");
    if (c->wanted > 0) printf(" at most %.2f |\n", c->wanted);
    else printf(" |\n");
    return above;
}

hb_status graph_table_print(const graph_times *times, int *n_above)
{
    double *scratch = hb_alloc((size_t)times->n_rounds, sizeof *scratch);
    if (scratch == NULL) return HB_ERR_MEMORY;
    *n_above = 0;
    printf("| what | s | CPUs | reference | s | ratio | min | max | of CPU time | wanted |\n"
           "|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < N_COMPARISONS; i++) *n_above += print_comparison(times, &comparisons[i], scratch);
    printf("\n");
    hb_free(scratch);
    return HB_OK;
}
