#include "index/references.h"

#include "base/memory.h"

hb_status hb_look_references(hb_index *index, uint32_t id, uint64_t range[2], hb_error *err)
{
    const hb_status status = hb_index_read(index, HB_INDEX_FIRST, id, 2, range, err);
    if (status != HB_OK) return status;
    return range[0] <= range[1] && range[1] <= index->n_items[HB_INDEX_TARGET] ? HB_OK : hb_look_refuse(index, err);
}

/* They are told from the last one up (hb_graph_last_ivar). */
hb_status hb_look_ivars(hb_index *index, uint32_t id, uint64_t n, uint32_t **names, hb_error *err)
{
    uint64_t type = 0, ivar = HB_NO_IVAR;
    hb_status status;
    *names = NULL;
    HB_TRY(hb_look_item(index, HB_INDEX_TYPE, id, &type, err));
    if (type == HB_TYPE_OBJECT) HB_TRY(hb_look_item(index, HB_INDEX_NAME, id, &ivar, err));
    if (ivar == HB_NO_IVAR) return HB_OK;
    if (n > index->n_items[HB_INDEX_IVAR_NAME]) return hb_look_refuse(index, err);
    *names = hb_alloc(n, sizeof **names);
    if (*names == NULL) return HB_ERR_MEMORY;
    for (uint64_t i = n; i-- > 0;) {
        HB_TRY(hb_index_read(index, HB_INDEX_IVAR_NAME, ivar, 1, &(*names)[i], err));
        if ((*names)[i] != HB_NO_STRING && (*names)[i] >= index->strings.names.n) HB_TRY(hb_look_refuse(index, err));
        HB_TRY(hb_look_item(index, HB_INDEX_IVAR_BEFORE, ivar, &ivar, err));
    }
out:
    if (status != HB_OK) {
        hb_free(*names);
        *names = NULL;
    }
    return status;
}
