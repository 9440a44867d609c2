/* Enters: the path of a dump. Leaves: what its ROOT lines name, to be compared with those of others. Why that tells
 * processes apart stands in same_process.h.
 *
 * The pipeline's collector does the reading, chunk by chunk, until one has no ROOT line: Ruby writes these first (dump_all() in
 * ext/objspace/objspace_dump.c). Cost: to open the file, to inflate and scan 64 KiB. */
#include "fleet/same_process.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "pipeline/collect.h"
#include "pipeline/source.h"

enum { CHUNK_BYTES = 64 << 10 };

static int by_address(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

void hb_roots_take(uint64_t *addresses, size_t n, hb_roots *out)
{
    size_t kept = 0;
    if (n != 0) qsort(addresses, n, sizeof *addresses, by_address);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || addresses[kept - 1] != addresses[i]) addresses[kept++] = addresses[i];
    *out = (hb_roots){ addresses, kept };
}

static hb_status take_from_collector(const hb_collector *c, hb_roots *out)
{
    static const char passing[] = "machine_context";
    const uint64_t left_out = hb_intern_find(&c->names, passing, sizeof passing - 1);
    size_t n = 0;
    uint64_t *addresses = hb_alloc(hb_wordlist_words(&c->roots) / HB_ROOT_WORDS, sizeof *addresses);
    if (addresses == NULL) return HB_ERR_MEMORY;
    for (size_t b = 0; b < c->roots.n; b++) {
        const hb_block *block = &c->roots.blocks[b];
        for (size_t i = 0; i < block->n; i += HB_ROOT_WORDS)
            if (block->words[i + HB_ROOT_NAME] != left_out) addresses[n++] = block->words[i + HB_ROOT_TARGET];
    }
    hb_roots_take(addresses, n, out);
    return HB_OK;
}

static hb_status collect_roots(hb_source *source, hb_collector *c)
{
    hb_chunk chunk = { 0 };
    hb_status status = HB_OK;
    for (uint64_t before = 0; c->counts.bytes < HB_ROOTS_MOST_BYTES; before = c->counts.roots) {
        HB_TRY(hb_source_next(source, &chunk));
        if (chunk.n == 0) break;
        HB_TRY(hb_collect_chunk(c, &chunk));
        if (c->counts.roots == before) break;
    }
out:
    hb_chunk_fini(&chunk);
    return status;
}

hb_status hb_roots_read(const char *path, const hb_limits *limits, hb_roots *out)
{
    const hb_source_plan plan = { .path = path, .inflater = hb_inflater_best(), .chunk_bytes = CHUNK_BYTES, .n_parts = 1,
                                  .limits = limits };
    hb_source *source;
    hb_collector collector;
    *out = (hb_roots){ NULL, 0 };
    if (strcmp(path, "-") == 0) return HB_OK;
    hb_status status = hb_source_open(&plan, &source, NULL);
    if (status != HB_OK) return status == HB_ERR_MEMORY ? status : HB_OK;
    hb_collector_init(&collector, HB_COLLECT_FULL, HB_IDENTITY_STRICT, limits, 0);
    HB_TRY(collect_roots(source, &collector));
    HB_TRY(take_from_collector(&collector, out));
out:
    hb_collector_fini(&collector);
    hb_source_close(source);
    return status;
}

void hb_roots_fini(hb_roots *roots)
{
    hb_free(roots->addresses);
    *roots = (hb_roots){ NULL, 0 };
}

size_t hb_roots_shared(const hb_roots *a, const hb_roots *b)
{
    size_t shared = 0;
    for (size_t i = 0, j = 0; i < a->n && j < b->n;) {
        const uint64_t x = a->addresses[i], y = b->addresses[j];
        shared += x == y;
        i += x <= y;
        j += y <= x;
    }
    return shared;
}

int hb_roots_same_process(const hb_roots *a, const hb_roots *b)
{
    const size_t smaller = a->n < b->n ? a->n : b->n;
    return hb_roots_shared(a, b) * 100 >= smaller * HB_ROOTS_LEAST_PERCENT;
}
