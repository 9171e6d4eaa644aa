/* SPDX-License-Identifier: Apache-2.0 */
#include "app/key_change.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/when.h"

#define ATTEMPTS	16
#define MAX_PUBLISHED	64	/* far above any schedule */

struct row {
	char			*kid, *alg;
	struct assay_buffer	 sealed, cert;
};

struct rows {
	size_t			 n;
	int64_t			 revision;
	struct row		 row[ASSAY_MAX_SIGNING_KEYS];
	struct assay_key_times	 times[ASSAY_MAX_SIGNING_KEYS];
};

static bool
add_row(void *ctx, const struct assay_store_key *key,
    struct assay_error *err)
{
	struct rows *rows = ctx;
	struct row *row = &rows->row[rows->n];

	if (key->sealed.len == 0)
		return true;	/* erased: no more to decide about it */
	if (rows->n == ASSAY_MAX_SIGNING_KEYS)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED, "store holds "
		    "more than %d signing keys", ASSAY_MAX_SIGNING_KEYS);
	rows->times[rows->n++] = key->times;
	row->kid = strdup(key->kid);
	row->alg = strdup(key->alg);
	row->sealed = assay_buffer(key->sealed.len);
	row->cert = assay_buffer(key->cert.len);
	assay_buffer_put(&row->sealed, key->sealed);
	assay_buffer_put(&row->cert, key->cert);
	if (row->kid == NULL || row->alg == NULL)
		return assay_fail_memory(err, "key");
	return assay_buffer_ok(&row->sealed, "key", err) &&
	    assay_buffer_ok(&row->cert, "certificate", err);
}

static void
rows_free(struct rows *rows)
{
	for (size_t i = 0; rows != NULL && i < rows->n; i++) {
		free(rows->row[i].kid);
		free(rows->row[i].alg);
		assay_buffer_free(&rows->row[i].sealed);
		assay_buffer_free(&rows->row[i].cert);
	}
	free(rows);
}

static struct rows *
rows_load(struct assay_store *store, const char *provider,
    struct assay_error *err)
{
	struct rows *rows = assay_alloc(1, sizeof(*rows));

	if (rows == NULL) {
		(void)assay_fail_memory(err, "keys");
		return NULL;
	}
	if (assay_store_keys_each(store, provider, add_row, rows,
	    &rows->revision, err))
		return rows;
	rows_free(rows);
	return NULL;
}

static struct assay_store_key
stored(const struct rows *rows, size_t i)
{
	return (struct assay_store_key){ .kid = rows->row[i].kid,
	    .alg = rows->row[i].alg, .times = rows->times[i],
	    .sealed = assay_buffer_bytes(&rows->row[i].sealed),
	    .cert = assay_buffer_bytes(&rows->row[i].cert) };
}

/* The first that is to sign after the one in use; n if there is none. */
static size_t
next_of(const struct rows *rows, int64_t now)
{
	for (size_t i = assay_key_in_use(rows->times, rows->n, now) + 1;
	    i < rows->n; i++) {
		if (rows->times[i].withdrawn == 0)
			return i;
	}
	return rows->n;
}

/* ---- rotate ----------------------------------------------------------- */

static bool
may_rotate(const struct rows *rows, size_t next, int64_t now,
    struct assay_error *err)
{
	size_t n = 0;

	if (next == rows->n)
		return assay_fail(err, ASSAY_ERR_INVALID_OPERATION, "there is "
		    "no next key yet: a running assayd makes one");
	for (size_t i = 0; i < rows->n; i++)
		n += assay_key_published(assay_key_state(rows->times,
		    rows->n, i, now));
	return n < MAX_PUBLISHED || assay_fail(err,
	    ASSAY_ERR_INVALID_OPERATION, "%zu keys are published, wait until "
	    "the tokens of some have expired", n);
}

