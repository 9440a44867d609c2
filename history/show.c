/* Each list is one question, whose columns have names; as JSON a row is an object with these keys, as text a line or three. Text
 * from dumps goes through report/text_out.h or jansson, which escape it. */
#include "history/show.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "history/store.h"
#include "report/json_out.h"
#include "report/text_out.h"
#include "report/text_rate.h"

#define WORDS_COLUMNS 76
#define STATE_COLUMNS 7

typedef enum column_kind { COLUMN_TEXT, COLUMN_TIME, COLUMN_NUMBER, COLUMN_REAL, COLUMN_FLAG } column_kind;

typedef struct column {
    const char *key;
    column_kind kind;
} column;

static const char sweeps_sql[] =
    "SELECT hash, at_ms, generator, is_complete, processes, hosts, series, dumps, s.objects,"
    " (SELECT count(*) FROM observation o WHERE o.sweep = s.id AND state = 'new'),"
    " (SELECT count(*) FROM observation o WHERE o.sweep = s.id AND state = 'known'),"
    " (SELECT count(*) FROM observation o WHERE o.sweep = s.id AND state = 'gone') FROM sweep s ORDER BY at_ms, id";
static const column sweeps_columns[] = {
    { "id", COLUMN_TEXT }, { "time", COLUMN_TIME }, { "generator", COLUMN_TEXT }, { "complete", COLUMN_FLAG },
    { "processes", COLUMN_NUMBER }, { "hosts", COLUMN_NUMBER }, { "series", COLUMN_NUMBER }, { "dumps", COLUMN_NUMBER },
    { "objects", COLUMN_NUMBER }, { "new", COLUMN_NUMBER }, { "known", COLUMN_NUMBER }, { "gone", COLUMN_NUMBER } };

/* State as of the last sweep, where a finding that it does not have is gone; figures of the last sweep that saw it. */
static const char findings_sql[] =
    "SELECT f.fingerprint, coalesce((SELECT state FROM observation l WHERE l.finding = f.id AND l.sweep ="
    "  (SELECT id FROM sweep ORDER BY at_ms DESC, id DESC LIMIT 1)), 'gone') AS now,"
    " (SELECT min(at_ms) FROM seen WHERE finding = f.id), o.at_ms, (SELECT count(*) FROM seen WHERE finding = f.id),"
    " o.processes, o.hosts, o.objects, o.bytes, o.rate, o.rate_low, o.rate_high, f.held_by, nullif(f.holder, ''), f.path,"
    " nullif(f.site, ''), o.text FROM finding f JOIN seen o ON o.finding = f.id AND o.sweep ="
    "  (SELECT sweep FROM seen WHERE finding = f.id ORDER BY at_ms DESC, sweep DESC LIMIT 1)"
    " ORDER BY now = 'gone', o.processes * coalesce(o.rate, 0.0) DESC, o.bytes DESC, f.fingerprint, f.id";
static const column findings_columns[] = {
    { "fingerprint", COLUMN_TEXT }, { "state", COLUMN_TEXT }, { "since", COLUMN_TIME }, { "last_seen", COLUMN_TIME },
    { "sweeps", COLUMN_NUMBER }, { "processes", COLUMN_NUMBER }, { "hosts", COLUMN_NUMBER }, { "objects", COLUMN_NUMBER },
    { "memsize", COLUMN_NUMBER }, { "rate", COLUMN_REAL }, { "rate_low", COLUMN_REAL }, { "rate_high", COLUMN_REAL },
    { "held_by", COLUMN_TEXT }, { "holder", COLUMN_TEXT }, { "path", COLUMN_TEXT }, { "site", COLUMN_TEXT },
    { "text", COLUMN_TEXT } };

static const char course_sql[] =
    "SELECT s.at_ms, o.state, o.processes, o.hosts, o.objects, o.bytes, o.rate, o.rate_low, o.rate_high, f.held_by,"
    " nullif(f.holder, ''), f.path, nullif(f.site, '') FROM finding f JOIN observation o ON o.finding = f.id"
    " JOIN sweep s ON s.id = o.sweep WHERE f.fingerprint = ?1 ORDER BY f.id, s.at_ms, s.id";
