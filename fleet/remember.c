/* A series counts as analysed when its suspects could be found: its last dump has ROOT lines, and where it has several dumps two
 * of them could be compared. Otherwise a leak that is there would be called gone. */
#include "fleet/remember.h"

#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/version.h"
#include "fleet/series_id.h"
#include "history/recording.h"

static int is_analysed(const hb_series_report *series)
{
    return series->has_last && series->has_reachability && (series->has_retained || series->n_dumps == 1);
}

/* Standard input has no id: what was in it tells. */
static uint64_t id_of(const hb_series *series, const hb_series_report *report)
{
    uint64_t id = hb_series_files_id(series);
    if (id != 0) return id;
    for (size_t i = 0; i < report->n_dumps; i++) {
        const hb_dump_report *dump = &report->dumps[i];
        id = hb_hash_mix(hb_hash_mix(hb_hash_mix(id, dump->bytes), dump->objects), dump->memsize);
    }
    return id;
}

static void count_dump(const hb_dump_report *dump, hb_history_sweep *sweep)
{
    sweep->n_dumps++;
    sweep->n_objects += dump->objects;
    if (!dump->has_time || (sweep->has_time && dump->taken_at_ms <= sweep->at_ms)) return;
    sweep->has_time = 1;
    sweep->at_ms = dump->taken_at_ms;
}

hb_status hb_remember(const hb_series_list *list, const hb_options *options, hb_report *report, hb_error *err)
{
    hb_history_sweep sweep = { .generator = HB_VERSION, .n_series = report->n_series };
    hb_history_series *series = hb_alloc(report->n_series, sizeof *series);
    if (series == NULL) return HB_ERR_MEMORY;
    sweep.series = series;
    for (size_t s = 0; s < report->n_series; s++) {
        const hb_series_report *from = &report->series[s];
        series[s] = (hb_history_series){ from->name != NULL ? from->name : "", is_analysed(from) };
        for (size_t i = 0; i < from->n_dumps; i++) count_dump(&from->dumps[i], &sweep);
        if (s < list->n) sweep.id = hb_hash_mix(sweep.id, id_of(&list->items[s], from));
    }
    hb_status status = hb_history_update(options->history_path, &sweep, &report->findings, err);
    hb_free(series);
    return status;
}
