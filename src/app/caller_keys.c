/* SPDX-License-Identifier: Apache-2.0 */
#include "app/caller_keys.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/clock.h"
#include "app/fetch.h"
#include "app/file.h"
#include "app/log.h"
#include "base/limits.h"
#include "base/mem.h"
#include "json/json.h"
#include "token/keyset.h"

#define FETCH_MS	10000	/* deadline of one exchange */
#define ASK_AGAIN_MS	30000	/* for a kid that is not there */
#define WAIT_MS		3000	/* of the one request that waits */
#define RETRY_FIRST_MS	2000	/* after a failure; then twice that, up to */
#define RETRY_LAST_MS	120000

/* ---- shared sets ---------------------------------------------------------- */

struct assay_shared_keys {
	atomic_uint		 owners;
	struct assay_keyset	*set;
};

static struct assay_shared_keys *
share(struct assay_keyset *set, struct assay_error *err)
{
	struct assay_shared_keys *shared = assay_alloc(1, sizeof(*shared));

	if (shared == NULL) {
		assay_keyset_free(set);
		assay_fail_memory(err, "keys of an issuer");
		return NULL;
	}
	atomic_init(&shared->owners, 1);
	shared->set = set;
	return shared;
}

static struct assay_shared_keys *
shared_ref(struct assay_shared_keys *shared)
{
	atomic_fetch_add(&shared->owners, 1);
	return shared;
}

const struct assay_keyset *
assay_shared_keys_set(const struct assay_shared_keys *shared)
{
	return shared->set;
}

void
assay_shared_keys_release(struct assay_shared_keys *shared)
{
	if (shared == NULL || atomic_fetch_sub(&shared->owners, 1) != 1)
		return;
	assay_keyset_free(shared->set);
	free(shared);
}

/* ---- fetching ------------------------------------------------------------- */

static bool
missing(struct assay_error *err, const char *what)
{
	err->code = ASSAY_ERR_CALLER_KEYS_MISSING;
	return assay_fail_in(err, what);
}

static bool
get(const char *url, const char *cacert, struct assay_fetch_answer *answer,
    struct assay_error *err)
{
	const struct assay_fetch_request request = {
		.url = url, .cacert = cacert, .deadline_ms = FETCH_MS,
		.max_bytes = ASSAY_MAX_JWKS_BYTES,
	};

	if (!assay_fetch(&request, answer, err))
		return false;
	return answer->status == 200 || assay_fail(err,
	    ASSAY_ERR_FETCH_FAILED, "%s: status %d, want 200", url,
	    answer->status);
}

/* OpenID Connect Discovery 1.0 section 4.3: it names the issuer asked for. */
static bool
read_discovery(struct assay_bytes text, const char *issuer, char **jwks_uri,
    struct assay_error *err)
{
	struct assay_bytes name, uri;
	json_t *root = assay_json_parse(text, NULL, err);
	bool ok = false;

	if (root == NULL ||
	    !assay_json_get_string(root, "issuer", &name, err) ||
	    !assay_json_get_string(root, "jwks_uri", &uri, err))
		goto out;
	if (name.len != strlen(issuer) ||
	    memcmp(name.ptr, issuer, name.len) != 0) {
		assay_fail(err, ASSAY_ERR_FETCH_REFUSED,
		    "it is of the issuer \"%.*s\", want \"%s\"",
		    name.len > 200 ? 200 : (int)name.len,
		    (const char *)name.ptr, issuer);
		goto out;
	}
	if ((*jwks_uri = assay_strdup_bytes(uri)) == NULL) {
		assay_fail_memory(err, "jwks_uri");
		goto out;
	}
	ok = assay_url_check(*jwks_uri, err) ||
	    assay_fail_in(err, "jwks_uri");
out:
	json_decref(root);
	return ok;
}

static bool
read_keys(struct assay_bytes text, struct assay_keyset **out,
    struct assay_error *err)
{
	struct assay_keyset *set;

	if (!assay_keyset_parse(text, &set, err))
		return false;
	if (assay_keyset_count(set) == 0) {
		assay_keyset_free(set);
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "JWKS has no key that can be used");
	}
	*out = set;
	return true;
}

static bool
fetch_remote(const struct assay_caller_issuer *issuer,
    struct assay_keyset **out, struct assay_error *err)
{
	struct assay_fetch_answer discovery = { 0 }, jwks = { 0 };
	char *uri = NULL;
	bool ok = false;

	if (!get(issuer->discovery, issuer->cacert, &discovery, err))
		goto out;
	if (!read_discovery(assay_buffer_bytes(&discovery.body),
	    issuer->issuer, &uri, err)) {
		assay_fail_in(err, issuer->discovery);
		goto out;
	}
	if (!get(uri, issuer->cacert, &jwks, err))
		goto out;
	ok = read_keys(assay_buffer_bytes(&jwks.body), out, err) ||
	    assay_fail_in(err, uri);
out:
	assay_fetch_answer_free(&discovery);
	assay_fetch_answer_free(&jwks);
	free(uri);
	return ok;
}

