/* SPDX-License-Identifier: Apache-2.0 */
/* The store in SQLite: opening, statements, transactions, named values. */
#include "app/store_sqlite.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/mem.h"

#define BUSY_MS		10000

/* Each step brings the schema from the version before to its own: a step that
 * was released never changes. */
static const char *const steps[] = {
    /* 1 */
    "CREATE TABLE value (name TEXT PRIMARY KEY, content BLOB NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE policy (type TEXT PRIMARY KEY, jws BLOB NOT NULL,"
    " serial INTEGER) WITHOUT ROWID;"
    "CREATE TABLE signer (thumbprint TEXT PRIMARY KEY, der BLOB NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE history (id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " time INTEGER NOT NULL, subject TEXT NOT NULL, name TEXT NOT NULL,"
    " action TEXT NOT NULL, actor TEXT NOT NULL, request_id TEXT NOT NULL,"
    " hash TEXT NOT NULL, serial INTEGER, content BLOB NOT NULL);"
    "CREATE INDEX history_of ON history (subject, name, id);"
    "CREATE TABLE signing_key (kid TEXT PRIMARY KEY,"
    " created INTEGER NOT NULL, retired INTEGER NOT NULL,"
    " sealed BLOB NOT NULL, cert BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE collateral (kind TEXT NOT NULL, tee INTEGER NOT NULL,"
    " fmspc BLOB NOT NULL, ca INTEGER NOT NULL, number INTEGER NOT NULL,"
    " issued INTEGER NOT NULL, next INTEGER NOT NULL,"
    " body BLOB NOT NULL, chain BLOB, source TEXT NOT NULL,"
    " obtained INTEGER NOT NULL,"
    " PRIMARY KEY (kind, tee, fmspc, ca, number)) WITHOUT ROWID;",
    /* 2: the oldest that is still taken, and what is never accepted */
    "CREATE TABLE floor (kind TEXT NOT NULL, tee INTEGER NOT NULL,"
    " fmspc BLOB NOT NULL, ca INTEGER NOT NULL, number INTEGER NOT NULL,"
    " issued INTEGER NOT NULL, crl_number BLOB NOT NULL,"
    " PRIMARY KEY (kind, tee, fmspc, ca, number)) WITHOUT ROWID;"
    "INSERT INTO floor SELECT kind, tee, fmspc, ca, number, issued,"
    " zeroblob(20) FROM collateral;"
    "CREATE TABLE block (what TEXT NOT NULL, value BLOB NOT NULL,"
    " reason TEXT NOT NULL, PRIMARY KEY (what, value)) WITHOUT ROWID;",
    /* 3: the highest tcbEvaluationDataNumber that was the default */
    "CREATE TABLE newest (kind TEXT NOT NULL, tee INTEGER NOT NULL,"
    " fmspc BLOB NOT NULL, number INTEGER NOT NULL,"
    " PRIMARY KEY (kind, tee, fmspc)) WITHOUT ROWID;"
    "INSERT INTO newest SELECT kind, tee, fmspc, max(number)"
    " FROM collateral WHERE kind IN ('tcb_info', 'qe_identity')"
    " GROUP BY kind, tee, fmspc;",
    /* 4: signing keys by provider ('': the default one), with a schedule */
    "CREATE TABLE key_set (provider TEXT PRIMARY KEY,"
    " revision INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE provider_key (provider TEXT NOT NULL, kid TEXT NOT NULL,"
    " alg TEXT NOT NULL, created INTEGER NOT NULL,"
    " active INTEGER NOT NULL, covers INTEGER NOT NULL,"
    " withdrawn INTEGER NOT NULL, sealed BLOB NOT NULL,"
    " cert BLOB NOT NULL, PRIMARY KEY (provider, kid)) WITHOUT ROWID;"
    /* A report of a TPM may live for a year. */
    "INSERT INTO provider_key SELECT '', kid, 'RS256', created, created,"
    " CAST(strftime('%s', 'now') AS INTEGER) + 366 * 86400, retired, sealed,"
    " cert FROM signing_key;"
    "DROP TABLE signing_key;",
};
#define SCHEMA_VERSION	((int64_t)(sizeof(steps) / sizeof(steps[0])))

/* ---- statements ---------------------------------------------------------- */

static bool
sql_fail_store(struct assay_store *store, const char *what,
    struct assay_error *err)
{
	return assay_fail(err, ASSAY_ERR_STORE_FAILED, "store: %s: %s", what,
	    sqlite3_errmsg(store->db));
}

static bool
run(struct assay_store *store, const char *sql, struct assay_error *err)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return sql_fail_store(store, "statement", err);
	return true;
}

