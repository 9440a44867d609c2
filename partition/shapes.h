/* The shapes of a dump: which instance variables an object has, in the order of its references. */
#ifndef HB_PARTITION_SHAPES_H
#define HB_PARTITION_SHAPES_H

#include "base/comm.h"
#include "base/table.h"
#include "base/wordlist.h"

#define HB_NO_IVAR UINT32_MAX

/* Every SHAPE line of the dump, the same on all ranks: some thousands, a chain from each to its root. Those that add an
 * instance variable are ivars, named by their row. About 60 bytes a shape. */
typedef struct hb_shapes {
    hb_table lines;     /* shape id -> HB_SHAPE_PARENT, HB_SHAPE_WHERE, HB_SHAPE_IVAR of its first line */
    uint32_t *last;     /* by row: the ivar that its chain ends with, HB_NO_IVAR: none */
    uint32_t *n;        /* by row: ivars on its chain; UINT32_MAX: the chain reaches no root */
    uint32_t *before;   /* by row: the ivar before its own on the chain, HB_NO_IVAR: it is the first */
} hb_shapes;

/* items: this rank's staged SHAPE lines (HB_SHAPE_), names those of all ranks; emptied. Collective; agrees on the
 * status. */
hb_status hb_shapes_build(hb_comm *comm, hb_wordlist *items, hb_shapes *out);
void hb_shapes_fini(hb_shapes *shapes);

/* The last ivar of an object of this shape with n ivars, 1 or more; HB_NO_IVAR when that is not how many the shape has. */
uint32_t hb_shapes_last(const hb_shapes *shapes, uint64_t shape_id, size_t n);

/* The id of an ivar's name, and the ivar before it. */
uint32_t hb_shapes_name(const hb_shapes *shapes, uint32_t ivar);
static inline uint32_t hb_shapes_before(const hb_shapes *shapes, uint32_t ivar) { return shapes->before[ivar]; }

#endif
