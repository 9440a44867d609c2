/* What enters: each thread's counts by contents. What leaves: sums, and the rows that come first.
 *
 * Contents belong to ranks by their hash, so that each rank has a part of them, and no two ranks the same. Only totals and the first rows
 * of each part leave it: the first of all are among these. The hash depends on the run; the order of rows, by figures and offsets,
 * does not. */
#include "reduce/equal_strings.h"

#include <stdlib.h>
#include <string.h>

#include "base/exchange.h"
#include "base/memory.h"
#include "reduce/gather.h"

void hb_equal_strings_init(hb_equal_strings *equal)
{
    *equal = (hb_equal_strings){ 0 };
}

void hb_equal_strings_fini(hb_equal_strings *equal)
{
    hb_free(equal->rows);
    hb_equal_strings_init(equal);
}

/* --- every row to the rank that has its contents --- */

typedef struct sharer {
    hb_intake *intake;
    size_t collector, row;   /* the next to be sent */
    hb_table part;           /* this rank's contents */
} sharer;

static int owner_of(const uint64_t *row, int n_ranks)
{
    return (int)(row[HB_STRING_HASH] % (uint64_t)n_ranks);
}

static hb_status fill(void *ctx, hb_outbox *box, int *more)
{
    sharer *s = ctx;
    for (; s->collector < s->intake->n_collectors; s->collector++, s->row = 0) {
        hb_table *counts = &s->intake->collectors[s->collector].strings.counts;
        for (; s->row < counts->n && !hb_outbox_full(box); s->row++) {
            const uint64_t *row = hb_table_row(counts, s->row);
            uint64_t *to = hb_outbox_put(box, owner_of(row, box->size), HB_STRING_WORDS);
            if (to == NULL) return HB_ERR_MEMORY;
            memcpy(to, row, HB_STRING_WORDS * sizeof *to);
        }
        if (s->row < counts->n) break;
        hb_table_fini(counts);
    }
    *more = s->collector < s->intake->n_collectors;
    return HB_OK;
}

static hb_status take(void *ctx, int from, const uint64_t *words, size_t n)
{
    sharer *s = ctx;
    (void)from;
    return hb_string_counts_add_rows(&s->part, words, n / HB_STRING_WORDS);
}

/* --- what is told of a part --- */

static void sum_up(hb_comm *comm, const hb_intake *intake, const hb_table *part, hb_equal_strings *out)
{
    uint64_t sums[] = { 0, part->n, 0, 0 };
    for (size_t t = 0; t < intake->n_collectors; t++) sums[0] += intake->collectors[t].strings.without_value;
    for (size_t i = 0; i < part->n; i++) {
        const uint64_t *values = hb_table_values(part, i);
        sums[2] += values[HB_STRING_OBJECTS] - 1;
        sums[3] += values[HB_STRING_MEMSIZE] - values[HB_STRING_FIRST_MEMSIZE];
    }
    hb_comm_sum(comm, sums, sizeof sums / sizeof *sums);
    out->without_value = sums[0];
    out->distinct = sums[1];
    out->duplicate_objects = sums[2];
    out->duplicate_memsize = sums[3];
}

static int by_bytes(const void *a, const void *b)
{
    const uint64_t *x = (const uint64_t *)a + HB_STRING_KEY, *y = (const uint64_t *)b + HB_STRING_KEY;
    if (x[HB_STRING_MEMSIZE] != y[HB_STRING_MEMSIZE]) return x[HB_STRING_MEMSIZE] < y[HB_STRING_MEMSIZE] ? 1 : -1;
    if (x[HB_STRING_OBJECTS] != y[HB_STRING_OBJECTS]) return x[HB_STRING_OBJECTS] < y[HB_STRING_OBJECTS] ? 1 : -1;
    return (x[HB_STRING_WHERE] > y[HB_STRING_WHERE]) - (x[HB_STRING_WHERE] < y[HB_STRING_WHERE]);
}

