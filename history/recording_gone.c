/* What the last earlier sweep has and tonight's has not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "history/recording_parts.h"
#include "report/held_by.h"

/* Whether all series that it affected last time were analysed this time. */
static int could_be_seen(hb_recording *r, int64_t row)
{
    int all = 1;
    if (r->n_analysed == r->sweep->n_series) return 1;
    hb_sql_query *q = hb_sql_ask(&r->db, "SELECT series FROM affected WHERE sweep = ?1 AND finding = ?2");
    hb_sql_bind_number(&r->db, q, 1, r->before);
    hb_sql_bind_number(&r->db, q, 2, row);
    while (hb_sql_next(&r->db, q)) {
        const char *name = hb_sql_text(q, 0);
        all &= r->n_analysed > 0 && bsearch(&name, r->analysed, r->n_analysed, sizeof *r->analysed, hb_recording_by_name) != NULL;
    }
    hb_sql_done(q);
    return all;
}

/* What it affected is kept for the sweep that can see it again. */
static void write_unseen(hb_recording *r, int64_t row)
{
    const hb_finding nothing = { 0 };
    hb_recording_write(r, row, &nothing, "unseen");
    hb_sql_query *q = hb_sql_ask(&r->db, "INSERT INTO affected SELECT ?3, finding, series FROM affected"
                                 " WHERE sweep = ?1 AND finding = ?2");
    hb_sql_bind_number(&r->db, q, 1, r->before);
    hb_sql_bind_number(&r->db, q, 2, row);
    hb_sql_bind_number(&r->db, q, 3, r->id);
    hb_sql_next(&r->db, q);
    hb_sql_done(q);
}

static hb_status fill_gone(hb_sql_query *q, hb_finding *f)
{
    hb_status status = HB_OK;
    snprintf(f->fingerprint, sizeof f->fingerprint, "%s", hb_history_words(hb_sql_text(q, 1)));
    f->held_by = hb_held_by_find(hb_history_words(hb_sql_text(q, 2)));
    if (f->held_by == NULL) f->held_by = "unknown";
    if (*hb_history_words(hb_sql_text(q, 3)) != '\0') HB_TRY(hb_history_copy(&f->holder, hb_sql_text(q, 3)));
    HB_TRY(hb_history_copy(&f->path, hb_history_words(hb_sql_text(q, 4))));
    if (*hb_history_words(hb_sql_text(q, 5)) != '\0') HB_TRY(hb_history_copy(&f->site, hb_sql_text(q, 5)));
    HB_TRY(hb_history_copy(&f->text, hb_history_words(hb_sql_text(q, 6))));
    f->state = HB_FINDING_GONE;
    f->has_trend = !hb_sql_is_null(q, 7);
    f->trend_memsize = f->has_trend ? -hb_sql_real(q, 7) : 0;
out:
    return status;
}

void hb_recording_add_gone(hb_recording *r, hb_findings *findings)
{
    size_t cap = findings->n;
    hb_sql_query *q = hb_sql_ask(&r->db,
        "SELECT f.id, f.fingerprint, f.held_by, f.holder, f.path, f.site,"
        " (SELECT text FROM seen WHERE finding = f.id AND (at_ms < ?3 OR (at_ms = ?3 AND sweep < ?2))"
        "  ORDER BY at_ms DESC, sweep DESC LIMIT 1),"
        " CASE o.state WHEN 'unseen' THEN NULL ELSE o.bytes END"
        " FROM observation o JOIN finding f ON f.id = o.finding"
        " WHERE o.sweep = ?1 AND o.state <> 'gone' AND NOT EXISTS"
        " (SELECT 1 FROM observation n WHERE n.sweep = ?2 AND n.finding = o.finding AND n.state IN ('new', 'known'))"
        " ORDER BY f.id");
    hb_sql_bind_number(&r->db, q, 1, r->before);
    hb_sql_bind_number(&r->db, q, 2, r->id);
    hb_sql_bind_number(&r->db, q, 3, r->at_ms);
    while (hb_sql_next(&r->db, q)) {
        const int64_t row = hb_sql_number(q, 0);
        if (!could_be_seen(r, row)) {
            write_unseen(r, row);
            continue;
        }
        hb_recording_fail(r, hb_grow(&findings->items, &cap, findings->n + 1, sizeof *findings->items));
        if (r->db.status != HB_OK) break;
        hb_finding *f = &findings->items[findings->n++];
        *f = (hb_finding){ .held_by = "unknown" };
        hb_recording_fail(r, fill_gone(q, f));
        hb_recording_look_back(r, row, f);
        hb_recording_write(r, row, f, "gone");
    }
    hb_sql_done(q);
}
