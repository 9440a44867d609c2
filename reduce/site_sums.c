#include "reduce/site_sums.h"

#include <omp.h>

#include "base/memory.h"
#include "partition/diff.h"
#include "reduce/gather.h"

static hb_status add_object(hb_table *sums, const hb_shard *shard, int n_dumps, uint32_t id)
{
    uint64_t key[HB_SITE_KEY_WORDS];
    hb_site_key_of(shard, id, key);
    uint64_t *row = hb_table_put(sums, key, NULL);
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

/* One table a thread, then their sum. */
static hb_status sum_shard(const hb_shard *shard, int n_dumps, int n_threads, hb_table *own)
{
    int worst = HB_OK;
    hb_table *parts = hb_alloc((size_t)n_threads, sizeof *parts);
    if (parts == NULL) return HB_ERR_MEMORY;
    for (int t = 0; t < n_threads; t++) hb_table_init(&parts[t], own->n_key, own->n_value);
#pragma omp parallel for num_threads(n_threads) schedule(static) reduction(max : worst)
    for (uint32_t id = 0; id < shard->n; id++) {
        int status = add_object(&parts[omp_get_thread_num()], shard, n_dumps, id);
        if (status > worst) worst = status;
    }
    for (int t = 0; t < n_threads; t++) {
        if (worst == HB_OK) worst = hb_add_rows(own, &parts[t]);
        hb_table_fini(&parts[t]);
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
