#include "reduce/gather.h"

#include "base/memory.h"

static hb_status add_words(hb_table *to, const uint64_t *rows, size_t n_words)
{
    const size_t width = to->n_key + to->n_value;
    for (size_t at = 0; at < n_words; at += width) {
        uint64_t *values = hb_table_put(to, rows + at, NULL);
        if (values == NULL) return HB_ERR_MEMORY;
        for (unsigned i = 0; i < to->n_value; i++) values[i] += rows[at + to->n_key + i];
    }
    return HB_OK;
}

hb_status hb_add_rows(hb_table *to, const hb_table *from)
{
    return add_words(to, from->rows, from->n * (from->n_key + from->n_value));
}

hb_status hb_gather_sums(hb_comm *comm, const hb_table *own, hb_table *out)
{
    const int root = 0;
    uint64_t *all = NULL;
    size_t n_all;
    hb_status status;
    hb_table_init(out, own->n_key, own->n_value);
    HB_TRY(hb_comm_gather(comm, own->rows, own->n * (own->n_key + own->n_value), root, &all, &n_all));
    if (hb_comm_rank(comm) == root) status = add_words(out, all, n_all);
    status = hb_comm_agree(comm, status);
out:
    hb_free(all);
    return status;
}
