/* SPDX-License-Identifier: Apache-2.0 */
/* The only code that knows SQLite. */
#include "app/store.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/digest.h"

#define SCHEMA_VERSION	1
#define BUSY_MS		10000

struct assay_store {
	sqlite3		*db;
	pthread_mutex_t	 lock;
	uint64_t	 own_changes;	/* data_version misses our own */
};

static const char schema[] =
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
    " PRIMARY KEY (kind, tee, fmspc, ca, number)) WITHOUT ROWID;"
    "PRAGMA user_version = 1;";

/* ---- statements ---------------------------------------------------------- */

static bool
fail_store(struct assay_store *store, const char *what,
    struct assay_error *err)
{
	return assay_fail(err, ASSAY_ERR_STORE_FAILED, "store: %s: %s", what,
	    sqlite3_errmsg(store->db));
}

static bool
run(struct assay_store *store, const char *sql, struct assay_error *err)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return fail_store(store, "statement", err);
	return true;
}

static bool
prepare(struct assay_store *store, const char *sql, sqlite3_stmt **out,
    struct assay_error *err)
{
	*out = NULL;
	if (sqlite3_prepare_v2(store->db, sql, -1, out, NULL) != SQLITE_OK)
		return fail_store(store, "prepare", err);
	return true;
}

/* A binding that fails leaves NULL, which NOT NULL columns refuse. */
static void
bind_text(sqlite3_stmt *s, int at, const char *text)
{
	(void)sqlite3_bind_text(s, at, text, -1, SQLITE_TRANSIENT);
}

static void
bind_blob(sqlite3_stmt *s, int at, struct assay_bytes in)
{
	if (in.len == 0)
		(void)sqlite3_bind_zeroblob(s, at, 0);
	else
		(void)sqlite3_bind_blob64(s, at, in.ptr, in.len,
		    SQLITE_TRANSIENT);
}

static void
bind_int(sqlite3_stmt *s, int at, int64_t v)
{
	(void)sqlite3_bind_int64(s, at, v);
}

static struct assay_bytes
column_blob(sqlite3_stmt *s, int at)
{
	const uint8_t *ptr = sqlite3_column_blob(s, at);

	return (struct assay_bytes){ ptr,
	    (size_t)sqlite3_column_bytes(s, at) };
}

static const char *
column_text(sqlite3_stmt *s, int at)
{
	const char *text = (const char *)sqlite3_column_text(s, at);

	return text == NULL ? "" : text;
}

/* Run a statement that gives no rows, and finalize it. */
static bool
finish(struct assay_store *store, sqlite3_stmt *s, struct assay_error *err)
{
	bool ok = sqlite3_step(s) == SQLITE_DONE;

	if (!ok)
		fail_store(store, "write", err);
	sqlite3_finalize(s);
	return ok;
}

/* The next row: 1, 0 for the end, -1 for a failure. */
static int
next_row(struct assay_store *store, sqlite3_stmt *s, struct assay_error *err)
{
	int rc = sqlite3_step(s);

	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	fail_store(store, "read", err);
	return -1;
}

/* ---- transactions --------------------------------------------------------- */

static bool
begin(struct assay_store *store, struct assay_error *err)
{
	pthread_mutex_lock(&store->lock);
	if (run(store, "BEGIN IMMEDIATE", err))
		return true;
	pthread_mutex_unlock(&store->lock);
	return false;
}

