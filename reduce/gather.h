/* All ranks' rows of a table, merged by key on rank 0. */
#ifndef HB_REDUCE_GATHER_H
#define HB_REDUCE_GATHER_H

#include "base/comm.h"
#include "base/table.h"

/* Adds every rank's values to *out, word by word, on rank 0; *out is initialised here and stays empty elsewhere.
 * Collective; agrees on the status. */
hb_status hb_gather_sums(hb_comm *comm, const hb_table *own, hb_table *out);

/* The same for rows that are already side by side: adds those of `from` to `to`. Local. */
hb_status hb_add_rows(hb_table *to, const hb_table *from);

#endif
