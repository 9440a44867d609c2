/* The edges into open joins. */
#ifndef HB_GRAPH_DOM_EDGES_H
#define HB_GRAPH_DOM_EDGES_H

#include "graph/dom_joins.h"

/* Notes the edges of reached objects of this rank in joins->edges and joins->away: 8 bytes an edge into a join, 16 where it
 * crosses; n_threads work at it. Local; HB_ERR_MEMORY. */
hb_status hb_joins_note_edges(hb_joins *joins);

#endif