static bool
read_file(const struct assay_caller_issuer *issuer, struct assay_keyset **out,
    struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(0);
	bool ok = assay_file_read(issuer->jwks_file, ASSAY_MAX_JWKS_BYTES,
	    &text, err) && (read_keys(assay_buffer_bytes(&text), out, err) ||
	    assay_fail_in(err, issuer->jwks_file));

	assay_buffer_free(&text);
	return ok;
}

bool
assay_caller_fetch(const struct assay_caller_issuer *issuer,
    struct assay_keyset **out, struct assay_error *err)
{
	return issuer->jwks_file != NULL ? read_file(issuer, out, err) :
	    fetch_remote(issuer, out, err) || missing(err, issuer->issuer);
}

/* ---- the cache -------------------------------------------------------------- */

struct assay_caller_keys {
	const struct assay_caller_issuer	*issuer;
	assay_caller_fetch_fn			*fetch;
	pthread_mutex_t		 lock;
	pthread_cond_t		 work;		/* for the thread */
	pthread_cond_t		 done;		/* a fetch has ended */
	pthread_t		 thread;
	bool			 has_thread;
	bool			 stop, wanted, fetching, someone_waits;
	struct assay_shared_keys *current;	/* NULL: cold */
	int64_t			 fetched_at;	/* of current; monotonic ms */
	int64_t			 asked_at;	/* last beginning */
	int64_t			 unknown_at;	/* of one for a strange kid */
	int64_t			 next_at;	/* regular refresh or retry */
	unsigned int		 failures;	/* since the last success */
	struct assay_error	 why;		/* of the last failure */
};

static int64_t
retry_wait(unsigned int failures)
{
	int64_t wait = RETRY_FIRST_MS;

	for (unsigned int i = 1; i < failures && wait < RETRY_LAST_MS; i++)
		wait *= 2;
	return wait < RETRY_LAST_MS ? wait : RETRY_LAST_MS;
}

/* Locked. */
static void
take_result(struct assay_caller_keys *k, struct assay_shared_keys *fresh,
    const struct assay_error *err)
{
	int64_t now = assay_clock_monotonic_ms();

	if (fresh != NULL) {
		assay_shared_keys_release(k->current);
		k->current = fresh;
		k->fetched_at = now;
		k->failures = 0;
		k->next_at = now + k->issuer->refresh * 1000;
		return;
	}
	k->failures++;
	k->why = *err;
	k->next_at = now + retry_wait(k->failures);
}

static void
log_result(const struct assay_caller_keys *k, bool ok, bool repeated,
    const struct assay_error *err)
{
	if (!ok)
		assay_log_error(repeated ? ASSAY_LOG_INFO :
		    ASSAY_LOG_WARNING, "caller-keys", k->issuer->issuer, err);
	else
		ASSAY_LOG(repeated ? ASSAY_LOG_INFO : ASSAY_LOG_DEBUG,
		    "caller-keys",
		    assay_log_str("issuer", k->issuer->issuer));
}

/* Locked; unlocks while it fetches. */
static void
fetch_now(struct assay_caller_keys *k)
{
	bool again = k->failures != 0;
	struct assay_shared_keys *fresh = NULL;
	struct assay_keyset *set = NULL;
	struct assay_error err = { 0 };

	k->fetching = true;
	k->wanted = false;
	k->asked_at = assay_clock_monotonic_ms();
	pthread_mutex_unlock(&k->lock);
	if (k->fetch(k->issuer, &set, &err))
		fresh = share(set, &err);
	log_result(k, fresh != NULL, again, &err);
	pthread_mutex_lock(&k->lock);
	k->fetching = false;
	take_result(k, fresh, &err);
	pthread_cond_broadcast(&k->done);
}

static void
wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t ms)
{
	const struct timespec at = { .tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000L };

	(void)pthread_cond_timedwait(cond, lock, &at);
}

static void *
keep_fresh(void *ctx)
{
	struct assay_caller_keys *k = ctx;

	pthread_mutex_lock(&k->lock);
	while (!k->stop) {
		if (k->wanted || assay_clock_monotonic_ms() >= k->next_at)
			fetch_now(k);
		else
			wait_until(&k->work, &k->lock, k->next_at);
	}
	pthread_mutex_unlock(&k->lock);
	return NULL;
}

/* ---- beginning and end --------------------------------------------------------- */

static bool
cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;
	bool ok;

	if (pthread_condattr_init(&attr) != 0)
		return false;
	ok = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
	    pthread_cond_init(cond, &attr) == 0;
	(void)pthread_condattr_destroy(&attr);
	return ok;
}

static bool
open_file(struct assay_caller_keys *k, struct assay_error *err)
{
	struct assay_keyset *set;

	return k->fetch(k->issuer, &set, err) &&
	    (k->current = share(set, err)) != NULL;
}

static void
inherit(struct assay_caller_keys *k, struct assay_caller_keys *old)
{
	pthread_mutex_lock(&old->lock);
	if (old->current != NULL) {
		k->current = shared_ref(old->current);
		k->fetched_at = old->fetched_at;
	}
	pthread_mutex_unlock(&old->lock);
}

