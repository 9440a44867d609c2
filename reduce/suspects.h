/* Leak suspects: the places in the dominator tree below which retained objects pile up.
 *
 * Method: Eclipse Memory Analyzer's leak suspects (org.eclipse.mat.inspections.FindLeaksQuery: the accumulation point is
 * found by following the largest child while it keeps more than 0.7 of its parent), with weights that count retained
 * objects only, and split where a class or an object has several large branches: it is a place, not a container. */
#ifndef HB_REDUCE_SUSPECTS_H
#define HB_REDUCE_SUSPECTS_H

#include "base/table.h"
#include "graph/crown.h"
#include "graph/dominators.h"

#define HB_SUSPECTS_MOST 32          /* a suspect has at least 1/20 of the weight, or 1/10 with one dump */
#define HB_NO_SUSPECT HB_NO_VALUE
#define HB_SUSPECT_REST (HB_NO_SUSPECT - 1)

/* What counts as retained: with one dump everything, with two or more what hb_diff_retained says. */
typedef struct hb_suspects_plan {
    hb_comm *comm;
    const hb_shard *shard;
    hb_dominators *dominators;
    int n_dumps;                     /* analysed ones */
    int n_threads;
    uint64_t min_bytes;              /* smaller suspects are left out */
} hb_suspects_plan;

/* Rows of sums; key: place of the suspect (HB_NO_SUSPECT: the rest), then hb_site_key_of. */
enum { HB_SUSPECT_PLACE, HB_SUSPECT_CLASS, HB_SUSPECT_SITE, HB_SUSPECT_KEY_WORDS };

/* Values: retained objects and bytes, what is born after the first dump, retained or not, and objects born in each dump
 * but the first. */
enum { HB_SUSPECT_OBJECTS, HB_SUSPECT_MEMSIZE, HB_SUSPECT_LATER, HB_SUSPECT_LATER_MEMSIZE, HB_SUSPECT_BORN };

typedef struct hb_suspects {
    hb_gid holder[HB_SUSPECTS_MOST]; /* accumulation points; the same on all ranks */
    size_t n;
    size_t n_places;                 /* these, and what fleet/shared_holders.h adds behind them; the same on all ranks */
    uint32_t *place;                 /* by id, of what counts as retained: the suspect that it is below, HB_SUSPECT_REST:
                                        none; HB_NO_SUSPECT: it does not count */
    uint64_t total_objects, total_memsize;  /* reachable retained objects; on all ranks */
    uint64_t least;                  /* bytes that a suspect has at least */
    hb_table sums;                   /* on rank 0 */
} hb_suspects;

/* 12 bytes an object while it works, 4 after. Collective; agrees on the status. */
hb_status hb_suspects_find(const hb_suspects_plan *plan, hb_suspects *out);
void hb_suspects_fini(hb_suspects *suspects);

/* The accumulation points of a crown, at most HB_SUSPECTS_MOST, heaviest first: *n rows of it. least: of a suspect. On
 * rank 0; local. */
hb_status hb_suspects_walk(const hb_crown *crown, uint64_t least, size_t *rows, size_t *n);

#endif
