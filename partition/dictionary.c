#include "partition/dictionary.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Strings travel as words: length in bytes, then the bytes, padded to a word with zeros. */
typedef struct packed {
    uint64_t *words;
    size_t n, cap;
} packed;

static hb_status pack(packed *p, const char *text, size_t n)
{
    size_t words = 1 + (n + 7) / 8;
    hb_status status = hb_grow(&p->words, &p->cap, p->n + words, sizeof *p->words);
    if (status != HB_OK) return status;
    p->words[p->n + words - 1] = 0;
    p->words[p->n] = n;
    if (n != 0) memcpy(p->words + p->n + 1, text, n);
    p->n += words;
    return HB_OK;
}

static hb_status unpack_into(hb_intern *table, const uint64_t *words, size_t n)
{
    for (size_t at = 0; at < n; at += 1 + (words[at] + 7) / 8) {
        uint32_t id;
        hb_status status = hb_intern_put(table, (const char *)(words + at + 1), words[at], &id);
        if (status != HB_OK) return status;
    }
    return HB_OK;
}

static hb_status pack_union(const hb_intern *const *tables, size_t n_tables, packed *p)
{
    hb_intern all;
    hb_status status = HB_OK;
    hb_intern_init(&all);
    for (size_t t = 0; t < n_tables; t++)
        for (uint32_t id = 0; id < tables[t]->n; id++) {
            size_t n;
            uint32_t ignored;
            const char *text = hb_intern_text(tables[t], id, &n);
            HB_TRY(hb_intern_put(&all, text, n, &ignored));
        }
    for (uint32_t id = 0; id < all.n; id++) {
        size_t n;
        const char *text = hb_intern_text(&all, id, &n);
        HB_TRY(pack(p, text, n));
    }
out:
    hb_intern_fini(&all);
    return status;
}

static int by_bytes(const void *a, const void *b, void *ctx)
{
    const hb_intern *table = ctx;
    size_t n, m;
    const char *x = hb_intern_text(table, *(const uint32_t *)a, &n);
    const char *y = hb_intern_text(table, *(const uint32_t *)b, &m);
    int order = memcmp(x, y, n < m ? n : m);
    return order != 0 ? order : (n > m) - (n < m);
}

/* On root: the strings of all ranks, each once, in byte order. */
static hb_status pack_sorted(const uint64_t *words, size_t n_words, packed *p)
{
    hb_intern all;
    uint32_t *order = NULL;
    hb_status status;
    hb_intern_init(&all);
    HB_TRY(unpack_into(&all, words, n_words));
    order = hb_alloc(all.n, sizeof *order);
    if (order == NULL) HB_TRY(HB_ERR_MEMORY);
    for (uint32_t i = 0; i < all.n; i++) order[i] = i;
    if (all.n > 0) qsort_r(order, all.n, sizeof *order, by_bytes, &all);
    for (size_t i = 0; i < all.n; i++) {
        size_t n;
        const char *text = hb_intern_text(&all, order[i], &n);
        HB_TRY(pack(p, text, n));
    }
out:
    hb_free(order);
    hb_intern_fini(&all);
    return status;
}

static hb_status make_maps(const hb_intern *const *tables, size_t n_tables, const hb_intern *dictionary,
                           uint32_t **maps)
{
    for (size_t t = 0; t < n_tables; t++) {
        maps[t] = hb_alloc(tables[t]->n, sizeof **maps);
        if (maps[t] == NULL) return HB_ERR_MEMORY;
        for (uint32_t id = 0; id < tables[t]->n; id++) {
            size_t n;
            const char *text = hb_intern_text(tables[t], id, &n);
            maps[t][id] = hb_intern_find(dictionary, text, n);
        }
    }
    return HB_OK;
}

hb_status hb_dictionary_build(hb_comm *comm, const hb_intern *const *tables, size_t n_tables, hb_intern *out,
                              uint32_t **maps)
{
    const int root = 0;
    packed own = { 0 }, merged = { 0 };
    uint64_t *all = NULL;
    size_t n_all;
    hb_status status;
    hb_intern_init(out);
    for (size_t t = 0; t < n_tables; t++) maps[t] = NULL;
    HB_TRY(hb_comm_agree(comm, pack_union(tables, n_tables, &own)));
    HB_TRY(hb_comm_gather(comm, own.words, own.n, root, &all, &n_all));
    if (hb_comm_rank(comm) == root) status = pack_sorted(all, n_all, &merged);
    HB_TRY(hb_comm_agree(comm, status));
    uint64_t n_words = merged.n;
    hb_comm_broadcast(comm, &n_words, sizeof n_words, root);
    status = hb_grow(&merged.words, &merged.cap, n_words, sizeof *merged.words);
    HB_TRY(hb_comm_agree(comm, status));
    hb_comm_broadcast(comm, merged.words, n_words * sizeof *merged.words, root);
    status = unpack_into(out, merged.words, n_words);
    if (status == HB_OK) status = make_maps(tables, n_tables, out, maps);
    HB_TRY(hb_comm_agree(comm, status));
out:
    hb_free(own.words);
    hb_free(merged.words);
    hb_free(all);
    return status;
}
