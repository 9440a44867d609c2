/* Enters: paths in the order of the command line. Leaves: series, oldest dump first. The rules stand in series.h.
 *
 * Every path becomes an entry, with the key of its group and what orders it (series_entry.c). One sort by (key, order)
 * makes every series a run of entries; a second sort, by name, puts the series in their final order. What is a series of
 * its own (`alone`) never joins a run, whatever its key.
 *
 * Series with one name are renamed to their first path until no two are the same. A rename can run into a
 * third name, so this repeats; it ends because paths are distinct and every round renames at least one more. */
#include "fleet/series.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "fleet/natural.h"
#include "fleet/series_entry.h"
#include "fleet/sidecar.h"
#include "fleet/stamp.h"

int hb_series_compare_natural(const char *a, const char *b)
{
    return hb_natural_compare(hb_span_of(a), hb_span_of(b));
}

static int compare_places(const hb_series_entry *a, const hb_series_entry *b)
{
    return (a->place > b->place) - (a->place < b->place);
}

static int by_path(const void *left, const void *right)
{
    const hb_series_entry *a = left, *b = right;
    int order = strcmp(hb_stamp_skip_here(a->path), hb_stamp_skip_here(b->path));
    return order != 0 ? order : compare_places(a, b);
}

static int by_place(const void *left, const void *right)
{
    return compare_places(left, right);
}

static int compare_moments(const hb_series_entry *a, const hb_series_entry *b)
{
    int order = strcmp(a->stamp, b->stamp);
    return order != 0 ? order : hb_natural_compare(a->order, b->order);
}

static int by_key_and_moment(const void *left, const void *right)
{
    const hb_series_entry *a = left, *b = right;
    int order = strcmp(a->key, b->key);
    if (order == 0) order = a->alone - b->alone;
    if (order == 0) order = compare_moments(a, b);
    return order != 0 ? order : compare_places(a, b);
}

static int by_name(const void *left, const void *right)
{
    const hb_series *a = left, *b = right;
    int order = hb_series_compare_natural(a->name, b->name);
    return order != 0 ? order : strcmp(a->name, b->name);
}

/* Whether the entry tells the time of another one of n, which are sorted by path. */
static int is_sidecar(const hb_series_entry *entry, const hb_series_entry *entries, size_t n)
{
    hb_span path = hb_span_of(entry->path);
    if (path.n < sizeof ".time" || strcmp(path.at + path.n - 5, ".time") != 0) return 0;
    for (size_t low = 0, high = n; low < high;) {
        size_t middle = low + (high - low) / 2;
        hb_span of = hb_span_of(hb_stamp_skip_here(entries[middle].path));
        hb_span wanted = hb_span_of(hb_stamp_skip_here(entry->path));
        wanted.n -= 5;
        int order = strncmp(of.at, wanted.at, wanted.n);
        if (order == 0) order = of.n > wanted.n;
        if (order == 0) return 1;
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    return 0;
}

static int is_same_path(const hb_series_entry *a, const hb_series_entry *b)
{
    return strcmp(hb_stamp_skip_here(a->path), hb_stamp_skip_here(b->path)) == 0;
}

/* Fills the entries with every distinct path that is no .tmp file and no sidecar, in the order of the command line;
 * returns how many. */
static size_t admit(const char *const *paths, size_t n_paths, hb_series_entry *entries)
{
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < n_paths; i++) {
        if (hb_span_ends_with(hb_span_of(paths[i]), ".tmp"))
            hb_log(HB_LOG_WARN, "%s: left out, a .tmp file is still being written", paths[i]);
        else if (hb_sidecar_is_meta(paths[i]))
            hb_log(HB_LOG_INFO, "%s: left out, it tells of a dump and is none", paths[i]);
        else
            entries[n++] = (hb_series_entry){ .path = paths[i], .order = { paths[i], 0 }, .place = i };
    }
    if (n == 0) return 0;
    qsort(entries, n, sizeof *entries, by_path);
    /* Marked first: what is kept moves to the front. */
    for (size_t i = 0; i < n; i++) entries[i].alone = is_sidecar(&entries[i], entries, n);
    for (size_t i = 0; i < n; i++) {
        if (entries[i].alone)
            hb_log(HB_LOG_INFO, "%s: left out, it tells the time of a dump", entries[i].path);
        else if (kept != 0 && is_same_path(&entries[kept - 1], &entries[i]))
            hb_log(HB_LOG_WARN, "%s: given more than once, counted once", entries[i].path);
        else
            entries[kept++] = entries[i];
    }
    qsort(entries, kept, sizeof *entries, by_place);
    return kept;
}

static int same_series(const hb_series_entry *a, const hb_series_entry *b)
{
    return !a->alone && !b->alone && strcmp(a->key, b->key) == 0;
}

