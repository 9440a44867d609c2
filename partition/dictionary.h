/* The strings of a dump, once for all ranks: thread tables merged, ids the same everywhere. */
#ifndef HB_PARTITION_DICTIONARY_H
#define HB_PARTITION_DICTIONARY_H

#include "base/comm.h"
#include "pipeline/intern.h"

/* Merges the n_tables tables of every rank into *out, whose ids are ranks in byte order and so do not depend on who
 * scanned what; maps[t][id] is the new id of table t's id (maps[t] is allocated here, free with hb_free). Every rank
 * ends with a whole copy: a dictionary holds paths and names, some thousands in a real dump. Collective. */
hb_status hb_dictionary_build(hb_comm *comm, const hb_intern *const *tables, size_t n_tables, hb_intern *out,
                              uint32_t **maps);

#endif
