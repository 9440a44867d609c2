/* What one thread gathers from the lines it scans: counts for the report, and staged items for the shards. */
#ifndef HB_PIPELINE_COLLECT_H
#define HB_PIPELINE_COLLECT_H

#include "base/table.h"
#include "base/wordlist.h"
#include "pipeline/chunk.h"
#include "pipeline/class_counts.h"
#include "pipeline/identity.h"
#include "pipeline/intern.h"
#include "pipeline/landmarks.h"
#include "pipeline/limits.h"
#include "pipeline/line.h"
#include "pipeline/place_counts.h"
#include "pipeline/recent_site.h"
#include "pipeline/record.h"
#include "pipeline/scan.h"
#include "pipeline/string_counts.h"

#define HB_INVALID_EXAMPLES 10

/* A memsize above this is taken for this: no object is larger than a tebibyte. */
#define HB_MEMSIZE_MOST (UINT64_C(1) << 40)

/* The last dump of a series is staged whole; of the others only what identity and statistics need. Of some, which are read once
 * more, nothing is staged: objects are counted by class; strings by their contents; or the contents of a few of these are kept. Nor of
 * one that is only described: objects are counted by site and class, strings by contents, and shapes by the instance variable that they
 * add; then a few of these contents by site. */
typedef enum hb_collect_mode {
    HB_COLLECT_FULL, HB_COLLECT_IDENTITY, HB_COLLECT_CLASSES, HB_COLLECT_STRINGS, HB_COLLECT_CONTENTS, HB_COLLECT_PLACES,
    HB_COLLECT_STRING_PLACES
} hb_collect_mode;

/* A staged SHAPE line: its id, its parent's (UINT64_MAX: none), offset of the line, and the name id + 1 of the instance
 * variable that it adds (0: none). */
enum { HB_SHAPE_ID, HB_SHAPE_PARENT, HB_SHAPE_WHERE, HB_SHAPE_IVAR, HB_SHAPE_WORDS };

#define HB_SHAPE_IDS (UINT64_C(1) << 31)  /* ids from here on, which no Ruby gives, are those of no shape */

/* A staged object of another dump (HB_COLLECT_IDENTITY): address, identity word. */
enum { HB_IDENT_ADDRESS, HB_IDENT_WORD, HB_IDENT_WORDS };

/* A staged reference of a ROOT line: name id, offset of the line, target address. */
enum { HB_ROOT_NAME, HB_ROOT_WHERE, HB_ROOT_TARGET, HB_ROOT_WORDS };

typedef struct hb_invalid {
    uint64_t chunk_byte;   /* offset of the chunk it was in */
    uint64_t byte;         /* offset of the line */
    uint64_t line;         /* 0-based within the chunk */
    const char *reason;
} hb_invalid;

typedef struct hb_collect_counts {
    uint64_t memsize_mib;             /* the sum of whole MiB of each line: it fits where the sum of forged bytes wraps */
    uint64_t bytes, lines, invalid_lines, objects, memsize, roots, shapes, empty_slots, references;
    uint64_t cut_off;                 /* offset + 1 of a last line without newline that could not be read; 0: none */
    uint64_t type_objects[HB_N_TYPES], type_memsize[HB_N_TYPES];
} hb_collect_counts;

#define HB_RECENT_GENERATIONS 256

/* Where a generation's row is: its number + 1, 0: not known. */
typedef struct hb_recent_generation {
    int64_t generation;
    uint32_t row;
} hb_recent_generation;

typedef struct hb_collector {
    hb_collect_mode mode;
    hb_identity identity;
    const hb_scanner *scanner;
    uint64_t most_line_bytes;
    hb_line line;
    hb_collect_counts counts;
    uint64_t address_bits;            /* all object addresses, or-ed together */
    int64_t last_generation;          /* the highest seen, -1: none */
    hb_table generations;             /* generation -> objects, memsize */
    hb_recent_generation recent[HB_RECENT_GENERATIONS];
    hb_landmarks landmarks[HB_LANDMARK_KINDS];   /* HB_IDENTITY_STRICT; of a dump in HB_COLLECT_IDENTITY all of them only when it
                                         was not traced */
    hb_class_counts class_counts;     /* HB_COLLECT_CLASSES, HB_COLLECT_PLACES */
    hb_place_counts places;           /* HB_COLLECT_PLACES, HB_COLLECT_STRING_PLACES */
    hb_string_counts strings;         /* these, HB_COLLECT_STRINGS, HB_COLLECT_CONTENTS: its key and what is wanted are the caller's to set */
    hb_table chunk_lines;             /* offset of a chunk -> its lines */
    hb_invalid invalid[HB_INVALID_EXAMPLES];
    size_t n_invalid;
    hb_intern sites;                  /* as hb_site_pack writes them */
    hb_recent_site recent_sites[HB_RECENT_SITES];   /* their ids + 1, or identities (hb_identity_site) */
    hb_intern names;                  /* of classes, structs, imemo types, roots, instance variables: no escapes left */
    char *scratch;                    /* for building such strings */
    size_t cap_scratch;
    hb_wordlist records;              /* HB_COLLECT_FULL: objects (pipeline/record.h) */
    hb_wordlist roots;                /* HB_COLLECT_FULL: references of ROOT lines */
    hb_wordlist shapes;               /* HB_COLLECT_FULL: SHAPE lines */
    hb_wordlist idents;               /* HB_COLLECT_IDENTITY: objects */
    hb_wordlist refs;                 /* references that are no edges: one address each */
} hb_collector;

/* limits: of a line. tag: the mark of its blocks, to tell later whose ids their items use. */
void hb_collector_init(hb_collector *collector, hb_collect_mode mode, hb_identity identity, const hb_limits *limits, uint32_t tag);
void hb_collector_fini(hb_collector *collector);

/* Scans all lines of a chunk. HB_OK or HB_ERR_MEMORY. Chunks may come in any order. */
hb_status hb_collect_chunk(hb_collector *collector, const hb_chunk *chunk);

#endif
