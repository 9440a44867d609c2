#include "pipeline/class_counts.h"

#include <string.h>

#include "base/memory.h"
#include "pipeline/unescape.h"

void hb_class_counts_init(hb_class_counts *counts)
{
    memset(counts, 0, sizeof *counts);
    hb_table_init(&counts->counts, HB_CLASS_COUNT_KEY, HB_CLASS_COUNT_VALUES);
    hb_table_init(&counts->classes, 1, HB_CLASS_NAME_VALUES);
    hb_intern_init(&counts->names);
}

void hb_class_counts_fini(hb_class_counts *counts)
{
    hb_table_fini(&counts->counts);
    hb_table_fini(&counts->classes);
    hb_intern_fini(&counts->names);
    hb_free(counts->scratch);
    counts->scratch = NULL;
    counts->cap_scratch = 0;
}

static hb_status add_class(hb_class_counts *c, const hb_line *line, uint64_t byte)
{
    uint32_t id;
    int fresh;
    hb_status status;
    HB_TRY(hb_grow(&c->scratch, &c->cap_scratch, line->name.n + 1, 1));
    const size_t n = hb_unescape(line->name.text, line->name.n, c->scratch);
    HB_TRY(hb_intern_put(&c->names, c->scratch, n, &id));
    uint64_t *row = hb_table_put(&c->classes, &line->address, &fresh);
    if (row == NULL) return HB_ERR_MEMORY;
    if (!fresh && row[HB_CLASS_NAME_BYTE] < byte) return HB_OK;
    row[HB_CLASS_NAME_BYTE] = byte;
    row[HB_CLASS_NAME_ID] = id;
out:
    return status;
}

hb_status hb_class_counts_add(hb_class_counts *c, const hb_line *line, uint64_t byte)
{
    const uint64_t key[HB_CLASS_COUNT_KEY] = { (uint64_t)line->type, line->class_address };
    uint64_t *row = hb_table_put(&c->counts, key, NULL);
    if (row == NULL) return HB_ERR_MEMORY;
    row[HB_CLASS_COUNT_OBJECTS]++;
    row[HB_CLASS_COUNT_MEMSIZE] += line->memsize;
    const int is_class = line->type == HB_TYPE_CLASS || line->type == HB_TYPE_MODULE;
    return is_class && line->name.text != NULL ? add_class(c, line, byte) : HB_OK;
}
