#include "partition/load.h"

#include <string.h>

#include "base/memory.h"
#include "partition/dictionary.h"
#include "partition/redistribute.h"
#include "partition/resolve.h"
#include "partition/singletons.h"

/* The same list of every collector, side by side. */
typedef enum which { RECORDS, ROOTS, SHAPES, IDENTS, REFS } which;

static hb_wordlist *list_of(hb_collector *c, which what)
{
    switch (what) {
    case RECORDS: return &c->records;
    case ROOTS: return &c->roots;
    case SHAPES: return &c->shapes;
    case IDENTS: return &c->idents;
    case REFS: return &c->refs;
    }
    return NULL;
}

/* Moves the collectors' lists of one kind into one. */
static hb_status take_lists(hb_intake *intake, which what, hb_wordlist *all)
{
    hb_wordlist_init(all, 0);
    for (size_t t = 0; t < intake->n_collectors; t++) {
        hb_status status = hb_wordlist_take(all, list_of(&intake->collectors[t], what));
        if (status != HB_OK) return status;
    }
    return HB_OK;
}

/* --- string ids of a thread to those of all --- */

hb_status hb_intake_merge_strings(hb_comm *comm, const hb_intake *intake, int names, hb_intern *out, uint32_t **maps)
{
    /* Pointers are meant. NOLINTNEXTLINE(bugprone-sizeof-expression) */
    const hb_intern **tables = hb_alloc(intake->n_collectors, sizeof *tables);
    hb_status status = hb_comm_agree(comm, tables != NULL ? HB_OK : HB_ERR_MEMORY);
    if (status == HB_OK) {
        for (size_t t = 0; t < intake->n_collectors; t++)
            tables[t] = names ? &intake->collectors[t].names : &intake->collectors[t].sites;
        status = hb_dictionary_build(comm, tables, intake->n_collectors, out, maps);
    }
    hb_free(tables);
    return status;
}

static void rename_records(const hb_block *block, const uint32_t *sites, const uint32_t *names)
{
    for (uint64_t *item = block->words; item < block->words + block->n; item += hb_record_size(item)) {
        uint32_t site = hb_record_site(item), name = hb_record_name(item);
        if (site != 0) site = sites[site - 1] + 1;
        if (name != 0 && hb_record_is_named(item)) name = names[name - 1] + 1;
        item[HB_RECORD_STRINGS] = site | (uint64_t)name << 32;
    }
}

static void rename_roots(const hb_block *block, const uint32_t *names)
{
    for (uint64_t *item = block->words; item < block->words + block->n; item += HB_ROOT_WORDS)
        item[HB_ROOT_NAME] = names[item[HB_ROOT_NAME]];
}

static void rename_shapes(const hb_block *block, const uint32_t *names)
{
    for (uint64_t *item = block->words; item < block->words + block->n; item += HB_SHAPE_WORDS)
        if (item[HB_SHAPE_IVAR] != 0) item[HB_SHAPE_IVAR] = names[item[HB_SHAPE_IVAR] - 1] + (uint64_t)1;
}

static hb_status unify_strings(hb_comm *comm, hb_intake *intake, hb_wordlist *records, hb_wordlist *roots,
                               hb_wordlist *shapes, int n_threads, hb_shard *shard)
{
    size_t n = intake->n_collectors;
    uint32_t **site_maps = hb_alloc_zero(n, sizeof *site_maps), **name_maps = hb_alloc_zero(n, sizeof *name_maps);
    hb_status status = site_maps != NULL && name_maps != NULL ? HB_OK : HB_ERR_MEMORY;
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(hb_intake_merge_strings(comm, intake, 0, &shard->sites, site_maps));
    HB_TRY(hb_intake_merge_strings(comm, intake, 1, &shard->names, name_maps));
#pragma omp parallel for num_threads(n_threads) schedule(dynamic)
    for (size_t i = 0; i < records->n; i++)
        rename_records(&records->blocks[i], site_maps[records->blocks[i].tag], name_maps[records->blocks[i].tag]);
    for (size_t i = 0; i < roots->n; i++) rename_roots(&roots->blocks[i], name_maps[roots->blocks[i].tag]);
    for (size_t i = 0; i < shapes->n; i++) rename_shapes(&shapes->blocks[i], name_maps[shapes->blocks[i].tag]);
out:
    for (size_t t = 0; t < n; t++) {
        if (site_maps != NULL) hb_free(site_maps[t]);
        if (name_maps != NULL) hb_free(name_maps[t]);
    }
    hb_free(site_maps);
    hb_free(name_maps);
    return status;
}

