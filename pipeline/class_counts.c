#include "pipeline/class_counts.h"

void hb_class_counts_init(hb_class_counts *counts)
{
    hb_table_init(&counts->counts, HB_CLASS_COUNT_KEY, HB_CLASS_COUNT_VALUES);
    hb_table_init(&counts->classes, 1, HB_CLASS_NAME_VALUES);
}

void hb_class_counts_fini(hb_class_counts *counts)
{
    hb_table_fini(&counts->counts);
    hb_table_fini(&counts->classes);
}

hb_status hb_class_counts_name(hb_class_counts *c, uint64_t address, uint64_t byte, uint32_t name)
{
    int fresh;
    if (name == 0) return HB_OK;
    uint64_t *row = hb_table_put(&c->classes, &address, &fresh);
    if (row == NULL) return HB_ERR_MEMORY;
    if (!fresh && row[HB_CLASS_NAME_BYTE] < byte) return HB_OK;
    row[HB_CLASS_NAME_BYTE] = byte;
    row[HB_CLASS_NAME_ID] = name - (uint64_t)1;
    return HB_OK;
}

hb_status hb_class_counts_add(hb_class_counts *c, const hb_line *line, uint64_t byte, uint32_t name)
{
    const uint64_t key[HB_CLASS_COUNT_KEY] = { (uint64_t)line->type, line->class_address };
    uint64_t *row = hb_table_put(&c->counts, key, NULL);
    if (row == NULL) return HB_ERR_MEMORY;
    row[HB_CLASS_COUNT_OBJECTS]++;
    row[HB_CLASS_COUNT_MEMSIZE] += line->memsize;
    return hb_class_counts_name(c, line->address, byte, name);
}
