/* A histogram of pages, exact: every rank counts the work of the objects it scanned by page, root adds the counts up,
 * walks the pages in address order and starts a new range whenever the work so far passes the next r-th part.
 * Ruby allocates its heap in pages of 64 KiB, so a page of 4 KiB holds some hundred slots: ranges are even
 * to that grain, and the histogram takes 16 bytes for each 100 objects. Addresses strewn so thinly that there are
 * more than MAX_PAGES pages make the pages larger, so that a hostile dump cannot make the histogram large. */
#include "partition/splitters.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/table.h"
#include "pipeline/collect.h"

#define FIRST_SHIFT 12
#define MAX_PAGES ((size_t)1 << 20)

typedef struct histogram {
    unsigned shift;
    hb_table pages;  /* page number -> work */
} histogram;

static hb_status coarsen(histogram *h, unsigned shift)
{
    hb_table wide;
    hb_table_init(&wide, 1, 1);
    for (size_t i = 0; i < h->pages.n; i++) {
        uint64_t page = hb_table_row(&h->pages, i)[0] >> (shift - h->shift);
        uint64_t *work = hb_table_put(&wide, &page, NULL);
        if (work == NULL) {
            hb_table_fini(&wide);
            return HB_ERR_MEMORY;
        }
        *work += hb_table_values(&h->pages, i)[0];
    }
    hb_table_fini(&h->pages);
    h->pages = wide;
    h->shift = shift;
    return HB_OK;
}

static hb_status count_block(histogram *h, const hb_block *block)
{
    for (const uint64_t *item = block->words; item < block->words + block->n; item += hb_record_size(item)) {
        uint64_t page = item[HB_RECORD_ADDRESS] >> h->shift;
        uint64_t *work = hb_table_put(&h->pages, &page, NULL);
        if (work == NULL) return HB_ERR_MEMORY;
        *work += 2 + hb_record_n_refs(item);
        if (h->pages.n > MAX_PAGES && coarsen(h, h->shift + 1) != HB_OK) return HB_ERR_MEMORY;
    }
    return HB_OK;
}

static hb_status count_list(histogram *h, const hb_wordlist *records)
{
    for (size_t i = 0; i < records->n; i++)
        if (count_block(h, &records->blocks[i]) != HB_OK) return HB_ERR_MEMORY;
    return HB_OK;
}

static int by_page(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (x[0] > y[0]) - (x[0] < y[0]);
}

/* rows: pages in address order with their work. Range r begins at the first page before which r/n of the work lies: in
 * exact arithmetic, since rounding would leave the remainder to the last range. */
static void cut(hb_splitters *out, const uint64_t *rows, size_t n_rows, unsigned shift)
{
    uint64_t total = 0, before = 0;
    for (size_t i = 0; i < n_rows; i++) total += rows[2 * i + 1];
    int range = 1;
    for (size_t i = 0; i < n_rows && range < out->n; i++) {
        while (range < out->n && before > 0 &&
               (unsigned __int128)before * (unsigned)out->n >= (unsigned __int128)total * (unsigned)range)
            out->first[range++] = rows[2 * i] << shift;
        before += rows[2 * i + 1];
    }
    /* What is left has nothing to own. */
    for (; range < out->n; range++) out->first[range] = UINT64_MAX;
}

/* On root: adds up the ranks' rows (pages may occur several times) and cuts. */
static hb_status cut_at_root(hb_splitters *out, const uint64_t *all, size_t n_rows, unsigned shift)
{
    hb_table sum;
    hb_table_init(&sum, 1, 1);
    hb_status status = HB_OK;
    for (size_t i = 0; i < n_rows && status == HB_OK; i++) {
        uint64_t *work = hb_table_put(&sum, all + 2 * i, NULL);
        if (work == NULL) status = HB_ERR_MEMORY;
        else *work += all[2 * i + 1];
    }
    if (status == HB_OK) {
        if (sum.n > 0) qsort(sum.rows, sum.n, 2 * sizeof *sum.rows, by_page);
        cut(out, sum.rows, sum.n, shift);
    }
    hb_table_fini(&sum);
    return status;
}

static hb_status for_owners(int n, hb_splitters *out)
{
    out->n = n;
    out->first = hb_alloc_zero((size_t)n, sizeof *out->first);
    return out->first != NULL ? HB_OK : HB_ERR_MEMORY;
}

hb_status hb_splitters_whole(hb_splitters *out)
{
    return for_owners(1, out);
}

hb_status hb_splitters_build(hb_comm *comm, const hb_wordlist *records, int n_owners, hb_splitters *out)
{
    const int size = n_owners, root = 0;
    histogram h = { .shift = FIRST_SHIFT };
    uint64_t *all = NULL;
    size_t n_all;
    hb_status status;
    hb_table_init(&h.pages, 1, 1);
    status = for_owners(size, out);
    if (status == HB_OK && size > 1) status = count_list(&h, records);
    HB_TRY(hb_comm_agree(comm, status));
    if (size == 1) goto out;
    uint64_t shift = h.shift;
    hb_comm_max(comm, &shift, 1);
    if (shift > h.shift) status = coarsen(&h, (unsigned)shift);
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(hb_comm_gather(comm, h.pages.rows, h.pages.n * 2, root, &all, &n_all));
    if (hb_comm_rank(comm) == root) status = cut_at_root(out, all, n_all / 2, (unsigned)shift);
    HB_TRY(hb_comm_agree(comm, status));
    hb_comm_broadcast(comm, out->first, (size_t)size * sizeof *out->first, root);
out:
    hb_free(all);
    hb_table_fini(&h.pages);
    return status;
}

void hb_splitters_fini(hb_splitters *splitters)
{
    hb_free(splitters->first);
    splitters->first = NULL;
}
