#include "partition/kinds.h"

#include <string.h>

#include "pipeline/record.h"

void hb_kind_census_init(hb_kind_census *census)
{
    memset(census, 0, sizeof *census);
    hb_table_init(&census->table, 2, 0);
}

void hb_kind_census_fini(hb_kind_census *census)
{
    hb_table_fini(&census->table);
}

static size_t recent_place(const uint64_t key[2])
{
    return ((key[0] ^ key[1] >> 3) * UINT64_C(0x9e3779b97f4a7c15)) >> 54;
}

/* Where an item's kind is, or has to be, among the recent ones; whether it is there. */
static int is_recent(const hb_kind_census *census, const uint64_t *item, uint64_t key[2], size_t *place)
{
    key[0] = hb_record_type(item) | (uint64_t)hb_record_site(item) << 32;
    key[1] = hb_record_class(item);
    *place = recent_place(key);
    const uint64_t *there = census->recent[*place].key;
    return census->recent[*place].kind != 0 && there[0] == key[0] && there[1] == key[1];
}

static uint32_t remember(hb_kind_census *census, size_t place, const uint64_t key[2], const hb_table *table,
                         const uint64_t *values)
{
    const uint32_t kind = hb_table_number(table, values);
    memcpy(census->recent[place].key, key, sizeof census->recent[place].key);
    census->recent[place].kind = kind + 1;
    return kind;
}

hb_status hb_kind_census_add(hb_kind_census *census, const uint64_t *item)
{
    uint64_t key[2];
    size_t place;
    if (is_recent(census, item, key, &place)) return HB_OK;
    const uint64_t *values = hb_table_put(&census->table, key, NULL);
    if (values == NULL) return HB_ERR_MEMORY;
    remember(census, place, key, &census->table, values);
    return HB_OK;
}

uint32_t hb_kind_find(hb_kind_census *recent, const hb_table *all, const uint64_t *item)
{
    uint64_t key[2];
    size_t place;
    if (is_recent(recent, item, key, &place)) return recent->recent[place].kind - 1;
    return remember(recent, place, key, all, hb_table_find(all, key));
}

hb_status hb_kinds_merge(hb_table *to, const hb_table *from)
{
    for (size_t i = 0; i < from->n; i++)
        if (hb_table_put(to, hb_table_row(from, i), NULL) == NULL) return HB_ERR_MEMORY;
    return HB_OK;
}
