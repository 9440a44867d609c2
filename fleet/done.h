/* Reports of series that ranks finished by themselves, on their way to rank 0. */
#ifndef HB_FLEET_DONE_H
#define HB_FLEET_DONE_H

#include "base/comm.h"
#include "fleet/series.h"
#include "report/report.h"

typedef struct hb_done {
    uint64_t *words;   /* one series after the other */
    size_t n, cap;     /* words; n = 0: nothing is kept */
} hb_done;

/* Keeps what became of a series by its place in the list, and if that is HB_OK its report. HB_ERR_MEMORY. Local. */
hb_status hb_done_keep(hb_done *done, size_t series, hb_status what, const hb_series_report *report);

/* What all ranks kept, into out->series on rank 0. A series of which nothing came is there by name
 * (hb_verdict_abandon), and why it is is the answer if nothing is worse. Collective; agrees on the status. */
hb_status hb_done_gather(hb_comm *comm, const hb_done *done, const hb_series_list *list, hb_report *out);

void hb_done_fini(hb_done *done);

#endif
