/* SPDX-License-Identifier: Apache-2.0 */
/* The store in SQLite: signing keys of each provider. */
#include "app/store_sqlite.h"

#include <sqlite3.h>

#define SUBJECT	"key"

static bool
get_revision(struct assay_store *store, const char *provider,
    int64_t *revision, struct assay_error *err)
{
	sqlite3_stmt *s;
	int row;

	if (!sql_prepare(store, "SELECT revision FROM key_set"
	    " WHERE provider = ?", &s, err))
		return false;
	sql_bind_text(s, 1, provider);
	row = sql_next_row(store, s, err);
	*revision = row == 1 ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_finalize(s);
	return row >= 0;
}

static bool
each_key(struct assay_store *store, sqlite3_stmt *s, assay_store_key_fn *fn,
    void *ctx, struct assay_error *err)
{
	int row;

	while ((row = sql_next_row(store, s, err)) == 1) {
		struct assay_store_key key = {
			.kid = sql_column_text(s, 0),
			.alg = sql_column_text(s, 1),
			.times = {
				.created = sqlite3_column_int64(s, 2),
				.active = sqlite3_column_int64(s, 3),
				.covers = sqlite3_column_int64(s, 4),
				.withdrawn = sqlite3_column_int64(s, 5),
			},
			.sealed = sql_column_blob(s, 6),
			.cert = sql_column_blob(s, 7),
		};

		if (!fn(ctx, &key, err))
			return false;
	}
	return row == 0;
}

static bool
read_keys(struct assay_store *store, const char *provider,
    assay_store_key_fn *fn, void *ctx, struct assay_error *err)
{
	sqlite3_stmt *s;
	bool ok;

	if (!sql_prepare(store, "SELECT kid, alg, created, active, covers,"
	    " withdrawn, sealed, cert FROM provider_key WHERE provider = ?"
	    " ORDER BY active, created, kid", &s, err))
		return false;
	sql_bind_text(s, 1, provider);
	ok = each_key(store, s, fn, ctx, err);
	sqlite3_finalize(s);
	return ok;
}

bool
assay_store_keys_each(struct assay_store *store, const char *provider,
    assay_store_key_fn *fn, void *ctx, int64_t *revision,
    struct assay_error *err)
{
	int64_t found;
	bool ok;

	/*
	 * The revision first: if another process changes the set in between,
	 * it is older than the keys, and a change that relies on it is not
	 * done.
	 */
	pthread_mutex_lock(&store->lock);
	ok = get_revision(store, provider, &found, err) &&
	    read_keys(store, provider, fn, ctx, err);
	pthread_mutex_unlock(&store->lock);
	if (ok)
		*revision = found;
	return ok;
}

static bool
write_key(struct assay_store *store, const char *provider,
    const struct assay_store_key *key, struct assay_error *err)
{
	sqlite3_stmt *s;

	/* covers only rises: another node may just have raised it. */
	if (!sql_prepare(store, "INSERT INTO provider_key"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT DO UPDATE SET active = excluded.active,"
	    " covers = max(covers, excluded.covers),"
	    " withdrawn = excluded.withdrawn, sealed = excluded.sealed,"
	    " cert = excluded.cert", &s, err))
		return false;
	sql_bind_text(s, 1, provider);
	sql_bind_text(s, 2, key->kid);
	sql_bind_text(s, 3, key->alg);
	sql_bind_int(s, 4, key->times.created);
	sql_bind_int(s, 5, key->times.active);
	sql_bind_int(s, 6, key->times.covers);
	sql_bind_int(s, 7, key->times.withdrawn);
	sql_bind_blob(s, 8, key->sealed);
	sql_bind_blob(s, 9, key->cert);
	return sql_finish(store, s, err);
}

static bool
write_revision(struct assay_store *store, const char *provider,
    int64_t revision, struct assay_error *err)
{
	sqlite3_stmt *s;

	if (!sql_prepare(store, "INSERT OR REPLACE INTO key_set"
	    " VALUES (?, ?)", &s, err))
		return false;
	sql_bind_text(s, 1, provider);
	sql_bind_int(s, 2, revision);
	return sql_finish(store, s, err);
}

static bool
write_all(struct assay_store *store, const char *provider,
    const struct assay_store_key *keys, size_t n, const char *action,
    const struct assay_store_change *change, struct assay_error *err)
{
	for (size_t i = 0; i < n; i++) {
		struct assay_store_event event = { .subject = SUBJECT,
			.name = keys[i].kid, .action = action,
			.content = keys[i].cert };

		if (!write_key(store, provider, &keys[i], err) ||
		    !sql_add_history(store, &event, change, err))
			return false;
	}
	return true;
}

bool
assay_store_keys_change(struct assay_store *store, const char *provider,
    int64_t revision, const struct assay_store_key *keys, size_t n,
    const char *action, const struct assay_store_change *change, bool *done,
    struct assay_error *err)
{
	int64_t found;
	bool ok, same;

	if (!sql_begin(store, err))
		return false;
	ok = get_revision(store, provider, &found, err);
	same = ok && found == revision;
	if (same)
		ok = write_all(store, provider, keys, n, action, change,
		    err) && write_revision(store, provider, revision + 1,
		    err);
	if (!sql_end(store, ok, err))
		return false;
	*done = same;
	return true;
}

bool
assay_store_key_cover(struct assay_store *store, const char *provider,
    const char *kid, int64_t until, struct assay_error *err)
{
	sqlite3_stmt *s;
	bool ok;

	if (!sql_begin(store, err))
		return false;
	ok = sql_prepare(store, "UPDATE provider_key SET covers ="
	    " max(covers, ?1) WHERE provider = ?2 AND kid = ?3", &s, err);
	if (ok) {
		sql_bind_int(s, 1, until);
		sql_bind_text(s, 2, provider);
		sql_bind_text(s, 3, kid);
		ok = sql_finish(store, s, err);
		if (ok && sqlite3_changes(store->db) != 1)
			ok = assay_fail(err, ASSAY_ERR_STORE_FAILED,
			    "store: signing key %s is not there", kid);
	}
	return sql_end(store, ok, err);
}
