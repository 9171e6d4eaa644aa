/* SPDX-License-Identifier: Apache-2.0 */
/* The store in SQLite: policies, policy signers, their history. */
#include "app/store_sqlite.h"

#include <sqlite3.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "crypto/digest.h"

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

bool
sql_add_history(struct assay_store *store, const struct assay_store_event *event,
    const struct assay_store_change *change, struct assay_error *err)
{
	struct assay_buffer hash = assay_buffer(64);
	sqlite3_stmt *s;
	bool ok;

	ok = hash_text(event->content, &hash, err) && sql_prepare(store,
	    "INSERT INTO history (time, subject, name, action, actor,"
	    " request_id, hash, serial, content)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", &s, err);
	if (ok) {
		sql_bind_int(s, 1, change->now);
		sql_bind_text(s, 2, event->subject);
		sql_bind_text(s, 3, event->name);
		sql_bind_text(s, 4, event->action);
		sql_bind_text(s, 5, change->actor);
		sql_bind_text(s, 6, change->request_id);
		sql_bind_text(s, 7, assay_buffer_str(&hash));
		if (event->has_serial)
			sql_bind_int(s, 8, event->serial);
		sql_bind_blob(s, 9, event->content);
		ok = sql_finish(store, s, err);
	}
	assay_buffer_free(&hash);
	return ok;
}

bool
assay_store_history_add(struct assay_store *store,
    const struct assay_store_event *event,
    const struct assay_store_change *change, struct assay_error *err)
{
	return sql_begin(store, err) &&
	    sql_end(store, sql_add_history(store, event, change, err), err);
}

static bool
each_event(struct assay_store *store, sqlite3_stmt *s,
    assay_store_event_fn *fn, void *ctx, struct assay_error *err)
{
	int row;

	while ((row = sql_next_row(store, s, err)) == 1) {
		struct assay_store_event event = {
			.id = sqlite3_column_int64(s, 0),
			.time = sqlite3_column_int64(s, 1),
			.subject = sql_column_text(s, 2),
			.name = sql_column_text(s, 3),
			.action = sql_column_text(s, 4),
			.actor = sql_column_text(s, 5),
			.request_id = sql_column_text(s, 6),
			.hash = sql_column_text(s, 7),
			.has_serial = sqlite3_column_type(s, 8) !=
			    SQLITE_NULL,
			.serial = sqlite3_column_int64(s, 8),
			.content = sql_column_blob(s, 9),
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
	ok = sql_prepare(store, "SELECT id, time, subject, name, action, actor,"
	    " request_id, hash, serial, content FROM history"
	    " WHERE subject = ?1 AND (?2 IS NULL OR name = ?2) ORDER BY id",
	    &s, err);
	if (ok) {
		sql_bind_text(s, 1, subject);
		if (name != NULL)
			sql_bind_text(s, 2, name);
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
	if (!sql_prepare(store, "SELECT jws, serial FROM policy WHERE type = ?",
	    &s, err))
		return false;
	sql_bind_text(s, 1, type);
	row = sql_next_row(store, s, err);
	if (row == 1) {
		assay_buffer_put(&out->jws, sql_column_blob(s, 0));
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

	if (!sql_prepare(store, "INSERT OR REPLACE INTO policy VALUES (?, ?, ?)",
	    &s, err))
		return false;
	sql_bind_text(s, 1, type);
	sql_bind_blob(s, 2, jws);
	if (serial != NULL)
		sql_bind_int(s, 3, *serial);
	return sql_finish(store, s, err);
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

	if (!sql_begin(store, err))
		return false;
	ok = policy_get(store, type, &held, err) &&
	    serial_allows(&held, jws, serial, err) &&
	    policy_write(store, type, jws, serial, err) &&
	    sql_add_history(store, &event, change, err);
	assay_store_policy_free(&held);
	return sql_end(store, ok, err);
}

/* ---- policy signers ------------------------------------------------------------ */

bool
assay_store_signers_each(struct assay_store *store,
    assay_store_signer_fn *fn, void *ctx, struct assay_error *err)
{
	sqlite3_stmt *s;
	int row = -1;

	pthread_mutex_lock(&store->lock);
	if (sql_prepare(store, "SELECT thumbprint, der FROM signer"
	    " ORDER BY thumbprint", &s, err)) {
		while ((row = sql_next_row(store, s, err)) == 1) {
			if (!fn(ctx, sql_column_text(s, 0), sql_column_blob(s, 1),
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

	if (!sql_prepare(store, sql, &s, err))
		return false;
	sql_bind_text(s, 1, thumbprint);
	if (sqlite3_bind_parameter_count(s) == 2)
		sql_bind_blob(s, 2, der);
	if (!sql_finish(store, s, err))
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

	return sql_add_history(store, &event, change, err);
}

bool
assay_store_signer_add(struct assay_store *store, const char *thumbprint,
    struct assay_bytes der, const struct assay_store_change *change,
    struct assay_error *err)
{
	bool changed = false, ok;

	if (!sql_begin(store, err))
		return false;
	ok = signer_write(store, "INSERT OR IGNORE INTO signer VALUES (?, ?)",
	    thumbprint, der, &changed, err) && (!changed ||
	    signer_event(store, "add", thumbprint, der, change, err));
	return sql_end(store, ok, err);
}

bool
assay_store_signer_remove(struct assay_store *store, const char *thumbprint,
    const struct assay_store_change *change, struct assay_error *err)
{
	static const struct assay_bytes none;
	bool changed = false, ok;
	int64_t left = 0;

	if (!sql_begin(store, err))
		return false;
	ok = signer_write(store, "DELETE FROM signer WHERE thumbprint = ?",
	    thumbprint, none, &changed, err) &&
	    sql_one_int(store, "SELECT count(*) FROM signer", &left, err);
	if (ok && changed && left == 0)
		ok = assay_fail(err, ASSAY_ERR_INVALID_OPERATION,
		    "certificate %s is the last one: without it no change "
		    "could ever be signed", thumbprint);
	ok = ok && (!changed ||
	    signer_event(store, "remove", thumbprint, none, change, err));
	return sql_end(store, ok, err);
}
