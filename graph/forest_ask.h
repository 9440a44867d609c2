/* Words about the entries of a forest: between their owners, their parents' ranks, and rank 0. */
#ifndef HB_GRAPH_FOREST_ASK_H
#define HB_GRAPH_FOREST_ASK_H

#include "graph/forest.h"

/* A question to the ranks of the entries' parents, with n_words of its own, and the answer, one word. */
typedef struct hb_forest_question {
    size_t n_words;
    void (*question)(void *ctx, uint32_t entry, uint64_t *words);   /* may be NULL without words */
    hb_status (*answer)(void *ctx, uint32_t parent, const uint64_t *words, uint64_t *answer);
    void *ctx;
} hb_forest_question;

/* Asks for all entries; *answers, by number of the entry, is allocated here. Collective; agrees on the status. */
hb_status hb_forest_ask(const hb_forest *forest, const hb_forest_question *question, uint64_t **answers);

/* The same, for what `value` says of the parent. */
typedef uint64_t (*hb_forest_value)(void *ctx, uint32_t id);
hb_status hb_forest_ask_value(const hb_forest *forest, hb_forest_value value, void *ctx, uint64_t **answers);

/* Tells every entry's owner n_words words that rank 0 has for each place; *out, by number of the entry, is allocated
 * here. Collective; agrees on the status. */
hb_status hb_forest_tell(const hb_forest *forest, const uint64_t *by_place, size_t n_words, uint64_t **out);

/* Gathers n_words words of each entry, by its number, on rank 0: *all, by place. Collective; agrees on the status. */
hb_status hb_forest_gather(const hb_forest *forest, const uint64_t *by_entry, size_t n_words, uint64_t **all);

#endif
