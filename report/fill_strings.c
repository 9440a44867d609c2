#include "base/memory.h"
#include "report/fill.h"
#include "report/fill_names.h"

static hb_status fill_row(const uint64_t *row, const hb_table *contents, hb_string_row *out)
{
    const uint64_t *values = row + HB_STRING_KEY;
    const uint64_t *found = hb_table_find(contents, &values[HB_STRING_WHERE]);
    out->bytes = row[HB_STRING_BYTES];
    out->objects = values[HB_STRING_OBJECTS];
    out->memsize = values[HB_STRING_MEMSIZE];
    out->first = values[HB_STRING_ADDRESS];
    if (found == NULL) return HB_OK;
    out->value = hb_fill_copy((const char *)&found[HB_CONTENTS_TEXT], found[HB_CONTENTS_BYTES]);
    out->is_cut = found[HB_CONTENTS_IS_CUT] != 0;
    return out->value != NULL ? HB_OK : HB_ERR_MEMORY;
}

hb_status hb_fill_strings(const hb_equal_strings *equal, uint64_t objects, const hb_table *contents, hb_series_report *out)
{
    hb_strings_report *report = &out->equal;
    hb_status status = HB_OK;
    report->is_there = 1;
    report->objects = objects;
    report->without_value = equal->without_value;
    report->distinct = equal->distinct;
    report->duplicate_objects = equal->duplicate_objects;
    report->duplicate_memsize = equal->duplicate_memsize;
    report->top = hb_alloc_zero(equal->n, sizeof *report->top);
    if (report->top == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < equal->n && status == HB_OK; i++)
        status = fill_row(equal->rows + i * HB_STRING_WORDS, contents, &report->top[report->n_top++]);
    return status;
}
