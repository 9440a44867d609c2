/* Objects and bytes by type and class of several dumps, side by side: what grew where objects cannot be told by their addresses. */
#ifndef HB_REDUCE_CLASS_GROWTH_H
#define HB_REDUCE_CLASS_GROWTH_H

#include "base/comm.h"
#include "base/table.h"
#include "partition/ingest.h"
#include "pipeline/intern.h"

/* On rank 0; empty elsewhere. Key of a row: type | (name id + 1) << 32, 0 there: the class has no name. Values: objects and bytes in
 * each dump. */
typedef struct hb_class_growth {
    hb_intern names;
    hb_table rows;
} hb_class_growth;

void hb_class_growth_init(hb_class_growth *growth, size_t n_dumps);
void hb_class_growth_fini(hb_class_growth *growth);

/* Adds what the ranks read of a dump (HB_COLLECT_CLASSES), number `dump` of them. Collective; agrees on the status. */
hb_status hb_class_growth_add(hb_comm *comm, const hb_intake *intake, size_t dump, hb_class_growth *out);

static inline uint64_t hb_class_growth_objects(const hb_class_growth *growth, size_t row, size_t dump)
{
    return hb_table_values(&growth->rows, row)[2 * dump];
}

static inline uint64_t hb_class_growth_memsize(const hb_class_growth *growth, size_t row, size_t dump)
{
    return hb_table_values(&growth->rows, row)[2 * dump + 1];
}

#endif
