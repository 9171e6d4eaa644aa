/* SPDX-License-Identifier: Apache-2.0 */
#include "app/keys.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "app/key_make.h"
#include "app/key_seal.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypto/cert.h"
#include "crypto/random.h"

#define DEFAULT_LIFETIME	(90 * (int64_t)ASSAY_DAY)
#define MAX_PKCS8		(16 * 1024)
#define ATTEMPTS		16	/* others may change the set too */
#define COVER_AHEAD		ASSAY_DAY /* so that few tokens write */

struct key {
	char			*kid;
	enum assay_sig_alg	 alg;
	struct assay_buffer	 cert;		/* DER */
	struct assay_buffer	 sealed;
	struct assay_signer	**signers;	/* NULL: does not sign */
	_Atomic int64_t		 covers;	/* as the store has it */
};

struct assay_key_set {
	atomic_uint		 refs;
	size_t			 n;
	unsigned int		 n_signers;
	struct key		 key[ASSAY_MAX_SIGNING_KEYS];
	struct assay_key_times	 times[ASSAY_MAX_SIGNING_KEYS];
};

struct assay_keys {
	struct assay_keys_options opt;
	uint8_t			 seal[ASSAY_SEAL_KEY];
	pthread_mutex_t		 lock;		/* of set */
	struct assay_key_set	*set;
	int64_t			 loaded, boundary;	/* valid in between */
	atomic_uint		 next_thread;
};

/* ---- sets ------------------------------------------------------------- */

void
assay_key_set_release(struct assay_key_set *set)
{
	if (set == NULL || atomic_fetch_sub(&set->refs, 1) != 1)
		return;
	for (size_t i = 0; i < set->n; i++) {
		struct key *key = &set->key[i];

		for (size_t j = 0; key->signers != NULL &&
		    j < set->n_signers; j++)
			assay_signer_free(key->signers[j]);
		free(key->signers);
		free(key->kid);
		assay_buffer_free(&key->cert);
		assay_buffer_free(&key->sealed);
	}
	free(set);
}

struct assay_key_set *
assay_keys_take(struct assay_keys *keys)
{
	struct assay_key_set *set;

	pthread_mutex_lock(&keys->lock);
	set = keys->set;
	(void)atomic_fetch_add(&set->refs, 1);
	pthread_mutex_unlock(&keys->lock);
	return set;
}

static bool
parse_alg(const char *name, enum assay_sig_alg *out, struct assay_error *err)
{
	if (strcmp(name, "RS256") == 0)
		*out = ASSAY_SIG_RS256;
	else if (strcmp(name, "ES256") == 0)
		*out = ASSAY_SIG_ES256_RAW;
	else
		return assay_fail(err, ASSAY_ERR_STORE_FAILED,
		    "store holds a signing key for \"%s\"", name);
	return true;
}

static const char *
alg_name(enum assay_sig_alg alg)
{
	return alg == ASSAY_SIG_RS256 ? "RS256" : "ES256";
}

static bool
load_row(void *ctx, const struct assay_store_key *row,
    struct assay_error *err)
{
	struct assay_key_set *set = ctx;
	struct key *key = &set->key[set->n];

	/* Erased is for good: a clock that goes back revives no key. */
	if (row->sealed.len == 0)
		return true;
	if (set->n == ASSAY_MAX_SIGNING_KEYS)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED, "store holds "
		    "more than %d signing keys", ASSAY_MAX_SIGNING_KEYS);
	set->n++;
	set->times[set->n - 1] = row->times;
	key->cert = assay_buffer(ASSAY_MAX_CERT_BYTES);
	key->sealed = assay_buffer(2 * MAX_PKCS8);
	atomic_init(&key->covers, row->times.covers);
	assay_buffer_put(&key->cert, row->cert);
	assay_buffer_put(&key->sealed, row->sealed);
	if ((key->kid = strdup(row->kid)) == NULL)
		return assay_fail_memory(err, "key");
	return parse_alg(row->alg, &key->alg, err) &&
	    assay_buffer_ok(&key->cert, "certificate", err) &&
	    assay_buffer_ok(&key->sealed, "sealed key", err);
}

/* What is published is what signs: a row must not say otherwise. */
static bool
check_halves(const struct key *key, const struct assay_signer *signer,
    struct assay_error *err)
{
	struct assay_cert *cert;
	bool same;

