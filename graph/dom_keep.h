/* Of the forest of what is settled, the part that says something about the open joins. */
#ifndef HB_GRAPH_DOM_KEEP_H
#define HB_GRAPH_DOM_KEEP_H

#include "base/wordlist.h"
#include "graph/dom_joins.h"

/* Of this rank's objects: 16 bytes each, and 16 an edge. */
typedef struct hb_dom_kept {
    hb_wordlist rows;        /* kept: gid, gid next above or HB_NO_GID; by ascending id */
    hb_wordlist edges;       /* into open joins: source gid, target gid; both are kept, on their ranks */
} hb_dom_kept;

void hb_dom_kept_init(hb_dom_kept *kept);
void hb_dom_kept_fini(hb_dom_kept *kept);

/* joins: with the edges into open ones noted. 5 bytes an object while it works, and 4 for each on a way up from a kept
 * one. Collective; agrees on the status. */
hb_status hb_dom_keep(hb_joins *joins, hb_dom_kept *out);

#endif
