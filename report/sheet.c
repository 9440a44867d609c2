#include "report/sheet.h"

#include "base/memory.h"
#include "report/fill_names.h"
#include "report/fill_query.h"

static hb_status fill_list(const hb_shard *strings, const hb_look_list *list, hb_sheet_list *out)
{
    hb_status status = HB_OK;
    out->n_all = list->n_all;
    out->rows = hb_alloc_zero(list->n, sizeof *out->rows);
    if (out->rows == NULL) return HB_ERR_MEMORY;
    while (out->n < list->n && status == HB_OK) {
        hb_referrer_row *row = &out->rows[out->n];
        const hb_referrer *from = &list->rows[out->n++];
        status = hb_fill_object(strings, &from->object, &row->object);
        if (status == HB_OK) status = hb_fill_name(strings, from->via, &row->via);
    }
    return status;
}

hb_status hb_sheet_fill(const hb_index *index, const hb_around *around, hb_sheet *out)
{
    const hb_shard *strings = &index->strings;
    const hb_object_facts *facts = &around->object.facts;
    const hb_distance distance = around->object.distance;
    const int is_attached = (facts->marks & HB_MARK_ATTACHED) != 0;
    hb_status status;
    out->address = facts->address;
    out->found = 1;
    out->class_address = around->class_address;
    out->is_singleton = (facts->marks & HB_MARK_SINGLETON) != 0;
    out->generation = around->generation;
    out->has_size = facts->size != UINT64_MAX;
    out->size = facts->size;
    out->has_roots = index->n_roots > 0;
    out->is_reached = distance != HB_UNREACHED;
    out->hops = out->is_reached ? hb_distance_hops(distance) : 0;
    out->class_edges = out->is_reached ? hb_distance_classes(distance) : 0;
    out->n_dangling = around->n_dangling;
    HB_TRY(hb_fill_object(strings, &around->object, &out->object));
    HB_TRY(hb_fill_name(strings, facts->own_name, is_attached ? &out->singleton_of : &out->name));
    HB_TRY(hb_fill_place(strings, facts->site, &out->file, &out->line));
    HB_TRY(fill_list(strings, &around->dominators, &out->dominators));
    HB_TRY(fill_list(strings, &around->dominated, &out->dominated));
    HB_TRY(fill_list(strings, &around->references, &out->references));
    HB_TRY(hb_fill_query_referrers(strings, index->root_name, facts->address, 1, &around->referrers, &out->referrers));
out:
    return status;
}

static void fini_list(hb_sheet_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        hb_object_row_fini(&list->rows[i].object);
        hb_free(list->rows[i].via);
    }
    hb_free(list->rows);
}

void hb_sheet_fini(hb_sheet *sheet)
{
    hb_object_row_fini(&sheet->object);
    hb_free(sheet->name);
    hb_free(sheet->singleton_of);
    hb_free(sheet->file);
    hb_free(sheet->text);
    fini_list(&sheet->dominators);
    fini_list(&sheet->dominated);
    fini_list(&sheet->references);
    hb_query_report_fini(&sheet->referrers);
    *sheet = (hb_sheet){ 0 };
}
