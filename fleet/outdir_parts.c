#include "fleet/outdir_parts.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "fleet/series.h"

/* What glob(3) would take for more than itself has a backslash in front. */
static char *pattern_of(const char *path)
{
    static const char tail[] = "/part-*";
    char *pattern = hb_alloc(2 * strlen(path) + sizeof tail, 1), *to = pattern;
    if (pattern == NULL) return NULL;
    for (const char *at = path; *at != '\0'; at++) {
        if (strchr("*?[\\", *at) != NULL) *to++ = '\\';
        *to++ = *at;
    }
    memcpy(to, tail, sizeof tail);
    return pattern;
}

static int by_name(const void *a, const void *b)
{
    const hb_outdir *x = a, *y = b;
    return hb_series_compare_natural(x->path, y->path);
}

hb_status hb_outdir_parts_open(const char *path, hb_outdir_parts *out, hb_error *err)
{
    glob_t names = { 0 };
    hb_status status = HB_OK;
    *out = (hb_outdir_parts){ 0 };
    char *pattern = pattern_of(path);
    if (pattern == NULL) return HB_ERR_MEMORY;
    const int answer = glob(pattern, GLOB_ERR, NULL, &names);
    if (answer == GLOB_NOSPACE) HB_TRY(HB_ERR_MEMORY);
    if (answer == GLOB_ABORTED) HB_TRY(hb_error_set(err, HB_ERR_IO, path, HB_NO_BYTE, "cannot be read"));
    out->items = hb_alloc_zero(names.gl_pathc, sizeof *out->items);
    if (out->items == NULL) HB_TRY(HB_ERR_MEMORY);
    for (size_t i = 0; i < names.gl_pathc; i++) {
        hb_error error;
        hb_error_clear(&error);
        status = hb_outdir_open_to_read(names.gl_pathv[i], &out->items[out->n], &error);
        if (status == HB_ERR_IO) hb_log(HB_LOG_WARN, "%s: %s", error.path, error.message);
        else if (status != HB_OK) goto out;
        else out->n++;
    }
    status = HB_OK;
    if (out->n > 0) qsort(out->items, out->n, sizeof *out->items, by_name);
out:
    if (status != HB_OK) hb_outdir_parts_close(out);
    globfree(&names);
    hb_free(pattern);
    return status;
}

void hb_outdir_parts_close(hb_outdir_parts *parts)
{
    for (size_t i = 0; i < parts->n; i++) hb_outdir_close(&parts->items[i]);
    hb_free(parts->items);
    *parts = (hb_outdir_parts){ 0 };
}

hb_status hb_outdir_parts_load(const hb_outdir_parts *parts, uint64_t id, hb_series_report *out, int *found)
{
    *found = 0;
    for (size_t i = 0; i < parts->n && !*found; i++) {
        hb_error error;
        hb_error_clear(&error);
        if (!hb_outdir_is_done(&parts->items[i], id)) continue;
        const hb_status status = hb_outdir_load(&parts->items[i], id, out, &error);
        if (status == HB_ERR_MEMORY) return status;
        *found = status == HB_OK;
        if (!*found) hb_log(HB_LOG_WARN, "%s: %s", error.path, error.message);
    }
    return HB_OK;
}
