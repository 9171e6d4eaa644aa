/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the SQLite store share: statements that fail with
 * STORE_FAILED, and transactions. No other code knows SQLite.
 */
#ifndef ASSAY_APP_STORE_SQLITE_H
#define ASSAY_APP_STORE_SQLITE_H

#include <pthread.h>

#include "app/store.h"

struct sqlite3;
struct sqlite3_stmt;

struct assay_store {
	struct sqlite3	*db;
	pthread_mutex_t	 lock;	/* held by whoever uses db */
};

bool sql_prepare(struct assay_store *store, const char *sql,
    struct sqlite3_stmt **out, struct assay_error *err);
/* A binding that fails leaves NULL, which NOT NULL columns refuse. */
void sql_bind_text(struct sqlite3_stmt *s, int at, const char *text);
void sql_bind_blob(struct sqlite3_stmt *s, int at, struct assay_bytes in);
void sql_bind_int(struct sqlite3_stmt *s, int at, int64_t v);
/* Borrowed until the next row. */
struct assay_bytes sql_column_blob(struct sqlite3_stmt *s, int at);
const char *sql_column_text(struct sqlite3_stmt *s, int at);
/* The next row: 1, 0 for the end, -1 for a failure. */
int sql_next_row(struct assay_store *store, struct sqlite3_stmt *s,
    struct assay_error *err);
/* Run a statement that gives no rows, and finalize it. */
bool sql_finish(struct assay_store *store, struct sqlite3_stmt *s,
    struct assay_error *err);
bool sql_one_int(struct assay_store *store, const char *sql, int64_t *out,
    struct assay_error *err);

/* Take the lock and begin to write; true must be followed by sql_end(). */
bool sql_begin(struct assay_store *store, struct assay_error *err);
/* Commit if ok, else roll back. True only if it was committed. */
bool sql_end(struct assay_store *store, bool ok, struct assay_error *err);

/* One line of the history, within a transaction. */
bool sql_add_history(struct assay_store *store,
    const struct assay_store_event *event,
    const struct assay_store_change *change, struct assay_error *err);
/*
 * Within a transaction: COLLATERAL_ROLLBACK if the document is older than one
 * that was stored before; else the floor rises to it.
 */
bool sql_raise_floor(struct assay_store *store,
    const struct assay_collateral_item *item, struct assay_error *err);
/* kind, tee, fmspc, ca, number at 1 to 5. */
void sql_bind_identifiers(struct sqlite3_stmt *s,
    const struct assay_collateral_item *item);

#endif
