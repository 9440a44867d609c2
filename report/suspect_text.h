/* A suspect in one sentence, and who holds it in words. */
#ifndef HB_REPORT_SUSPECT_TEXT_H
#define HB_REPORT_SUSPECT_TEXT_H

#include "report/report.h"

/* "98 % of what is retained (20,799 objects, 1.2 MB) hangs below HASH Hash (26,666 entries) in @cache, held by a constant
 * or instance variable of CLASS Registry; freeing it frees 412 MB; it grows by 8,000 objects (0.9 MB) from dump to dump."
 * by: what the step is called that decided who holds it; "": the last step, which the sentence names anyway; NULL: the
 * ROOT line did. root: name of that line, NULL: none. n_analysed: dumps compared. Text from the dump is raw. hb_free the
 * result; NULL: out of memory. */
char *hb_suspect_text(const hb_suspect_report *suspect, const char *by, const char *root, int n_analysed);

#endif