static int by_objects(const void *a, const void *b)
{
    const uint64_t *x = (const uint64_t *)a + HB_STRING_KEY, *y = (const uint64_t *)b + HB_STRING_KEY;
    if (x[HB_STRING_OBJECTS] != y[HB_STRING_OBJECTS]) return x[HB_STRING_OBJECTS] < y[HB_STRING_OBJECTS] ? 1 : -1;
    return (x[HB_STRING_WHERE] > y[HB_STRING_WHERE]) - (x[HB_STRING_WHERE] < y[HB_STRING_WHERE]);
}

/* Puts n rows in order; returns how many are left. */
static size_t first_rows(uint64_t *rows, size_t n, hb_equal_order order, uint64_t top)
{
    if (n != 0) qsort(rows, n, HB_STRING_WORDS * sizeof *rows, order == HB_EQUAL_BY_BYTES ? by_bytes : by_objects);
    return top != 0 && n > top ? (size_t)top : n;
}

/* Moves the rows of contents that several objects have to the front of the part, which can be searched no more; how many. */
static size_t keep_equal(hb_table *part)
{
    size_t n = 0;
    for (size_t i = 0; i < part->n; i++) {
        if (hb_table_values(part, i)[HB_STRING_OBJECTS] < 2) continue;
        memmove(hb_table_row(part, n), hb_table_row(part, i), HB_STRING_WORDS * sizeof(uint64_t));
        n++;
    }
    return n;
}

hb_status hb_equal_strings_find(hb_comm *comm, hb_intake *intake, uint64_t top, hb_equal_order order, hb_equal_strings *out)
{
    sharer s = { .intake = intake };
    size_t n;
    hb_status status;
    hb_table_init(&s.part, HB_STRING_KEY, HB_STRING_VALUES);
    HB_TRY(hb_exchange(comm, fill, take, &s));
    sum_up(comm, intake, &s.part, out);
    n = first_rows(s.part.rows, order == HB_EQUAL_BY_BYTES ? keep_equal(&s.part) : s.part.n, order, top);
    HB_TRY(hb_comm_gather(comm, s.part.rows, n * HB_STRING_WORDS, 0, &out->rows, &n));
    if (hb_comm_rank(comm) == 0) out->n = first_rows(out->rows, n / HB_STRING_WORDS, order, top);
out:
    hb_table_fini(&s.part);
    return status;
}

/* --- contents, for those who may see them --- */

hb_status hb_equal_strings_want(hb_comm *comm, const hb_equal_strings *equal, hb_table *out)
{
    const int root = 0;
    uint64_t n = equal->n, *rows = equal->rows;
    hb_status status = HB_OK;
    hb_table_init(out, 1, HB_STRING_KEY);
    hb_comm_broadcast(comm, &n, sizeof n, root);
    if (hb_comm_rank(comm) != root) rows = hb_alloc(n, HB_STRING_WORDS * sizeof *rows);
    HB_TRY(hb_comm_agree(comm, rows != NULL || n == 0 ? HB_OK : HB_ERR_MEMORY));
    hb_comm_broadcast(comm, rows, n * HB_STRING_WORDS * sizeof *rows, root);
    for (uint64_t i = 0; i < n && status == HB_OK; i++) {
        const uint64_t *row = rows + i * HB_STRING_WORDS;
        uint64_t *key = hb_table_put(out, &row[HB_STRING_KEY + HB_STRING_WHERE], NULL);
        if (key == NULL) status = HB_ERR_MEMORY;
        else memcpy(key, row, HB_STRING_KEY * sizeof *key);
    }
    status = hb_comm_agree(comm, status);
out:
    if (hb_comm_rank(comm) != root) hb_free(rows);
    return status;
}

/* A line is read once, so that the sum of all rows of its offset is that row. */
hb_status hb_equal_strings_gather(hb_comm *comm, const hb_intake *intake, hb_table *out)
{
    hb_table own;
    hb_status status = HB_OK;
    hb_table_init(&own, 1, HB_CONTENTS_VALUES);
    hb_table_init(out, 1, HB_CONTENTS_VALUES);
    for (size_t t = 0; t < intake->n_collectors && status == HB_OK; t++)
        status = hb_add_rows(&own, &intake->collectors[t].strings.contents);
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(hb_gather_sums(comm, &own, out));
out:
    hb_table_fini(&own);
    return status;
}
