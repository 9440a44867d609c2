/* What enters: a path. What leaves: on every rank of the group, the items and counts of the text that it scanned.
 *
 * A plain file is cut into equal byte ranges, one a rank: since Ruby writes its heap page by page, a byte range is
 * nearly an address range, and most items are at home already. A gzip stream can only be inflated from its start,
 * by one rank, which deals chunks to the others (deal.h); threads of each rank scan them (pump.h). One that turns out
 * to be damaged is read a second time, with zlib (hb_source_needs_zlib). */
#include "partition/ingest.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "base/stop.h"
#include "partition/deal.h"
#include "pipeline/pump.h"
#include "pipeline/source.h"
#include "pipeline/source_kind.h"

typedef struct reader {
    const hb_ingest_plan *plan;
    const hb_inflater *inflater;
    hb_source_kind kind;
    hb_source *source;     /* NULL on a helper */
    hb_dealer *dealer;     /* on the dealing rank of a stream */
    hb_helper helper;
    uint64_t size;         /* of the file, bytes */
    uint64_t begin, share; /* of this rank: its first byte, and how many */
    uint64_t objects, lines;  /* found so far */
    hb_intake *intake;
} reader;

static hb_status next(void *ctx, hb_chunk *chunk)
{
    reader *r = ctx;
    if (hb_stop_status() != HB_OK) return HB_ERR_STOPPED;
    if (__atomic_load_n(&r->lines, __ATOMIC_RELAXED) > r->plan->limits->lines) {
        chunk->n = 0;   /* the dump is refused, whatever else it holds */
        return HB_OK;
    }
    if (r->source == NULL) return hb_helper_next(&r->helper, chunk);
    hb_status status = r->dealer != NULL ? hb_dealer_next(r->dealer, chunk) : hb_source_next(r->source, chunk);
    if (r->plan->tick != NULL)
        r->plan->tick(r->plan->tick_ctx, hb_source_position(r->source) - r->begin, r->share,
                      __atomic_load_n(&r->objects, __ATOMIC_RELAXED));
    return status;
}

static hb_status work(void *ctx, int thread, const hb_chunk *chunk)
{
    reader *r = ctx;
    hb_collector *collector = &r->intake->collectors[thread];
    const uint64_t objects = collector->counts.objects, lines = collector->counts.lines;
    hb_status status = hb_collect_chunk(collector, chunk);
    __atomic_fetch_add(&r->objects, collector->counts.objects - objects, __ATOMIC_RELAXED);
    __atomic_fetch_add(&r->lines, collector->counts.lines - lines, __ATOMIC_RELAXED);
    return status;
}

/* What the first rank found, on all ranks. */
static hb_status probe(hb_comm *group, const char *path, hb_source_kind *kind, uint64_t *size, hb_error *err)
{
    struct { hb_status status; hb_source_kind kind; uint64_t size; } found = { HB_OK, HB_SOURCE_STREAM, 0 };
    if (hb_comm_rank(group) == 0) found.status = hb_source_probe(path, &found.kind, &found.size, err);
    hb_comm_broadcast(group, &found, sizeof found, 0);
    *kind = found.kind;
    *size = found.size;
    return found.status;
}

static hb_status make_collectors(const hb_ingest_plan *plan, hb_intake *out)
{
    out->collectors = hb_alloc((size_t)plan->n_threads, sizeof *out->collectors);
    if (out->collectors == NULL) return HB_ERR_MEMORY;
    for (int t = 0; t < plan->n_threads; t++) {
        hb_collector_init(&out->collectors[t], plan->mode, plan->identity, plan->limits, (uint32_t)t);
        out->collectors[t].strings.wanted = plan->wanted_strings;
        out->collectors[t].places.contents = plan->wanted_contents;
        if (plan->places != NULL) out->collectors[t].places.filter = *plan->places;
    }
    out->n_collectors = (size_t)plan->n_threads;
    return HB_OK;
}

