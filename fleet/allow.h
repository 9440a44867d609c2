/* --allow FILE: fingerprints of findings that --fail-on new and growth pass over, one a line; blanks around it, empty lines, and
 * what is behind a `#` do not count. Local. */
#ifndef HB_FLEET_ALLOW_H
#define HB_FLEET_ALLOW_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct hb_allow {
    uint64_t *prints;   /* in the order of the file */
    size_t n;
} hb_allow;

/* HB_ERR_USAGE: a line is something else; its number is told. HB_ERR_IO, HB_ERR_MEMORY. *out is empty after an error. */
hb_status hb_allow_read(const char *path, hb_allow *out, hb_error *err);
int hb_allow_has(const hb_allow *allow, const char *fingerprint);
void hb_allow_fini(hb_allow *allow);

#endif
