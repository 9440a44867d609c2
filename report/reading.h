/* What `heapbatch read` knows of a dump, or of the objects of a generation. Plain data, as report/report.h. */
#ifndef HB_REPORT_READING_H
#define HB_REPORT_READING_H

#include "reduce/class_growth.h"
#include "reduce/equal_strings.h"
#include "reduce/places.h"
#include "report/report.h"

typedef struct hb_place_row {
    char *file;                 /* or the name of a gem; NULL: allocated before tracing began */
    uint32_t line;              /* 0: none */
    uint64_t objects, memsize, references;   /* of a string only objects */
} hb_place_row;

typedef struct hb_place_list {
    hb_place_row *rows;
    size_t n;
} hb_place_list;

/* An instance variable and how many shapes add it. */
typedef struct hb_edge_row {
    char *name;
    uint64_t shapes;
} hb_edge_row;

typedef struct hb_reading {
    hb_series_report series;    /* of one dump, and `equal`: rows and order of hb_equal_strings */
    hb_place_list places;       /* all sites */
    hb_place_list files, gems;  /* the same added up, without lines (report/gem.h) */
    hb_site_row *classes;       /* type and class alone; by bytes, descending */
    size_t n_classes;
    hb_place_list *strings;     /* by row of equal.top: where these strings were allocated; by objects, descending */
    hb_edge_row *edges;         /* of all shapes of the dump, or none; by shapes, descending */
    size_t n_edges;
} hb_reading;

/* Fills places with files and gems, classes, edges, strings. growth: of one dump. edges: of shapes. contents: as for hb_fill_strings. On
 * rank 0. HB_OK or HB_ERR_MEMORY. */
hb_status hb_reading_fill_places(const hb_places *places, hb_reading *out);
hb_status hb_reading_fill_classes(const hb_class_growth *growth, hb_reading *out);
hb_status hb_reading_fill_edges(const hb_places *edges, hb_reading *out);
hb_status hb_reading_fill_strings(const hb_equal_strings *equal, const hb_table *contents, const hb_places *places, hb_reading *out);

/* Puts rows in order: by that figure, descending, then by file, none first, and line; or by these alone. */
typedef enum hb_place_order { HB_PLACES_BY_MEMSIZE, HB_PLACES_BY_OBJECTS, HB_PLACES_BY_REFERENCES, HB_PLACES_BY_FILE } hb_place_order;
void hb_place_list_sort(hb_place_list *list, hb_place_order order);

/* Whether some object has a file. Where none has, as before tracing began, the sites say all there is to say of files and gems. */
int hb_reading_has_files(const hb_reading *reading);

void hb_reading_fini(hb_reading *reading);

#endif
