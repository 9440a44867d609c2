/* What enters: a dump, and addresses. What leaves: lines, as the dump has them.
 *
 * Nothing is kept of the first reading but the addresses: 8 bytes an object, where its line has some hundred. The dump is read once
 * more, from its start, by one thread that scans every line and looks its address up. */
#include "fleet/pick_lines.h"

#include <stdlib.h>

#include "pipeline/scan.h"
#include "pipeline/source.h"

typedef struct picker {
    const hb_pick *pick;
    const hb_scanner *scanner;
    hb_line line;
    uint64_t n_found;
} picker;

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int is_wanted(const picker *p)
{
    const uint64_t address = p->line.address;
    const hb_addresses *wanted = p->pick->wanted;
    return p->line.kind == HB_LINE_OBJECT && wanted->n != 0 && bsearch(&address, wanted->items, wanted->n, sizeof address, by_value) != NULL;
}

static hb_status pick_from(picker *p, const hb_chunk *chunk)
{
    const char *text = hb_chunk_text(chunk);
    for (size_t at = 0, n; at < chunk->n; at += n + 1) {
        const char *reason;
        n = p->scanner->newline(text + at, chunk->n - at);
        if (n + chunk->skipped > p->pick->limits->line) continue;
        hb_status status = p->scanner->line(text + at, n, &p->line, &reason);
        if (status == HB_ERR_MEMORY) return status;
        if (status != HB_OK || !is_wanted(p)) continue;
        p->n_found++;
        status = p->pick->take(p->pick->ctx, p->line.address, text + at, n);
        if (status != HB_OK) return status;
    }
    return HB_OK;
}

hb_status hb_pick_lines(const hb_pick *pick, hb_error *err)
{
    /* Of a damaged stream zlib delivers most, and was read by when it was found to be so. */
    const hb_source_plan plan = { .path = pick->path, .inflater = pick->is_damaged ? &hb_inflater_zlib : hb_inflater_best(),
                                  .chunk_bytes = pick->chunk_bytes, .n_parts = 1, .limits = pick->limits };
    picker p = { .pick = pick, .scanner = hb_scanner_best() };
    hb_source *source = NULL;
    hb_chunk chunk = { 0 };
    hb_status status;
    hb_line_init(&p.line, pick->limits);
    HB_TRY(hb_source_open(&plan, &source, err));
    do {
        HB_TRY(hb_source_next(source, &chunk));
        HB_TRY(pick_from(&p, &chunk));
    } while (chunk.n != 0);
    if ((hb_source_damage(source) != NULL && !pick->is_damaged) || p.n_found < pick->wanted->n)
        status = hb_error_set(err, HB_ERR_DATA, pick->path, HB_NO_BYTE,
                              "read once more for its lines, it was not what it had been: it is still being written, or the disk "
                              "failed for a moment; run again");
out:
    hb_chunk_fini(&chunk);
    hb_source_close(source);
    hb_line_fini(&p.line);
    return status;
}