static hb_status fill_series(hb_series *series, const hb_series_entry *first, size_t n)
{
    const char *name = n == 1 && first->solo_name != NULL ? first->solo_name : first->name;
    series->name = hb_copy_text(name, strlen(name));
    series->paths = hb_alloc_zero(n, sizeof *series->paths);
    if (series->name == NULL || series->paths == NULL) return HB_ERR_MEMORY;
    for (series->n_paths = 0; series->n_paths < n; series->n_paths++) {
        const char *path = first[series->n_paths].path;
        series->paths[series->n_paths] = hb_copy_text(path, strlen(path));
        if (series->paths[series->n_paths] == NULL) return HB_ERR_MEMORY;
    }
    return HB_OK;
}

static void warn_of_equal_moments(const hb_series_entry *run, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (compare_moments(&run[i - 1], &run[i]) == 0)
            hb_log(HB_LOG_WARN, "%s and %s have the same place in one series: is it the same dump twice?",
                   run[i - 1].path, run[i].path);
}

/* Entries sorted by key and moment to series, one a run. */
static hb_status gather(const hb_series_entry *entries, size_t n, int warns, hb_series_list *out)
{
    out->items = hb_alloc_zero(n, sizeof *out->items);
    if (out->items == NULL) return HB_ERR_MEMORY;
    for (size_t start = 0, end; start < n; start = end) {
        for (end = start + 1; end < n && same_series(&entries[start], &entries[end]);) end++;
        if (warns) warn_of_equal_moments(entries + start, end - start);
        hb_status status = fill_series(&out->items[out->n++], entries + start, end - start);
        if (status != HB_OK) return status;
    }
    return HB_OK;
}

/* Names the series by its first path; sets *renamed unless it is named so already. */
static hb_status rename_to_path(hb_series *series, int *renamed)
{
    if (strcmp(series->name, series->paths[0]) == 0) return HB_OK;
    char *name = hb_copy_text(series->paths[0], strlen(series->paths[0]));
    if (name == NULL) return HB_ERR_MEMORY;
    hb_free(series->name);
    series->name = name;
    *renamed = 1;
    return HB_OK;
}

static hb_status sort_and_tell_apart(hb_series_list *list)
{
    int renamed = 1;
    while (renamed) {
        renamed = 0;
        qsort(list->items, list->n, sizeof *list->items, by_name);
        for (size_t start = 0, end; start < list->n; start = end) {
            const char *name = list->items[start].name;
            for (end = start + 1; end < list->n && strcmp(name, list->items[end].name) == 0;) end++;
            for (size_t i = start; end - start > 1 && i < end; i++)
                if (rename_to_path(&list->items[i], &renamed) != HB_OK) return HB_ERR_MEMORY;
        }
    }
    return HB_OK;
}

hb_status hb_series_list_settle(hb_series_list *list, hb_error *err)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].n_paths > HB_SERIES_MOST_DUMPS)
            return hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE, "series %s has %zu dumps; at most %d go into one",
                                list->items[i].name, list->items[i].n_paths, HB_SERIES_MOST_DUMPS);
    return sort_and_tell_apart(list);
}

hb_status hb_series_group(hb_series_mode mode, const char *regex, const char *const *paths, size_t n_paths,
                          hb_series_list *out, hb_error *err)
{
    hb_status status;
    size_t n = 0;
    *out = (hb_series_list){ NULL, 0 };
    hb_series_entry *entries = hb_alloc(n_paths, sizeof *entries);
    HB_TRY(entries != NULL ? HB_OK : HB_ERR_MEMORY);
    n = admit(paths, n_paths, entries);
    if (n == 0) {
        status = hb_error_set(err, HB_ERR_USAGE, NULL, HB_NO_BYTE,
                              "there is no dump to read; name at least one that ends neither in .tmp nor in .meta.json");
        goto out;
    }
    HB_TRY(hb_series_describe(mode, regex, entries, n, err));
    if (mode != HB_SERIES_ONE) qsort(entries, n, sizeof *entries, by_key_and_moment);
    HB_TRY(gather(entries, n, mode == HB_SERIES_AUTO, out));
    HB_TRY(hb_series_list_settle(out, err));
out:
    if (status == HB_ERR_MEMORY)
        hb_error_set(err, HB_ERR_MEMORY, NULL, HB_NO_BYTE, "out of memory while grouping %zu paths", n_paths);
    for (size_t i = 0; i < n; i++) hb_series_entry_fini(&entries[i]);
    hb_free(entries);
    if (status != HB_OK) hb_series_list_fini(out);
    return status;
}

void hb_series_fini(hb_series *series)
{
    for (size_t i = 0; i < series->n_paths; i++) hb_free(series->paths[i]);
    hb_free(series->paths);
    hb_free(series->times);
    hb_free(series->symptoms);
    hb_free(series->name);
    *series = (hb_series){ 0 };
}

void hb_series_list_fini(hb_series_list *list)
{
    for (size_t i = 0; i < list->n; i++) hb_series_fini(&list->items[i]);
    hb_free(list->items);
    *list = (hb_series_list){ NULL, 0 };
}
