/* An SQLite file, read and written through bound parameters only: the only user of <sqlite3.h>.
 *
 * Errors are sticky, as a FILE's are: after one nothing more is done, questions have no rows, and db->status tells at the end
 * (HB_ERR_IO, HB_ERR_MEMORY); the sentence is in the error record that the file was opened with. Local; one thread. */
#ifndef HB_HISTORY_SQL_H
#define HB_HISTORY_SQL_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define HB_SQL_BUSY_MS 5000   /* so long another process is waited for */

typedef struct hb_sql {
    struct sqlite3 *handle;
    const char *path;         /* the caller's, for sentences */
    hb_status status;
    hb_error *err;
} hb_sql;

typedef struct sqlite3_stmt hb_sql_query;

/* writable: made when it is not there. Returns db->status; hb_sql_close it even after an error. */
hb_status hb_sql_open(const char *path, int writable, hb_sql *db, hb_error *err);
void hb_sql_close(hb_sql *db);

/* Runs statements without parameters or rows. */
void hb_sql_run(hb_sql *db, const char *text);

/* BEGIN IMMEDIATE; COMMIT after success, ROLLBACK after any error. end returns db->status. */
void hb_sql_begin(hb_sql *db);
hb_status hb_sql_end(hb_sql *db);

/* A question; NULL after an error, which all below take. Parameters are numbered from 1, columns from 0. */
hb_sql_query *hb_sql_ask(hb_sql *db, const char *text);
void hb_sql_bind_number(hb_sql *db, hb_sql_query *query, int place, int64_t value);
void hb_sql_bind_count(hb_sql *db, hb_sql_query *query, int place, uint64_t value);   /* at most INT64_MAX */
void hb_sql_bind_real(hb_sql *db, hb_sql_query *query, int place, double value);
void hb_sql_bind_text(hb_sql *db, hb_sql_query *query, int place, const char *text);  /* NULL: NULL; copied */

/* 1: there is a row; 0: no more, or an error; the question can then be bound and asked again. */
int hb_sql_next(hb_sql *db, hb_sql_query *query);
int hb_sql_is_null(hb_sql_query *query, int column);
int64_t hb_sql_number(hb_sql_query *query, int column);
double hb_sql_real(hb_sql_query *query, int column);
const char *hb_sql_text(hb_sql_query *query, int column);   /* until the next row; NULL: NULL */
void hb_sql_done(hb_sql_query *query);

/* The first column of the first row; `none` where there is no row, or NULL. */
int64_t hb_sql_one(hb_sql *db, const char *text, int64_t none);

#endif
