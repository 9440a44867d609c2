/* Moves staged items to the ranks that own their addresses. */
#ifndef HB_PARTITION_REDISTRIBUTE_H
#define HB_PARTITION_REDISTRIBUTE_H

#include "base/comm.h"
#include "base/wordlist.h"
#include "partition/splitters.h"

/* What an item looks like. */
typedef struct hb_item_form {
    size_t words;                                /* words an item; 0: ask size_of */
    size_t (*size_of)(const uint64_t *item);
    size_t key;                                  /* which word is the address that decides */
} hb_item_form;

extern const hb_item_form hb_form_record;   /* HB_RECORD_ items, by address */
extern const hb_item_form hb_form_ident;    /* HB_IDENT_ items, by address */
extern const hb_item_form hb_form_root;     /* HB_ROOT_ items, by target */
extern const hb_item_form hb_form_address;  /* single addresses */

/* Empties `list` (its blocks are freed as they are sent) and appends to `home` all items, of all ranks, that this
 * rank owns, in no particular order. Blocks of which every item is at home already are moved, not copied.
 * Collective. */
hb_status hb_redistribute(hb_comm *comm, const hb_splitters *splitters, const hb_item_form *form,
                          hb_wordlist *list, hb_wordlist *home);

#endif
