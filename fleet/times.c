/* Enters: series with their paths in order. Leaves: the time of every dump, from one source a series. The rules stand in
 * times.h. The sources are tried one after the other, each on all paths; the manifest's times are there already.
 *
 * Cost: one stat() and, where there is a sidecar, one reading of it a dump; none where the names tell. */
#include "fleet/times.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/memory.h"
#include "fleet/moment.h"
#include "fleet/sidecar.h"
#include "fleet/stamp.h"

/* Fills in has_time and at_ms, which are 0. HB_ERR_MEMORY. */
typedef hb_status (*teller)(const char *path, hb_dump_time *out);

static hb_status tell_by_name(const char *path, hb_dump_time *out)
{
    hb_stamp_parts parts;
    hb_stamp_cut(hb_stamp_stem(path), &parts);
    out->has_time = parts.stamp[0] != '\0' ? hb_moment_of_stamp(parts.stamp, parts.zone_minutes, &out->at_ms)
                                           : hb_moment_of_unix(parts.counter, &out->at_ms);
    return HB_OK;
}

static int is_stdin(const char *path)
{
    return strcmp(path, "-") == 0;
}

static hb_status tell_by_sidecar(const char *path, hb_dump_time *out)
{
    return is_stdin(path) ? HB_OK : hb_sidecar_tell(path, &out->has_time, &out->at_ms);
}

static hb_status tell_by_mtime(const char *path, hb_dump_time *out)
{
    struct stat info;
    if (is_stdin(path) || stat(path, &info) != 0 || !S_ISREG(info.st_mode)) return HB_OK;
    out->has_time = 1;
    out->at_ms = (int64_t)info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1000000;
    return HB_OK;
}

/* Whether all have a time, each at least gap_ms after the one before. */
static int all_ascend(const hb_series *series, int64_t gap_ms, const char *source)
{
    size_t with = 0, i = 1;
    for (size_t k = 0; k < series->n_paths; k++) with += series->times[k].has_time != 0;
    if (with < series->n_paths) {
        if (with != 0)
            hb_log(HB_LOG_DEBUG, "series %s: %zu of %zu dumps have a time by %s", series->name, with, series->n_paths, source);
        return 0;
    }
    while (i < series->n_paths && series->times[i].at_ms - series->times[i - 1].at_ms >= gap_ms) i++;
    if (i == series->n_paths) return 1;
    hb_log(HB_LOG_DEBUG, "%s: %" PRId64 " ms after %s by %s: passed over", series->paths[i],
           series->times[i].at_ms - series->times[i - 1].at_ms, series->paths[i - 1], source);
    return 0;
}

/* *all: whether that gives each a time, and these ascend. */
static hb_status fill_by(hb_series *series, hb_time_source source, teller tell, int *all)
{
    for (size_t i = 0; i < series->n_paths; i++) {
        hb_dump_time *time = &series->times[i];
        *time = (hb_dump_time){ 0 };
        const hb_status status = tell(series->paths[i], time);
        if (status != HB_OK) return status;
        time->source = time->has_time ? source : HB_TIME_NONE;
    }
    *all = all_ascend(series, source == HB_TIME_MTIME ? HB_TIMES_LEAST_GAP_MS : 0, hb_time_source_name(source));
    return HB_OK;
}

static hb_status find_for(hb_series *series)
{
    int found = 0;
    hb_status status;
    if (series->times != NULL && all_ascend(series, 0, hb_time_source_name(HB_TIME_MANIFEST))) return HB_OK;
    if (series->times == NULL) series->times = hb_alloc_zero(series->n_paths, sizeof *series->times);
    if (series->times == NULL) return HB_ERR_MEMORY;
    HB_TRY(fill_by(series, HB_TIME_NAME, tell_by_name, &found));
    if (!found) HB_TRY(fill_by(series, HB_TIME_SIDECAR, tell_by_sidecar, &found));
    if (!found) HB_TRY(fill_by(series, HB_TIME_MTIME, tell_by_mtime, &found));
    if (!found) memset(series->times, 0, series->n_paths * sizeof *series->times);
out:
    return status;
}

hb_status hb_times_find(hb_series_list *list)
{
    hb_status status = HB_OK;
    for (size_t i = 0; i < list->n && status == HB_OK; i++) status = find_for(&list->items[i]);
    return status;
}
