/* Staged objects become columns. Three passes over the staged blocks, each in parallel over blocks: which addresses
 * and kinds are there; who comes first where an address occurs twice (only if one does); and every object's fields
 * into its place, which the page map names. Ids are in address order, so neighbours in the heap are neighbours in
 * the columns whatever the order in which they were read.
 *
 * The third pass keeps of each object its id and its references, in rows, and frees the block: 32 bytes an object go while
 * 19 of columns come, so memory is never more than what was staged. */
#include "partition/shard.h"

#include <omp.h>
#include <string.h>

#include "base/memory.h"
#include "pipeline/identity.h"
#include "pipeline/site.h"

#define EACH_ITEM(item, block) \
    (uint64_t *item = (block)->words; item < (block)->words + (block)->n; item += hb_record_size(item))

/* The distinct addresses and kinds of one thread's blocks. */
typedef struct census {
    hb_pagemap map;
    hb_kind_census kinds;
    uint64_t n_items;
} census;

static hb_status count_block(census *c, const hb_block *block)
{
    for EACH_ITEM (item, block) {
        c->n_items++;
        if (hb_pagemap_add(&c->map, item[HB_RECORD_ADDRESS]) != HB_OK) return HB_ERR_MEMORY;
        if (hb_kind_census_add(&c->kinds, item) != HB_OK) return HB_ERR_MEMORY;
    }
    return HB_OK;
}

/* Page map and kinds of all blocks; *n_items objects staged. */
static hb_status take_census(hb_shard *shard, const hb_wordlist *records, int n_threads, hb_table *kinds, uint64_t *n_items)
{
    census *parts = hb_alloc_zero((size_t)n_threads, sizeof *parts);
    if (parts == NULL) return HB_ERR_MEMORY;
    int worst = HB_OK;
    for (int t = 0; t < n_threads; t++) {
        hb_pagemap_init(&parts[t].map, shard->map.shift);
        hb_kind_census_init(&parts[t].kinds);
    }
#pragma omp parallel for num_threads(n_threads) schedule(dynamic) reduction(max : worst)
    for (size_t i = 0; i < records->n; i++) {
        int status = count_block(&parts[omp_get_thread_num()], &records->blocks[i]);
        if (status > worst) worst = status;
    }
    *n_items = 0;
    for (int t = 0; t < n_threads; t++) {
        if (worst == HB_OK) worst = hb_pagemap_merge(&shard->map, &parts[t].map);
        if (worst == HB_OK) worst = hb_kinds_merge(kinds, &parts[t].kinds.table);
        *n_items += parts[t].n_items;
        hb_pagemap_fini(&parts[t].map);
        hb_kind_census_fini(&parts[t].kinds);
    }
    hb_free(parts);
    return worst == HB_OK ? hb_pagemap_seal(&shard->map) : (hb_status)worst;
}

/* Where an address occurs more than once, marks all but the first line of the dump. */
static hb_status mark_lost(hb_shard *shard, hb_wordlist *records)
{
    uint64_t *first = hb_alloc(shard->n, sizeof *first);
    if (first == NULL) return HB_ERR_MEMORY;
    memset(first, 0xff, shard->n * sizeof *first);
    for (size_t i = 0; i < records->n; i++)
        for EACH_ITEM (item, &records->blocks[i]) {
            uint64_t *at = &first[hb_pagemap_id(&shard->map, item[HB_RECORD_ADDRESS])];
            if (hb_record_where(item) < *at) *at = hb_record_where(item);
        }
    for (size_t i = 0; i < records->n; i++)
        for EACH_ITEM (item, &records->blocks[i])
            if (hb_record_where(item) != first[hb_pagemap_id(&shard->map, item[HB_RECORD_ADDRESS])])
                item[HB_RECORD_WHERE] |= HB_RECORD_IS_LOST;
    hb_free(first);
    return HB_OK;
}

