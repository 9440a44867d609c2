#include "pipeline/intern.h"

#include <string.h>

#include "base/hash.h"
#include "base/memory.h"

void hb_intern_init(hb_intern *table)
{
    memset(table, 0, sizeof *table);
}

void hb_intern_fini(hb_intern *table)
{
    hb_free(table->entries);
    hb_free(table->bytes);
    hb_free(table->index);
    hb_intern_init(table);
}

static size_t place_of(const hb_intern *table, uint64_t hash, const char *text, size_t n)
{
    size_t at = hash & table->mask;
    for (; table->index[at] != 0; at = (at + 1) & table->mask) {
        const hb_intern_entry *entry = &table->entries[table->index[at] - 1];
        if (entry->hash == hash && entry->n == n && memcmp(table->bytes + entry->offset, text, n) == 0) break;
    }
    return at;
}

static hb_status widen(hb_intern *table)
{
    size_t size = table->index == NULL ? 64 : (table->mask + 1) * 2;
    uint32_t *index = hb_alloc_zero(size, sizeof *index);
    if (index == NULL) return HB_ERR_MEMORY;
    hb_free(table->index);
    table->index = index;
    table->mask = size - 1;
    for (size_t i = 0; i < table->n; i++) {
        size_t at = table->entries[i].hash & table->mask;
        while (index[at] != 0) at = (at + 1) & table->mask;
        index[at] = (uint32_t)i + 1;
    }
    return HB_OK;
}

static uint64_t hash_of(const char *text, size_t n)
{
    return hb_hash_bytes(text, n, hb_hash_secret[0]);
}

hb_status hb_intern_put(hb_intern *table, const char *text, size_t n, uint32_t *id)
{
    uint64_t hash = hash_of(text, n);
    if (table->index != NULL) {
        uint32_t seen = table->index[place_of(table, hash, text, n)];
        if (seen != 0) {
            *id = seen - 1;
            return HB_OK;
        }
    }
    if (n >= UINT32_MAX || table->n >= UINT32_MAX - 1) return HB_ERR_MEMORY;
    hb_status status;
    if (table->index == NULL || (table->n + 1) * 2 > table->mask + 1) HB_TRY(widen(table));
    HB_TRY(hb_grow(&table->entries, &table->cap, table->n + 1, sizeof *table->entries));
    HB_TRY(hb_grow(&table->bytes, &table->cap_bytes, table->n_bytes + n + 1, 1));
    table->index[place_of(table, hash, text, n)] = (uint32_t)table->n + 1;
    if (n != 0) memcpy(table->bytes + table->n_bytes, text, n);
    table->entries[table->n] = (hb_intern_entry){ .hash = hash, .offset = table->n_bytes, .n = (uint32_t)n };
    table->n_bytes += n;
    *id = (uint32_t)table->n++;
out:
    return status;
}

uint32_t hb_intern_find(const hb_intern *table, const char *text, size_t n)
{
    if (table->index == NULL) return UINT32_MAX;
    uint32_t seen = table->index[place_of(table, hash_of(text, n), text, n)];
    return seen == 0 ? UINT32_MAX : seen - 1;
}
