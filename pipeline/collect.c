/* What enters: chunks. What leaves: counts that add up over threads and ranks, and staged items.
 *
 * Nothing here depends on the order of chunks: counts are sums, items carry addresses and offsets (pipeline/staging.h), the examples of
 * invalid lines are the ones with the lowest offsets. */
#include "pipeline/collect.h"

#include <string.h>

#include "base/memory.h"
#include "pipeline/staging.h"

void hb_collector_init(hb_collector *collector, hb_collect_mode mode, hb_identity identity, const hb_limits *limits, uint32_t tag)
{
    memset(collector, 0, sizeof *collector);
    collector->mode = mode;
    collector->identity = identity;
    collector->scanner = hb_scanner_best();
    collector->last_generation = -1;
    collector->most_line_bytes = limits->line;
    hb_line_init(&collector->line, limits);
    hb_table_init(&collector->generations, 1, 2);
    hb_table_init(&collector->chunk_lines, 1, 1);
    for (int i = 0; i < HB_LANDMARK_KINDS; i++) hb_landmarks_init(&collector->landmarks[i]);
    hb_class_counts_init(&collector->class_counts);
    hb_place_counts_init(&collector->places);
    hb_string_counts_init(&collector->strings);
    hb_intern_init(&collector->sites);
    hb_intern_init(&collector->names);
    hb_wordlist_init(&collector->records, tag);
    hb_wordlist_init(&collector->roots, tag);
    hb_wordlist_init(&collector->shapes, tag);
    hb_wordlist_init(&collector->idents, tag);
    hb_wordlist_init(&collector->refs, tag);
}

void hb_collector_fini(hb_collector *collector)
{
    hb_line_fini(&collector->line);
    hb_table_fini(&collector->generations);
    hb_table_fini(&collector->chunk_lines);
    for (int i = 0; i < HB_LANDMARK_KINDS; i++) hb_landmarks_fini(&collector->landmarks[i]);
    hb_class_counts_fini(&collector->class_counts);
    hb_place_counts_fini(&collector->places);
    hb_string_counts_fini(&collector->strings);
    hb_intern_fini(&collector->sites);
    hb_intern_fini(&collector->names);
    hb_free(collector->scratch);
    collector->scratch = NULL;
    collector->cap_scratch = 0;
    hb_wordlist_fini(&collector->records);
    hb_wordlist_fini(&collector->roots);
    hb_wordlist_fini(&collector->shapes);
    hb_wordlist_fini(&collector->idents);
    hb_wordlist_fini(&collector->refs);
}

static hb_status count_edge(hb_collector *c, const hb_line *line)
{
    uint32_t name;
    hb_status status;
    HB_TRY(ivar_of(c, line, &name));
    if (name != 0) status = hb_place_counts_add_edge(&c->places, name);
out:
    return status;
}

static hb_status collect_shape(hb_collector *c, const hb_line *line, uint64_t byte)
{
    hb_status status = HB_OK;
    c->counts.shapes++;
    if (c->mode == HB_COLLECT_FULL) HB_TRY(stage_shape(c, line, byte));
    if (c->mode == HB_COLLECT_PLACES) HB_TRY(count_edge(c, line));
    status = stage_refs(c, line);
out:
    return status;
}

/* The sums of a generation; NULL when out of memory. Most objects are of the last few. */
static uint64_t *generation_row(hb_collector *c, int64_t generation)
{
    const uint64_t key = (uint64_t)generation;
    hb_recent_generation *recent = &c->recent[key % HB_RECENT_GENERATIONS];
    if (recent->row != 0 && recent->generation == generation) return hb_table_values(&c->generations, recent->row - 1);
    uint64_t *row = hb_table_put(&c->generations, &key, NULL);
    if (row != NULL) *recent = (hb_recent_generation){ generation, hb_table_number(&c->generations, row) + 1 };
    return row;
}

/* Of a traced dump generations tell what was there before: landmarks are not asked for. */
static int wants_landmarks(const hb_collector *c)
{
    return c->identity == HB_IDENTITY_STRICT && (c->mode == HB_COLLECT_FULL || (c->mode == HB_COLLECT_IDENTITY && c->last_generation < 0));
}

/* Name id + 1 of a class or module, 0: it is none, or has none. */
static hb_status class_name_of(hb_collector *c, const hb_line *line, uint32_t *name)
{
    const int is_class = line->type == HB_TYPE_CLASS || line->type == HB_TYPE_MODULE;
    return name_of(c, is_class ? line->name : (hb_view){ 0 }, 1, name);
}

static hb_status count_class(hb_collector *c, const hb_line *line, uint64_t byte)
{
    uint32_t name;
    hb_status status;
    HB_TRY(class_name_of(c, line, &name));
    status = hb_class_counts_add(&c->class_counts, line, byte, name);
out:
    return status;
}

/* Classes have names, whatever generation they are of. */
static hb_status count_place(hb_collector *c, const hb_line *line, uint64_t byte)
{
    uint32_t name, site;
    hb_status status;
    HB_TRY(class_name_of(c, line, &name));
    if (!hb_place_filter_takes(&c->places.filter, line)) return hb_class_counts_name(&c->class_counts, line->address, byte, name);
    HB_TRY(hb_class_counts_add(&c->class_counts, line, byte, name));
    HB_TRY(site_of(c, line, &site));
    HB_TRY(hb_place_counts_add(&c->places, line, site));
    if (line->type == HB_TYPE_STRING) status = hb_string_counts_add(&c->strings, line, byte);
out:
    return status;
}

