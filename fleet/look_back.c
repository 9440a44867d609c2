#include "fleet/look_back.h"

#include "base/log.h"
#include "fleet/outdir_parts.h"
#include "fleet/series_id.h"
#include "fleet/verdict.h"

typedef struct past {
    const hb_outdir *dir;
    hb_outdir_parts parts;    /* --merge only */
    const hb_report *like;
} past;

/* From a part that did it; it is not done here. */
static hb_status take_from_parts(const past *p, uint64_t id, const char *name, hb_series_report *report)
{
    hb_error error;
    int found = 0;
    hb_error_clear(&error);
    hb_status status = id != 0 ? hb_outdir_parts_load(&p->parts, id, report, &found) : HB_OK;
    if (found && status == HB_OK) status = hb_outdir_save(p->dir, id, p->like, report, &error);
    if (status == HB_ERR_IO) hb_log(HB_LOG_ERROR, "%s: %s", error.path, error.message);
    if (found || status != HB_OK) return status;
    hb_log(HB_LOG_ERROR, "series %s is missing: its report is neither in %s nor in a part of it; run its part again, or "
           "everything with --resume in place of --merge", name, p->dir->path);
    return hb_verdict_leave_out(report, name, HB_OK);
}

/* is_done of load says whether it has to be looked for elsewhere, or done. */
static hb_status take_from_dir(const past *p, const char *name, hb_workload *load, hb_series_report *report)
{
    hb_error error;
    hb_error_clear(&error);
    load->is_suspect = hb_outdir_is_suspect(p->dir, load->id);
    if (hb_outdir_is_done(p->dir, load->id)) {
        const hb_status status = hb_outdir_load(p->dir, load->id, report, &error);
        load->is_done = status == HB_OK;
        if (status == HB_OK || status == HB_ERR_MEMORY) return status;
        hb_log(HB_LOG_WARN, "what is there of series %s cannot be used: %s: %s", name, error.path, error.message);
    } else if (hb_outdir_deaths(p->dir, load->id) >= HB_OUTDIR_MOST_DEATHS) {
        hb_log(HB_LOG_ERROR, "series %s is left out: %d runs died at work on it; try it alone, without --resume", name,
               HB_OUTDIR_MOST_DEATHS);
        load->is_done = 1;
        return hb_verdict_leave_out(report, name, HB_ERR_MEMORY);
    }
    return HB_OK;
}

static void worse(hb_status *status, hb_status other)
{
    if (other > *status) *status = other;
}

hb_status hb_look_back(const hb_outdir *dir, const hb_options *options, const hb_series_list *list, hb_workload *loads,
                       hb_report *report)
{
    past p = { .dir = dir, .like = report };
    hb_error error;
    hb_error_clear(&error);
    hb_status status = options->merge ? hb_outdir_parts_open(dir->path, &p.parts, &error) : HB_OK;
    if (status == HB_ERR_IO) hb_log(HB_LOG_ERROR, "%s: %s", error.path, error.message);
    for (size_t i = 0; i < list->n && status != HB_ERR_IO; i++) {
        const char *name = list->items[i].name;
        loads[i].id = hb_series_id(&list->items[i], options);
        if (loads[i].id != 0) worse(&status, take_from_dir(&p, name, &loads[i], &report->series[i]));
        if (!options->merge || loads[i].is_done) continue;
        worse(&status, take_from_parts(&p, loads[i].id, name, &report->series[i]));
        loads[i].is_done = 1;
    }
    hb_outdir_parts_close(&p.parts);
    return status;
}
