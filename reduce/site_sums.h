/* Objects and bytes of the last dump by site: one table from which every ranking is cut. */
#ifndef HB_REDUCE_SITE_SUMS_H
#define HB_REDUCE_SITE_SUMS_H

#include "base/comm.h"
#include "base/table.h"
#include "partition/shard.h"

/* Key: type | name id of the class << 32, site id (HB_NO_STRING: none). The ids are the same on all ranks. */
enum { HB_SITE_CLASS, HB_SITE_SITE, HB_SITE_KEY_WORDS };

/* Values: all objects, the retained ones, and how many are born in each dump of the series. */
enum { HB_SITE_OBJECTS, HB_SITE_MEMSIZE, HB_SITE_RETAINED, HB_SITE_RETAINED_MEMSIZE, HB_SITE_BORN };

/* The key of the objects of a kind. */
static inline void hb_site_key_of(const hb_shard *shard, uint32_t kind, uint64_t key[HB_SITE_KEY_WORDS])
{
    const hb_kind *k = &shard->kinds[kind];
    const uint32_t name = k->class_id == HB_NO_CLASS ? HB_NO_STRING : shard->class_name[k->class_id];
    key[HB_SITE_CLASS] = k->type | (uint64_t)name << 32;
    key[HB_SITE_SITE] = k->site;
}

/* Sums over all objects of all ranks, on rank 0; *out is initialised here. n_dumps: analysed dumps of the series.
 * Collective; agrees on the status. */
hb_status hb_site_sums(hb_comm *comm, const hb_shard *shard, int n_dumps, int n_threads, hb_table *out);

#endif
