/* Enters: a manifest. Leaves: series. The format stands in manifest.h.
 *
 * Lines that name a series are sorted by (series, path, line), so that what a series has twice stands side by side, then by
 * (series, line): each run of them is a series. The others go through hb_series_group, as if they were the command line; their
 * times are found again by path. Either way a series begins as a run of lines, which is sorted by time when all have one.
 * Time n log n. */
#include "fleet/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "fleet/manifest_lines.h"
#include "fleet/stamp.h"

static int compare_lines(const hb_manifest_line *a, const hb_manifest_line *b)
{
    return (a->line > b->line) - (a->line < b->line);
}

static int compare_paths(const char *a, const char *b)
{
    return strcmp(hb_stamp_skip_here(a), hb_stamp_skip_here(b));
}

/* Those without a series come first. */
static int compare_series(const hb_manifest_line *a, const hb_manifest_line *b)
{
    if (a->series == NULL || b->series == NULL) return (a->series != NULL) - (b->series != NULL);
    return strcmp(a->series, b->series);
}

static int by_series_path_line(const void *left, const void *right)
{
    const hb_manifest_line *a = left, *b = right;
    int order = compare_series(a, b);
    if (order == 0) order = compare_paths(a->path, b->path);
    return order != 0 ? order : compare_lines(a, b);
}

static int by_series_line(const void *left, const void *right)
{
    int order = compare_series(left, right);
    return order != 0 ? order : compare_lines(left, right);
}

static int by_time_line(const void *left, const void *right)
{
    const hb_manifest_line *a = left, *b = right;
    if (a->at_ms != b->at_ms) return a->at_ms < b->at_ms ? -1 : 1;
    return compare_lines(a, b);
}

static int path_to_line(const void *key, const void *item)
{
    return compare_paths(key, ((const hb_manifest_line *)item)->path);
}

/* Of lines sorted by series and path: drops what a series has already. */
static void drop_repeated(hb_manifest_lines *lines)
{
    size_t kept = 0;
    for (size_t i = 0; i < lines->n; i++) {
        hb_manifest_line *line = &lines->items[i], *last = kept != 0 ? &lines->items[kept - 1] : NULL;
        if (last == NULL || compare_series(last, line) != 0 || compare_paths(last->path, line->path) != 0) {
            lines->items[kept++] = *line;
            continue;
        }
        hb_log(HB_LOG_WARN, "%s: given more than once, counted once", line->path);
        hb_free(line->path);
        hb_free(line->series);
    }
    lines->n = kept;
}

/* The run is put into the order of its times, if all have one. Paths are copied. */
static hb_status fill_series(const char *name, hb_manifest_line *run, size_t n, hb_series *out)
{
    size_t with_time = 0;
    for (size_t i = 0; i < n; i++) with_time += run[i].has_time != 0;
    if (with_time == n) qsort(run, n, sizeof *run, by_time_line);
    out->name = hb_copy_text(name, strlen(name));
    out->paths = hb_alloc_zero(n, sizeof *out->paths);
    if (with_time != 0) out->times = hb_alloc_zero(n, sizeof *out->times);
    if (out->name == NULL || out->paths == NULL || (with_time != 0 && out->times == NULL)) return HB_ERR_MEMORY;
    for (; out->n_paths < n; out->n_paths++) {
        const hb_manifest_line *line = &run[out->n_paths];
        out->paths[out->n_paths] = hb_copy_text(line->path, strlen(line->path));
        if (out->paths[out->n_paths] == NULL) return HB_ERR_MEMORY;
        if (line->has_time) out->times[out->n_paths] = (hb_dump_time){ 1, line->at_ms, HB_TIME_MANIFEST };
    }
    return HB_OK;
}

/* Lines that name their series, sorted by series and line. */
static hb_status add_named(hb_manifest_line *lines, size_t n, hb_series_list *out)
{
    hb_status status = HB_OK;
    for (size_t start = 0, end; status == HB_OK && start < n; start = end) {
        for (end = start + 1; end < n && compare_series(&lines[start], &lines[end]) == 0;) end++;
        status = fill_series(lines[start].series, lines + start, end - start, &out->items[out->n++]);
    }
    return status;
}

/* The lines of a series that came about by names; `lines` are sorted by path. */
static hb_status add_grouped(const hb_series *grouped, const hb_manifest_line *lines, size_t n, hb_series_list *out)
{
    hb_manifest_line *run = hb_alloc(grouped->n_paths, sizeof *run);
    if (run == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < grouped->n_paths; i++) {
        run[i] = *(const hb_manifest_line *)bsearch(grouped->paths[i], lines, n, sizeof *lines, path_to_line);
        run[i].line = i; /* what is of one time keeps the order of the group */
    }
    hb_status status = fill_series(grouped->name, run, grouped->n_paths, &out->items[out->n++]);
    hb_free(run);
    return status;
}

/* Lines without a series, sorted by line; leaves them sorted by path. */
static hb_status add_by_names(hb_manifest_line *lines, size_t n, hb_series_list *out, hb_error *err)
{
    hb_series_list grouped = { NULL, 0 };
    hb_status status;
    const char **paths = hb_alloc(n, sizeof *paths);
    HB_TRY(paths != NULL ? HB_OK : HB_ERR_MEMORY);
    for (size_t i = 0; i < n; i++) paths[i] = lines[i].path;
    HB_TRY(hb_series_group(HB_SERIES_AUTO, NULL, paths, n, &grouped, err));
    qsort(lines, n, sizeof *lines, by_series_path_line);
    for (size_t i = 0; i < grouped.n; i++) HB_TRY(add_grouped(&grouped.items[i], lines, n, out));
out:
    hb_series_list_fini(&grouped);
    hb_free(paths);
    return status;
}

hb_status hb_manifest_read(const char *path, hb_series_list *out, hb_error *err)
{
    hb_manifest_lines lines;
    hb_status status;
    size_t n_unnamed = 0;
    *out = (hb_series_list){ NULL, 0 };
    HB_TRY(hb_manifest_lines_read(path, &lines, err));
    if (lines.n == 0) {
        status = hb_error_set(err, HB_ERR_USAGE, path, HB_NO_BYTE, "the manifest names no dump to read");
        goto out;
    }
    qsort(lines.items, lines.n, sizeof *lines.items, by_series_path_line);
    drop_repeated(&lines);
    qsort(lines.items, lines.n, sizeof *lines.items, by_series_line);
    while (n_unnamed < lines.n && lines.items[n_unnamed].series == NULL) n_unnamed++;
    out->items = hb_alloc_zero(lines.n, sizeof *out->items);
    HB_TRY(out->items != NULL ? HB_OK : HB_ERR_MEMORY);
    if (n_unnamed != 0) HB_TRY(add_by_names(lines.items, n_unnamed, out, err));
    HB_TRY(add_named(lines.items + n_unnamed, lines.n - n_unnamed, out));
    HB_TRY(hb_series_list_settle(out, err));
out:
    if (status == HB_ERR_MEMORY) hb_error_set(err, HB_ERR_MEMORY, path, HB_NO_BYTE, "out of memory while reading the manifest");
    if (status != HB_OK) hb_series_list_fini(out);
    hb_manifest_lines_fini(&lines);
    return status;
}
