/* One line of a heap dump, as the scanner hands it on. */
#ifndef HB_PIPELINE_LINE_H
#define HB_PIPELINE_LINE_H

#include <stddef.h>
#include <stdint.h>

/* What a line describes. */
typedef enum hb_line_kind {
    HB_LINE_OBJECT,
    HB_LINE_ROOT,   /* {"type":"ROOT", "root":"vm", "references":[...]}: no address */
    HB_LINE_SHAPE,  /* Ruby 3.2 and later */
    HB_LINE_NONE    /* an empty slot, written with full: true */
} hb_line_kind;

/* Ruby's T_ types as obj_type() of ext/objspace/objspace_dump.c names them, in the order of the names. A name
 * that is not among them is HB_TYPE_UNKNOWN. */
typedef enum hb_type {
    HB_TYPE_ARRAY, HB_TYPE_BIGNUM, HB_TYPE_CLASS, HB_TYPE_COMPLEX, HB_TYPE_DATA, HB_TYPE_FALSE, HB_TYPE_FILE,
    HB_TYPE_FIXNUM, HB_TYPE_FLOAT, HB_TYPE_HASH, HB_TYPE_ICLASS, HB_TYPE_IMEMO, HB_TYPE_MATCH, HB_TYPE_MODULE,
    HB_TYPE_MOVED, HB_TYPE_NIL, HB_TYPE_NODE, HB_TYPE_NONE, HB_TYPE_OBJECT, HB_TYPE_RATIONAL, HB_TYPE_REGEXP,
    HB_TYPE_ROOT, HB_TYPE_SHAPE, HB_TYPE_STRING, HB_TYPE_STRUCT, HB_TYPE_SYMBOL, HB_TYPE_TRUE, HB_TYPE_UNDEF,
    HB_TYPE_UNKNOWN, HB_TYPE_ZOMBIE,
    HB_N_TYPES
} hb_type;

/* Whether its objects are classes, which have a name and instances. */
static inline int hb_type_is_class(unsigned type)
{
    return type == HB_TYPE_CLASS || type == HB_TYPE_MODULE || type == HB_TYPE_ICLASS;
}

/* "ARRAY" and so on. */
const char *hb_type_name(hb_type type);

/* The type of that name; HB_N_TYPES: none has it. */
unsigned hb_type_find(const char *name);

/* Top-level booleans that matter, as bits of hb_line.flags. */
enum {
    HB_FLAG_FROZEN = 1,
    HB_FLAG_EMBEDDED = 2,
    HB_FLAG_SHARED = 4,
    HB_FLAG_FSTRING = 8,
    HB_FLAG_SINGLETON = 16,  /* a singleton class */
    HB_FLAG_BROKEN = 32
};

/* Bytes that belong to the line's text; not terminated. */
typedef struct hb_view {
    const char *text;  /* NULL when the key is absent */
    size_t n;          /* bytes */
} hb_view;

/* Fields are those of the last occurrence of their key. Views point into the scanned text and hold what stands
 * between the quotes: `file`, `struct_name` and `real_class_name` as they are (Ruby writes them unescaped), the
 * others with their JSON escapes. */
typedef struct hb_line {
    hb_line_kind kind;
    hb_type type;
    uint64_t address;        /* 0 for ROOT lines */
    uint64_t class_address;  /* 0 when absent */
    uint64_t memsize;        /* bytes; 0 when absent */
    uint64_t size;           /* bytesize of a STRING or SYMBOL, length of an ARRAY, size of a HASH; 0 when absent */
    uint64_t ivars;          /* 0 when absent */
    uint64_t shape_id;       /* shape_id of an object, id of a SHAPE; UINT64_MAX when absent */
    uint64_t parent_id;      /* of a SHAPE; UINT64_MAX when absent, and for other lines */
    uint64_t slot_size;      /* bytes; 0 when absent */
    int64_t generation;      /* GC count at allocation; -1 when absent */
    uint32_t line;           /* 0 when absent */
    uint32_t flags;          /* HB_FLAG_ bits */
    hb_view file, method, name, struct_name, real_class_name, imemo_type, root, shape_type, edge_name;
    hb_view value;           /* of a STRING: its contents as JSON text; secret, never stored as they are */
    uint64_t *refs;          /* addresses in the order of the line; the array is owned by whoever owns the hb_line */
    size_t n_refs, refs_cap;
    size_t most_refs;        /* of a line */
    unsigned most_nesting;   /* of a value that is skipped, HB_NESTING_MOST at most */
} hb_line;

#endif
