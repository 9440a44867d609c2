/* Byte strings to dense ids, in the order of first sight: paths, class names, struct names are written on every
 * line of a dump and kept once. 24 bytes a distinct string plus its bytes. One thread owns one table. */
#ifndef HB_PIPELINE_INTERN_H
#define HB_PIPELINE_INTERN_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct hb_intern_entry {
    uint64_t hash;
    uint64_t offset;  /* into bytes */
    uint32_t n;       /* bytes */
} hb_intern_entry;

typedef struct hb_intern {
    hb_intern_entry *entries;
    size_t n, cap;
    char *bytes;
    size_t n_bytes, cap_bytes;
    uint32_t *index;  /* entry + 1, or 0; linear probing, at most half full */
    size_t mask;
} hb_intern;

void hb_intern_init(hb_intern *table);
void hb_intern_fini(hb_intern *table);

/* The id of text[0..n), n below 4 GiB; a copy is kept when it is new. */
hb_status hb_intern_put(hb_intern *table, const char *text, size_t n, uint32_t *id);

/* The id of text[0..n), or UINT32_MAX when it is not there. */
uint32_t hb_intern_find(const hb_intern *table, const char *text, size_t n);

static inline const char *hb_intern_text(const hb_intern *table, uint32_t id, size_t *n)
{
    *n = table->entries[id].n;
    return table->bytes + table->entries[id].offset;
}

#endif