static hb_status count_string_place(hb_collector *c, const hb_line *line, uint64_t byte)
{
    uint64_t hash, bytes;
    uint32_t site;
    hb_status status;
    if (line->type != HB_TYPE_STRING || line->value.text == NULL || !hb_place_filter_takes(&c->places.filter, line)) return HB_OK;
    HB_TRY(hb_string_counts_hash(&c->strings, line, &hash, &bytes));
    HB_TRY(site_of(c, line, &site));
    HB_TRY(hb_place_counts_add_string(&c->places, hash, bytes, site));
    if (c->strings.wanted != NULL) status = hb_string_counts_keep(&c->strings, line, byte);
out:
    return status;
}

/* What is kept of an object besides the counts. */
static hb_status keep_object(hb_collector *c, const hb_line *line, uint64_t byte)
{
    switch (c->mode) {
    case HB_COLLECT_FULL: return stage_record(c, line, byte);
    case HB_COLLECT_IDENTITY: return stage_ident(c, line);
    case HB_COLLECT_CLASSES: return count_class(c, line, byte);
    case HB_COLLECT_STRINGS: return line->type == HB_TYPE_STRING ? hb_string_counts_add(&c->strings, line, byte) : HB_OK;
    case HB_COLLECT_CONTENTS: return line->type == HB_TYPE_STRING ? hb_string_counts_keep(&c->strings, line, byte) : HB_OK;
    case HB_COLLECT_PLACES: return count_place(c, line, byte);
    case HB_COLLECT_STRING_PLACES: return count_string_place(c, line, byte);
    }
    return HB_OK;
}

static hb_status collect_object(hb_collector *c, const hb_line *line, uint64_t byte)
{
    uint64_t *row = generation_row(c, line->generation);
    if (row == NULL) return HB_ERR_MEMORY;
    row[0]++;
    row[1] += line->memsize;
    c->counts.objects++;
    c->counts.memsize += line->memsize;
    c->counts.memsize_mib += line->memsize >> 20;
    c->counts.type_objects[line->type]++;
    c->counts.type_memsize[line->type] += line->memsize;
    c->address_bits |= line->address;
    if (line->generation > c->last_generation) c->last_generation = line->generation;
    if (wants_landmarks(c) && hb_landmarks_note(c->landmarks, line) != HB_OK) return HB_ERR_MEMORY;
    return keep_object(c, line, byte);
}

static hb_status collect_line(hb_collector *c, uint64_t byte)
{
    const hb_line *line = &c->line;
    if (line->memsize > HB_MEMSIZE_MOST) c->line.memsize = HB_MEMSIZE_MOST;
    c->counts.references += line->n_refs;
    switch (line->kind) {
    case HB_LINE_OBJECT:
        return collect_object(c, line, byte);
    case HB_LINE_ROOT:
        c->counts.roots++;
        return c->mode == HB_COLLECT_FULL ? stage_root(c, line, byte) : stage_refs(c, line);
    case HB_LINE_SHAPE:
        return collect_shape(c, line, byte);
    case HB_LINE_NONE:
        c->counts.empty_slots++;
        return stage_refs(c, line);
    }
    return HB_OK;
}

/* Keeps the examples with the lowest offsets, in order. */
static void note_invalid(hb_collector *c, const hb_invalid *example)
{
    size_t at = c->n_invalid;
    while (at > 0 && c->invalid[at - 1].byte > example->byte) at--;
    if (at == HB_INVALID_EXAMPLES) return;
    if (c->n_invalid < HB_INVALID_EXAMPLES) c->n_invalid++;
    memmove(&c->invalid[at + 1], &c->invalid[at], (c->n_invalid - at - 1) * sizeof c->invalid[0]);
    c->invalid[at] = *example;
}

static int is_blank(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r') return 0;
    return 1;
}

/* A line longer than may be is invalid, whatever is in it: of most of them the text is gone. */
static hb_status scan(hb_collector *c, const hb_chunk *chunk, const char *text, size_t n, const char **reason)
{
    if (n + chunk->skipped <= c->most_line_bytes) {
        const hb_status status = c->scanner->line(text, n, &c->line, reason);
        if (status == HB_ERR_DATA && is_blank(text, n)) *reason = NULL;
        return status;
    }
    *reason = "longer than --max line allows";
    return HB_ERR_DATA;
}

hb_status hb_collect_chunk(hb_collector *c, const hb_chunk *chunk)
{
    const char *text = hb_chunk_text(chunk);
    uint64_t n_lines = 0;
    for (size_t at = 0; at < chunk->n; n_lines++) {
        size_t n = c->scanner->newline(text + at, chunk->n - at);
        const char *reason = NULL;
        hb_status status = scan(c, chunk, text + at, n, &reason);
        if (status == HB_ERR_DATA && reason != NULL) {
            c->counts.invalid_lines++;
            if (chunk->final && at + n == chunk->n) c->counts.cut_off = chunk->byte + at + 1;
            note_invalid(c, &(hb_invalid){ chunk->byte, chunk->byte + at, n_lines, reason });
        }
        if (status == HB_OK) status = collect_line(c, chunk->byte + at);
        if (status == HB_ERR_MEMORY) return status;
        at += n + 1;
    }
    uint64_t *lines = hb_table_put(&c->chunk_lines, &chunk->byte, NULL);
    if (lines == NULL) return HB_ERR_MEMORY;
    *lines = n_lines;
    c->counts.lines += n_lines;
    c->counts.bytes += chunk->n + chunk->skipped;
    return HB_OK;
}