/* --- the dump that is loaded whole --- */

hb_status hb_load_dump(hb_comm *comm, hb_intake *intake, int n_owners, int n_threads, hb_load *out)
{
    hb_wordlist records = { 0 }, roots = { 0 }, refs = { 0 }, shapes = { 0 };
    hb_shard *shard = &out->shard;
    hb_status status;
    memset(out, 0, sizeof *out);
    shard->rank = hb_comm_rank(comm);
    status = take_lists(intake, RECORDS, &records);
    if (status == HB_OK) status = take_lists(intake, ROOTS, &roots);
    if (status == HB_OK) status = take_lists(intake, SHAPES, &shapes);
    if (status == HB_OK) status = take_lists(intake, REFS, &refs);
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(unify_strings(comm, intake, &records, &roots, &shapes, n_threads, shard));
    HB_TRY(hb_shapes_build(comm, &shapes, &shard->shapes));
    HB_TRY(hb_splitters_build(comm, &records, n_owners, &shard->splitters));
    HB_TRY(hb_redistribute(comm, &shard->splitters, &hb_form_record, &records, &out->records));
    HB_TRY(hb_redistribute(comm, &shard->splitters, &hb_form_root, &roots, &out->roots));
    HB_TRY(hb_redistribute(comm, &shard->splitters, &hb_form_address, &refs, &out->refs));
out:
    hb_wordlist_fini(&records);
    hb_wordlist_fini(&roots);
    hb_wordlist_fini(&shapes);
    hb_wordlist_fini(&refs);
    return status;
}

hb_status hb_load_nothing(const hb_comm *comm, hb_load *out)
{
    memset(out, 0, sizeof *out);
    out->shard.rank = hb_comm_rank(comm);
    return hb_splitters_whole(&out->shard.splitters);
}

hb_status hb_load_build(hb_comm *owners, unsigned shift, int n_threads, hb_load *load)
{
    hb_shard *shard = &load->shard;
    hb_status status;
    HB_TRY(hb_comm_agree(owners, hb_shard_build(shard, &load->records, shift, n_threads, &load->rows)));
    HB_TRY(hb_shard_resolve_classes(owners, shard));
    HB_TRY(hb_shard_name_singletons(owners, shard));
out:
    return status;
}

void hb_load_forget_references(hb_load *load)
{
    hb_wordlist_fini(&load->rows);
    hb_wordlist_fini(&load->roots);
    hb_wordlist_fini(&load->refs);
}

void hb_load_fini(hb_load *load)
{
    hb_shard_fini(&load->shard);
    hb_wordlist_fini(&load->records);
    hb_load_forget_references(load);
}

/* --- the other dumps --- */

hb_status hb_load_idents(hb_comm *comm, const hb_splitters *splitters, hb_intake *intake, hb_wordlist *idents,
                         hb_wordlist *refs)
{
    hb_wordlist all_idents = { 0 }, all_refs = { 0 };
    hb_wordlist_init(idents, 0);
    hb_wordlist_init(refs, 0);
    hb_status status = take_lists(intake, IDENTS, &all_idents);
    if (status == HB_OK) status = take_lists(intake, REFS, &all_refs);
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(hb_redistribute(comm, splitters, &hb_form_ident, &all_idents, idents));
    HB_TRY(hb_redistribute(comm, splitters, &hb_form_address, &all_refs, refs));
out:
    hb_wordlist_fini(&all_idents);
    hb_wordlist_fini(&all_refs);
    return status;
}
