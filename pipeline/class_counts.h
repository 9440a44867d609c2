/* Objects and bytes of a dump by type and class: what can be compared between dumps whose addresses cannot. */
#ifndef HB_PIPELINE_CLASS_COUNTS_H
#define HB_PIPELINE_CLASS_COUNTS_H

#include "base/table.h"
#include "pipeline/line.h"

enum { HB_CLASS_COUNT_TYPE, HB_CLASS_COUNT_CLASS, HB_CLASS_COUNT_KEY };   /* class: its address, 0: none */
enum { HB_CLASS_COUNT_OBJECTS, HB_CLASS_COUNT_MEMSIZE, HB_CLASS_COUNT_VALUES };

/* Key: address of a class or module. Values: offset of the line that named it, the first of the dump, and the id of its name among
 * the collector's names. */
enum { HB_CLASS_NAME_BYTE, HB_CLASS_NAME_ID, HB_CLASS_NAME_VALUES };

typedef struct hb_class_counts {
    hb_table counts;     /* of all object lines */
    hb_table classes;
} hb_class_counts;

void hb_class_counts_init(hb_class_counts *counts);
void hb_class_counts_fini(hb_class_counts *counts);

/* Counts the object of a line at that offset; name: id + 1 of the name of a class or module, 0: the line names none. Lines may come
 * in any order. HB_OK or HB_ERR_MEMORY. */
hb_status hb_class_counts_add(hb_class_counts *counts, const hb_line *line, uint64_t byte, uint32_t name);

/* Notes the name alone. */
hb_status hb_class_counts_name(hb_class_counts *counts, uint64_t address, uint64_t byte, uint32_t name);

#endif
