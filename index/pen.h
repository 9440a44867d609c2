/* The file of an index while it is written: what comes is cut into blocks, checked and written. On one rank. */
#ifndef HB_INDEX_PEN_H
#define HB_INDEX_PEN_H

#include "index/form.h"

typedef struct hb_index_pen {
    int fd;                      /* borrowed */
    const char *path;
    hb_error *err;
    hb_status status;            /* of the first that failed; what comes after it is dropped */
    char *block;                 /* the one that is not full yet */
    size_t n_block;              /* its bytes */
    uint64_t *checks;
    size_t n_checks, cap_checks;
    uint64_t body_bytes;
    uint64_t n_items[HB_INDEX_N_SECTIONS];
    uint64_t n_bytes;            /* of the section so far */
} hb_index_pen;

/* Both leave what went wrong in pen->status. */
void hb_index_pen_init(hb_index_pen *pen, int fd, const char *path, hb_error *err);
void hb_index_pen_put(hb_index_pen *pen, const void *bytes, size_t n);

/* Ends a section; sections are written in the order of hb_index_section. */
void hb_index_pen_end(hb_index_pen *pen, hb_index_section section);

/* Writes what is missing when all sections are written: last block, checksums, head. Returns pen->status. */
hb_status hb_index_pen_finish(hb_index_pen *pen, const hb_index_origin *origin);

void hb_index_pen_fini(hb_index_pen *pen);

#endif
