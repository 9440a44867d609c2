/* What `heapbatch read` knows of a dump, or of the objects of a generation. Plain data, as report/report.h. */
#ifndef HB_REPORT_READING_H
#define HB_REPORT_READING_H

#include "reduce/class_growth.h"
#include "reduce/equal_strings.h"
#include "reduce/places.h"
#include "report/report.h"

typedef struct hb_place_row {
    char *file;                 /* NULL: allocated before tracing began */
    uint32_t line;              /* 0: none */
    uint64_t objects, memsize, references;   /* of a string only objects */
} hb_place_row;

typedef struct hb_place_list {
    hb_place_row *rows;
    size_t n;
} hb_place_list;

typedef struct hb_reading {
    hb_series_report series;    /* of one dump, and `equal`: contents by their objects, descending, also those of one */
    hb_place_list places;       /* all sites */
    hb_site_row *classes;       /* type and class alone; by bytes, descending */
    size_t n_classes;
    hb_place_list *strings;     /* by row of equal.top: where these strings were allocated; by objects, descending */
} hb_reading;

/* Fills places, classes and strings. growth: of one dump. contents: as for hb_fill_strings. On rank 0. HB_OK or HB_ERR_MEMORY. */
hb_status hb_reading_fill_places(const hb_places *places, hb_reading *out);
hb_status hb_reading_fill_classes(const hb_class_growth *growth, hb_reading *out);
hb_status hb_reading_fill_strings(const hb_equal_strings *equal, const hb_table *contents, const hb_places *places, hb_reading *out);

/* Puts rows in order: by that figure, descending, then by file, none first, and line. */
typedef enum hb_place_order { HB_PLACES_BY_MEMSIZE, HB_PLACES_BY_OBJECTS, HB_PLACES_BY_REFERENCES } hb_place_order;
void hb_place_list_sort(hb_place_list *list, hb_place_order order);

void hb_reading_fini(hb_reading *reading);

#endif
