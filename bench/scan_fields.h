/* What both sides of the scan benchmark have in common: the fields of a line (an hb_line) and one checksum over all of
 * them. Read as C and as C++. */
#ifndef HB_BENCH_SCAN_FIELDS_H
#define HB_BENCH_SCAN_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#include "pipeline/line.h"
#ifdef __cplusplus
}
#endif

/* Both sides read the same text in the same place, so where a string stands and how long it is says all of it. */
typedef struct scan_sum {
    uint64_t lines, sum;
} scan_sum;

static inline uint64_t scan_rotate(uint64_t value, unsigned by)
{
    return value << by | value >> (64 - by);
}

static inline uint64_t scan_view(const hb_view *view, unsigned by)
{
    return scan_rotate((uint64_t)(uintptr_t)view->text + ((uint64_t)view->n << 48), by);
}

/* Additions that do not wait for each other, each value turned by another number of bits: about a nanosecond for each
 * ten fields, the same for both sides. */
static inline void scan_sum_add(scan_sum *sum, const hb_line *line)
{
    uint64_t h = line->address + scan_rotate(line->class_address, 3) + scan_rotate(line->memsize, 5) +
                 scan_rotate(line->size, 8) + scan_rotate(line->ivars, 11) + scan_rotate(line->shape_id, 14) +
                 scan_rotate(line->parent_id, 17) + scan_rotate(line->slot_size, 20) +
                 scan_rotate((uint64_t)line->generation, 23) + scan_rotate(line->line, 26) +
                 scan_rotate(line->flags, 29) + scan_rotate((uint64_t)line->type, 32);
    h += scan_view(&line->file, 1) + scan_view(&line->method, 6) + scan_view(&line->name, 10) +
         scan_view(&line->struct_name, 15) + scan_view(&line->real_class_name, 21) + scan_view(&line->imemo_type, 27) +
         scan_view(&line->root, 33) + scan_view(&line->shape_type, 37) + scan_view(&line->edge_name, 41);
    uint64_t refs = line->n_refs;
    for (size_t i = 0; i < line->n_refs; i++) refs = scan_rotate(refs, 7) + line->refs[i];
    sum->sum = scan_rotate(sum->sum, 1) + h + scan_rotate(refs, 13);
    sum->lines++;
}

#endif
