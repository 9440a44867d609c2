#include "index/look.h"

#include <stdlib.h>

#include "base/memory.h"
#include "partition/pagemap.h"

#define LONG_CHAIN 1024

hb_status hb_look_refuse(const hb_index *index, hb_error *err)
{
    return hb_error_set(err, HB_ERR_DATA, index->path, HB_NO_BYTE, "the index contradicts itself");
}

void hb_look_list_fini(hb_look_list *list)
{
    hb_free(list->rows);
    *list = (hb_look_list){ 0 };
}

hb_status hb_look_item(hb_index *index, hb_index_section section, uint64_t at, uint64_t *value, hb_error *err)
{
    uint8_t byte;
    uint32_t half;
    hb_status status;
    switch (hb_index_item_bytes(section)) {
    case sizeof byte:
        status = hb_index_read(index, section, at, 1, &byte, err);
        if (status == HB_OK) *value = byte;
        return status;
    case sizeof half:
        status = hb_index_read(index, section, at, 1, &half, err);
        if (status == HB_OK) *value = half;
        return status;
    default: return hb_index_read(index, section, at, 1, value, err);
    }
}

hb_status hb_look_find(hb_index *index, uint64_t address, uint32_t *id, hb_error *err)
{
    uint32_t low = 0, high = index->n;
    *id = HB_NO_ID;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        uint64_t there;
        const hb_status status = hb_look_item(index, HB_INDEX_ADDRESS, middle, &there, err);
        if (status != HB_OK) return status;
        if (there == address) {
            *id = middle;
            return HB_OK;
        }
        if (there < address) low = middle + 1;
        else high = middle;
    }
    return HB_OK;
}

/* --- what is known of objects --- */

static int is_text(uint64_t id, size_t n)
{
    return id == HB_NO_STRING || id < n;
}

static int is_parent(const hb_index *index, hb_parent parent)
{
    if (parent == HB_NO_PARENT) return 1;
    return hb_parent_is_root(parent) ? hb_parent_root(parent) < index->n_roots : hb_parent_gid(parent) < index->n;
}

/* What the column means depends on the type (partition/shard.h), which is known by then. */
static int take_name(const hb_index *index, uint64_t value, hb_object_facts *facts)
{
    facts->own_name = HB_NO_STRING;
    facts->size = UINT64_MAX;
    if (facts->type == HB_TYPE_OBJECT) return 1;
    if (facts->type == HB_TYPE_HASH || facts->type == HB_TYPE_ARRAY) {
        facts->size = value;
        return 1;
    }
    facts->own_name = value;
    return is_text(value, index->strings.names.n);
}

/* Puts an item where it belongs; whether it makes sense. */
static int take(const hb_index *index, hb_index_section section, uint64_t value, hb_known *out)
{
    hb_object_facts *facts = &out->facts;
    const size_t n_names = index->strings.names.n;
    switch (section) {
    case HB_INDEX_ADDRESS: facts->address = value; return 1;
    case HB_INDEX_TYPE: facts->type = value; return value < HB_N_TYPES;
    case HB_INDEX_MARKS: facts->marks = value; return 1;
    case HB_INDEX_CLASS_NAME: facts->class_name = value; return is_text(value, n_names);
    case HB_INDEX_SITE: facts->site = value; return is_text(value, index->strings.sites.n);
    case HB_INDEX_NAME: return take_name(index, value, facts);
    case HB_INDEX_MEMSIZE: facts->memsize = value; return 1;
    case HB_INDEX_DISTANCE: out->distance = value; return 1;
    case HB_INDEX_PARENT: facts->parent = value; return is_parent(index, value);
    case HB_INDEX_VIA: facts->via = value; return is_text(value, n_names);
    case HB_INDEX_IDOM: out->idom = value == HB_NO_ID ? HB_NO_GID : value; return value == HB_NO_ID || value < index->n;
    case HB_INDEX_RETAINED_MEMSIZE: out->retained_memsize = value; return 1;
    default: out->retained_objects = value; return 1;
    }
}

static const hb_index_section known_columns[] = {
    HB_INDEX_ADDRESS, HB_INDEX_TYPE, HB_INDEX_MARKS, HB_INDEX_CLASS_NAME, HB_INDEX_SITE, HB_INDEX_NAME, HB_INDEX_MEMSIZE,
    HB_INDEX_DISTANCE, HB_INDEX_PARENT, HB_INDEX_VIA, HB_INDEX_IDOM, HB_INDEX_RETAINED_MEMSIZE, HB_INDEX_RETAINED_OBJECTS
};