/* Commit if ok, else roll back. True only if it was committed. */
static bool
end(struct assay_store *store, bool ok, struct assay_error *err)
{
	ok = ok && run(store, "COMMIT", err);
	if (ok)
		store->own_changes++;
	else
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

static bool
one_int(struct assay_store *store, const char *sql, int64_t *out,
    struct assay_error *err)
{
	sqlite3_stmt *s;
	int row;

	if (!prepare(store, sql, &s, err))
		return false;
	row = next_row(store, s, err);
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

	if (!prepare(store, "PRAGMA quick_check(1)", &s, err))
		return false;
	ok = next_row(store, s, err) == 1;
	if (ok && strcmp(column_text(s, 0), "ok") != 0)
		ok = assay_fail(err, ASSAY_ERR_STORE_FAILED,
		    "store is damaged: %s", column_text(s, 0));
	sqlite3_finalize(s);
	return ok;
}

/* Under the write lock: two processes may start on a fresh directory. */
static bool
make_schema(struct assay_store *store, struct assay_error *err)
{
	int64_t version;
	bool ok;

	if (!begin(store, err))
		return false;
	ok = one_int(store, "PRAGMA user_version", &version, err);
	if (ok && version == 0)
		ok = run(store, schema, err);
	else if (ok && version != SCHEMA_VERSION)
		ok = assay_fail(err, ASSAY_ERR_CONFIG_INVALID,
		    "store has version %lld, this program knows %d",
		    (long long)version, SCHEMA_VERSION);
	return end(store, ok, err);
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
	ok = one_int(store, "PRAGMA data_version", &theirs, err);
	if (ok)
		*version = (uint64_t)theirs << 32 ^ store->own_changes;
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
	if (prepare(store, "SELECT content FROM value WHERE name = ?", &s,
	    err)) {
		bind_text(s, 1, name);
		row = next_row(store, s, err);
		if (row == 1)
			assay_buffer_put(value, column_blob(s, 0));
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

	if (!begin(store, err))
		return false;
	ok = prepare(store, "INSERT OR REPLACE INTO value VALUES (?, ?)", &s,
	    err);
	if (ok) {
		bind_text(s, 1, name);
		bind_blob(s, 2, value);
		ok = finish(store, s, err);
	}
	return end(store, ok, err);
}

/* ---- history ---------------------------------------------------------------- */

static bool
hash_text(struct assay_bytes content, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_digest d;

	return assay_digest(ASSAY_SHA256, content, &d, err) &&
	    (assay_base64url_encode(assay_digest_bytes(&d), out) ||
	    assay_fail_memory(err, "hash"));
}

static bool
add_history(struct assay_store *store, const struct assay_store_event *event,
    const struct assay_store_change *change, struct assay_error *err)
{
	struct assay_buffer hash = assay_buffer(64);
	sqlite3_stmt *s;
	bool ok;

	ok = hash_text(event->content, &hash, err) && prepare(store,
	    "INSERT INTO history (time, subject, name, action, actor,"
	    " request_id, hash, serial, content)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", &s, err);
	if (ok) {
		bind_int(s, 1, change->now);
		bind_text(s, 2, event->subject);
		bind_text(s, 3, event->name);
		bind_text(s, 4, event->action);
		bind_text(s, 5, change->actor);
		bind_text(s, 6, change->request_id);
		bind_text(s, 7, assay_buffer_str(&hash));
		if (event->has_serial)
			bind_int(s, 8, event->serial);
		bind_blob(s, 9, event->content);
		ok = finish(store, s, err);
	}
	assay_buffer_free(&hash);
	return ok;
}

static bool
each_event(struct assay_store *store, sqlite3_stmt *s,
    assay_store_event_fn *fn, void *ctx, struct assay_error *err)
{
	int row;

	while ((row = next_row(store, s, err)) == 1) {
		struct assay_store_event event = {
			.id = sqlite3_column_int64(s, 0),
			.time = sqlite3_column_int64(s, 1),
			.subject = column_text(s, 2),
			.name = column_text(s, 3),
			.action = column_text(s, 4),
			.actor = column_text(s, 5),
			.request_id = column_text(s, 6),
			.hash = column_text(s, 7),
			.has_serial = sqlite3_column_type(s, 8) !=
			    SQLITE_NULL,
			.serial = sqlite3_column_int64(s, 8),
			.content = column_blob(s, 9),
		};

		if (!fn(ctx, &event, err))
			return false;
	}
	return row == 0;
}

bool
assay_store_history_each(struct assay_store *store, const char *subject,
    const char *name, assay_store_event_fn *fn, void *ctx,
    struct assay_error *err)
{
	sqlite3_stmt *s;
	bool ok;

	pthread_mutex_lock(&store->lock);
	ok = prepare(store, "SELECT id, time, subject, name, action, actor,"
	    " request_id, hash, serial, content FROM history"
	    " WHERE subject = ?1 AND (?2 IS NULL OR name = ?2) ORDER BY id",
	    &s, err);
	if (ok) {
		bind_text(s, 1, subject);
		if (name != NULL)
			bind_text(s, 2, name);
		ok = each_event(store, s, fn, ctx, err);
		sqlite3_finalize(s);
	}
	pthread_mutex_unlock(&store->lock);
	return ok;
}

/* ---- policies ---------------------------------------------------------------- */

static bool
policy_get(struct assay_store *store, const char *type,
    struct assay_store_policy *out, struct assay_error *err)
{
	sqlite3_stmt *s;
	int row;

	*out = (struct assay_store_policy){
		.jws = assay_buffer(ASSAY_MAX_TOKEN_BYTES) };
	if (!prepare(store, "SELECT jws, serial FROM policy WHERE type = ?",
	    &s, err))
		return false;
	bind_text(s, 1, type);
	row = next_row(store, s, err);
	if (row == 1) {
		assay_buffer_put(&out->jws, column_blob(s, 0));
		out->has_serial = sqlite3_column_type(s, 1) != SQLITE_NULL;
		out->serial = sqlite3_column_int64(s, 1);
	}
	sqlite3_finalize(s);
	if (row < 0 || !assay_buffer_ok(&out->jws, "policy", err)) {
		assay_store_policy_free(out);
		return false;
	}
	return true;
}

bool
assay_store_policy_get(struct assay_store *store, const char *type,
    struct assay_store_policy *out, struct assay_error *err)
{
	bool ok;

	pthread_mutex_lock(&store->lock);
	ok = policy_get(store, type, out, err);
	pthread_mutex_unlock(&store->lock);
	return ok;
}

void
assay_store_policy_free(struct assay_store_policy *policy)
{
	assay_buffer_free(&policy->jws);
	*policy = (struct assay_store_policy){ 0 };
}

static bool
serial_allows(const struct assay_store_policy *held, struct assay_bytes jws,
    const int64_t *serial, struct assay_error *err)
{
	if (!held->has_serial)
		return true;
	if (serial == NULL)
		return assay_fail(err, ASSAY_ERR_INVALID_OPERATION,
		    "the change has no x-assay-serial, and a policy with "
		    "serial %lld was in force: an old policy must not come "
		    "back; sign one with a higher serial",
		    (long long)held->serial);
	if (*serial > held->serial)
		return true;
	if (*serial == held->serial &&
	    assay_bytes_equal(assay_buffer_bytes(&held->jws), jws))
		return true;
	return assay_fail(err, ASSAY_ERR_INVALID_OPERATION,
	    "the change has x-assay-serial %lld, want more than %lld",
	    (long long)*serial, (long long)held->serial);
}

static bool
policy_write(struct assay_store *store, const char *type,
    struct assay_bytes jws, const int64_t *serial, struct assay_error *err)
{
	sqlite3_stmt *s;

	if (!prepare(store, "INSERT OR REPLACE INTO policy VALUES (?, ?, ?)",
	    &s, err))
		return false;
	bind_text(s, 1, type);
	bind_blob(s, 2, jws);
	if (serial != NULL)
		bind_int(s, 3, *serial);
	return finish(store, s, err);
}

bool
assay_store_policy_put(struct assay_store *store, const char *type,
    struct assay_bytes jws, const int64_t *serial,
    const struct assay_store_change *change, struct assay_error *err)
{
	struct assay_store_event event = { .subject = "policy", .name = type,
		.action = jws.len == 0 ? "reset" : "set",
		.has_serial = serial != NULL,
		.serial = serial == NULL ? 0 : *serial, .content = jws };
	struct assay_store_policy held = { 0 };
	bool ok;

	if (!begin(store, err))
		return false;
	ok = policy_get(store, type, &held, err) &&
	    serial_allows(&held, jws, serial, err) &&
	    policy_write(store, type, jws, serial, err) &&
	    add_history(store, &event, change, err);
	assay_store_policy_free(&held);
	return end(store, ok, err);
}

/* ---- policy signers ------------------------------------------------------------ */

bool
assay_store_signers_each(struct assay_store *store,
    assay_store_signer_fn *fn, void *ctx, struct assay_error *err)
{
	sqlite3_stmt *s;
	int row = -1;

	pthread_mutex_lock(&store->lock);
	if (prepare(store, "SELECT thumbprint, der FROM signer"
	    " ORDER BY thumbprint", &s, err)) {
		while ((row = next_row(store, s, err)) == 1) {
			if (!fn(ctx, column_text(s, 0), column_blob(s, 1),
			    err)) {
				row = -1;
				break;
			}
		}
		sqlite3_finalize(s);
	}
	pthread_mutex_unlock(&store->lock);
	return row == 0;
}

/* Run an INSERT or DELETE of one signer; *changed if it did anything. */
static bool
signer_write(struct assay_store *store, const char *sql,
    const char *thumbprint, struct assay_bytes der, bool *changed,
    struct assay_error *err)
{
	sqlite3_stmt *s;

	if (!prepare(store, sql, &s, err))
		return false;
	bind_text(s, 1, thumbprint);
	if (sqlite3_bind_parameter_count(s) == 2)
		bind_blob(s, 2, der);
	if (!finish(store, s, err))
		return false;
	*changed = sqlite3_changes(store->db) > 0;
	return true;
}

static bool
signer_event(struct assay_store *store, const char *action,
    const char *thumbprint, struct assay_bytes der,
    const struct assay_store_change *change, struct assay_error *err)
{
	struct assay_store_event event = { .subject = "certificate",
		.name = thumbprint, .action = action, .content = der };

	return add_history(store, &event, change, err);
}

bool
assay_store_signer_add(struct assay_store *store, const char *thumbprint,
    struct assay_bytes der, const struct assay_store_change *change,
    struct assay_error *err)
{
	bool changed = false, ok;

	if (!begin(store, err))
		return false;
	ok = signer_write(store, "INSERT OR IGNORE INTO signer VALUES (?, ?)",
	    thumbprint, der, &changed, err) && (!changed ||
	    signer_event(store, "add", thumbprint, der, change, err));
	return end(store, ok, err);
}

bool
assay_store_signer_remove(struct assay_store *store, const char *thumbprint,
    const struct assay_store_change *change, struct assay_error *err)
{
	static const struct assay_bytes none;
	bool changed = false, ok;
	int64_t left = 0;

	if (!begin(store, err))
		return false;
	ok = signer_write(store, "DELETE FROM signer WHERE thumbprint = ?",
	    thumbprint, none, &changed, err) &&
	    one_int(store, "SELECT count(*) FROM signer", &left, err);
	if (ok && changed && left == 0)
		ok = assay_fail(err, ASSAY_ERR_INVALID_OPERATION,
		    "certificate %s is the last one: without it no change "
		    "could ever be signed", thumbprint);
	ok = ok && (!changed ||
	    signer_event(store, "remove", thumbprint, none, change, err));
	return end(store, ok, err);
}

/* ---- signing keys ---------------------------------------------------------------- */

bool
assay_store_keys_each(struct assay_store *store, assay_store_key_fn *fn,
    void *ctx, struct assay_error *err)
{
	sqlite3_stmt *s;
	int row = -1;

	pthread_mutex_lock(&store->lock);
	if (prepare(store, "SELECT kid, created, retired, sealed, cert"
	    " FROM signing_key ORDER BY created DESC, kid", &s, err)) {
		while ((row = next_row(store, s, err)) == 1) {
			struct assay_store_key key = {
				.kid = column_text(s, 0),
				.created = sqlite3_column_int64(s, 1),
				.retired = sqlite3_column_int64(s, 2),
				.sealed = column_blob(s, 3),
				.cert = column_blob(s, 4),
			};

			if (!fn(ctx, &key, err)) {
				row = -1;
				break;
			}
		}
		sqlite3_finalize(s);
	}
	pthread_mutex_unlock(&store->lock);
	return row == 0;
}

bool
assay_store_key_put(struct assay_store *store,
    const struct assay_store_key *key, struct assay_error *err)
{
	sqlite3_stmt *s;
	bool ok;

	if (!begin(store, err))
		return false;
	ok = prepare(store, "INSERT OR REPLACE INTO signing_key"
	    " VALUES (?, ?, ?, ?, ?)", &s, err);
	if (ok) {
		bind_text(s, 1, key->kid);
		bind_int(s, 2, key->created);
		bind_int(s, 3, key->retired);
		bind_blob(s, 4, key->sealed);
		bind_blob(s, 5, key->cert);
		ok = finish(store, s, err);
	}
	return end(store, ok, err);
}

/* ---- collateral -------------------------------------------------------------------- */

static void
bind_identifiers(sqlite3_stmt *s, const struct assay_collateral_item *item)
{
	bind_text(s, 1, assay_collateral_kind_name(item->kind));
	bind_int(s, 2, item->tee);
	bind_blob(s, 3, (struct assay_bytes){ item->fmspc,
	    sizeof(item->fmspc) });
	bind_int(s, 4, item->ca);
	bind_int(s, 5, item->number);
}

static bool
collateral_write(struct assay_store *store,
    const struct assay_collateral_item *item, size_t *stored,
    struct assay_error *err)
{
	sqlite3_stmt *s;

	if (!prepare(store, "INSERT INTO collateral"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT DO UPDATE SET issued = excluded.issued,"
	    " next = excluded.next, body = excluded.body,"
	    " chain = excluded.chain, source = excluded.source,"
	    " obtained = excluded.obtained"
	    " WHERE excluded.issued >= collateral.issued", &s, err))
		return false;
	bind_identifiers(s, item);
	bind_int(s, 6, item->issued);
	bind_int(s, 7, item->next);
	bind_blob(s, 8, item->body);
	if (item->chain.ptr != NULL)
		bind_blob(s, 9, item->chain);
	bind_text(s, 10, item->source);
	bind_int(s, 11, item->obtained);
	if (!finish(store, s, err))
		return false;
	*stored += sqlite3_changes(store->db) > 0;
	return true;
}

bool
assay_store_collateral_put(struct assay_store *store,
    const struct assay_collateral_list *items, size_t *stored,
    struct assay_error *err)
{
	size_t n = 0;
	bool ok = true;

	if (!begin(store, err))
		return false;
	for (size_t i = 0; ok && i < items->n; i++)
		ok = collateral_write(store, &items->items[i], &n, err);
	if (!end(store, ok, err))
		return false;
	*stored = n;
	return true;
}

static bool
collateral_row(sqlite3_stmt *s, struct assay_collateral_list *list,
    struct assay_error *err)
{
	struct assay_bytes fmspc = column_blob(s, 2);
	struct assay_collateral_item item = {
		.tee = (enum assay_tee)sqlite3_column_int(s, 1),
		.ca = (enum assay_pck_ca)sqlite3_column_int(s, 3),
		.number = (uint32_t)sqlite3_column_int64(s, 4),
		.issued = sqlite3_column_int64(s, 5),
		.next = sqlite3_column_int64(s, 6),
		.body = column_blob(s, 7),
		.chain = column_blob(s, 8),
		.source = column_text(s, 9),
		.obtained = sqlite3_column_int64(s, 10),
	};

	if (!assay_collateral_kind_parse(column_text(s, 0), &item.kind) ||
	    fmspc.len != sizeof(item.fmspc))
		return assay_fail(err, ASSAY_ERR_STORE_FAILED,
		    "store holds collateral of an unknown kind");
	memcpy(item.fmspc, fmspc.ptr, sizeof(item.fmspc));
	return assay_collateral_list_add(list, &item, err);
}

bool
assay_store_collateral_load(struct assay_store *store,
    struct assay_collateral_list *list, struct assay_error *err)
{
	sqlite3_stmt *s;
	int row = -1;

	pthread_mutex_lock(&store->lock);
	if (prepare(store, "SELECT kind, tee, fmspc, ca, number, issued,"
	    " next, body, chain, source, obtained FROM collateral", &s,
	    err)) {
		while ((row = next_row(store, s, err)) == 1) {
			if (!collateral_row(s, list, err)) {
				row = -1;
				break;
			}
		}
		sqlite3_finalize(s);
	}
	pthread_mutex_unlock(&store->lock);
	return row == 0;
}

bool
assay_store_collateral_remove(struct assay_store *store,
    const struct assay_collateral_item *like, size_t *removed,
    struct assay_error *err)
{
	sqlite3_stmt *s;
	bool ok;
	int n = 0;

	if (!begin(store, err))
		return false;
	ok = prepare(store, "DELETE FROM collateral WHERE kind = ? AND"
	    " tee = ? AND fmspc = ? AND ca = ? AND number = ?", &s, err);
	if (ok) {
		bind_identifiers(s, like);
		ok = finish(store, s, err);
		n = sqlite3_changes(store->db);
	}
	if (!end(store, ok, err))
		return false;
	*removed = (size_t)n;
	return true;
}