static bool
start_thread(struct assay_caller_keys *k, struct assay_error *err)
{
	k->wanted = true;
	k->has_thread = pthread_create(&k->thread, NULL, keep_fresh, k) == 0;
	return k->has_thread || assay_fail_memory(err, "thread for keys");
}

bool
assay_caller_keys_open(const struct assay_caller_issuer *issuer,
    assay_caller_fetch_fn *fetch, struct assay_caller_keys *old,
    struct assay_caller_keys **out, struct assay_error *err)
{
	struct assay_caller_keys *k = assay_alloc(1, sizeof(*k));
	bool ok;

	if (k == NULL)
		return assay_fail_memory(err, "keys of an issuer");
	if (pthread_mutex_init(&k->lock, NULL) != 0 || !cond_init(&k->work) ||
	    !cond_init(&k->done)) {
		free(k);
		return assay_fail_memory(err, "keys of an issuer");
	}
	k->issuer = issuer;
	k->fetch = fetch;
	k->asked_at = assay_clock_monotonic_ms();
	k->unknown_at = k->asked_at - ASK_AGAIN_MS;
	if (old != NULL && issuer->jwks_file == NULL)
		inherit(k, old);
	ok = issuer->jwks_file != NULL ? open_file(k, err) :
	    start_thread(k, err);
	if (ok)
		*out = k;
	else
		assay_caller_keys_close(k);
	return ok;
}

void
assay_caller_keys_close(struct assay_caller_keys *k)
{
	if (k == NULL)
		return;
	pthread_mutex_lock(&k->lock);
	k->stop = true;
	pthread_cond_broadcast(&k->work);
	pthread_mutex_unlock(&k->lock);
	if (k->has_thread)
		(void)pthread_join(k->thread, NULL);
	assay_shared_keys_release(k->current);
	pthread_cond_destroy(&k->work);
	pthread_cond_destroy(&k->done);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

/* ---- asking ---------------------------------------------------------------- */

static bool
has_kid(const struct assay_caller_keys *k, struct assay_bytes kid)
{
	const struct assay_jwk *jwk;
	struct assay_error ignored;

	return k->current != NULL &&
	    assay_keyset_find(k->current->set, kid, &jwk, &ignored);
}

/* Keys of a file stay; fetched ones until they are too old to believe. */
static bool
is_usable(const struct assay_caller_keys *k)
{
	return k->current != NULL && (k->issuer->jwks_file != NULL ||
	    assay_clock_monotonic_ms() - k->fetched_at <
	    k->issuer->max_age * 1000);
}

/* Locked. Have the thread fetch, unless that was tried just now. */
static void
want_fetch(struct assay_caller_keys *k)
{
	int64_t now = assay_clock_monotonic_ms();

	if (k->wanted || k->fetching || (k->failures != 0 &&
	    now - k->asked_at < retry_wait(k->failures)) ||
	    (k->failures == 0 && now - k->unknown_at < ASK_AGAIN_MS))
		return;
	k->unknown_at = now;
	k->wanted = true;
	pthread_cond_signal(&k->work);
}

/* Locked. One request at a time may spend its thread on this. */
static void
wait_fetch(struct assay_caller_keys *k)
{
	int64_t until = assay_clock_monotonic_ms() + WAIT_MS;

	if (k->someone_waits)
		return;
	k->someone_waits = true;
	while ((k->wanted || k->fetching) &&
	    assay_clock_monotonic_ms() < until)
		wait_until(&k->done, &k->lock, until);
	k->someone_waits = false;
}

/* Locked: what is to be said of a kid that is not there. */
static bool
decide(struct assay_caller_keys *k, struct assay_error *err)
{
	if (k->wanted || k->fetching)
		return assay_fail(err, ASSAY_ERR_CALLER_KEYS_MISSING,
		    "keys of the issuer %s are being fetched: try again in a "
		    "moment", k->issuer->issuer);
	if (k->failures == 0)
		return true;
	*err = k->why;
	return missing(err, is_usable(k) ?
	    "the token names a key that is not known, and newer ones could "
	    "not be fetched" : "keys of the caller's issuer could not be "
	    "fetched");
}

bool
assay_caller_keys_get(struct assay_caller_keys *k, struct assay_bytes kid,
    struct assay_shared_keys **out, struct assay_error *err)
{
	bool ok;

	pthread_mutex_lock(&k->lock);
	ok = is_usable(k) && (has_kid(k, kid) || !k->has_thread);
	if (!ok) {
		want_fetch(k);
		wait_fetch(k);
		ok = (is_usable(k) && has_kid(k, kid)) || decide(k, err);
	}
	if (ok && !is_usable(k))
		ok = assay_fail(err, ASSAY_ERR_CALLER_KEYS_MISSING,
		    "keys of the issuer %s are too old", k->issuer->issuer);
	if (ok)
		*out = shared_ref(k->current);
	pthread_mutex_unlock(&k->lock);
	return ok;
}
