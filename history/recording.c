/* One transaction: the sweep's own rows are removed if it was there, the findings are compared with what is left, and its rows
 * are written. The order of sweeps is (at_ms, id); a sweep that is replaced keeps its id. Cost: a few index look-ups a
 * finding, and what a finding affects a row. */
#include "history/recording.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "history/recording_parts.h"
#include "history/store.h"

#define EARLIER "(at_ms < ?1 OR (at_ms = ?1 AND id < ?2))"

/* --- the sweep --- */

static hb_status list_analysed(hb_recording *r)
{
    r->analysed = hb_alloc(r->sweep->n_series, sizeof *r->analysed);
    if (r->analysed == NULL) return HB_ERR_MEMORY;
    for (size_t i = 0; i < r->sweep->n_series; i++)
        if (r->sweep->series[i].is_analysed) r->analysed[r->n_analysed++] = r->sweep->series[i].name;
    if (r->n_analysed > 0) qsort(r->analysed, r->n_analysed, sizeof *r->analysed, hb_recording_by_name);
    return HB_OK;
}

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Takes this sweep out if it is in the file; says which id and time it has. */
static void replace(hb_recording *r)
{
    char hash[HB_FINGERPRINT_ROOM];
    snprintf(hash, sizeof hash, "%016" PRIx64, r->sweep->id);
    r->at_ms = r->sweep->has_time ? r->sweep->at_ms : clock_ms();
    r->id = hb_sql_one(&r->db, "SELECT max(id) FROM sweep", 0) + 1;
    hb_sql_query *q = hb_sql_ask(&r->db, "SELECT id, at_ms FROM sweep WHERE hash = ?1");
    hb_sql_bind_text(&r->db, q, 1, hash);
    if (hb_sql_next(&r->db, q)) {
        r->id = hb_sql_number(q, 0);
        if (!r->sweep->has_time) r->at_ms = hb_sql_number(q, 1);
    }
    hb_sql_done(q);
    static const char *const from[] = { "DELETE FROM affected WHERE sweep = ?1", "DELETE FROM observation WHERE sweep = ?1",
                                        "DELETE FROM sweep WHERE id = ?1" };
    for (size_t i = 0; i < 3; i++) {
        q = hb_sql_ask(&r->db, from[i]);
        hb_sql_bind_number(&r->db, q, 1, r->id);
        hb_sql_next(&r->db, q);
        hb_sql_done(q);
    }
    q = hb_sql_ask(&r->db, "SELECT id FROM sweep WHERE " EARLIER " ORDER BY at_ms DESC, id DESC LIMIT 1");
    hb_sql_bind_number(&r->db, q, 1, r->at_ms);
    hb_sql_bind_number(&r->db, q, 2, r->id);
    r->before = hb_sql_next(&r->db, q) ? hb_sql_number(q, 0) : 0;
    hb_sql_done(q);
}