static hb_status make_columns(hb_shard *shard)
{
    size_t n = shard->n;
    shard->marks = hb_alloc(n, sizeof *shard->marks);
    shard->born = hb_alloc(n, sizeof *shard->born);
    shard->kind = hb_alloc(n, sizeof *shard->kind);
    shard->name = hb_alloc(n, sizeof *shard->name);
    shard->memsize = hb_alloc(n, sizeof *shard->memsize);
    shard->generation = hb_alloc(n, sizeof *shard->generation);
    shard->class_gid = hb_alloc(shard->classes.n, sizeof *shard->class_gid);
    shard->class_name = hb_alloc(shard->classes.n, sizeof *shard->class_name);
    if (shard->marks == NULL || shard->born == NULL || shard->kind == NULL || shard->name == NULL || shard->memsize == NULL || shard->generation == NULL ||
        shard->class_gid == NULL || shard->class_name == NULL)
        return HB_ERR_MEMORY;
    for (size_t i = 0; i < shard->classes.n; i++) {
        shard->class_gid[i] = HB_NO_GID;
        shard->class_name[i] = HB_NO_STRING;
    }
    return HB_OK;
}

/* Each site's part of the identity, once: every object of every older dump is held against it. */
static hb_status make_site_words(hb_shard *shard)
{
    shard->site_word = hb_alloc(shard->sites.n, sizeof *shard->site_word);
    if (shard->site_word == NULL) return HB_ERR_MEMORY;
    for (uint32_t site = 0; site < shard->sites.n; site++) {
        size_t n;
        const char *text = hb_intern_text(&shard->sites, site, &n);
        uint32_t line = hb_site_split(text, &n);
        shard->site_word[site] = hb_identity_site(text, n, line);
    }
    return HB_OK;
}

/* The class addresses of staged kinds become numbers. */
static hb_status make_kinds(hb_shard *shard, const hb_table *staged)
{
    shard->kinds = hb_alloc(staged->n, sizeof *shard->kinds);
    if (shard->kinds == NULL) return HB_ERR_MEMORY;
    shard->n_kinds = (uint32_t)staged->n;
    for (uint32_t i = 0; i < shard->n_kinds; i++) {
        const uint64_t *key = hb_table_row(staged, i);
        hb_kind *kind = &shard->kinds[i];
        *kind = (hb_kind){ .class_id = HB_NO_CLASS, .site = (uint32_t)(key[0] >> 32) - 1, .type = (uint8_t)key[0] };
        if (key[1] == 0) continue;
        const uint64_t *values = hb_table_put(&shard->classes, &key[1], NULL);
        if (values == NULL) return HB_ERR_MEMORY;
        kind->class_id = hb_table_number(&shard->classes, values);
    }
    return HB_OK;
}

/* The name column: a name, a size, or the last of as many ivars as there are references. */
static uint32_t name_of(const hb_shard *shard, const uint64_t *item)
{
    const uint32_t staged = hb_record_name(item);
    if (hb_record_type(item) != HB_TYPE_OBJECT) return staged - 1;
    return staged == 0 ? HB_NO_IVAR : hb_shapes_last(&shard->shapes, staged - 1, hb_record_n_refs(item));
}

/* What one thread places. */
typedef struct placer {
    hb_shard *shard;
    const hb_table *kinds;
    hb_kind_census recent;
    hb_wordlist rows;
} placer;

/* What does not fit into 32 bits goes to `wide`. */
static hb_status place_wide(hb_shard *shard, uint32_t id, uint64_t memsize, int64_t generation)
{
    hb_status status = HB_OK;
#pragma omp critical(hb_shard_wide)
    {
        const uint64_t key = id;
        uint64_t *values = hb_table_put(&shard->wide, &key, NULL);
        if (values == NULL) status = HB_ERR_MEMORY;
        else values[0] = memsize, values[1] = (uint64_t)generation;
    }
    return status;
}

static hb_status place_fields(hb_shard *shard, uint32_t id, const uint64_t *item)
{
    const uint64_t memsize = hb_record_memsize(item);
    const int64_t generation = hb_record_generation(item);
    const int fits = memsize < HB_WIDE_MEMSIZE && generation > HB_WIDE_GENERATION && generation <= INT32_MAX;
    shard->marks[id] = hb_record_flags(item) & HB_FLAG_SINGLETON ? HB_MARK_SINGLETON : 0;
    shard->born[id] = 0;
    shard->name[id] = name_of(shard, item);
    shard->memsize[id] = fits ? (uint32_t)memsize : HB_WIDE_MEMSIZE;
    shard->generation[id] = fits ? (int32_t)generation : HB_WIDE_GENERATION;
    return fits ? HB_OK : place_wide(shard, id, memsize, generation);
}

