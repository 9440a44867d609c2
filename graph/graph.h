/* The reference graph of the last dump, spread over ranks: each holds the edges that leave its objects. */
#ifndef HB_GRAPH_GRAPH_H
#define HB_GRAPH_GRAPH_H

#include "base/comm.h"
#include "base/wordlist.h"
#include "partition/shard.h"

/* An object that a ROOT line names. */
typedef struct hb_root_edge {
    uint32_t root;  /* which ROOT line, in the order of the dump */
    uint32_t id;    /* local id */
} hb_root_edge;

/* Edges by source in compressed sparse rows. Row v of `target` has a place for each reference of v, in their order:
 * HB_NO_ID in place of those that leave the shard or dangle. Those that leave it are in row v of `remote`, in their
 * order too. Class edges are not stored: they are shard->class_id, then shard->class_gid. 4 bytes an object and 4 a
 * reference; with several ranks 4 more an object and 8 a reference that leaves the shard. A rank's references are fewer than
 * 2^32. */
typedef struct hb_graph {
    const hb_shard *shard;   /* borrowed */
    uint32_t *first;         /* n + 1 */
    uint32_t *target;        /* local ids */
    uint32_t *remote_first;  /* n + 1; NULL with one rank */
    hb_gid *remote;          /* objects of other ranks */
    uint64_t n_remote;
    hb_root_edge *root_edges;
    size_t n_root_edges;
    uint32_t *root_name;     /* by ROOT line: id in shard->names; the same on all ranks */
    uint32_t n_roots;
    uint64_t dangling;       /* references, ROOT lines' and others' included, that name no object; this rank's share */
} hb_graph;

/* What was staged and has come home to this rank. */
typedef struct hb_graph_input {
    hb_wordlist *rows;       /* what hb_shard_build left of each object; freed block by block */
    hb_wordlist *roots;      /* HB_ROOT_ items, their names ids of shard->names */
    hb_wordlist *refs;       /* references that are no edges */
} hb_graph_input;

/* HB_ERR_MEMORY also when a rank has 2^32 references or more. Collective; agrees on the status. */
hb_status hb_graph_build(hb_comm *comm, const hb_shard *shard, const hb_graph_input *input, int n_threads,
                         hb_graph *out);

/* The last of v's instance variables when its references are known to be these, one each: it is an OBJECT, its shape has
 * as many as it has references, and none of these dangles. Otherwise HB_NO_IVAR. Local. */
uint32_t hb_graph_last_ivar(const hb_graph *graph, uint32_t v);

/* Gives back all but the names of the ROOT lines, which labels need: for when no edge is followed any more. */
void hb_graph_free_edges(hb_graph *graph);

void hb_graph_fini(hb_graph *graph);

/* The local edges of v: their places in `target`. */
#define HB_EACH_EDGE(graph, v, e)                                                                 \
    (uint64_t e = (graph)->first[v]; e < (graph)->first[(v) + 1]; e++)                            \
        if ((graph)->target[e] == HB_NO_ID) {                                                     \
        } else

#define HB_EACH_REMOTE(graph, v, e)                                                               \
    (uint64_t e = (graph)->remote_first != NULL ? (graph)->remote_first[v] : 0,                   \
              e##_end = (graph)->remote_first != NULL ? (graph)->remote_first[(v) + 1] : 0;       \
     e < e##_end; e++)

#endif
