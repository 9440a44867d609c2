#include "reduce/site_sums.h"

#include "base/memory.h"
#include "partition/diff.h"
#include "reduce/gather.h"

/* One thread's sums, and where each kind's row is among them: its number + 1, 0 when there is none yet. */
typedef struct part {
    hb_table sums;
    uint32_t *row_of_kind;
} part;

/* The row of a kind; NULL when out of memory. */
static uint64_t *row_of(part *p, const hb_shard *shard, uint32_t kind)
{
    uint64_t key[HB_SITE_KEY_WORDS];
    if (p->row_of_kind[kind] != 0) return hb_table_values(&p->sums, p->row_of_kind[kind] - 1);
    hb_site_key_of(shard, kind, key);
    uint64_t *row = hb_table_put(&p->sums, key, NULL);
    if (row != NULL) p->row_of_kind[kind] = hb_table_number(&p->sums, row) + 1;
    return row;
}

static hb_status add_object(part *p, const hb_shard *shard, int n_dumps, uint32_t id)
{
    uint64_t *row = row_of(p, shard, shard->kind[id]);
    if (row == NULL) return HB_ERR_MEMORY;
    row[HB_SITE_OBJECTS]++;
    row[HB_SITE_MEMSIZE] += hb_shard_memsize(shard, id);
    row[HB_SITE_BORN + shard->born[id]]++;
    if (n_dumps >= 2 && hb_diff_retained(n_dumps, shard->born[id])) {
        row[HB_SITE_RETAINED]++;
        row[HB_SITE_RETAINED_MEMSIZE] += hb_shard_memsize(shard, id);
    }
    return HB_OK;
}

static hb_status add_objects(part *p, const hb_shard *shard, int n_dumps, uint32_t begin, uint32_t end)
{
    hb_status status = HB_OK;
    p->row_of_kind = hb_alloc_zero(shard->n_kinds, sizeof *p->row_of_kind);
    if (p->row_of_kind == NULL) return HB_ERR_MEMORY;
    for (uint32_t id = begin; id < end && status == HB_OK; id++) status = add_object(p, shard, n_dumps, id);
    hb_free(p->row_of_kind);
    return status;
}

/* One table a thread, then their sum. */
static hb_status sum_shard(const hb_shard *shard, int n_dumps, int n_threads, hb_table *own)
{
    int worst = HB_OK;
    /* Threads have a word for each kind: a forged dump may have as many kinds as objects. */
    if (shard->n_kinds > shard->n / (uint32_t)n_threads) n_threads = 1;
    part *parts = hb_alloc((size_t)n_threads, sizeof *parts);
    if (parts == NULL) return HB_ERR_MEMORY;
    for (int t = 0; t < n_threads; t++) hb_table_init(&parts[t].sums, own->n_key, own->n_value);
#pragma omp parallel for num_threads(n_threads) schedule(static) reduction(max : worst)
    for (int t = 0; t < n_threads; t++) {
        const uint64_t n = shard->n, share = (uint64_t)t, shares = (uint64_t)n_threads;
        int status = add_objects(&parts[t], shard, n_dumps, (uint32_t)(n * share / shares),
                                 (uint32_t)(n * (share + 1) / shares));
        if (status > worst) worst = status;
    }
    for (int t = 0; t < n_threads; t++) {
        if (worst == HB_OK) worst = hb_add_rows(own, &parts[t].sums);
        hb_table_fini(&parts[t].sums);
    }
    hb_free(parts);
    return (hb_status)worst;
}

hb_status hb_site_sums(hb_comm *comm, const hb_shard *shard, int n_dumps, int n_threads, hb_table *out)
{
    hb_table own;
    hb_status status;
    hb_table_init(&own, HB_SITE_KEY_WORDS, HB_SITE_BORN + (unsigned)n_dumps);
    hb_table_init(out, own.n_key, own.n_value);
    HB_TRY(hb_comm_agree(comm, sum_shard(shard, n_dumps, n_threads, &own)));
    HB_TRY(hb_gather_sums(comm, &own, out));
out:
    hb_table_fini(&own);
    return status;
}