	if (!assay_cert_parse(assay_buffer_bytes(&key->cert), &cert, err))
		return assay_fail_in(err, "certificate in the store");
	same = assay_pkey_equal(assay_cert_key(cert),
	    assay_signer_public(signer));
	assay_cert_free(cert);
	return same || assay_fail(err, ASSAY_ERR_STORE_FAILED, "signing key "
	    "%s: the certificate is for another key", key->kid);
}

/* One handle for each thread, made from the same private key. */
static bool
make_signers(struct assay_key_set *set, struct key *key,
    struct assay_bytes pkcs8, struct assay_error *err)
{
	key->signers = assay_alloc(set->n_signers,
	    sizeof(struct assay_signer *));
	if (key->signers == NULL)
		return assay_fail_memory(err, "signers");
	for (unsigned int i = 0; i < set->n_signers; i++) {
		if (!assay_signer_from_pkcs8(pkcs8, &key->signers[i], err))
			return false;
	}
	return check_halves(key, key->signers[0], err);
}

/* The key in use, and those after it, so that the change is seamless. */
static bool
open_private(const struct assay_keys *keys, struct assay_key_set *set,
    int64_t now, struct assay_error *err)
{
	bool ok = true;

	for (size_t i = assay_key_in_use(set->times, set->n, now);
	    ok && i < set->n; i++) {
		struct key *key = &set->key[i];
		struct assay_buffer pkcs8 = assay_buffer(MAX_PKCS8);

		if (set->times[i].withdrawn != 0)
			continue;
		ok = assay_key_unseal(keys->seal, key->kid,
		    assay_buffer_bytes(&key->sealed), &pkcs8, err) &&
		    make_signers(set, key, assay_buffer_bytes(&pkcs8), err);
		assay_buffer_wipe(&pkcs8);
	}
	return ok;
}

static bool
load_set(const struct assay_keys *keys, int64_t now,
    struct assay_key_set **out, int64_t *revision, struct assay_error *err)
{
	struct assay_key_set *set = assay_alloc(1, sizeof(*set));

	if (set == NULL)
		return assay_fail_memory(err, "keys");
	atomic_init(&set->refs, 1);
	set->n_signers = keys->opt.threads == 0 ? 1 : keys->opt.threads;
	if (!assay_store_keys_each(keys->opt.store, keys->opt.provider,
	    load_row, set, revision, err) ||
	    !open_private(keys, set, now, err)) {
		assay_key_set_release(set);
		return false;
	}
	*out = set;
	return true;
}

/* ---- what is due ------------------------------------------------------ */

static bool
change(const struct assay_keys *keys, int64_t revision,
    const struct assay_store_key *row, const char *action, int64_t now,
    struct assay_error *err)
{
	const struct assay_store_change by = { .now = now,
		.actor = "assayd", .request_id = "" };
	bool done;

	/* Not done: another was faster; what is due is asked again. */
	return assay_store_keys_change(keys->opt.store, keys->opt.provider,
	    revision, row, 1, action, &by, &done, err);
}

static struct assay_store_key
row_of(const struct assay_key_set *set, size_t i)
{
	const struct key *key = &set->key[i];

	return (struct assay_store_key){ .kid = key->kid,
	    .alg = alg_name(key->alg), .times = set->times[i],
	    .sealed = assay_buffer_bytes(&key->sealed),
	    .cert = assay_buffer_bytes(&key->cert) };
}

/* No key that can sign later, or one of another algorithm than configured. */
static bool
needs_key(const struct assay_keys *keys, const struct assay_key_set *set,
    int64_t now)
{
	size_t used = assay_key_in_use(set->times, set->n, now);
	size_t last = set->n;

	for (size_t i = 0; i < set->n; i++) {
		if (set->times[i].withdrawn == 0 &&
		    set->key[i].signers != NULL)
			last = i;
	}
	return last == set->n || last <= used || set->key[last].alg !=
	    (keys->opt.es256 ? ASSAY_SIG_ES256_RAW : ASSAY_SIG_RS256);
}

