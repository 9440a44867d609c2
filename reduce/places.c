/* What enters: each thread's counts by site or instance variable, under its own ids. What leaves: their sums. Sites and names are some
 * thousands, so all go to rank 0. */
#include "reduce/places.h"

#include <string.h>

#include "base/memory.h"
#include "partition/load.h"
#include "reduce/gather.h"

/* By hb_places_of: words of a row. */
static const struct { unsigned n_key, n_value; } widths[] = { { 1, HB_PLACE_VALUES }, { HB_STRING_PLACE_KEY, 1 }, { HB_EDGE_KEY, 1 } };

static const hb_table *table_of(const hb_collector *collector, hb_places_of which)
{
    switch (which) {
    case HB_PLACES_OF_OBJECTS: return &collector->places.sites;
    case HB_PLACES_OF_STRINGS: return &collector->places.strings;
    case HB_PLACES_OF_SHAPES: return &collector->places.edges;
    }
    return NULL;
}

/* Adds rows whose last word of the key is an id + 1 of that map, or 0. */
static hb_status add_rows(hb_table *to, const hb_table *from, const uint32_t *map)
{
    for (size_t i = 0; i < from->n; i++) {
        uint64_t key[HB_STRING_PLACE_KEY];
        memcpy(key, hb_table_row(from, i), from->n_key * sizeof *key);
        uint64_t *id = &key[from->n_key - 1];
        if (*id != 0) *id = (uint64_t)map[*id - 1] + 1;
        uint64_t *row = hb_table_put(to, key, NULL);
        if (row == NULL) return HB_ERR_MEMORY;
        for (unsigned v = 0; v < from->n_value; v++) row[v] += hb_table_values(from, i)[v];
    }
    return HB_OK;
}

hb_status hb_places_gather(hb_comm *comm, const hb_intake *intake, hb_places_of which, hb_places *out)
{
    const size_t n = intake->n_collectors;
    uint32_t **maps = hb_alloc_zero(n, sizeof *maps);
    hb_table own;
    hb_status status;
    hb_table_init(&own, widths[which].n_key, widths[which].n_value);
    hb_table_init(&out->rows, own.n_key, own.n_value);
    hb_intern_init(&out->texts);
    HB_TRY(hb_comm_agree(comm, maps != NULL ? HB_OK : HB_ERR_MEMORY));
    HB_TRY(hb_intake_merge_strings(comm, intake, which == HB_PLACES_OF_SHAPES, &out->texts, maps));
    for (size_t t = 0; t < n && status == HB_OK; t++) status = add_rows(&own, table_of(&intake->collectors[t], which), maps[t]);
    HB_TRY(hb_comm_agree(comm, status));
    HB_TRY(hb_gather_sums(comm, &own, &out->rows));
out:
    for (size_t t = 0; maps != NULL && t < n; t++) hb_free(maps[t]);
    hb_free(maps);
    hb_table_fini(&own);
    return status;
}

void hb_places_fini(hb_places *places)
{
    hb_intern_fini(&places->texts);
    hb_table_fini(&places->rows);
}
