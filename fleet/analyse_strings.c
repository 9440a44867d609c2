/* What enters: a series that is done, with --strings. What leaves: which contents several strings of its last dump have.
 *
 * The last dump is read once more for it, when nothing else of it is in memory. Contents are told by a hash under the secret of the run
 * (base/hash.h), and no hash is in any output: nobody can test by the report whether a secret that he guesses is in the dump. With
 * --show-values it is read a third time, for the contents of the rows that are shown. */
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "fleet/analyse_parts.h"
#include "reduce/equal_strings.h"
#include "report/fill.h"

#define NOT_TWICE "equal strings were not looked for: standard input cannot be read twice; give the dump as a file"
#define NO_LONGER "equal strings were not looked for: read once more, the file was not what it had been: it is still being written, or the disk " \
                  "failed for a moment; run again"
#define NOT_SHOWN "not all contents of equal strings are shown: read once more, the file was not what it had been: it is still being written, or " \
                  "the disk failed for a moment; run again"

/* Why it could not be done, or not all of it. On rank 0. */
static hb_status say(const hb_run *r, hb_series_report *out, const char *why)
{
    if (hb_comm_rank(r->comm) != 0) return HB_OK;
    hb_progress_clear(r->analysis->progress);
    hb_log(HB_LOG_WARN, "%s: %s", r->series->paths[out->last], why);
    out->equal.fault = hb_copy_text(why, strlen(why));
    return out->equal.fault != NULL ? HB_OK : HB_ERR_MEMORY;
}

static hb_status count(hb_run *r, size_t dump, hb_equal_strings *equal, int *is_same)
{
    hb_intake intake = { 0 };
    hb_status status;
    hb_progress_stage(r->analysis->progress, "comparing strings");
    HB_TRY(hb_run_read_again(r, dump, HB_COLLECT_STRINGS, &intake, is_same));
    if (*is_same) HB_TRY(hb_equal_strings_find(r->comm, &intake, r->analysis->options->top, HB_EQUAL_BY_BYTES, equal));
out:
    hb_intake_fini(&intake);
    return status;
}

/* contents: initialised here. */
static hb_status read_contents(hb_run *r, size_t dump, const hb_equal_strings *equal, hb_table *contents, int *is_same)
{
    hb_intake intake = { 0 };
    hb_table wanted;
    hb_status status;
    hb_table_init(contents, 1, HB_CONTENTS_VALUES);
    HB_TRY(hb_equal_strings_want(r->comm, equal, &wanted));
    hb_progress_stage(r->analysis->progress, "reading contents");
    r->wanted_strings = &wanted;
    HB_TRY(hb_run_read_again(r, dump, HB_COLLECT_CONTENTS, &intake, is_same));
    HB_TRY(hb_equal_strings_gather(r->comm, &intake, contents));
out:
    r->wanted_strings = NULL;
    hb_table_fini(&wanted);
    hb_intake_fini(&intake);
    return status;
}

/* The rows, and with --show-values their contents. */
static hb_status fill(hb_run *r, const hb_equal_strings *equal, hb_series_report *out)
{
    const int shows = r->analysis->options->show_values, here = hb_comm_rank(r->comm) == 0;
    hb_table contents;
    int is_same = 1;
    hb_status status = HB_OK;
    hb_table_init(&contents, 1, HB_CONTENTS_VALUES);
    if (shows) HB_TRY(read_contents(r, out->last, equal, &contents, &is_same));
    if (here) status = hb_fill_strings(equal, r->stats[out->last].counts.type_objects[HB_TYPE_STRING], &contents, out);
    if (here && status == HB_OK && shows && contents.n < equal->n) status = say(r, out, NOT_SHOWN);
out:
    hb_table_fini(&contents);
    return hb_comm_agree(r->comm, status);
}

hb_status hb_run_strings(hb_run *r, hb_series_report *out)
{
    hb_equal_strings equal;
    int is_same = 0;
    hb_status status;
    if (!r->analysis->options->strings || !out->has_last) return HB_OK;
    hb_equal_strings_init(&equal);
    hb_run_drop_last(r);
    if (hb_run_is_stdin(r, out->last)) return hb_comm_agree(r->comm, say(r, out, NOT_TWICE));
    HB_TRY(count(r, out->last, &equal, &is_same));
    if (is_same) HB_TRY(fill(r, &equal, out));
    else HB_TRY(hb_comm_agree(r->comm, say(r, out, NO_LONGER)));
    hb_run_end_stage(r, "strings", 0, equal.distinct);
out:
    hb_equal_strings_fini(&equal);
    return status;
}
