/* The slots of one address range and all that is known of them: what one rank owns of the last dump. */
#ifndef HB_PARTITION_SHARD_H
#define HB_PARTITION_SHARD_H

#include "base/table.h"
#include "base/wordlist.h"
#include "partition/kinds.h"
#include "partition/pagemap.h"
#include "partition/shapes.h"
#include "partition/splitters.h"
#include "pipeline/collect.h"
#include "pipeline/intern.h"

/* An object anywhere in the heap: rank << 32 | local id. Ascending with the address. */
typedef uint64_t hb_gid;
#define HB_NO_GID UINT64_MAX

static inline hb_gid hb_gid_of(int rank, uint32_t id) { return (uint64_t)(unsigned)rank << 32 | id; }
static inline int hb_gid_rank(hb_gid gid) { return (int)(gid >> 32); }
static inline uint32_t hb_gid_id(hb_gid gid) { return (uint32_t)gid; }

#define HB_NO_STRING UINT32_MAX  /* a site or name id that is not there */
#define HB_NO_CLASS UINT32_MAX

#define HB_WIDE_MEMSIZE UINT32_MAX
#define HB_WIDE_GENERATION INT32_MIN

/* Bits of `marks`. */
enum {
    HB_MARK_REUSED = 1,   /* its slot held another object in the dump before it was born */
    HB_MARK_SINGLETON = 2, /* HB_FLAG_SINGLETON */
    HB_MARK_ATTACHED = 4  /* `name` is that of the class whose singleton class it is */
};

/* Columns of n objects, by local id, ids in address order. 19 bytes an object and 1 for the map. */
typedef struct hb_shard {
    int rank;
    hb_splitters splitters;  /* of all ranks */
    hb_pagemap map;          /* address -> local id */
    uint32_t n;
    uint8_t *marks;          /* HB_MARK_ bits */
    uint16_t *born;          /* the first dump of the series from which it has been present without a gap */
    uint32_t *kind;          /* into kinds: type, class, site */
    uint32_t *name;          /* into names: its own name, struct or imemo type; HB_NO_STRING: none. Of a HASH or ARRAY:
                                its size, at most UINT32_MAX - 1. Of an OBJECT: the last of its ivars, into shapes,
                                HB_NO_IVAR: which reference is which is not known */
    uint32_t *memsize;       /* bytes; HB_WIDE_MEMSIZE: see wide */
    int32_t *generation;     /* -1: not traced; HB_WIDE_GENERATION: see wide */
    hb_table wide;           /* objects of which one of both does not fit: id -> memsize, generation */

    hb_kind *kinds;          /* of these objects, n_kinds */
    uint32_t n_kinds;

    /* Distinct class addresses of these objects. */
    hb_table classes;        /* address -> nothing; the row number is the class_id */
    hb_gid *class_gid;       /* the class object, HB_NO_GID: not an object of the dump */
    uint32_t *class_name;    /* into names; HB_NO_STRING: none */

    /* The strings of the whole dump, the same on all ranks. */
    hb_intern sites;         /* as hb_site_pack writes them */
    uint64_t *site_word;     /* by site: hb_identity_site */
    uint64_t path_key;       /* paths leave as pseudonyms of this key (hb_fill_file); 0: as they are */
    hb_intern names;
    hb_shapes shapes;
} hb_shard;

/* What is left of a staged object when its fields are in the columns: its local id (HB_NO_ID: another line with its
 * address came before it) and the number of its references << 32, then the addresses that it refers to. */
static inline uint32_t hb_row_id(const uint64_t *row) { return (uint32_t)row[0]; }
static inline size_t hb_row_refs(const uint64_t *row) { return row[0] >> 32; }
static inline const uint64_t *hb_row_addresses(const uint64_t *row) { return row + 1; }
static inline size_t hb_row_size(const uint64_t *row) { return 1 + hb_row_refs(row); }

/* Builds this rank's shard from staged objects that are all at home (string ids already those of sites and names).
 * Takes splitters, sites, names and shapes over from *shard, where the caller put them. shift: hb_pagemap_shift of the dump.
 * Frees the HB_RECORD_ items of `records` block by block, and appends a row (see above) of each to `rows`. Of several
 * objects at one address the one that comes first in the dump counts. Local. */
hb_status hb_shard_build(hb_shard *shard, hb_wordlist *records, unsigned shift, int n_threads, hb_wordlist *rows);

void hb_shard_fini(hb_shard *shard);

/* An hb_type. */
static inline unsigned hb_shard_type(const hb_shard *shard, uint32_t id) { return shard->kinds[shard->kind[id]].type; }

/* Into classes; HB_NO_CLASS: no class. */
static inline uint32_t hb_shard_class_id(const hb_shard *shard, uint32_t id)
{
    return shard->kinds[shard->kind[id]].class_id;
}

/* Into sites; HB_NO_STRING: not traced. */
static inline uint32_t hb_shard_site(const hb_shard *shard, uint32_t id) { return shard->kinds[shard->kind[id]].site; }

/* Bytes. */
static inline uint64_t hb_shard_memsize(const hb_shard *shard, uint32_t id)
{
    const uint64_t key = id;
    return shard->memsize[id] != HB_WIDE_MEMSIZE ? shard->memsize[id] : hb_table_find(&shard->wide, &key)[0];
}

/* -1: not traced. */
static inline int64_t hb_shard_generation(const hb_shard *shard, uint32_t id)
{
    const uint64_t key = id;
    if (shard->generation[id] != HB_WIDE_GENERATION) return shard->generation[id];
    return (int64_t)hb_table_find(&shard->wide, &key)[1];
}

static inline uint64_t hb_shard_address(const hb_shard *shard, uint32_t id)
{
    return hb_pagemap_address(&shard->map, id);
}

#endif