static const column course_columns[] = {
    { "time", COLUMN_TIME }, { "state", COLUMN_TEXT }, { "processes", COLUMN_NUMBER }, { "hosts", COLUMN_NUMBER },
    { "objects", COLUMN_NUMBER }, { "memsize", COLUMN_NUMBER }, { "rate", COLUMN_REAL }, { "rate_low", COLUMN_REAL },
    { "rate_high", COLUMN_REAL }, { "held_by", COLUMN_TEXT }, { "holder", COLUMN_TEXT }, { "path", COLUMN_TEXT },
    { "site", COLUMN_TEXT } };

typedef struct listing {
    const char *name, *sql;
    const column *columns;
    int n_columns;
} listing;

#define LISTING(what) { #what, what##_sql, what##_columns, sizeof what##_columns / sizeof *what##_columns }
static const listing listings[] = { LISTING(findings), LISTING(sweeps), LISTING(course) };

/* --- JSON --- */

static hb_json *json_value(hb_sql_query *q, int i, column_kind kind)
{
    char time[HB_CLOCK_MOMENT];
    if (hb_sql_is_null(q, i)) return hb_json_null();
    switch (kind) {
    case COLUMN_TEXT: return hb_json_text(hb_sql_text(q, i));
    case COLUMN_TIME: return hb_json_text(hb_clock_moment(time, hb_sql_number(q, i)));
    case COLUMN_NUMBER: return hb_json_number((uint64_t)hb_sql_number(q, i));
    case COLUMN_REAL: return hb_json_rounded(hb_sql_real(q, i));
    case COLUMN_FLAG: return hb_json_bool(hb_sql_number(q, i) != 0);
    }
    return hb_json_null();
}

static hb_status write_json(hb_sql *db, hb_sql_query *q, const listing *list, FILE *out, size_t *n)
{
    hb_json_builder b = { 0 };
    hb_json *document = hb_json_object(), *rows = hb_json_put(&b, document, list->name, hb_json_array());
    for (; hb_sql_next(db, q); ++*n) {
        hb_json *row = hb_json_append(&b, rows, hb_json_object());
        for (int i = 0; i < list->n_columns; i++)
            hb_json_put(&b, row, list->columns[i].key, json_value(q, i, list->columns[i].kind));
    }
    hb_status status = b.failed ? HB_ERR_MEMORY : db->status;
    if (status == HB_OK && hb_json_print(document, out) != 0) status = HB_ERR_IO;
    hb_json_free(document);
    if (status == HB_OK) fputc('\n', out);
    return status;
}

/* --- text --- */

static const char *rate_words(char buffer[HB_TEXT_NUMBER], hb_sql_query *q, int i)
{
    return hb_sql_is_null(q, i) ? "" : hb_text_rate(buffer, hb_sql_real(q, i));
}

static void print_sweep(hb_text *t, hb_sql_query *q)
{
    char time[HB_CLOCK_MOMENT], objects[HB_TEXT_NUMBER];
    hb_text_print(t, "%-24s %9" PRId64 " %6" PRId64 " %6" PRId64 " %14s %5" PRId64 " %5" PRId64 " %5" PRId64 "  %s\n",
                  hb_clock_moment(time, hb_sql_number(q, 1)), hb_sql_number(q, 4), hb_sql_number(q, 5), hb_sql_number(q, 7),
                  hb_text_count(objects, (uint64_t)hb_sql_number(q, 8)), hb_sql_number(q, 9), hb_sql_number(q, 10),
                  hb_sql_number(q, 11), hb_sql_number(q, 3) != 0 ? "" : "incomplete");
}

