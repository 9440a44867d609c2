/* The index of a dump: what was found out of it, in a file, so that a further question need not read the dump again. This is its
 * form and how it is read; index/write.h makes one, index/look.h answers questions from one.
 *
 * A file is a head, then a body cut into blocks of 64 KiB, then a checksum (XXH3-64) for each block. The body is the sections one after
 * another; a section is an array of numbers as the machine has them. A block is checked when it is first read, so that little is read to
 * open an index, and what is damaged is told before it is believed. Objects are numbered by address from 0 on, whichever rank had
 * them: the file is the same for any number of ranks and threads. */
#ifndef HB_INDEX_INDEX_H
#define HB_INDEX_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "partition/shard.h"

#define HB_INDEX_VERSION 1
#define HB_INDEX_BLOCK_BYTES 65536
#define HB_INDEX_MOST_OBJECTS (UINT32_MAX - 1)   /* that an index can number */

/* Sections, in the order of the file. n: objects of the dump; an id is an object's number, HB_NO_ID: none. Name and site ids are places
 * in byte order. */
typedef enum hb_index_section {
    HB_INDEX_ADDRESS,            /* uint64_t[n], ascending */
    HB_INDEX_TYPE,               /* uint8_t[n]: hb_type */
    HB_INDEX_MARKS,              /* uint8_t[n]: HB_MARK_ bits */
    HB_INDEX_CLASS,              /* uint32_t[n]: id of its class; HB_NO_ID: none, or no object of the dump */
    HB_INDEX_CLASS_NAME,         /* uint32_t[n]: name id, HB_NO_STRING: none */
    HB_INDEX_SITE,               /* uint32_t[n]: site id, HB_NO_STRING: none */
    HB_INDEX_NAME,               /* uint32_t[n]: as hb_shard.name, but of an OBJECT hb_graph_last_ivar */
    HB_INDEX_MEMSIZE,            /* uint64_t[n]: bytes */
    HB_INDEX_GENERATION,         /* int64_t[n]; -1: not traced */
    HB_INDEX_DISTANCE,           /* uint64_t[n]: hb_distance */
    HB_INDEX_PARENT,             /* uint64_t[n]: hb_parent, with ids for gids */
    HB_INDEX_VIA,                /* uint32_t[n]: hb_bfs_via */
    HB_INDEX_IDOM,               /* uint32_t[n]: id of the immediate dominator; HB_NO_ID: the virtual root, or not reachable */
    HB_INDEX_RETAINED_MEMSIZE,   /* uint64_t[n]: bytes; 0: not reachable */
    HB_INDEX_RETAINED_OBJECTS,   /* uint64_t[n] */
    HB_INDEX_FIRST,              /* uint64_t[n + 1]: where in the next section the references of an object begin */
    HB_INDEX_TARGET,             /* uint32_t[]: ids, in the order of the line; of an object some of whose references dangle, ascending,
                                    HB_NO_ID for each that does */
    HB_INDEX_ROOT_EDGES,         /* uint32_t[][2]: which ROOT line, id; in the order of ids, then of ROOT lines */
    HB_INDEX_ROOT_NAME,          /* uint32_t[]: by ROOT line, name id */
    HB_INDEX_IVAR_NAME,          /* uint32_t[]: by ivar (partition/shapes.h), name id */
    HB_INDEX_IVAR_BEFORE,        /* uint32_t[]: by ivar, the one before it; HB_NO_IVAR: it is the first */
    HB_INDEX_NAME_END,           /* uint64_t[]: where in the next section each name ends */
    HB_INDEX_NAME_TEXT,          /* bytes */
    HB_INDEX_SITE_END,           /* uint64_t[] */
    HB_INDEX_SITE_TEXT,          /* bytes, as hb_site_pack writes them */
    HB_INDEX_N_SECTIONS
} hb_index_section;

/* Bytes of an item of a section. */
size_t hb_index_item_bytes(hb_index_section section);

/* Which dump it was, and how it was read. */
typedef struct hb_index_origin {
    uint64_t bytes;              /* size of the file as it is stored */
    int64_t modified_s, modified_ns;   /* when it was last changed (stat(2), st_mtim) */
    uint64_t limits;             /* hb_limits_hash of those that it was read under */
    uint64_t invalid_lines;      /* that could not be read */
    uint64_t is_damaged;         /* it is truncated: what comes before the damage is in the index, and */
    char damage[256];            /* what was wrong, one sentence */
} hb_index_origin;

typedef struct hb_index {
    int fd;                      /* its own */
    char *path;                  /* for messages */
    hb_index_origin origin;
    uint64_t n_items[HB_INDEX_N_SECTIONS];
    uint64_t offset[HB_INDEX_N_SECTIONS];   /* bytes, in the body */
    uint64_t body_bytes;
    uint64_t *checks;            /* by block */
    uint32_t n;                  /* objects */
    uint32_t n_roots;            /* ROOT lines */
    uint32_t *root_name;         /* by ROOT line: name id, or HB_NO_STRING */
    hb_shard strings;            /* no objects; `names`, `sites` and path_key (0, the caller may set it), for report/fill_names.h */
    char *blocks;                /* those that were read last, HB_INDEX_KEPT */
    uint64_t *kept;              /* which: number + 1 */
} hb_index;

/* Opens the index in a file, whose descriptor it takes over in any case; path is for messages. Reads head, checksums and strings.
 * HB_ERR_DATA: it is no index, of another version or machine, or damaged; HB_ERR_IO; HB_ERR_MEMORY. After an error *out is empty. */
hb_status hb_index_open(int fd, const char *path, hb_index *out, hb_error *err);

/* Items [first, first + n) of a section. HB_ERR_DATA: there are none such, or their block is damaged; HB_ERR_IO. */
hb_status hb_index_read(hb_index *index, hb_index_section section, uint64_t first, uint64_t n, void *out, hb_error *err);

/* Leaves it empty; fine for an empty one, which has the descriptor -1. */
void hb_index_close(hb_index *index);

#endif
