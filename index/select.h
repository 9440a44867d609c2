/* The objects of an index that fit a filter. */
#ifndef HB_INDEX_SELECT_H
#define HB_INDEX_SELECT_H

#include "index/index.h"

/* All of it has to hold. Texts are borrowed, bytes as the dump has them. */
typedef struct hb_filter {
    int has_type;
    unsigned type;                    /* hb_type */
    const char *class_name;           /* of its class, or of DATA and IMEMO its own as well; NULL: any */
    size_t n_class_name;
    const char *file;                 /* where it was allocated: this path, or one that ends so behind a slash; NULL: anywhere */
    size_t n_file;
    uint32_t line;
    uint64_t min_memsize, min_retained;   /* bytes */
} hb_filter;

typedef enum hb_select_order { HB_SELECT_BY_RETAINED, HB_SELECT_BY_MEMSIZE, HB_SELECT_BY_ADDRESS } hb_select_order;

typedef struct hb_selection {
    uint64_t objects, memsize;        /* of all that fit */
    uint32_t *ids;                    /* the first: by that figure, descending, then by address */
    size_t n;
} hb_selection;

/* top: how many are wanted; 0: all. Scans a column for each part of the filter, narrow ones first, as far as objects are left to ask about. 16
 * bytes an object that is wanted. Errors as in index/look.h; *out is empty then. Local. */
hb_status hb_select(hb_index *index, const hb_filter *filter, hb_select_order order, uint64_t top, hb_selection *out, hb_error *err);
void hb_selection_fini(hb_selection *selection);

#endif