bool
sql_prepare(struct assay_store *store, const char *sql, sqlite3_stmt **out,
    struct assay_error *err)
{
	*out = NULL;
	if (sqlite3_prepare_v2(store->db, sql, -1, out, NULL) != SQLITE_OK)
		return sql_fail_store(store, "prepare", err);
	return true;
}

/* A binding that fails leaves NULL, which NOT NULL columns refuse. */
void
sql_bind_text(sqlite3_stmt *s, int at, const char *text)
{
	(void)sqlite3_bind_text(s, at, text, -1, SQLITE_TRANSIENT);
}

void
sql_bind_blob(sqlite3_stmt *s, int at, struct assay_bytes in)
{
	if (in.len == 0)
		(void)sqlite3_bind_zeroblob(s, at, 0);
	else
		(void)sqlite3_bind_blob64(s, at, in.ptr, in.len,
		    SQLITE_TRANSIENT);
}

void
sql_bind_int(sqlite3_stmt *s, int at, int64_t v)
{
	(void)sqlite3_bind_int64(s, at, v);
}

struct assay_bytes
sql_column_blob(sqlite3_stmt *s, int at)
{
	const uint8_t *ptr = sqlite3_column_blob(s, at);

	return (struct assay_bytes){ ptr,
	    (size_t)sqlite3_column_bytes(s, at) };
}

const char *
sql_column_text(sqlite3_stmt *s, int at)
{
	const char *text = (const char *)sqlite3_column_text(s, at);

	return text == NULL ? "" : text;
}

/* Run a statement that gives no rows, and finalize it. */
bool
sql_finish(struct assay_store *store, sqlite3_stmt *s, struct assay_error *err)
{
	bool ok = sqlite3_step(s) == SQLITE_DONE;

	if (!ok)
		sql_fail_store(store, "write", err);
	sqlite3_finalize(s);
	return ok;
}

/* The next row: 1, 0 for the end, -1 for a failure. */
int
sql_next_row(struct assay_store *store, sqlite3_stmt *s, struct assay_error *err)
{
	int rc = sqlite3_step(s);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	sql_fail_store(store, "read", err);
	return -1;
}

/* ---- transactions --------------------------------------------------------- */

bool
sql_begin(struct assay_store *store, struct assay_error *err)
{
	pthread_mutex_lock(&store->lock);
	if (run(store, "BEGIN IMMEDIATE", err))
		return true;
	pthread_mutex_unlock(&store->lock);
	return false;
}

/* Commit if ok, else roll back. True only if it was committed. */
bool
sql_end(struct assay_store *store, bool ok, struct assay_error *err)
{
	ok = ok && run(store, "COMMIT", err);
	if (!ok)
		(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	pthread_mutex_unlock(&store->lock);
	return ok;
}

/* ---- open ------------------------------------------------------------------ */

static bool
check_dir(const char *dir, struct assay_error *err)
{
	struct stat st;

	if (mkdir(dir, 0700) != 0 && errno != EEXIST)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "cannot make data directory %s: %s", dir,
		    strerror(errno));
	if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode))
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "data directory %s is not a directory", dir);
	if ((st.st_mode & 022) != 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "data directory %s may be written by others (mode %03o): "
		    "chmod go-w", dir, st.st_mode & 0777);
	return true;
}

/* SQLite gives its journal files the mode of the database. */
static bool
check_file(const char *path, struct assay_error *err)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		if (errno == ENOENT)
			return true;
		return assay_fail(err, ASSAY_ERR_IO_FAILED, "%s: %s", path,
		    strerror(errno));
	}
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0)
		return assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "%s is not a file of mode 0600 (mode %03o)", path,
		    st.st_mode & 0777);
	return true;
}

bool
sql_one_int(struct assay_store *store, const char *sql, int64_t *out,
    struct assay_error *err)
{
	sqlite3_stmt *s;
	int row;

	if (!sql_prepare(store, sql, &s, err))
		return false;
	row = sql_next_row(store, s, err);
	if (row == 1)
		*out = sqlite3_column_int64(s, 0);
	else if (row == 0)
		assay_fail(err, ASSAY_ERR_STORE_FAILED,
		    "store: %s gave no row", sql);
	sqlite3_finalize(s);
	return row == 1;
}

static bool
check_whole(struct assay_store *store, struct assay_error *err)
{
	sqlite3_stmt *s;
	bool ok;

	if (!sql_prepare(store, "PRAGMA quick_check(1)", &s, err))
		return false;
	ok = sql_next_row(store, s, err) == 1;
	if (ok && strcmp(sql_column_text(s, 0), "ok") != 0)
		ok = assay_fail(err, ASSAY_ERR_STORE_FAILED,
		    "store is damaged: %s", sql_column_text(s, 0));
	sqlite3_finalize(s);
	return ok;
}

static bool
take_step(struct assay_store *store, int64_t version,
    struct assay_error *err)
{
	char pragma[64];