static bool
make_key(const struct assay_keys *keys, const struct assay_key_set *set,
    int64_t revision, int64_t now, struct assay_error *err)
{
	struct assay_store_key row = {
		.alg = keys->opt.es256 ? "ES256" : "RS256",
		.times = { .created = now, .active = assay_key_first_use(
		    set->times, set->n, keys->opt.lifetime, now) },
	};
	struct assay_made_key made;
	bool ok;

	/* Not before the one that it takes the place of. */
	if (set->n != 0 && row.times.active != now &&
	    set->times[set->n - 1].withdrawn == 0 &&
	    row.times.active <= set->times[set->n - 1].active)
		row.times.active = set->times[set->n - 1].active + 1;
	if (!assay_key_make(keys->opt.es256, keys->opt.issuer, keys->seal,
	    now, &made, err))
		return false;
	row.kid = made.kid;
	row.sealed = assay_buffer_bytes(&made.sealed);
	row.cert = assay_buffer_bytes(&made.cert);
	ok = change(keys, revision, &row, "make", now, err);
	assay_made_key_free(&made);
	return ok;
}

static bool
names_issuer(const struct key *key, const char *issuer, bool *same,
    struct assay_error *err)
{
	struct assay_cert *cert;

	if (!assay_cert_parse(assay_buffer_bytes(&key->cert), &cert, err))
		return assay_fail_in(err, "certificate in the store");
	*same = assay_text_is(assay_cert_subject_cn(cert), issuer);
	assay_cert_free(cert);
	return true;
}

static bool
certify_again(const struct assay_keys *keys, const struct assay_key_set *set,
    size_t i, int64_t revision, int64_t now, struct assay_error *err)
{
	struct assay_buffer cert = assay_buffer(ASSAY_MAX_CERT_BYTES);
	struct assay_store_key row = row_of(set, i);
	bool ok;

	ok = assay_key_certify(set->key[i].signers[0], keys->opt.issuer, now,
	    &cert, err);
	if (ok) {
		row.cert = assay_buffer_bytes(&cert);
		ok = change(keys, revision, &row, "certify", now, err);
	}
	assay_buffer_free(&cert);
	return ok;
}

/* At most one step; *did says whether the set must be read again. */
static bool
one_step(const struct assay_keys *keys, const struct assay_key_set *set,
    int64_t revision, int64_t now, bool *did, struct assay_error *err)
{
	*did = true;
	for (size_t i = 0; i < set->n; i++) {
		struct assay_store_key row = row_of(set, i);
		bool same = true;

		if (set->key[i].signers != NULL && !names_issuer(&set->key[i],
		    keys->opt.issuer, &same, err))
			return false;
		if (!same)
			return certify_again(keys, set, i, revision, now,
			    err);
		if (assay_key_published(
		    assay_key_state(set->times, set->n, i, now)))
			continue;
		row.sealed = (struct assay_bytes){ NULL, 0 };
		return change(keys, revision, &row, "erase", now, err);
	}
	if (needs_key(keys, set, now))
		return make_key(keys, set, revision, now, err);
	*did = false;
	return true;
}

static void
install(struct assay_keys *keys, struct assay_key_set *set, int64_t now)
{
	struct assay_key_set *old;

	pthread_mutex_lock(&keys->lock);
	old = keys->set;
	keys->set = set;
	pthread_mutex_unlock(&keys->lock);
	assay_key_set_release(old);
	keys->loaded = now;
	keys->boundary = assay_key_boundary(set->times, set->n, now);
}

static bool
refresh(struct assay_keys *keys, int64_t now, struct assay_error *err)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		struct assay_key_set *set = NULL;
		int64_t revision;
		bool did;

		if (!load_set(keys, now, &set, &revision, err))
			return false;
		if (!one_step(keys, set, revision, now, &did, err)) {
			assay_key_set_release(set);
			return false;
		}
		if (!did) {
			install(keys, set, now);
			return true;
		}
		assay_key_set_release(set);
	}
	return assay_fail(err, ASSAY_ERR_STORE_FAILED, "the signing keys "
	    "change faster than they can be read");
}

bool
assay_keys_tick(struct assay_keys *keys, int64_t now, bool reread,
    bool *changed, struct assay_error *err)
{
	*changed = false;
	if (!reread && now >= keys->loaded && now < keys->boundary)
		return true;
	if (!refresh(keys, now, err))
		return false;
	*changed = true;
	return true;
}

/* ---- opening ---------------------------------------------------------- */

static bool
count_sealed(void *ctx, const struct assay_store_key *row,
    struct assay_error *err)
{
	size_t *n = ctx;

	(void)err;
	*n += row->sealed.len != 0;
	return true;
}