/* Opens what this rank reads. HB_ERR_DATA stays in intake->damage. */
static hb_status open_reader(hb_comm *group, reader *r)
{
    const int rank = hb_comm_rank(group), size = hb_comm_size(group);
    const int parts = r->kind == HB_SOURCE_PLAIN ? size : 1;
    const hb_source_plan plan = { .path = r->plan->path, .inflater = r->inflater, .chunk_bytes = r->plan->chunk_bytes,
                                  .part = parts > 1 ? rank : 0, .n_parts = parts, .size = r->size,
                                  .limits = r->plan->limits };
    r->helper.comm = group;
    if (parts == 1 && rank > 0) return HB_OK;
    hb_status status = hb_source_open(&plan, &r->source, &r->intake->damage);
    if (status == HB_OK) r->begin = hb_source_position(r->source);
    r->share = r->size / (uint64_t)parts;
    if (status == HB_OK && parts == 1 && size > 1) status = hb_dealer_new(group, r->source, &r->dealer);
    return status;
}

/* Drops what was read of a dump that has too many lines in all. Collective. */
static void refuse_lines(hb_comm *group, const reader *r)
{
    const uint64_t most = r->plan->limits->lines;
    uint64_t lines = r->lines;
    hb_comm_sum(group, &lines, 1);
    if (lines <= most) return;
    hb_intake_fini(r->intake);
    hb_error_clear(&r->intake->damage);
    hb_error_set(&r->intake->damage, HB_ERR_DATA, r->plan->path, HB_NO_BYTE,
                 "has more than %" PRIu64 " lines: nothing of it is used; --max lines=N allows more", most);
}

/* Reads the dump once; *again, on all ranks: with zlib it should be read again. */
static hb_status read_once(hb_comm *group, reader r, int *again)
{
    hb_intake *out = r.intake;
    hb_status status = make_collectors(r.plan, out);
    if (status == HB_OK) status = open_reader(group, &r);
    status = hb_comm_agree(group, status);
    if (status == HB_OK) {
        status = hb_pump_run(&(hb_pump){ .n_threads = r.plan->n_threads, .next = next, .work = work, .ctx = &r });
        if (r.dealer != NULL) hb_dealer_end(r.dealer);
        if (r.source == NULL) hb_helper_drain(&r.helper);
    }
    hb_dealer_free(r.dealer);
    if (r.source != NULL && hb_source_damage(r.source) != NULL) out->damage = *hb_source_damage(r.source);
    uint64_t needs_zlib = r.source != NULL && hb_source_needs_zlib(r.source);
    hb_source_close(r.source);
    /* No rank could start: that is the dump's fault, unless memory was short. */
    status = status == HB_ERR_DATA || status == HB_ERR_IO ? HB_OK : status;
    hb_comm_max(group, &needs_zlib, 1);
    *again = needs_zlib != 0;
    status = hb_comm_agree(group, status);
    if (status == HB_OK && !*again) refuse_lines(group, &r);
    return status;
}

hb_status hb_ingest(hb_comm *group, const hb_ingest_plan *plan, hb_intake *out)
{
    reader r = { .plan = plan, .inflater = hb_inflater_best(), .intake = out };
    int again;
    memset(out, 0, sizeof *out);
    hb_error_clear(&out->damage);
    if (probe(group, plan->path, &r.kind, &r.size, &out->damage) != HB_OK) return HB_OK;
    hb_status status = read_once(group, r, &again);
    if (status != HB_OK || !again) return status;
    hb_intake_fini(out);
    hb_error_clear(&out->damage);
    r.inflater = &hb_inflater_zlib;
    return read_once(group, r, &again);
}

void hb_intake_fini(hb_intake *intake)
{
    for (size_t t = 0; t < intake->n_collectors; t++) hb_collector_fini(&intake->collectors[t]);
    hb_free(intake->collectors);
    intake->collectors = NULL;
    intake->n_collectors = 0;
}
