/* What many objects have in common: type, class and site. A heap of millions has some thousands of kinds, so that an
 * object needs one number for all three, and what is summed by any of them is summed by that number. */
#ifndef HB_PARTITION_KINDS_H
#define HB_PARTITION_KINDS_H

#include <stdint.h>

#include "base/table.h"
#include "base/wordlist.h"

typedef struct hb_kind {
    uint32_t class_id;       /* into shard->classes; HB_NO_CLASS: no class */
    uint32_t site;           /* into shard->sites; HB_NO_STRING: not traced */
    uint32_t type;           /* hb_type */
} hb_kind;

#define HB_RECENT_KINDS 1024

/* Kinds of staged objects (pipeline/record.h), by class address. Most are like one of the last few: these are found without
 * the table. One for each thread. */
typedef struct hb_kind_census {
    hb_table table;          /* type | (site id + 1) << 32, class address -> nothing; its row number is the kind */
    struct {
        uint64_t key[2];
        uint32_t kind;       /* + 1, 0: none */
    } recent[HB_RECENT_KINDS];
} hb_kind_census;

void hb_kind_census_init(hb_kind_census *census);
void hb_kind_census_fini(hb_kind_census *census);

/* Sees an item's kind. */
hb_status hb_kind_census_add(hb_kind_census *census, const uint64_t *item);

/* The kind of an item in `all`, which has it. */
uint32_t hb_kind_find(hb_kind_census *recent, const hb_table *all, const uint64_t *item);

/* Adds another table's kinds. */
hb_status hb_kinds_merge(hb_table *to, const hb_table *from);

#endif