static void write_sweep(hb_recording *r, const hb_findings *findings)
{
    const hb_history_sweep *s = r->sweep;
    char hash[HB_FINGERPRINT_ROOM];
    snprintf(hash, sizeof hash, "%016" PRIx64, s->id);
    hb_sql_query *q = hb_sql_ask(&r->db, "INSERT INTO sweep VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    hb_sql_bind_number(&r->db, q, 1, r->id);
    hb_sql_bind_text(&r->db, q, 2, hash);
    hb_sql_bind_number(&r->db, q, 3, r->at_ms);
    hb_sql_bind_text(&r->db, q, 4, s->generator);
    hb_sql_bind_number(&r->db, q, 5, r->n_analysed == s->n_series);
    hb_sql_bind_count(&r->db, q, 6, findings->n_processes);
    hb_sql_bind_count(&r->db, q, 7, findings->n_hosts);
    hb_sql_bind_count(&r->db, q, 8, s->n_series);
    hb_sql_bind_count(&r->db, q, 9, s->n_dumps);
    hb_sql_bind_count(&r->db, q, 10, s->n_objects);
    hb_sql_next(&r->db, q);
    hb_sql_done(q);
}

/* --- a finding --- */

/* The id of its row, which is made where there is none. */
static int64_t finding_row(hb_recording *r, const hb_finding *f)
{
    static const char *const texts[] = {
        "INSERT OR IGNORE INTO finding (fingerprint, held_by, holder, path, site) VALUES (?1, ?2, ?3, ?4, ?5)",
        "SELECT id FROM finding WHERE fingerprint = ?1 AND held_by = ?2 AND holder = ?3 AND path = ?4 AND site = ?5" };
    int64_t id = 0;
    for (size_t i = 0; i < 2; i++) {
        hb_sql_query *q = hb_sql_ask(&r->db, texts[i]);
        hb_sql_bind_text(&r->db, q, 1, f->fingerprint);
        hb_sql_bind_text(&r->db, q, 2, f->held_by);
        hb_sql_bind_text(&r->db, q, 3, hb_history_words(f->holder));
        hb_sql_bind_text(&r->db, q, 4, hb_history_words(f->path));
        hb_sql_bind_text(&r->db, q, 5, hb_history_words(f->site));
        if (hb_sql_next(&r->db, q)) id = hb_sql_number(q, 0);
        hb_sql_done(q);
    }
    return id;
}

/* since and n_sweeps, from the earlier sweeps that have it. */
void hb_recording_look_back(hb_recording *r, int64_t row, hb_finding *f)
{
    char since[HB_CLOCK_MOMENT];
    hb_sql_query *q = hb_sql_ask(&r->db, "SELECT min(at_ms), count(*) FROM seen WHERE finding = ?3 AND"
                                 " (at_ms < ?1 OR (at_ms = ?1 AND sweep < ?2))");
    hb_sql_bind_number(&r->db, q, 1, r->at_ms);
    hb_sql_bind_number(&r->db, q, 2, r->id);
    hb_sql_bind_number(&r->db, q, 3, row);
    if (hb_sql_next(&r->db, q) && hb_sql_number(q, 1) > 0) {
        f->n_sweeps = (size_t)hb_sql_number(q, 1);
        hb_recording_fail(r, hb_history_copy(&f->since, hb_clock_moment(since, hb_sql_number(q, 0))));
    }
    hb_sql_done(q);
}

static void mark(hb_recording *r, int64_t row, hb_finding *f)
{
    hb_recording_look_back(r, row, f);
    if (r->before == 0) return;   /* nothing to compare with */
    f->state = f->n_sweeps > 0 ? HB_FINDING_KNOWN : HB_FINDING_NEW;
    hb_sql_query *q = hb_sql_ask(&r->db, "SELECT bytes FROM seen WHERE sweep = ?1 AND finding = ?2");
    hb_sql_bind_number(&r->db, q, 1, r->before);
    hb_sql_bind_number(&r->db, q, 2, row);
    if (hb_sql_next(&r->db, q)) {
        f->has_trend = 1;
        f->trend_memsize = (double)f->memsize - (double)hb_sql_number(q, 0);
    }
    hb_sql_done(q);
}

static void bind_rate(hb_recording *r, hb_sql_query *q, int place, int is_known, double value)
{
    if (is_known && isfinite(value)) hb_sql_bind_real(&r->db, q, place, value);   /* otherwise NULL */
}

void hb_recording_write(hb_recording *r, int64_t row, const hb_finding *f, const char *state)
{
    hb_sql_query *q = hb_sql_ask(&r->db, "INSERT INTO observation VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
    hb_sql_bind_number(&r->db, q, 1, r->id);
    hb_sql_bind_number(&r->db, q, 2, row);
    hb_sql_bind_text(&r->db, q, 3, state);
    hb_sql_bind_count(&r->db, q, 4, f->n_series);
    hb_sql_bind_count(&r->db, q, 5, f->n_hosts);
    hb_sql_bind_count(&r->db, q, 6, f->memsize);
    hb_sql_bind_count(&r->db, q, 7, f->objects);
    bind_rate(r, q, 8, f->has_rate, f->rate);
    bind_rate(r, q, 9, f->has_rate, f->rate_low);
    bind_rate(r, q, 10, f->has_rate, f->rate_high);
    hb_sql_bind_text(&r->db, q, 11, hb_history_words(f->text));
    hb_sql_next(&r->db, q);
    hb_sql_done(q);
    q = hb_sql_ask(&r->db, "INSERT OR IGNORE INTO affected VALUES (?1, ?2, ?3)");
    for (size_t i = 0; i < f->n_series; i++) {
        hb_sql_bind_number(&r->db, q, 1, r->id);
        hb_sql_bind_number(&r->db, q, 2, row);
        hb_sql_bind_text(&r->db, q, 3, r->sweep->series[f->series[i]].name);
        hb_sql_next(&r->db, q);
    }
    hb_sql_done(q);
}

/* --- all of it --- */

/* As if nothing had been asked. */
static void unmark(hb_findings *findings, size_t n_before)
{
    for (size_t i = 0; i < n_before; i++) {
        hb_finding *f = &findings->items[i];
        hb_free(f->since);
        f->since = NULL;
        f->state = HB_FINDING_UNTOLD;
        f->n_sweeps = 0;
        f->has_trend = 0;
        f->trend_memsize = 0;
    }
    for (size_t i = n_before; i < findings->n; i++) hb_finding_fini(&findings->items[i]);
    findings->n = n_before;
}

hb_status hb_history_update(const char *path, const hb_history_sweep *sweep, hb_findings *findings, hb_error *err)
{
    hb_recording r = { .sweep = sweep };
    const size_t n_before = findings->n;
    hb_store_open(path, 1, &r.db, err);
    hb_recording_fail(&r, list_analysed(&r));
    hb_sql_begin(&r.db);
    replace(&r);
    write_sweep(&r, findings);
    for (size_t i = 0; i < n_before && r.db.status == HB_OK; i++) {
        const int64_t row = finding_row(&r, &findings->items[i]);
        mark(&r, row, &findings->items[i]);
        hb_recording_write(&r, row, &findings->items[i], findings->items[i].state == HB_FINDING_KNOWN ? "known" : "new");
    }
    hb_recording_add_gone(&r, findings);
    hb_sql_run(&r.db, "DELETE FROM finding WHERE id NOT IN (SELECT finding FROM observation)");
    hb_sql_end(&r.db);
    if (r.db.status == HB_OK) hb_findings_sort(findings);
    else unmark(findings, n_before);
    hb_sql_close(&r.db);
    hb_free(r.analysed);
    return r.db.status;
}

hb_status hb_history_check(const char *path, hb_error *err)
{
    hb_sql db;
    hb_status status = hb_store_open(path, 1, &db, err);
    hb_sql_close(&db);
    return status;
}
