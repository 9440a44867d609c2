/* The difference of dumps: which objects of the last dump were there before. */
#ifndef HB_PARTITION_DIFF_H
#define HB_PARTITION_DIFF_H

#include "base/comm.h"
#include "base/wordlist.h"
#include "partition/shard.h"
#include "pipeline/landmarks.h"

typedef struct hb_diff {
    uint64_t same;        /* objects of the last dump that were in the dump before it */
    uint64_t reused;      /* ... whose slot held another object in the dump before they were born */
    uint64_t moved;       /* ... that lived when the dump before they were born was taken, by their generation, or since they
                             have none although that dump was traced; but were not found in it: compaction moved them, which
                             makes Ruby forget where they were allocated, or the dumps are not of one process */
    /* Of landmarks (pipeline/landmarks.h) that the last dump and an untraced older one have; the caller counts them. Of all steps
     * `strings` are those of the one with the lowest share in place, and `fixed` is not kept. */
    hb_landmarks_moved fixed, strings;
} hb_diff;

/* A dump of which less than this is where it was, of a hundred objects that must have been there, cannot be compared by addresses:
 * what was moved would look new. */
#define HB_DIFF_LEAST_SCORE 90

/* Fewer landmarks than this tell nothing. */
#define HB_DIFF_LANDMARKS 20

/* Before any other dump is looked at: everything is born in the last dump, whose age is 0. Until hb_diff_finish,
 * `born` holds ages: how many analysed dumps before the last. */
void hb_diff_start(hb_shard *shard, hb_diff *diff);

/* Raises the age of the objects that the dump of that age (1, 2, ... in turn) has as well. idents: HB_IDENT_ items
 * of that dump at this rank; last_generation: the highest in the whole dump. Where it has several lines with
 * one address, any of them may match. *step: what this dump alone tells, with `same` what it raised. Local; counts are
 * this rank's. Then either hb_diff_accept or hb_diff_undo, on all ranks. */
void hb_diff_dump(hb_shard *shard, hb_identity identity, int age, const hb_wordlist *idents, int64_t last_generation,
                  int n_threads, hb_diff *step);

/* Adds the step of the dump of that age; with landmarks, on the rank that counted them. */
void hb_diff_accept(hb_diff *diff, int age, const hb_diff *step);

/* As if the dump of that age had not been: another one may take its place. */
void hb_diff_undo(hb_shard *shard, int age);

/* Turns ages into dump numbers, 0 the oldest of n_dumps. */
void hb_diff_finish(hb_shard *shard, int n_dumps);

/* Adds up what all ranks counted. Collective. */
void hb_diff_sum(hb_comm *comm, hb_diff *diff);

/* How far the difference can be believed, 0 to 100: the share of the objects found again among those and the ones
 * that must have been there but were not found; without tracing, the share of strings that are where they were. For summed
 * counts. */
uint64_t hb_diff_score(const hb_diff *diff);

/* Whether a dump can be compared with the last one, by the summed counts of its step. Strings have no say: a program that loads
 * its data again makes the same ones anew, elsewhere. */
int hb_diff_fits(const hb_diff *step);

/* Whether an object is retained: born after the first dump and seen at least twice; with two dumps, born in the
 * second. */
static inline int hb_diff_retained(int n_dumps, int born)
{
    return n_dumps == 2 ? born == 1 : born > 0 && born < n_dumps - 1;
}

/* Addresses that are an object in none of the idents: dangling references of another dump. refs: at this rank.
 * shift: hb_pagemap_shift of that dump. Local. */
hb_status hb_diff_dangling(const hb_wordlist *idents, const hb_wordlist *refs, unsigned shift, int n_threads,
                           uint64_t *dangling);

#endif
