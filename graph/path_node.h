/* The nodes of merged retention paths: how steps are called, and which node a step leads to. */
#ifndef HB_GRAPH_PATH_NODE_H
#define HB_GRAPH_PATH_NODE_H

#include "graph/graph.h"
#include "graph/tree.h"

#define HB_PATH_DEPTH 40   /* depth of the one node for all deeper steps; a ROOT has 0, 39 below it are told apart */

/* What a step is called, but for the instance variable: a type and the id of a name, or one of the others. */
typedef uint64_t hb_label;
#define HB_LABEL_BY_CLASS (UINT64_C(1) << 63)   /* reached over its instance's class pointer */
#define HB_LABEL_SINGLETON (UINT64_C(1) << 62)  /* the name, if any, is that of the class whose singleton it is */
#define HB_LABEL_ROOT (UINT64_C(1) << 61)       /* a ROOT line; the name is that of the root */
#define HB_LABEL_DEEPER (UINT64_C(1) << 60)     /* whatever is at HB_PATH_DEPTH or deeper */
#define HB_LABEL_NONE UINT64_MAX                /* of a way without steps: no step has it */
#define HB_LABEL_NO_NAME UINT64_C(0xffffffff)

static inline unsigned hb_label_type(hb_label label) { return (label >> 32) & 0xff; }
static inline uint32_t hb_label_name(hb_label label) { return (uint32_t)label; }

/* A node of the tree of labels: all that the nodes below depend on. Words only, so that it travels. */
typedef struct hb_path_node_id {
    uint64_t key;      /* hash of the labels from the ROOT down */
    uint64_t above;    /* the parent's key, 0 for a ROOT */
    hb_label label;
    uint64_t via;      /* name id of the instance variable it is reached over; HB_LABEL_NO_NAME: none */
    uint64_t depth;    /* 0 for a ROOT */
} hb_path_node_id;

#define HB_PATH_NODE_WORDS (sizeof(hb_path_node_id) / sizeof(uint64_t))

/* Whether an object of this type may be called otherwise than others of its kind: by a name of its own. */
static inline int hb_path_label_is_own(unsigned type)
{
    return hb_type_is_class(type) || type == HB_TYPE_IMEMO || type == HB_TYPE_DATA;
}

/* The label of an object as a step of the search tree. */
static inline hb_label hb_path_label(const hb_graph *graph, const hb_bfs *bfs, uint32_t id)
{
    const hb_shard *shard = graph->shard;
    const hb_parent parent = bfs->parent[id];
    unsigned type = hb_shard_type(shard, id);
    uint32_t class_id = hb_shard_class_id(shard, id);
    uint32_t name = class_id == HB_NO_CLASS ? HB_NO_STRING : shard->class_name[class_id];
    hb_label label = (uint64_t)type << 32;
    const int is_class = hb_type_is_class(type);
    if (hb_path_label_is_own(type) && (type != HB_TYPE_DATA || shard->name[id] != HB_NO_STRING)) name = shard->name[id];
    const int attached = (shard->marks[id] & HB_MARK_ATTACHED) != 0;
    if (attached || (is_class && name == HB_NO_STRING && (shard->marks[id] & HB_MARK_SINGLETON)))
        label |= HB_LABEL_SINGLETON;
    if (!hb_parent_is_root(parent) && hb_parent_by_class(parent)) label |= HB_LABEL_BY_CLASS;
    return label | name;
}

/* The node of the ROOT lines of this name. */
hb_path_node_id hb_path_root_named(uint32_t name);

/* The node that a step with this label leads to: the same one again when it has this label already, otherwise a new one
 * below, or at max_depth the one node for all that is deeper. */
hb_path_node_id hb_path_step(const hb_path_node_id *from, hb_label label, uint64_t via, uint64_t max_depth);

#endif
