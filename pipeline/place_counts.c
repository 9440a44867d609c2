#include "pipeline/place_counts.h"

void hb_place_counts_init(hb_place_counts *counts)
{
    *counts = (hb_place_counts){ .filter = { .first = -1, .last = INT64_MAX } };
    hb_table_init(&counts->sites, 1, HB_PLACE_VALUES);
    hb_table_init(&counts->strings, HB_STRING_PLACE_KEY, 1);
    hb_table_init(&counts->edges, HB_EDGE_KEY, 1);
}

void hb_place_counts_fini(hb_place_counts *counts)
{
    hb_table_fini(&counts->sites);
    hb_table_fini(&counts->strings);
    hb_table_fini(&counts->edges);
}

hb_status hb_place_counts_add(hb_place_counts *counts, const hb_line *line, uint32_t site)
{
    uint64_t *row = hb_table_put(&counts->sites, &(uint64_t){ site }, NULL);
    if (row == NULL) return HB_ERR_MEMORY;
    row[HB_PLACE_OBJECTS]++;
    row[HB_PLACE_MEMSIZE] += line->memsize;
    row[HB_PLACE_REFERENCES] += line->n_refs;
    return HB_OK;
}

hb_status hb_place_counts_add_edge(hb_place_counts *counts, uint32_t name)
{
    uint64_t *row = hb_table_put(&counts->edges, &(uint64_t){ name }, NULL);
    if (row == NULL) return HB_ERR_MEMORY;
    ++*row;
    return HB_OK;
}

hb_status hb_place_counts_add_string(hb_place_counts *counts, uint64_t hash, uint64_t bytes, uint32_t site)
{
    const uint64_t contents[] = { hash, bytes };
    const uint64_t *where = hb_table_find(counts->contents, contents);
    if (where == NULL) return HB_OK;
    const uint64_t key[HB_STRING_PLACE_KEY] = { *where, site };
    uint64_t *row = hb_table_put(&counts->strings, key, NULL);
    if (row == NULL) return HB_ERR_MEMORY;
    ++*row;
    return HB_OK;
}