/* *id: the object that an item stands for, its fields placed; HB_NO_ID when another line is its object. */
static hb_status place_item(placer *p, const uint64_t *item, uint32_t *id)
{
    *id = HB_NO_ID;
    if (hb_record_is_lost(item)) return HB_OK;
    *id = hb_pagemap_id(&p->shard->map, item[HB_RECORD_ADDRESS]);
    p->shard->kind[*id] = hb_kind_find(&p->recent, p->kinds, item);
    return place_fields(p->shard, *id, item);
}

/* Objects to columns, their references to rows. The block is freed. */
static hb_status place_block(placer *p, hb_block *block)
{
    uint32_t id;
    hb_status status = HB_OK;
    for EACH_ITEM (item, block) {
        const size_t n_refs = hb_record_n_refs(item);
        uint64_t *row = hb_wordlist_put(&p->rows, 1 + n_refs);
        if (row == NULL) HB_TRY(HB_ERR_MEMORY);
        HB_TRY(place_item(p, item, &id));
        row[0] = id | (uint64_t)n_refs << 32;
        memcpy(row + 1, hb_record_refs(item), n_refs * sizeof *row);
    }
out:
    hb_block_free(block);
    return status;
}

static hb_status place_all(hb_shard *shard, hb_wordlist *records, int n_threads, const hb_table *kinds, hb_wordlist *rows)
{
    placer *parts = hb_alloc_zero((size_t)n_threads, sizeof *parts);
    int worst = parts != NULL ? HB_OK : HB_ERR_MEMORY;
    if (parts == NULL) return HB_ERR_MEMORY;
    for (int t = 0; t < n_threads; t++) {
        parts[t].shard = shard;
        parts[t].kinds = kinds;
    }
#pragma omp parallel for num_threads(n_threads) schedule(dynamic) reduction(max : worst)
    for (size_t i = 0; i < records->n; i++) {
        int status = place_block(&parts[omp_get_thread_num()], &records->blocks[i]);
        if (status > worst) worst = status;
    }
    for (int t = 0; t < n_threads; t++) {
        if (worst == HB_OK) worst = hb_wordlist_take(rows, &parts[t].rows);
        hb_wordlist_fini(&parts[t].rows);
    }
    hb_free(parts);
    return (hb_status)worst;
}

hb_status hb_shard_build(hb_shard *shard, hb_wordlist *records, unsigned shift, int n_threads, hb_wordlist *rows)
{
    uint64_t n_items;
    hb_table kinds;
    hb_status status;
    hb_pagemap_init(&shard->map, shift);
    hb_table_init(&shard->classes, 1, 0);
    hb_table_init(&shard->wide, 1, 2);
    hb_table_init(&kinds, 2, 0);
    HB_TRY(take_census(shard, records, n_threads, &kinds, &n_items));
    shard->n = shard->map.n_ids;
    if (n_items != shard->n) HB_TRY(mark_lost(shard, records));
    HB_TRY(make_kinds(shard, &kinds));
    HB_TRY(make_columns(shard));
    HB_TRY(make_site_words(shard));
    HB_TRY(place_all(shard, records, n_threads, &kinds, rows));
out:
    hb_table_fini(&kinds);
    return status;
}

void hb_shard_fini(hb_shard *shard)
{
    hb_splitters_fini(&shard->splitters);
    hb_pagemap_fini(&shard->map);
    hb_free(shard->marks);
    hb_free(shard->born);
    hb_free(shard->kind);
    hb_free(shard->kinds);
    hb_free(shard->name);
    hb_free(shard->memsize);
    hb_free(shard->generation);
    hb_free(shard->class_gid);
    hb_free(shard->class_name);
    hb_free(shard->site_word);
    hb_table_fini(&shard->classes);
    hb_table_fini(&shard->wide);
    hb_intern_fini(&shard->sites);
    hb_intern_fini(&shard->names);
    hb_shapes_fini(&shard->shapes);
    memset(shard, 0, sizeof *shard);
}
