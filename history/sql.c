/* SQLite (https://sqlite.org/c3ref/intro.html), behind a pen whose errors are sticky. A name that begins with a colon would be
 * SQLite's own (":memory:"); "./" before it makes it a file. */
#include "history/sql.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

static void fail(hb_sql *db, int code)
{
    if (db->status != HB_OK) return;
    db->status = code == SQLITE_NOMEM ? HB_ERR_MEMORY : HB_ERR_IO;
    const char *what = db->handle != NULL ? sqlite3_errmsg(db->handle) : sqlite3_errstr(code);
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        hb_error_set(db->err, db->status, db->path, HB_NO_BYTE, "another process has the history locked; it was waited for %d s",
                     HB_SQL_BUSY_MS / 1000);
        break;
    case SQLITE_NOTADB:
        hb_error_set(db->err, db->status, db->path, HB_NO_BYTE, "is no history of heapbatch: it is no SQLite database");
        break;
    default:
        hb_error_set(db->err, db->status, db->path, HB_NO_BYTE, "the history cannot be used: %.150s", what);
    }
}

hb_status hb_sql_open(const char *path, int writable, hb_sql *db, hb_error *err)
{
    *db = (hb_sql){ .path = path, .status = HB_OK, .err = err };
    const size_t n = strlen(path) + 3;
    char *name = hb_alloc(n, 1);
    if (name == NULL) return db->status = HB_ERR_MEMORY;
    snprintf(name, n, "%s%s", *path == ':' ? "./" : "", path);
    const int flags = writable ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    int code = sqlite3_open_v2(name, &db->handle, flags, NULL);
    hb_free(name);
    if (code == SQLITE_OK) code = sqlite3_busy_timeout(db->handle, HB_SQL_BUSY_MS);
    if (code != SQLITE_OK) fail(db, code);
    return db->status;
}

void hb_sql_close(hb_sql *db)
{
    sqlite3_close(db->handle);
    db->handle = NULL;
}

void hb_sql_run(hb_sql *db, const char *text)
{
    if (db->status != HB_OK) return;
    const int code = sqlite3_exec(db->handle, text, NULL, NULL, NULL);
    if (code != SQLITE_OK) fail(db, code);
}

void hb_sql_begin(hb_sql *db)
{
    hb_sql_run(db, "BEGIN IMMEDIATE");
}

hb_status hb_sql_end(hb_sql *db)
{
    hb_sql_run(db, "COMMIT");
    if (db->status != HB_OK && db->handle != NULL && !sqlite3_get_autocommit(db->handle))
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    return db->status;
}

hb_sql_query *hb_sql_ask(hb_sql *db, const char *text)
{
    sqlite3_stmt *query = NULL;
    if (db->status != HB_OK) return NULL;
    const int code = sqlite3_prepare_v2(db->handle, text, -1, &query, NULL);
    if (code != SQLITE_OK) fail(db, code);
    return query;
}

static void check(hb_sql *db, int code)
{
    if (code != SQLITE_OK) fail(db, code);
}

void hb_sql_bind_number(hb_sql *db, hb_sql_query *query, int place, int64_t value)
{
    if (db->status == HB_OK) check(db, sqlite3_bind_int64(query, place, value));
}

void hb_sql_bind_count(hb_sql *db, hb_sql_query *query, int place, uint64_t value)
{
    hb_sql_bind_number(db, query, place, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

void hb_sql_bind_real(hb_sql *db, hb_sql_query *query, int place, double value)
{
    if (db->status == HB_OK) check(db, sqlite3_bind_double(query, place, value));
}

void hb_sql_bind_text(hb_sql *db, hb_sql_query *query, int place, const char *text)
{
    if (db->status == HB_OK) check(db, sqlite3_bind_text(query, place, text, -1, SQLITE_TRANSIENT));
}

int hb_sql_next(hb_sql *db, hb_sql_query *query)
{
    if (db->status != HB_OK) return 0;
    const int code = sqlite3_step(query);
    if (code == SQLITE_ROW) return 1;
    if (code != SQLITE_DONE) fail(db, code);
    sqlite3_reset(query);
    return 0;
}

int hb_sql_is_null(hb_sql_query *query, int column)
{
    return sqlite3_column_type(query, column) == SQLITE_NULL;
}

int64_t hb_sql_number(hb_sql_query *query, int column)
{
    return sqlite3_column_int64(query, column);
}

double hb_sql_real(hb_sql_query *query, int column)
{
    return sqlite3_column_double(query, column);
}

const char *hb_sql_text(hb_sql_query *query, int column)
{
    return (const char *)sqlite3_column_text(query, column);
}

void hb_sql_done(hb_sql_query *query)
{
    sqlite3_finalize(query);
}

int64_t hb_sql_one(hb_sql *db, const char *text, int64_t none)
{
    hb_sql_query *query = hb_sql_ask(db, text);
    int64_t value = none;
    if (hb_sql_next(db, query) && !hb_sql_is_null(query, 0)) value = hb_sql_number(query, 0);
    hb_sql_done(query);
    return value;
}