/* *done false: the keys changed in between. */
static bool
try_rotate(struct assay_store *store, const char *provider,
    const struct rows *rows, const struct assay_store_change *change,
    int64_t *when, bool *done, struct assay_error *err)
{
	size_t next = next_of(rows, change->now);
	struct assay_store_key key;
	int64_t soonest;

	if (!may_rotate(rows, next, change->now, err))
		return false;
	key = stored(rows, next);
	soonest = key.times.created + ASSAY_KEY_LEAD;
	if (soonest < change->now)
		soonest = change->now;
	*done = key.times.active <= soonest;
	if (*done)
		soonest = key.times.active;
	*when = key.times.active = soonest;
	return *done || assay_store_keys_change(store, provider,
	    rows->revision, &key, 1, "rotate", change, done, err);
}

bool
assay_keys_rotate(struct assay_store *store, const char *provider,
    const struct assay_store_change *change, int64_t *when,
    struct assay_error *err)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		struct rows *rows = rows_load(store, provider, err);
		int64_t found;
		bool done, ok;

		if (rows == NULL)
			return false;
		ok = try_rotate(store, provider, rows, change, &found, &done,
		    err);
		rows_free(rows);
		if (ok && done)
			*when = found;
		if (!ok || done)
			return ok;
	}
	return assay_fail(err, ASSAY_ERR_STORE_FAILED, "the signing keys "
	    "change faster than they can be read");
}

/* ---- retire ----------------------------------------------------------- */

static bool
may_retire(const struct rows *rows, size_t i, bool compromised, int64_t now,
    struct assay_error *err)
{
	char text[ASSAY_WHEN_TEXT];

	switch (assay_key_state(rows->times, rows->n, i, now)) {
	case ASSAY_KEY_NEXT:
	case ASSAY_KEY_GONE:
		return true;
	case ASSAY_KEY_WITHDRAWN:
		return assay_fail(err, ASSAY_ERR_INVALID_OPERATION,
		    "key %s is withdrawn already", rows->row[i].kid);
	case ASSAY_KEY_IN_USE:
		return compromised || assay_fail(err,
		    ASSAY_ERR_INVALID_OPERATION, "key %s is in use: `assay "
		    "key rotate` puts the next one in its place; if it is "
		    "compromised, say so", rows->row[i].kid);
	case ASSAY_KEY_USED:
		return compromised || assay_fail(err,
		    ASSAY_ERR_INVALID_OPERATION, "tokens that key %s signed "
		    "are valid until %s, and it goes by itself then; if it "
		    "is compromised, say so", rows->row[i].kid,
		    assay_when_text(assay_key_until(rows->times, rows->n, i),
		    text));
	}
	return false;
}

static bool
try_retire(struct assay_store *store, const char *provider,
    const struct rows *rows, const char *kid, bool compromised,
    const struct assay_store_change *change, bool *done,
    struct assay_error *err)
{
	struct assay_store_key keys[2];
	size_t i = 0, n = 1, next = next_of(rows, change->now);

	while (i < rows->n && strcmp(rows->row[i].kid, kid) != 0)
		i++;
	if (i == rows->n)
		return assay_fail(err, ASSAY_ERR_INVALID_OPERATION,
		    "there is no key %s", kid);
	if (!may_retire(rows, i, compromised, change->now, err))
		return false;
	keys[0] = stored(rows, i);
	keys[0].times.withdrawn = change->now;
	keys[0].sealed = (struct assay_bytes){ NULL, 0 };
	/* Whoever fetches keys before it was published for long must again. */
	if (next != rows->n && i == assay_key_in_use(rows->times, rows->n,
	    change->now)) {
		keys[1] = stored(rows, next);
		keys[1].times.active = change->now;
		n = 2;
	}
	return assay_store_keys_change(store, provider, rows->revision, keys,
	    n, "retire", change, done, err);
}

bool
assay_keys_retire(struct assay_store *store, const char *provider,
    const char *kid, bool compromised,
    const struct assay_store_change *change, struct assay_error *err)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		struct rows *rows = rows_load(store, provider, err);
		bool done = false, ok;

		if (rows == NULL)
			return false;
		ok = try_retire(store, provider, rows, kid, compromised,
		    change, &done, err);
		rows_free(rows);
		if (!ok || done)
			return ok;
	}
	return assay_fail(err, ASSAY_ERR_STORE_FAILED, "the signing keys "
	    "change faster than they can be read");
}
