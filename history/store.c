/* A rollback journal (journal_mode DELETE), never WAL: a WAL needs shared memory, which network file systems do not have.
 *
 * holder and site are '' where a finding has none, so that UNIQUE sees them as equal. Two findings may share a fingerprint by
 * chance: all their words together tell them apart. */
#include "history/store.h"

static const char schema[] =
    "CREATE TABLE sweep ("
    " id INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, at_ms INTEGER NOT NULL, generator TEXT NOT NULL,"
    " is_complete INTEGER NOT NULL, processes INTEGER NOT NULL, hosts INTEGER NOT NULL, series INTEGER NOT NULL,"
    " dumps INTEGER NOT NULL, objects INTEGER NOT NULL);"
    "CREATE INDEX sweep_time ON sweep (at_ms, id);"
    "CREATE TABLE finding ("
    " id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL, held_by TEXT NOT NULL, holder TEXT NOT NULL,"
    " path TEXT NOT NULL, site TEXT NOT NULL, UNIQUE (fingerprint, held_by, holder, path, site));"
    "CREATE TABLE observation ("
    " sweep INTEGER NOT NULL REFERENCES sweep (id), finding INTEGER NOT NULL REFERENCES finding (id),"
    " state TEXT NOT NULL CHECK (state IN ('new', 'known', 'gone', 'unseen')),"
    " processes INTEGER NOT NULL, hosts INTEGER NOT NULL, bytes INTEGER NOT NULL, objects INTEGER NOT NULL,"
    " rate REAL, rate_low REAL, rate_high REAL, text TEXT NOT NULL, PRIMARY KEY (sweep, finding)) WITHOUT ROWID;"
    "CREATE INDEX observation_finding ON observation (finding, sweep);"
    "CREATE TABLE affected ("
    " sweep INTEGER NOT NULL REFERENCES sweep (id), finding INTEGER NOT NULL REFERENCES finding (id),"
    " series TEXT NOT NULL, PRIMARY KEY (sweep, finding, series)) WITHOUT ROWID;"
    "CREATE VIEW seen AS SELECT o.*, s.at_ms FROM observation o JOIN sweep s ON s.id = o.sweep"
    " WHERE o.state IN ('new', 'known');";

static hb_status refuse(hb_sql *db, const char *what)
{
    if (db->status == HB_OK) db->status = hb_error_set(db->err, HB_ERR_IO, db->path, HB_NO_BYTE, "%s", what);
    return db->status;
}

/* Whose file it is. */
static void check_file(hb_sql *db)
{
    const int64_t application = hb_sql_one(db, "PRAGMA application_id", 0), version = hb_sql_one(db, "PRAGMA user_version", 0);
    if (db->status != HB_OK) return;
    if (application != HB_STORE_APPLICATION) refuse(db, "is a database, but no history of heapbatch; name another file");
    else if (version > HB_STORE_VERSION) refuse(db, "was written by a newer heapbatch; use that one, or name another file");
    else if (version < 1) refuse(db, "is a history of no known version; name another file");
}

/* A new file gets its schema; setting the version writes the file in any case, so that a folder or a disk that does not let it
 * be written is told now. */
static void prepare(hb_sql *db)
{
    hb_sql_run(db, "PRAGMA journal_mode = DELETE");
    hb_sql_begin(db);
    const int is_empty = hb_sql_one(db, "SELECT count(*) FROM sqlite_schema", 0) == 0 &&
                         hb_sql_one(db, "PRAGMA application_id", 0) == 0;
    if (is_empty) {
        hb_sql_run(db, schema);
        hb_sql_run(db, "PRAGMA application_id = 1212303465");
    } else {
        check_file(db);
    }
    hb_sql_run(db, "PRAGMA user_version = 1");
    hb_sql_end(db);
}

hb_status hb_store_open(const char *path, int writable, hb_sql *db, hb_error *err)
{
    if (hb_sql_open(path, writable, db, err) != HB_OK) return db->status;
    if (writable) prepare(db);
    else check_file(db);
    return db->status;
}
