/* What enters: a line that was read. What leaves: the items that a collector stages of it. For collect.c alone, and in a header so that
 * what runs for each object is inlined.
 *
 * A staged object of the last dump takes 40 bytes and 8 for each reference, of another dump 16 and 8; the sites and names
 * stand in the collector's intern tables. All functions return HB_OK or HB_ERR_MEMORY. */
#ifndef HB_PIPELINE_STAGING_H
#define HB_PIPELINE_STAGING_H

#include <string.h>

#include "base/memory.h"
#include "pipeline/collect.h"
#include "pipeline/site.h"
#include "pipeline/unescape.h"

/* site id + 1 of the line, 0 without one. */
static inline hb_status site_of(hb_collector *c, const hb_line *line, uint32_t *site)
{
    *site = 0;
    if (line->file.text == NULL) return HB_OK;
    hb_status status = HB_OK;
    const size_t n = line->file.n;
    hb_recent_site *recent = hb_recent_site_at(c->recent_sites, n, line->line);
    uint32_t id;
    if (hb_recent_site_is(recent, line->file.text, n, line->line)) {
        *site = (uint32_t)recent->value;
        return HB_OK;
    }
    HB_TRY(hb_grow(&c->scratch, &c->cap_scratch, n + HB_SITE_LINE_BYTES, 1));
    hb_site_pack(line->file.text, n, line->line, c->scratch);
    HB_TRY(hb_intern_put(&c->sites, c->scratch, n + HB_SITE_LINE_BYTES, &id));
    *site = id + 1;
    hb_recent_site_set(recent, line->file.text, n, line->line, *site);
out:
    return status;
}

/* name id + 1 of the text, 0 when absent. */
static inline hb_status name_of(hb_collector *c, hb_view text, int escaped, uint32_t *name)
{
    *name = 0;
    if (text.text == NULL) return HB_OK;
    hb_status status;
    uint32_t id;
    if (escaped && memchr(text.text, '\\', text.n) != NULL) {
        HB_TRY(hb_grow(&c->scratch, &c->cap_scratch, text.n, 1));
        text.n = hb_unescape(text.text, text.n, c->scratch);
        text.text = c->scratch;
    }
    HB_TRY(hb_intern_put(&c->names, text.text, text.n, &id));
    *name = id + 1;
out:
    return status;
}

/* What is kept in place of a name of its own (hb_record_is_named). */
static inline uint32_t size_or_shape(const hb_line *line)
{
    if (line->type != HB_TYPE_OBJECT) return line->size < UINT32_MAX ? (uint32_t)line->size + 1 : UINT32_MAX;
    const int has_shape = line->shape_id < HB_SHAPE_IDS && line->n_refs == line->ivars && line->n_refs != 0;
    return has_shape ? (uint32_t)line->shape_id + 1 : 0;
}

static inline hb_status own_name_of(hb_collector *c, const hb_line *line, uint32_t *name)
{
    switch (line->type) {
    case HB_TYPE_HASH: case HB_TYPE_ARRAY: case HB_TYPE_OBJECT:
        *name = size_or_shape(line);
        return HB_OK;
    case HB_TYPE_DATA: return name_of(c, line->struct_name, 0, name);
    case HB_TYPE_IMEMO: return name_of(c, line->imemo_type, 1, name);
    default: return name_of(c, hb_type_is_class(line->type) ? line->name : (hb_view){ 0 }, 1, name);
    }
}

static inline hb_status stage_record(hb_collector *c, const hb_line *line, uint64_t byte)
{
    hb_record record = { .address = line->address, .class_address = line->class_address, .where = byte,
                         .memsize = line->memsize, .generation = line->generation, .type = line->type,
                         .flags = line->flags };
    hb_status status;
    HB_TRY(site_of(c, line, &record.site));
    HB_TRY(own_name_of(c, line, &record.name));
    if (hb_record_put(&c->records, &record, line->refs, line->n_refs) == NULL) status = HB_ERR_MEMORY;
out:
    return status;
}

/* References of which only the number and the dangling ones are reported. */
static inline hb_status stage_refs(hb_collector *c, const hb_line *line)
{
    const int stages = c->mode == HB_COLLECT_FULL || c->mode == HB_COLLECT_IDENTITY;
    if (line->n_refs == 0 || !stages) return HB_OK;
    uint64_t *item = hb_wordlist_put(&c->refs, line->n_refs);
    if (item == NULL) return HB_ERR_MEMORY;
    memcpy(item, line->refs, line->n_refs * sizeof *item);
    return HB_OK;
}

/* The site's part of the line's identity. */
static inline uint64_t site_identity(hb_collector *c, const hb_line *line)
{
    const char *const path = line->file.text;
    const size_t n = line->file.n;
    if (path == NULL) return 0;
    hb_recent_site *recent = hb_recent_site_at(c->recent_sites, n, line->line);
    if (hb_recent_site_is(recent, path, n, line->line)) return recent->value;
    const uint64_t identity = hb_identity_site(path, n, line->line);
    hb_recent_site_set(recent, path, n, line->line, identity);
    return identity;
}

static inline hb_status stage_ident(hb_collector *c, const hb_line *line)
{
    uint64_t *item = hb_wordlist_put(&c->idents, HB_IDENT_WORDS);
    if (item == NULL) return HB_ERR_MEMORY;
    item[HB_IDENT_ADDRESS] = line->address;
    item[HB_IDENT_WORD] = hb_identity_word(c->identity, line->type, line->class_address, site_identity(c, line),
                                           line->generation);
    return stage_refs(c, line);
}

static inline hb_status stage_root(hb_collector *c, const hb_line *line, uint64_t byte)
{
    uint32_t name;
    hb_status status;
    HB_TRY(name_of(c, line->root, 1, &name));
    for (size_t i = 0; i < line->n_refs; i++) {
        uint64_t *item = hb_wordlist_put(&c->roots, HB_ROOT_WORDS);
        if (item == NULL) return HB_ERR_MEMORY;
        item[HB_ROOT_NAME] = name - (uint64_t)1;
        item[HB_ROOT_WHERE] = byte;
        item[HB_ROOT_TARGET] = line->refs[i];
    }
out:
    return status;
}

/* name id + 1 of the instance variable that a SHAPE adds, 0: none. */
static inline hb_status ivar_of(hb_collector *c, const hb_line *line, uint32_t *name)
{
    const hb_view type = line->shape_type;
    const int is_ivar = type.n == 4 && memcmp(type.text, "IVAR", 4) == 0;
    return name_of(c, is_ivar ? line->edge_name : (hb_view){ 0 }, 1, name);
}

static inline hb_status stage_shape(hb_collector *c, const hb_line *line, uint64_t byte)
{
    uint32_t name;
    hb_status status;
    if (line->shape_id >= HB_SHAPE_IDS) return HB_OK;
    HB_TRY(ivar_of(c, line, &name));
    uint64_t *item = hb_wordlist_put(&c->shapes, HB_SHAPE_WORDS);
    if (item == NULL) return HB_ERR_MEMORY;
    item[HB_SHAPE_ID] = line->shape_id;
    item[HB_SHAPE_PARENT] = line->parent_id;
    item[HB_SHAPE_WHERE] = byte;
    item[HB_SHAPE_IVAR] = name;
out:
    return status;
}

#endif
