/* Quantiles of a sample. The work of all objects, one rank's after the other's and each in the order in which it was scanned, is cut
 * into SAMPLES strata of equal work; a random unit of each stratum stands for it by its object's address (stratified sampling;
 * splitters from a random sample: Frazer, McKellar 1970, Samplesort, doi:10.1145/321592.321600). Root sorts the sample: range r begins
 * at the page of its r-th n-th part.
 *
 * Ruby writes its heap page by page, so a stratum is a few neighbouring pages, and ranges are even to about that. Where addresses come
 * in any order a range misses its share by 0.2 % of all work (one standard deviation, sqrt(1/4 / SAMPLES)). Up to 2 * SAMPLES units of
 * work nothing is left out, and the cuts are exact. Which units are drawn follows from the secret of the run (base/hash.h): no dump can
 * be written so that one rank gets all. Only what cannot be parted is not: one object's references, and lines with one address.
 *
 * Tried and dropped: an exact histogram of pages. It took a table look-up for each object; and it had to make pages larger where there
 * were very many, so that a million objects strewn over all addresses drew the whole heap into one page, and to one rank. */
#include "partition/splitters.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "pipeline/record.h"

#define SAMPLES ((uint64_t)1 << 16)
#define PAGE_BYTES ((uint64_t)4096)   /* of the page map, at the usual grain: no page is on two ranks */

typedef struct sampler {
    uint64_t stride;     /* work of a stratum */
    uint64_t stratum;    /* the one whose unit is wanted next */
    uint64_t wanted;     /* that unit, counted from this rank's first */
    uint64_t passed;     /* work of the objects before */
    uint64_t stream;     /* makes the ranks' draws differ */
    uint64_t *addresses;
    size_t n, cap;
} sampler;

static uint64_t work_of(const uint64_t *item)
{
    return 2 + hb_record_n_refs(item);
}

static uint64_t work_in(const hb_wordlist *records)
{
    uint64_t work = 0;
    for (size_t b = 0; b < records->n; b++) {
        const hb_block *block = &records->blocks[b];
        for (const uint64_t *item = block->words; item < block->words + block->n; item += hb_record_size(item)) work += work_of(item);
    }
    return work;
}

static void draw(sampler *s)
{
    s->wanted = s->stratum * s->stride + hb_hash_place(s->stratum << 16 ^ s->stream) % s->stride;
    s->stratum++;
}

static hb_status sample_item(sampler *s, const uint64_t *item)
{
    s->passed += work_of(item);
    for (; s->wanted < s->passed; draw(s)) {
        hb_status status = hb_grow(&s->addresses, &s->cap, s->n + 1, sizeof *s->addresses);
        if (status != HB_OK) return status;
        s->addresses[s->n++] = item[HB_RECORD_ADDRESS];
    }
    return HB_OK;
}

static hb_status sample(sampler *s, const hb_wordlist *records)
{
    draw(s);
    for (size_t b = 0; b < records->n; b++) {
        const hb_block *block = &records->blocks[b];
        for (const uint64_t *item = block->words; item < block->words + block->n; item += hb_record_size(item)) {
            hb_status status = sample_item(s, item);
            if (status != HB_OK) return status;
        }
    }
    return HB_OK;
}

static int by_address(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Without objects all ranges but the first are empty. */
static void cut(hb_splitters *out, uint64_t *addresses, size_t n)
{
    if (n > 0) qsort(addresses, n, sizeof *addresses, by_address);
    for (int r = 1; r < out->n; r++)
        out->first[r] = n == 0 ? UINT64_MAX : addresses[(uint64_t)n * (unsigned)r / (unsigned)out->n] & ~(PAGE_BYTES - 1);
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
    const int root = 0;
    uint64_t *all = NULL, work = 0;
    size_t n_all;
    sampler s = { .stream = (uint64_t)hb_comm_rank(comm) };
    hb_status status;
    HB_TRY(hb_comm_agree(comm, for_owners(n_owners, out)));
    if (n_owners == 1) goto out;
    work = work_in(records);
    hb_comm_sum(comm, &work, 1);
    s.stride = work < SAMPLES ? 1 : work / SAMPLES;
    HB_TRY(hb_comm_agree(comm, sample(&s, records)));
    HB_TRY(hb_comm_gather(comm, s.addresses, s.n, root, &all, &n_all));
    if (hb_comm_rank(comm) == root) cut(out, all, n_all);
    hb_comm_broadcast(comm, out->first, (size_t)n_owners * sizeof *out->first, root);
out:
    hb_free(all);
    hb_free(s.addresses);
    return status;
}

void hb_splitters_fini(hb_splitters *splitters)
{
    hb_free(splitters->first);
    splitters->first = NULL;
}