static bool
load_seal(struct assay_keys *keys, struct assay_error *err)
{
	int64_t revision;
	size_t sealed = 0;

	return assay_store_keys_each(keys->opt.store, keys->opt.provider,
	    count_sealed, &sealed, &revision, err) &&
	    assay_key_seal_load(keys->opt.seal_source, keys->opt.data_dir,
	    sealed == 0, keys->seal, err);
}

bool
assay_keys_open(const struct assay_keys_options *opt,
    struct assay_keys **out, struct assay_error *err)
{
	struct assay_keys *keys = assay_alloc(1, sizeof(*keys));

	if (keys == NULL || pthread_mutex_init(&keys->lock, NULL) != 0) {
		free(keys);
		return assay_fail_memory(err, "keys");
	}
	keys->opt = *opt;
	if (keys->opt.provider == NULL)
		keys->opt.provider = ASSAY_PROVIDER_DEFAULT;
	if (keys->opt.lifetime == 0)
		keys->opt.lifetime = DEFAULT_LIFETIME;
	if (!load_seal(keys, err) || !refresh(keys, opt->now, err)) {
		assay_keys_free(keys);
		return false;
	}
	*out = keys;
	return true;
}

void
assay_keys_free(struct assay_keys *keys)
{
	if (keys == NULL)
		return;
	assay_key_set_release(keys->set);
	pthread_mutex_destroy(&keys->lock);
	assay_wipe_free(keys, sizeof(*keys));
}

/* ---- use -------------------------------------------------------------- */

bool
assay_keys_derive(const struct assay_keys *keys, const char *purpose,
    uint8_t out[32], struct assay_error *err)
{
	return assay_hkdf((struct assay_bytes){ keys->seal,
	    sizeof(keys->seal) }, assay_bytes_of(purpose), out, 32, err);
}

/*
 * The clock may have gone back since the set was loaded: the private keys of
 * those before are not open until the next tick, those after are.
 */
static size_t
current(const struct assay_key_set *set, int64_t now)
{
	size_t used = assay_key_in_use(set->times, set->n, now), i = used;

	while (i < set->n && set->key[i].signers == NULL)
		i++;
	for (size_t j = 0; i == set->n && j < used; j++) {
		if (set->key[j].signers != NULL)
			i = j;
	}
	return i;
}

static struct assay_key_view
view(const struct assay_key_set *set, size_t i, int64_t now)
{
	return (struct assay_key_view){ .kid = set->key[i].kid,
	    .alg = set->key[i].alg,
	    .cert = assay_buffer_bytes(&set->key[i].cert),
	    .state = assay_key_state(set->times, set->n, i, now) };
}

struct assay_key_view
assay_key_set_current(const struct assay_key_set *set, int64_t now)
{
	return view(set, current(set, now), now);
}

bool
assay_key_set_published(const struct assay_key_set *set, size_t index,
    int64_t now, struct assay_key_view *out)
{
	size_t first = current(set, now);

	if (index == 0) {
		*out = view(set, first, now);
		return true;
	}
	for (size_t i = set->n; i-- > 0; ) {
		struct assay_key_view v = view(set, i, now);

		if (i == first || !assay_key_published(v.state) ||
		    --index > 0)
			continue;
		*out = v;
		return true;
	}
	return false;
}

/* Noted for a day more than asked, so that the next token need not write. */
static bool
cover(struct assay_keys *keys, struct key *key, int64_t exp,
    struct assay_error *err)
{
	int64_t covers = atomic_load(&key->covers);

	if (exp <= covers)
		return true;
	if (!assay_store_key_cover(keys->opt.store, keys->opt.provider,
	    key->kid, exp + COVER_AHEAD, err))
		return false;
	while (covers < exp + COVER_AHEAD && !atomic_compare_exchange_weak(
	    &key->covers, &covers, exp + COVER_AHEAD))
		;
	return true;
}

bool
assay_key_set_signer(struct assay_keys *keys, struct assay_key_set *set,
    int64_t now, int64_t exp, const struct assay_signer **out,
    struct assay_error *err)
{
	static _Thread_local unsigned int number;
	struct key *key = &set->key[current(set, now)];

	if (exp - now > ASSAY_KEY_TOKEN_LIFETIME &&
	    !cover(keys, key, exp, err))
		return assay_fail_in(err, "lifetime of a token");
	if (number == 0)
		number = 1 + atomic_fetch_add(&keys->next_thread, 1);
	*out = key->signers[(number - 1) % set->n_signers];
	return true;
}
