/* The file of a history: its schema and version (docs/HISTORY.md). Local. */
#ifndef HB_HISTORY_STORE_H
#define HB_HISTORY_STORE_H

#include "history/sql.h"

#define HB_STORE_APPLICATION 0x48424869   /* "HBHi", PRAGMA application_id */
#define HB_STORE_VERSION 1                /* PRAGMA user_version */

/* Opens the history at path. writable: it is made where there is none or an empty file, and it is tried whether it can be
 * written. HB_ERR_IO with a sentence: it is no history, of a newer version, locked, or cannot be read or written.
 * hb_sql_close it even after an error. */
hb_status hb_store_open(const char *path, int writable, hb_sql *db, hb_error *err);

#endif
