#include "base/table.h"

#include <string.h>

#include "base/hash.h"
#include "base/memory.h"

void hb_table_init(hb_table *table, unsigned n_key, unsigned n_value)
{
    memset(table, 0, sizeof *table);
    table->n_key = n_key;
    table->n_value = n_value;
}

void hb_table_fini(hb_table *table)
{
    hb_free(table->rows);
    hb_free(table->index);
    hb_table_init(table, table->n_key, table->n_value);
}

void hb_table_clear(hb_table *table)
{
    table->n = 0;
    if (table->index != NULL) memset(table->index, 0, (table->mask + 1) * sizeof *table->index);
}

uint64_t hb_table_hash(const uint64_t *key, unsigned n_key)
{
    uint64_t hash = hb_hash_place(key[0]);
    for (unsigned i = 1; i < n_key; i++) hash = hb_hash_place(hash + key[i]);
    return hash;
}

static int same_key(const uint64_t *a, const uint64_t *b, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (a[i] != b[i]) return 0;
    return 1;
}

/* The place in the index where the key is, or the empty one where it belongs. */
static size_t place_of(const hb_table *table, const uint64_t *key)
{
    size_t at = hb_table_hash(key, table->n_key) & table->mask;
    while (table->index[at] != 0 && !same_key(hb_table_row(table, table->index[at] - 1), key, table->n_key))
        at = (at + 1) & table->mask;
    return at;
}

/* Doubles the index; half full at most. */
static hb_status widen(hb_table *table)
{
    size_t size = table->index == NULL ? 16 : (table->mask + 1) * 2;
    uint32_t *index = hb_alloc_zero(size, sizeof *index);
    if (index == NULL) return HB_ERR_MEMORY;
    hb_free(table->index);
    table->index = index;
    table->mask = size - 1;
    for (size_t i = 0; i < table->n; i++) index[place_of(table, hb_table_row(table, i))] = (uint32_t)i + 1;
    return HB_OK;
}

uint64_t *hb_table_put(hb_table *table, const uint64_t *key, int *fresh)
{
    size_t width = table->n_key + table->n_value;
    if (fresh != NULL) *fresh = 0;
    if (table->index != NULL) {
        uint32_t row = table->index[place_of(table, key)];
        if (row != 0) return hb_table_values(table, row - 1);
    }
    if (table->n >= UINT32_MAX - 1) return NULL;
    if ((table->index == NULL || (table->n + 1) * 2 > table->mask + 1) && widen(table) != HB_OK) return NULL;
    if (hb_grow(&table->rows, &table->cap, table->n + 1, width * sizeof *table->rows) != HB_OK) return NULL;
    uint64_t *row = hb_table_row(table, table->n);
    memcpy(row, key, table->n_key * sizeof *row);
    memset(row + table->n_key, 0, table->n_value * sizeof *row);
    table->index[place_of(table, key)] = (uint32_t)++table->n;
    if (fresh != NULL) *fresh = 1;
    return row + table->n_key;
}

uint64_t *hb_table_find(const hb_table *table, const uint64_t *key)
{
    if (table->index == NULL) return NULL;
    uint32_t row = table->index[place_of(table, key)];
    return row == 0 ? NULL : hb_table_values(table, row - 1);
}
