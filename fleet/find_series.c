#include "fleet/find_series.h"

#include "base/memory.h"
#include "fleet/manifest.h"
#include "fleet/series_check.h"
#include "fleet/sidecar.h"
#include "fleet/times.h"
#include "report/codec.h"
#include "report/pack_dump.h"

/* --- to the other ranks --- */

static void put_time(hb_codec *c, hb_dump_time *time)
{
    int source = (int)time->source;
    hb_codec_int(c, &time->has_time, 1);
    hb_codec_word(c, (uint64_t *)&time->at_ms);
    hb_codec_int(c, &source, HB_TIME_MTIME);
    time->source = (hb_time_source)source;
}

static void put_series(hb_codec *c, hb_series *series)
{
    size_t n_times = series->times != NULL ? series->n_paths : 0, n_symptoms = series->symptoms != NULL ? series->n_paths : 0;
    hb_codec_text(c, &series->name);
    series->paths = hb_codec_list(c, series->paths, &series->n_paths, sizeof *series->paths);
    for (size_t i = 0; i < series->n_paths; i++) hb_codec_text(c, &series->paths[i]);
    series->times = hb_codec_list(c, series->times, &n_times, sizeof *series->times);
    for (size_t i = 0; i < n_times; i++) put_time(c, &series->times[i]);
    series->symptoms = hb_codec_list(c, series->symptoms, &n_symptoms, sizeof *series->symptoms);
    for (size_t i = 0; i < n_symptoms; i++) hb_pack_put_symptoms(c, &series->symptoms[i]);
}

static hb_status share(hb_comm *comm, hb_series_list *list)
{
    const int here = hb_comm_rank(comm) == 0;
    hb_codec c = { .reads = 0 };
    hb_status status = HB_OK;
    if (hb_comm_size(comm) == 1) return HB_OK;
    if (here) {
        list->items = hb_codec_list(&c, list->items, &list->n, sizeof *list->items);
        for (size_t i = 0; i < list->n; i++) put_series(&c, &list->items[i]);
    }
    HB_TRY(hb_comm_agree(comm, c.status));
    uint64_t n = c.n;
    hb_comm_broadcast(comm, &n, sizeof n, 0);
    if (!here) {
        c = (hb_codec){ .reads = 1, .bytes = hb_alloc((size_t)n, 1), .n = (size_t)n };
        if (c.bytes == NULL) status = HB_ERR_MEMORY;
    }
    HB_TRY(hb_comm_agree(comm, status));
    hb_comm_broadcast(comm, c.bytes, (size_t)n, 0);
    if (!here) {
        list->items = hb_codec_list(&c, NULL, &list->n, sizeof *list->items);
        for (size_t i = 0; i < list->n; i++) put_series(&c, &list->items[i]);
    }
    status = hb_comm_agree(comm, c.status);
out:
    hb_free(c.bytes);
    return status;
}

/* --- on rank 0 --- */

/* Every n-th series, beginning with the one at `first`. */
static void keep_part(hb_series_list *list, size_t first, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->n; i++) {
        if (i % n == first) list->items[kept++] = list->items[i];
        else hb_series_fini(&list->items[i]);
    }
    list->n = kept;
}

/* What the sidecars of the dumps tell. */
static hb_status find_symptoms(hb_series_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        hb_series *series = &list->items[i];
        series->symptoms = hb_alloc_zero(series->n_paths, sizeof *series->symptoms);
        if (series->symptoms == NULL) return HB_ERR_MEMORY;
        for (size_t k = 0; k < series->n_paths; k++) {
            const hb_status status = hb_sidecar_figures(series->paths[k], &series->symptoms[k]);
            if (status != HB_OK) return status;
        }
    }
    return HB_OK;
}

static hb_status find(const hb_options *o, hb_series_list *out, hb_error *err)
{
    hb_status status;
    if (o->manifest_path != NULL)
        HB_TRY(hb_manifest_read(o->manifest_path, out, err));
    else
        HB_TRY(hb_series_group(o->series_mode, o->series_regex, (const char *const *)o->paths, o->n_paths, out, err));
    if (o->manifest_path == NULL && o->series_mode == HB_SERIES_AUTO) HB_TRY(hb_series_check(out, &o->limits));
    HB_TRY(hb_times_find(out));
    if (o->n_parts > 0) keep_part(out, (size_t)o->part, (size_t)o->n_parts);
    HB_TRY(find_symptoms(out));
out:
    return status;
}

hb_status hb_series_find(hb_comm *comm, const hb_options *options, hb_series_list *out, hb_error *err)
{
    hb_status status;
    *out = (hb_series_list){ 0 };
    HB_TRY(hb_comm_agree(comm, hb_comm_rank(comm) == 0 ? find(options, out, err) : HB_OK));
    HB_TRY(share(comm, out));
out:
    if (status != HB_OK) hb_series_list_fini(out);
    return status;
}
