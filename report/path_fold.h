/* Recursion in a tree of labels: what goes on in a circle becomes that circle. */
#ifndef HB_REPORT_PATH_FOLD_H
#define HB_REPORT_PATH_FOLD_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define HB_NO_BRANCH SIZE_MAX

/* A node while a tree is put together. */
typedef struct hb_path_branch {
    uint64_t depth, objects, memsize, example, repeat;  /* objects, memsize: those that end here; example: 0: none */
    size_t above;             /* the parent's place; HB_NO_BRANCH for a ROOT */
    char *text;               /* its label */
} hb_path_branch;

/* Takes two or three labels that follow themselves, "a b a b", for one circle, however often it is gone around: the nodes of
 * the second round become those of the first, and so on. (A label that follows itself is one node already.) Two whole
 * rounds make a circle: "a b a" is none, as Hashes in Arrays in Hashes are common and no recursion. Counts add up; a
 * node's repeat is those of the nodes on one line that became it, the largest such sum. Labels are what is read: nodes side
 * by side that are called alike, as names with bytes that cannot be printed may be, are one node too.
 * branches: n, in any order; kept are those that *n says on return, in an order of their own. Local. */
hb_status hb_path_fold(hb_path_branch *branches, size_t *n);

#endif