	(void)snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %lld",
	    (long long)version + 1);
	return run(store, steps[version], err) && run(store, pragma, err);
}

/* Under the write lock: two processes may start on a fresh directory. */
static bool
make_schema(struct assay_store *store, struct assay_error *err)
{
	int64_t version;
	bool ok;

	if (!sql_begin(store, err))
		return false;
	ok = sql_one_int(store, "PRAGMA user_version", &version, err);
	if (ok && (version < 0 || version > SCHEMA_VERSION))
		ok = assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "store has version %lld, this program knows %lld",
		    (long long)version, (long long)SCHEMA_VERSION);
	for (; ok && version < SCHEMA_VERSION; version++)
		ok = take_step(store, version, err);
	return sql_end(store, ok, err);
}

/*
 * WAL with synchronous FULL: the log is synced before a commit returns.
 * Limits keep a damaged file from costing more than it holds.
 */
static bool
prepare_connection(struct assay_store *store, struct assay_error *err)
{
	sqlite3_busy_timeout(store->db, BUSY_MS);
	(void)sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH,
	    (int)(4 * ASSAY_MAX_CRL_BYTES));
	return run(store, "PRAGMA journal_mode = WAL", err) &&
	    run(store, "PRAGMA synchronous = FULL", err) &&
	    run(store, "PRAGMA trusted_schema = OFF", err) &&
	    run(store, "PRAGMA cache_size = -512", err) &&
	    check_whole(store, err) && make_schema(store, err);
}

static bool
open_file(struct assay_store *store, const char *path,
    struct assay_error *err)
{
	mode_t mask = umask(0077);
	int rc = sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, NULL);
	bool ok = rc == SQLITE_OK && prepare_connection(store, err);

	umask(mask);
	if (rc != SQLITE_OK)
		return assay_fail(err, ASSAY_ERR_STORE_FAILED,
		    "cannot open %s: %s", path, sqlite3_errstr(rc));
	if (!ok)
		return assay_fail_in(err, path);
	return true;
}

bool
assay_store_open(const char *dir, struct assay_store **out,
    struct assay_error *err)
{
	struct assay_store *store = NULL;
	char *path = NULL;
	bool ok = false;

	if (!check_dir(dir, err))
		return false;
	if (asprintf(&path, "%s/assay.db", dir) < 0)
		return assay_fail_memory(err, "path");
	if (!check_file(path, err))
		goto out;
	store = assay_alloc(1, sizeof(*store));
	if (store == NULL || pthread_mutex_init(&store->lock, NULL) != 0) {
		assay_fail_memory(err, "store");
		free(store);
		store = NULL;
		goto out;
	}
	if (!open_file(store, path, err))
		goto out;
	*out = store;
	store = NULL;
	ok = true;
out:
	assay_store_close(store);
	free(path);
	return ok;
}

void
assay_store_close(struct assay_store *store)
{
	if (store == NULL)
		return;
	(void)sqlite3_close(store->db);
	pthread_mutex_destroy(&store->lock);
	free(store);
}

bool
assay_store_version(struct assay_store *store, uint64_t *version,
    struct assay_error *err)
{
	int64_t theirs;
	bool ok;

	pthread_mutex_lock(&store->lock);
	ok = sql_one_int(store, "PRAGMA data_version", &theirs, err);
	if (ok)
		*version = (uint64_t)theirs;
	pthread_mutex_unlock(&store->lock);
	return ok;
}

/* ---- named values ----------------------------------------------------------- */

bool
assay_store_get(struct assay_store *store, const char *name,
    struct assay_buffer *value, bool *found, struct assay_error *err)
{
	sqlite3_stmt *s;
	int row = -1;

	pthread_mutex_lock(&store->lock);
	if (sql_prepare(store, "SELECT content FROM value WHERE name = ?", &s,
	    err)) {
		sql_bind_text(s, 1, name);
		row = sql_next_row(store, s, err);
		if (row == 1)
			assay_buffer_put(value, sql_column_blob(s, 0));
		sqlite3_finalize(s);
	}
	pthread_mutex_unlock(&store->lock);
	if (row < 0 || !assay_buffer_ok(value, name, err))
		return false;
	*found = row == 1;
	return true;
}

bool
assay_store_set(struct assay_store *store, const char *name,
    struct assay_bytes value, struct assay_error *err)
{
	sqlite3_stmt *s;
	bool ok;

	if (!sql_begin(store, err))
		return false;
	ok = sql_prepare(store, "INSERT OR REPLACE INTO value VALUES (?, ?)", &s,
	    err);
	if (ok) {
		sql_bind_text(s, 1, name);
		sql_bind_blob(s, 2, value);
		ok = sql_finish(store, s, err);
	}
	return sql_end(store, ok, err);
}
