/* All that `heapbatch show` says of an object. Plain data, as report/report.h. */
#ifndef HB_REPORT_SHEET_H
#define HB_REPORT_SHEET_H

#include "index/around.h"
#include "report/report.h"

/* The first rows of a list, and how many there are. */
typedef struct hb_sheet_list {
    uint64_t n_all;
    hb_referrer_row *rows;     /* via: of references only */
    size_t n;
} hb_sheet_list;

typedef struct hb_sheet {
    uint64_t address;          /* that was asked about */
    int found;                 /* there is an object; otherwise nothing else is known */
    hb_object_row object;
    uint64_t class_address;    /* 0: not known */
    char *name;                /* its own: of a class or module, the struct of a DATA, the type of an IMEMO; NULL: none */
    int is_singleton;          /* a singleton class; then */
    char *singleton_of;        /* the name of the class whose singleton class it is; NULL: not known */
    char *file;                /* where it was allocated; NULL: not traced */
    uint32_t line;
    int64_t generation;        /* -1: not traced */
    int has_size;
    uint64_t size;             /* entries of a HASH, elements of an ARRAY */
    int has_roots;             /* the dump has ROOT lines; otherwise nothing is known of what holds it */
    int is_reached;
    uint32_t hops, class_edges;
    hb_sheet_list dominators, dominated, references;
    uint64_t n_dangling;       /* of the references */
    hb_query_report referrers;
    char *text;                /* its line of the dump; NULL: not asked for. A NUL in it is U+FFFD */
} hb_sheet;

/* Fills all but `text`. On rank 0. HB_OK or HB_ERR_MEMORY; what is filled so far is freed with it. */
hb_status hb_sheet_fill(const hb_index *index, const hb_around *around, hb_sheet *out);
void hb_sheet_fini(hb_sheet *sheet);

#endif
