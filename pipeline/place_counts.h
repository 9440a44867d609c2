/* Objects of some generations by where they were allocated, and shapes by what they add: what `heapbatch read` shows. */
#ifndef HB_PIPELINE_PLACE_COUNTS_H
#define HB_PIPELINE_PLACE_COUNTS_H

#include "base/table.h"
#include "pipeline/line.h"

/* Which objects count. */
typedef struct hb_place_filter {
    int64_t first, last;    /* generations, -1: of objects that have none */
    int sited;              /* only those whose file is known */
} hb_place_filter;

static inline int hb_place_filter_takes(const hb_place_filter *filter, const hb_line *line)
{
    return line->generation >= filter->first && line->generation <= filter->last && (!filter->sited || line->file.text != NULL);
}

/* Key of a row: site id + 1, 0: none. References: those in the lines, to whatever they lead. */
enum { HB_PLACE_OBJECTS, HB_PLACE_MEMSIZE, HB_PLACE_REFERENCES, HB_PLACE_VALUES };

/* Key of a row: offset of the line that stands for the contents (hb_string_counts), site id + 1. Value: objects. */
enum { HB_STRING_PLACE_WHERE, HB_STRING_PLACE_SITE, HB_STRING_PLACE_KEY };

/* Key of a row: name id + 1 of an instance variable. Value: SHAPE lines that add it. */
enum { HB_EDGE_NAME, HB_EDGE_KEY };

typedef struct hb_place_counts {
    hb_place_filter filter;     /* the caller's to set */
    const hb_table *contents;   /* hash, bytes -> offset of the line that stands for them; not its own */
    hb_table sites;
    hb_table strings;           /* of these contents */
    hb_table edges;             /* of all SHAPE lines: they are of no generation */
} hb_place_counts;

void hb_place_counts_init(hb_place_counts *counts);
void hb_place_counts_fini(hb_place_counts *counts);

/* Counts an object; site: id + 1, 0: none. HB_OK or HB_ERR_MEMORY. */
hb_status hb_place_counts_add(hb_place_counts *counts, const hb_line *line, uint32_t site);

/* Counts a SHAPE that adds the instance variable with that name id + 1. HB_OK or HB_ERR_MEMORY. */
hb_status hb_place_counts_add_edge(hb_place_counts *counts, uint32_t name);

/* Counts a STRING whose contents have that hash and length, if they are asked for. HB_OK or HB_ERR_MEMORY. */
hb_status hb_place_counts_add_string(hb_place_counts *counts, uint64_t hash, uint64_t bytes, uint32_t site);

#endif
