/* A chain of labels in the text report: "ROOT vm -> CLASS Object -> HASH Hash". */
#ifndef HB_REPORT_TEXT_CHAIN_H
#define HB_REPORT_TEXT_CHAIN_H

#include "report/text_out.h"

typedef struct hb_text_chain {
    hb_text *t;
    size_t start, column;  /* where its lines begin, and where the pen is */
    size_t n, at;          /* links in all, and so far */
} hb_text_chain;

/* The pen is at column `start`. Of a chain that is too long the middle is left out, and lines are broken before an arrow.
 * No newline at its end. */
void hb_text_chain_begin(hb_text_chain *chain, hb_text *t, size_t start, size_t n);

/* The next of its n links; the label is raw. repeat: steps in a row that are called so. */
void hb_text_chain_add(hb_text_chain *chain, const char *label, uint64_t repeat);

#endif
