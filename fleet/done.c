#include "fleet/done.h"

#include <string.h>

#include "base/memory.h"
#include "fleet/verdict.h"
#include "report/pack.h"

/* Of a series: its place, what became of it, and its packed report, of so many bytes. Words. */
enum { DONE_SERIES, DONE_STATUS, DONE_BYTES, DONE_WORDS };

hb_status hb_done_keep(hb_done *done, size_t series, hb_status what, const hb_series_report *report)
{
    uint8_t *bytes = NULL;
    size_t n = 0;
    hb_status status = HB_OK;
    if (what == HB_OK) HB_TRY(hb_pack_series(report, &bytes, &n));
    const size_t n_words = (n + sizeof *done->words - 1) / sizeof *done->words;
    HB_TRY(hb_grow(&done->words, &done->cap, done->n + DONE_WORDS + n_words, sizeof *done->words));
    uint64_t *row = done->words + done->n;
    row[DONE_SERIES] = series;
    row[DONE_STATUS] = (uint64_t)what;
    row[DONE_BYTES] = n;
    if (n_words > 0) {
        row[DONE_WORDS + n_words - 1] = 0;
        memcpy(row + DONE_WORDS, bytes, n);
    }
    done->n += DONE_WORDS + n_words;
out:
    hb_free(bytes);
    return status;
}

/* What all ranks did, each in its place. */
static hb_status take(const uint64_t *all, size_t n, const hb_series_list *list, hb_report *out)
{
    hb_status status = HB_OK, worst = HB_OK;
    for (size_t at = 0; at < n;) {
        const uint64_t *row = all + at, *packed = row + DONE_WORDS;
        const size_t i = (size_t)row[DONE_SERIES];
        hb_series_report *report = &out->series[i];
        hb_error error;
        hb_error_clear(&error);
        at += DONE_WORDS + (row[DONE_BYTES] + sizeof *row - 1) / sizeof *row;
        if (row[DONE_STATUS] == HB_OK) {
            HB_TRY(hb_unpack_series((const uint8_t *)packed, (size_t)row[DONE_BYTES], report, &error));
            continue;
        }
        const hb_status abandoned = hb_verdict_abandon(report, list->items[i].name, (hb_status)row[DONE_STATUS]);
        if (abandoned > worst) worst = abandoned;
    }
out:
    return status > worst ? status : worst;
}

hb_status hb_done_gather(hb_comm *comm, const hb_done *done, const hb_series_list *list, hb_report *out)
{
    uint64_t *all = NULL;
    size_t n = 0;
    hb_status status;
    HB_TRY(hb_comm_gather(comm, done->words, done->n, 0, &all, &n));
    if (hb_comm_rank(comm) == 0) status = take(all, n, list, out);
    status = hb_comm_agree(comm, status);
out:
    hb_free(all);
    return status;
}

void hb_done_fini(hb_done *done)
{
    hb_free(done->words);
    *done = (hb_done){ 0 };
}
