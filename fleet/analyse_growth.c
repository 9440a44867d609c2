/* What enters: a series of which some dump could not be compared, or not with much trust. What leaves: objects and bytes by class in
 * each of its dumps, those that grew.
 *
 * A count needs no address: it holds after a compaction, and between processes of one program. The dumps are read once more for
 * it, one after the other; series that can be compared, which nearly all can, pay nothing. */
#include "fleet/analyse_parts.h"
#include "reduce/class_growth.h"
#include "report/fill.h"

static int is_asked(const hb_run *r, const hb_series_report *out)
{
    int asked = r->n_analysed > 1 && out->score < HB_DIFF_LEAST_SCORE;
    for (size_t i = 0; i < r->series->n_paths; i++) asked |= r->apart[i].why != HB_APART_NOT;
    return r->has_last && asked;
}

static int is_counted(const hb_run *r, size_t dump)
{
    const hb_dump_stats *stats = &r->stats[dump];
    return !hb_run_is_stdin(r, dump) && hb_dump_stats_is_dump(stats) && hb_dump_stats_is_whole(stats);
}

/* *counted: whether the file still has what it had. */
static hb_status count(hb_run *r, size_t dump, hb_class_growth *growth, int *counted)
{
    hb_intake intake = { 0 };
    hb_status status;
    hb_progress_stage(r->analysis->progress, "counting classes");
    HB_TRY(hb_run_read_again(r, dump, HB_COLLECT_CLASSES, &intake, counted));
    if (*counted) HB_TRY(hb_class_growth_add(r->comm, &intake, dump, growth));
out:
    hb_intake_fini(&intake);
    return status;
}

hb_status hb_run_growth(hb_run *r, hb_series_report *out)
{
    hb_class_growth growth;
    hb_status status = HB_OK;
    if (!is_asked(r, out)) return HB_OK;
    hb_class_growth_init(&growth, r->series->n_paths);
    hb_run_drop_last(r);
    for (size_t i = 0; i < r->series->n_paths; i++) {
        int counted = 0;
        if (is_counted(r, i)) HB_TRY(count(r, i, &growth, &counted));
        if (hb_comm_rank(r->comm) == 0) out->dumps[i].counted = counted;
    }
    if (hb_comm_rank(r->comm) == 0) status = hb_fill_growth(&growth, r->analysis->options->top, out);
    status = hb_comm_agree(r->comm, status);
out:
    hb_class_growth_fini(&growth);
    return status;
}