static int by_word(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

hb_status hb_look_known(hb_index *index, const uint32_t *ids, size_t n, hb_known *out, hb_error *err)
{
    uint64_t *order = hb_alloc(n, sizeof *order);   /* id << 32 | place */
    hb_status status = HB_OK;
    if (order == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < n; i++) {
        order[i] = (uint64_t)ids[i] << 32 | i;
        out[i].gid = ids[i];
    }
    if (n > 0) qsort(order, n, sizeof *order, by_word);
    for (size_t c = 0; c < sizeof known_columns / sizeof *known_columns; c++)
        for (size_t i = 0; i < n; i++) {
            uint64_t value = 0;
            HB_TRY(hb_look_item(index, known_columns[c], order[i] >> 32, &value, err));
            if (!take(index, known_columns[c], value, &out[(uint32_t)order[i]])) HB_TRY(hb_look_refuse(index, err));
        }
out:
    hb_free(order);
    return status;
}

hb_status hb_look_rows(hb_index *index, const uint32_t *ids, size_t n, hb_referrer **rows, hb_error *err)
{
    hb_known *known = hb_alloc(n, sizeof *known);
    hb_status status = HB_OK;
    *rows = hb_alloc(n, sizeof **rows);
    if (known == NULL || *rows == NULL) HB_TRY(HB_ERR_MEMORY);
    HB_TRY(hb_look_known(index, ids, n, known, err));
    for (size_t i = 0; i < n; i++) (*rows)[i] = (hb_referrer){ .object = known[i], .via = HB_NO_STRING };
out:
    hb_free(known);
    if (status != HB_OK) {
        hb_free(*rows);
        *rows = NULL;
    }
    return status;
}

hb_status hb_look_rank(hb_index *index, hb_ranking *ranking, uint32_t id, hb_error *err)
{
    uint64_t retained = 0;
    const hb_status status = hb_look_item(index, HB_INDEX_RETAINED_MEMSIZE, id, &retained, err);
    return status == HB_OK ? hb_ranking_add(ranking, retained, id) : status;
}

hb_status hb_look_ranked(hb_index *index, hb_ranking *ranking, hb_referrer **rows, size_t *n, hb_error *err)
{
    hb_status status;
    hb_ranking_finish(ranking);
    uint32_t *ids = hb_alloc(ranking->n, sizeof *ids);
    if (ids == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < ranking->n; i++) ids[i] = ranking->rows[i].id;
    HB_TRY(hb_look_rows(index, ids, ranking->n, rows, err));
    *n = ranking->n;
out:
    hb_free(ids);
    return status;
}

/* --- chains --- */

/* Objects, each of which a column says of the one before it. */
typedef struct chain {
    hb_index *index;
    hb_index_section section;
    void *column;            /* the whole of it, once the chain is long: a list that is strewn over the heap would read a block for each look */
    uint32_t *ids;
    size_t n, cap;
} chain;

/* What the column says of an object. */
static hb_status look_up(chain *c, uint32_t id, uint64_t *value, hb_error *err)
{
    const size_t item = hb_index_item_bytes(c->section);
    if (c->column == NULL && c->n == LONG_CHAIN) {
        c->column = hb_alloc(c->index->n, item);
        if (c->column == NULL) return HB_ERR_MEMORY;
        const hb_status status = hb_index_read(c->index, c->section, 0, c->index->n, c->column, err);
        if (status != HB_OK) return status;
    }
    if (c->column == NULL) return hb_look_item(c->index, c->section, id, value, err);
    *value = item == sizeof(uint32_t) ? ((const uint32_t *)c->column)[id] : ((const uint64_t *)c->column)[id];
    return HB_OK;
}

/* A chain that goes on for longer than there are objects goes around in a circle. */
static hb_status add_link(chain *c, uint64_t id, hb_error *err)
{
    if (id >= c->index->n || c->n >= c->index->n) return hb_look_refuse(c->index, err);
    if (hb_grow(&c->ids, &c->cap, c->n + 1, sizeof *c->ids) != HB_OK) return HB_ERR_MEMORY;
    c->ids[c->n++] = (uint32_t)id;
    return HB_OK;
}

static void fini_chain(chain *c)
{
    hb_free(c->column);
    hb_free(c->ids);
}

static void turn_around(chain *c)
{
    for (size_t i = 0; i < c->n / 2; i++) {
        const uint32_t id = c->ids[i];
        c->ids[i] = c->ids[c->n - 1 - i];
        c->ids[c->n - 1 - i] = id;
    }
}

hb_status hb_look_path(hb_index *index, uint32_t id, hb_known **steps, size_t *n, hb_error *err)
{
    chain up = { .index = index, .section = HB_INDEX_PARENT };
    hb_distance distance = HB_UNREACHED;
    hb_parent parent = HB_NO_PARENT;
    hb_status status;
    *steps = NULL;
    *n = 0;
    HB_TRY(hb_look_item(index, HB_INDEX_DISTANCE, id, &distance, err));
    if (distance != HB_UNREACHED) HB_TRY(add_link(&up, id, err));
    while (distance != HB_UNREACHED) {
        HB_TRY(look_up(&up, up.ids[up.n - 1], &parent, err));
        if (parent == HB_NO_PARENT || !is_parent(index, parent)) HB_TRY(hb_look_refuse(index, err));
        if (hb_parent_is_root(parent)) break;
        HB_TRY(add_link(&up, hb_parent_gid(parent), err));
    }
    turn_around(&up);
    *steps = hb_alloc(up.n, sizeof **steps);
    if (*steps == NULL) HB_TRY(HB_ERR_MEMORY);
    HB_TRY(hb_look_known(index, up.ids, up.n, *steps, err));
    *n = up.n;
out:
    fini_chain(&up);
    if (status != HB_OK) {
        hb_free(*steps);
        *steps = NULL;
    }
    return status;
}

hb_status hb_look_dominators(hb_index *index, uint32_t id, uint64_t top, hb_look_list *out, hb_error *err)
{
    chain up = { .index = index, .section = HB_INDEX_IDOM };
    uint64_t above = id;
    hb_status status = HB_OK;
    *out = (hb_look_list){ 0 };
    for (;;) {
        HB_TRY(look_up(&up, (uint32_t)above, &above, err));
        if (above == HB_NO_ID) break;
        HB_TRY(add_link(&up, above, err));
    }
    const size_t n = top != 0 && top < up.n ? (size_t)top : up.n;
    HB_TRY(hb_look_rows(index, up.ids, n, &out->rows, err));
    out->n_all = up.n;
    out->n = n;
out:
    fini_chain(&up);
    return status;
}
