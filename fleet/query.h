/* What --path, --referrers and the --site of `heapbatch objects` ask for. */
#ifndef HB_FLEET_QUERY_H
#define HB_FLEET_QUERY_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef enum hb_query_kind {
    HB_QUERY_ADDRESS,     /* --path 0x7f…: how one object is held */
    HB_QUERY_CLASS,       /* --path class:NAME: how all of a class are */
    HB_QUERY_SITE,        /* --path site:FILE:LINE: how all that were allocated there are */
    HB_QUERY_REFERRERS    /* --referrers 0x7f…: who refers to an object */
} hb_query_kind;

typedef struct hb_query {
    hb_query_kind kind;
    uint64_t address;     /* 0 for the two that name none */
    char *text;           /* class:NAME or site:FILE:LINE as given; NULL with an address */
    char *name;           /* the class, or the file; borrowed from text, not ended by a NUL */
    size_t n_name;
    uint32_t line;
} hb_query;

/* Read an argument of --path, FILE:LINE alone, and an argument of --referrers. HB_ERR_USAGE: it is none; HB_ERR_MEMORY. */
hb_status hb_query_parse_path(const char *text, hb_query *out);
hb_status hb_query_parse_site(const char *text, hb_query *out);
hb_status hb_query_parse_referrers(const char *text, hb_query *out);

void hb_query_fini(hb_query *query);

#endif
