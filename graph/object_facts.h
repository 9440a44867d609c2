/* All that is known of single objects, for labels: words only, so that it travels between ranks as it is. */
#ifndef HB_GRAPH_OBJECT_FACTS_H
#define HB_GRAPH_OBJECT_FACTS_H

#include "graph/tree.h"

/* Ids are those of shard->names and shard->sites, the same on all ranks; HB_NO_STRING: none. */
typedef struct hb_object_facts {
    uint64_t address;
    uint64_t type;         /* hb_type */
    uint64_t marks;        /* HB_MARK_ bits */
    uint64_t class_name;   /* name id */
    uint64_t own_name;     /* name id; with HB_MARK_ATTACHED, of the class whose singleton class it is */
    uint64_t site;         /* site id */
    uint64_t size;         /* of a HASH or ARRAY, at most UINT32_MAX - 1; UINT64_MAX: has none */
    uint64_t memsize;      /* bytes */
    uint64_t via;          /* name id: the instance variable of its parent that holds it */
    uint64_t parent;       /* hb_parent */
} hb_object_facts;

#define HB_OBJECT_FACTS_WORDS (sizeof(hb_object_facts) / sizeof(uint64_t))

/* Of an object of this rank. Local. */
hb_object_facts hb_object_facts_of(const hb_shard *shard, const hb_bfs *bfs, uint32_t id);

#endif
