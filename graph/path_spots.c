#include "graph/path_spots.h"

#include "base/memory.h"

hb_status hb_path_spots_init(hb_path_spots *spots, const hb_path_local *local)
{
    *spots = (hb_path_spots){ .local = local,
                              .known = hb_alloc_zero(HB_PATH_KNOWN_SPOTS, sizeof *spots->known) };
    hb_table_init(&spots->rows, HB_SPOT_KEY_WORDS, HB_SPOT_WORDS);
    return spots->known != NULL ? HB_OK : HB_ERR_MEMORY;
}

void hb_path_spots_fini(hb_path_spots *spots)
{
    hb_table_fini(&spots->rows);
    hb_free(spots->known);
    *spots = (hb_path_spots){ 0 };
}

/* The values of the key's row. Most objects have the key of one shortly before them. */
static uint64_t *find(hb_path_spots *spots, const uint64_t key[HB_SPOT_KEY_WORDS])
{
    const uint64_t mixed = (key[HB_SPOT_WAY] ^ (key[HB_SPOT_MASK] ^ key[HB_SPOT_GROUP]) * UINT64_C(0xff51afd7ed558ccd)) *
                           UINT64_C(0x9e3779b97f4a7c15);
    uint32_t *known = &spots->known[mixed >> 40 & (HB_PATH_KNOWN_SPOTS - 1)];
    if (*known < spots->rows.n) {
        const uint64_t *row = hb_table_row(&spots->rows, *known);
        if (row[HB_SPOT_WAY] == key[HB_SPOT_WAY] && row[HB_SPOT_MASK] == key[HB_SPOT_MASK] &&
            row[HB_SPOT_GROUP] == key[HB_SPOT_GROUP])
            return hb_table_values(&spots->rows, *known);
    }
    uint64_t *values = hb_table_put(&spots->rows, key, NULL);
    if (values != NULL) *known = hb_table_number(&spots->rows, values);
    return values;
}

hb_status hb_path_spots_add(hb_path_spots *spots, uint32_t id, const hb_path_spot *at)
{
    const hb_path_local *local = spots->local;
    const uint64_t key[HB_SPOT_KEY_WORDS] = {
        [HB_SPOT_WAY] = (uint64_t)at->base << 32 | hb_path_way_of(local, id),
        [HB_SPOT_MASK] = at->mask,
        [HB_SPOT_GROUP] = at->group >= 0 ? (unsigned)at->group : HB_SPOT_NO_GROUP,
    };
    uint64_t *values = find(spots, key);
    if (values == NULL) return HB_ERR_MEMORY;
    if (values[HB_SPOT_OBJECTS]++ == 0) values[HB_SPOT_FIRST] = id;
    values[HB_SPOT_MEMSIZE] += hb_shard_memsize(local->graph->shard, id);
    if (at->run > values[HB_SPOT_RUN]) values[HB_SPOT_RUN] = at->run;
    return HB_OK;
}

hb_status hb_path_spots_merge(hb_path_spots *spots, const hb_path_spots *other)
{
    for (size_t i = 0; i < other->rows.n; i++) {
        const uint64_t *row = hb_table_row(&other->rows, i), *from = row + HB_SPOT_KEY_WORDS;
        int fresh;
        uint64_t *to = hb_table_put(&spots->rows, row, &fresh);
        if (to == NULL) return HB_ERR_MEMORY;
        to[HB_SPOT_OBJECTS] += from[HB_SPOT_OBJECTS];
        to[HB_SPOT_MEMSIZE] += from[HB_SPOT_MEMSIZE];
        if (fresh || from[HB_SPOT_FIRST] < to[HB_SPOT_FIRST]) to[HB_SPOT_FIRST] = from[HB_SPOT_FIRST];
        if (from[HB_SPOT_RUN] > to[HB_SPOT_RUN]) to[HB_SPOT_RUN] = from[HB_SPOT_RUN];
    }
    return HB_OK;
}