static void print_words(hb_text *t, hb_sql_query *q, int held_by)
{
    hb_text_print(t, "    ");
    hb_text_cell(t, hb_sql_text(q, held_by), 16);
    hb_text_print(t, "  ");
    hb_text_cell(t, hb_sql_is_null(q, held_by + 1) ? "no single holder" : hb_sql_text(q, held_by + 1), 40);
    if (!hb_sql_is_null(q, held_by + 3)) hb_text_print(t, ", filled at ");
    hb_text_cell(t, hb_sql_text(q, held_by + 3), 26);
    hb_text_print(t, "\n    ");
    hb_text_cell(t, hb_sql_text(q, held_by + 2), WORDS_COLUMNS);
    hb_text_print(t, "\n");
}

static void print_finding(hb_text *t, hb_sql_query *q)
{
    char time[HB_CLOCK_MOMENT], size[HB_TEXT_NUMBER], rate[HB_TEXT_NUMBER];
    hb_text_cell(t, hb_sql_text(q, 0), 16);
    hb_text_print(t, "  ");
    hb_text_padded(t, hb_sql_text(q, 1), STATE_COLUMNS);
    hb_text_print(t, " %-24s %9" PRId64 " %10s %11s\n", hb_clock_moment(time, hb_sql_number(q, 2)), hb_sql_number(q, 5),
                  hb_text_bytes(size, (uint64_t)hb_sql_number(q, 8)), rate_words(rate, q, 9));
    print_words(t, q, 12);
}

static void print_step(hb_text *t, hb_sql_query *q)
{
    char time[HB_CLOCK_MOMENT], size[HB_TEXT_NUMBER], rate[HB_TEXT_NUMBER];
    hb_text_print(t, "%-24s ", hb_clock_moment(time, hb_sql_number(q, 0)));
    hb_text_padded(t, hb_sql_text(q, 1), STATE_COLUMNS);
    hb_text_print(t, " %9" PRId64 " %6" PRId64 " %10s %11s\n", hb_sql_number(q, 2), hb_sql_number(q, 3),
                  hb_text_bytes(size, (uint64_t)hb_sql_number(q, 5)), rate_words(rate, q, 6));
}

static const char *const heads[] = {
    "fingerprint       state   since                    processes       size     an hour\n",
    "time                     processes  hosts  dumps        objects   new known  gone\n",
    "time                     state   processes  hosts       size     an hour\n" };

static hb_status write_text(hb_sql *db, hb_sql_query *q, hb_history_what what, FILE *out, size_t *n)
{
    hb_text t = { .out = out };
    for (; hb_sql_next(db, q); ++*n) {
        if (*n == 0 && what == HB_HISTORY_COURSE) print_words(&t, q, 9);
        if (*n == 0) hb_text_print(&t, "%s", heads[what]);
        if (what == HB_HISTORY_SWEEPS) print_sweep(&t, q);
        else if (what == HB_HISTORY_FINDINGS) print_finding(&t, q);
        else print_step(&t, q);
    }
    if (*n == 0 && what != HB_HISTORY_COURSE) hb_text_print(&t, "no %s yet\n", listings[what].name);
    return t.status != HB_OK ? t.status : db->status;
}

hb_status hb_history_show(const char *path, hb_history_what what, const char *fingerprint, int as_json, FILE *out, hb_error *err)
{
    hb_sql db;
    size_t n = 0;
    hb_store_open(path, 0, &db, err);
    hb_sql_query *q = hb_sql_ask(&db, listings[what].sql);
    if (what == HB_HISTORY_COURSE) hb_sql_bind_text(&db, q, 1, fingerprint);
    hb_status status = db.status;
    if (status == HB_OK)
        status = as_json ? write_json(&db, q, &listings[what], out, &n) : write_text(&db, q, what, out, &n);
    hb_sql_done(q);
    hb_sql_close(&db);
    if (status == HB_OK && (fflush(out) != 0 || ferror(out))) status = HB_ERR_IO;
    if (status == HB_OK && n == 0 && what == HB_HISTORY_COURSE)
        status = hb_error_set(err, HB_ERR_USAGE, path, HB_NO_BYTE, "has no finding %s; --findings lists them", fingerprint);
    return status;
}
