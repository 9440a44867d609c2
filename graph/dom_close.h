/* Joins whose immediate dominators can be told from what is settled around them. */
#ifndef HB_GRAPH_DOM_CLOSE_H
#define HB_GRAPH_DOM_CLOSE_H

#include "graph/dom_joins.h"

/* Closes joins, in rounds, as long as that closes many: writes their immediate dominators to joins->idom and clears their
 * bits. joins->forest stays as it was. Leaves the edges into open joins in joins->edges and joins->away: 8 bytes an edge into
 * a join, 16 where it crosses. Collective; agrees on the status. */
hb_status hb_joins_close(hb_joins *joins);

#endif
