/* SPDX-License-Identifier: Apache-2.0 */
#include "service/policies.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "json/json.h"
#include "token/jwk.h"
#include "service/signers.h"
#include "token/jws.h"
#include "token/policy_jws.h"

#define MAX_TYPES	16
#define EMPTY_JWS	"eyJhbGciOiJub25lIn0.."	/* {"alg":"none"} */

/* The public part comes first, so that one pointer serves for both. */
struct entry {
	struct assay_policy_entry	 public;
	struct assay_buffer		 jws;
	unsigned int			 refs;	/* under policies->lock */
};

struct assay_policies {
	struct assay_service	*service;
	pthread_mutex_t		 change;	/* one change at a time */
	pthread_mutex_t		 lock;		/* entries and their refs */
	struct entry		*entries[MAX_TYPES];
	struct assay_signers	*signers;	/* under change */
};

/* ---- entries ------------------------------------------------------------- */

static void
entry_free(struct entry *e)
{
	if (e == NULL)
		return;
	assay_policy_free(e->public.policy);
	json_decref(e->public.signer);
	assay_buffer_free(&e->jws);
	free(e);
}

const struct assay_policy_entry *
assay_policies_get(struct assay_policies *policies,
    const struct assay_type *type)
{
	struct entry *e;

	pthread_mutex_lock(&policies->lock);
	e = policies->entries[assay_type_index(type)];
	e->refs++;
	pthread_mutex_unlock(&policies->lock);
	return &e->public;
}

static void
release(struct assay_policies *policies, struct entry *e)
{
	bool last;

	if (e == NULL)
		return;
	pthread_mutex_lock(&policies->lock);
	last = --e->refs == 0;
	pthread_mutex_unlock(&policies->lock);
	if (last)
		entry_free(e);
}

void
assay_policy_entry_release(struct assay_policies *policies,
    const struct assay_policy_entry *entry)
{
	release(policies, (struct entry *)(uintptr_t)entry);
}

/* Takes effect for whoever gets the entry from now on. */
static void
put_in_force(struct assay_policies *policies, size_t type, struct entry *e)
{
	struct entry *old;

	pthread_mutex_lock(&policies->lock);
	old = policies->entries[type];
	policies->entries[type] = e;
	pthread_mutex_unlock(&policies->lock);
	release(policies, old);
}

/* ---- texts --------------------------------------------------------------- */

/* Each mistake with its place, for innererror. */
static json_t *
diagnostics_json(const struct assay_diagnostics *diag)
{
	json_t *array = json_array();

	for (size_t i = 0; i < assay_diagnostics_count(diag); i++) {
		const struct assay_diagnostic *d = assay_diagnostics_at(diag,
		    i);

		(void)json_array_append_new(array, json_pack(
		    "{s:s, s:I, s:I, s:s, s:s}",
		    "id", d->id,
		    "line", (json_int_t)d->line,
		    "column", (json_int_t)d->column,
		    "message", d->message,
		    "text", d->text));
	}
	return json_pack("{s:o}", "diagnostics", array);
}

bool
assay_policies_compile(struct assay_bytes text, struct assay_policy **out,
    json_t **details, struct assay_error *err)
{
	struct assay_diagnostics *diag = assay_diagnostics_new();
	bool ok;

	if (diag == NULL)
		return assay_fail_memory(err, "diagnostics");
	ok = assay_policy_compile(text, out, diag, err);
	if (!ok && assay_diagnostics_count(diag) > 0)
		*details = diagnostics_json(diag);
	assay_diagnostics_free(diag);
	return ok;
}

/* Where the released SDKs put the certificates: x5c or jwk.x5c. */
static bool
signer_chain(const struct assay_jws *jws, struct assay_cert **chain,
    size_t *n, struct assay_error *err)
{
	json_t *x5c = json_object_get(jws->header, "x5c");

	if (x5c == NULL)
		x5c = json_object_get(json_object_get(jws->header, "jwk"),
		    "x5c");
	return assay_jwk_x5c_parse(x5c, chain, ASSAY_MAX_CHAIN_CERTS, n, err);
}

static void
chain_free(struct assay_cert **chain, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assay_cert_free(chain[i]);
}

static json_t *
signer_json(const struct assay_jws *jws, struct assay_error *err)
{
	struct assay_cert *chain[ASSAY_MAX_CHAIN_CERTS];
	json_t *out;
	size_t n = 0;

	if (!signer_chain(jws, chain, &n, err))
		return NULL;
	out = assay_policy_signer_jwk((const struct assay_cert *const *)chain,
	    n, err);
	chain_free(chain, n);
	return out;
}

/* ---- making entries --------------------------------------------------------- */

static struct entry *
entry_new(struct assay_bytes jws, struct assay_error *err)
{
	struct entry *e = assay_alloc(1, sizeof(*e));

	if (e == NULL) {
		assay_fail_memory(err, "policy");
		return NULL;
	}
	e->refs = 1;
	e->jws = assay_buffer(ASSAY_MAX_TOKEN_BYTES);
	assay_buffer_put(&e->jws, jws);
	if (!assay_buffer_ok(&e->jws, "policy", err)) {
		entry_free(e);
		return NULL;
	}
	e->public.jws = assay_buffer_bytes(&e->jws);
	return e;
}

/* What a stored JWS says; its signature was verified before it was stored. */
static bool
fill_from_jws(struct entry *e, json_t **details, struct assay_error *err)
{
	struct assay_jws jws = { 0 };
	struct assay_buffer text = assay_buffer(ASSAY_MAX_POLICY_BYTES);
	bool ok = false;

	if (!assay_jws_parse(e->public.jws, &jws, err))
		return false;
	if (!assay_jws_is_unsecured(&jws) &&
	    (e->public.signer = signer_json(&jws, err)) == NULL)
		goto out;
	ok = assay_policy_jws_text(&jws, &text, err) &&
	    assay_policies_compile(assay_buffer_bytes(&text),
	    &e->public.policy, details, err);
out:
	assay_buffer_free(&text);
	assay_jws_free(&jws);
	return ok;
}

/* The unsecured JWS that a new instance of Azure Attestation returns. */
static bool
default_jws(const char *text, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_buffer payload = assay_buffer(ASSAY_MAX_POLICY_BYTES);

	assay_buffer_puts(&payload, "{\"AttestationPolicy\":\"");
	assay_base64url_encode(assay_bytes_of(text), &payload);
	assay_buffer_puts(&payload, "\"}");
	assay_buffer_puts(out, "eyJhbGciOiJub25lIn0.");
	assay_base64url_encode(assay_buffer_bytes(&payload), out);
	assay_buffer_putc(out, '.');
	assay_buffer_free(&payload);
	return assay_buffer_ok(out, "default policy", err);
}

static struct entry *
default_entry(const struct assay_type *type, struct assay_error *err)
{
	struct assay_buffer jws = assay_buffer(ASSAY_MAX_TOKEN_BYTES);
	struct entry *e = NULL;
	json_t *details = NULL;

	if (type->default_policy == NULL)
		return entry_new(assay_bytes_of(EMPTY_JWS), err);
	if (default_jws(type->default_policy, &jws, err))
		e = entry_new(assay_buffer_bytes(&jws), err);
	if (e != NULL && !fill_from_jws(e, &details, err)) {
		entry_free(e);
		e = NULL;
	}
	json_decref(details);
	assay_buffer_free(&jws);
	return e;
}

/*
 * An instance may have become isolated over a store that was not: what anybody
 * put in force there is not what its signers want.
 */
static bool
check_signed(const struct assay_policies *policies, const struct entry *e,
    struct assay_error *err)
{
	struct assay_cert *chain[ASSAY_MAX_CHAIN_CERTS];
	size_t n = 0;
	bool ok;

	if (!assay_signers_isolated(policies->signers))
		return true;
	if (e->public.signer == NULL)
		return assay_fail(err, ASSAY_ERR_INVALID_OPERATION,
		    "it is not signed, and this instance is isolated");
	if (!assay_jwk_x5c_parse(json_object_get(e->public.signer, "x5c"),
	    chain, ASSAY_MAX_CHAIN_CERTS, &n, err))
		return false;
	ok = assay_signers_ever(policies->signers, chain[0], err);
	chain_free(chain, n);
	return ok;
}

static void
mark_broken(struct entry *e, const struct assay_type *type,
    const struct assay_error *why)
{
	assay_policy_free(e->public.policy);
	e->public.policy = NULL;
	assay_fail(&e->public.broken, ASSAY_ERR_POLICY_UNUSABLE,
	    "policy in force for %s cannot be used: %s; put another in force "
	    "(assay policy set), or go back to the default (assay policy "
	    "reset)", type->name, why->text);
	assay_log_error(ASSAY_LOG_ERROR, "policy-broken", type->name,
	    &e->public.broken);
}

/*
 * A policy that this version cannot compile, or that nobody who may has
 * signed, stays in force as one that lets nothing pass: it must not silently
 * become the default.
 */
static struct entry *
stored_entry(const struct assay_policies *policies,
    const struct assay_type *type, struct assay_bytes jws,
    struct assay_error *err)
{
	struct entry *e = entry_new(jws, err);
	struct assay_error why = { ASSAY_ERR_OK, "" };
	json_t *details = NULL;

	if (e != NULL && (!fill_from_jws(e, &details, &why) ||
	    !check_signed(policies, e, &why)))
		mark_broken(e, type, &why);
	json_decref(details);
	return e;
}

static bool
load_type(struct assay_policies *policies, size_t index,
    struct assay_error *err)
{
	const struct assay_type *type = assay_type_at(index);
	struct assay_store_policy held = { 0 };
	struct entry *e;

	if (!assay_store_policy_get(policies->service->store, type->name,
	    &held, err))
		return false;
	if (held.jws.len == 0)
		e = default_entry(type, err);
	else
		e = stored_entry(policies, type,
		    assay_buffer_bytes(&held.jws), err);
	assay_store_policy_free(&held);
	if (e == NULL)
		return assay_fail_in(err, type->name);
	put_in_force(policies, index, e);
	return true;
}

bool
assay_policies_reload(struct assay_policies *policies,
    struct assay_error *err)
{
	bool ok;

	pthread_mutex_lock(&policies->change);
	ok = assay_signers_reload(policies->signers, err);
	for (size_t i = 0; ok && i < assay_type_count(); i++)
		ok = load_type(policies, i, err);
	pthread_mutex_unlock(&policies->change);
	return ok;
}

bool
assay_policies_usable(struct assay_policies *policies,
    struct assay_error *err)
{
	bool ok = true;

	pthread_mutex_lock(&policies->lock);
	for (size_t i = 0; ok && i < assay_type_count(); i++) {
		const struct assay_error *broken =
		    &policies->entries[i]->public.broken;

		if (broken->code != ASSAY_ERR_OK) {
			*err = *broken;
			ok = false;
		}
	}
	pthread_mutex_unlock(&policies->lock);
	return ok;
}

/* ---- open ---------------------------------------------------------------------- */

bool
assay_policies_open(struct assay_service *service,
    struct assay_policies **out, struct assay_error *err)
{
	struct assay_policies *p = assay_alloc(1, sizeof(*p));

	if (p == NULL || pthread_mutex_init(&p->change, NULL) != 0 ||
	    pthread_mutex_init(&p->lock, NULL) != 0) {
		free(p);
		return assay_fail_memory(err, "policies");
	}
	p->service = service;
	if (!assay_signers_open(service->store,
	    service->config->policy_signers, &p->signers, err) ||
	    !assay_policies_reload(p, err)) {
		assay_policies_free(p);
		return false;
	}
	*out = p;
	return true;
}

void
assay_policies_free(struct assay_policies *policies)
{
	if (policies == NULL)
		return;
	for (size_t i = 0; i < MAX_TYPES; i++)
		entry_free(policies->entries[i]);
	assay_signers_free(policies->signers);
	pthread_mutex_destroy(&policies->change);
	pthread_mutex_destroy(&policies->lock);
	free(policies);
}

bool
assay_policies_isolated(const struct assay_policies *policies)
{
	return assay_signers_isolated(policies->signers);
}

/* ---- changes -------------------------------------------------------------------- */

void
assay_policy_done_free(struct assay_policy_done *done)
{
	json_decref(done->signer);
	json_decref(done->details);
	*done = (struct assay_policy_done){ 0 };
}

/*
 * The time at which the signer's certificate is looked at. Where anybody may
 * sign, who calls is what counts, and a certificate that has expired since
 * says nothing against the policy.
 */
static int64_t
last_valid_time(struct assay_bytes text, int64_t now)
{
	struct assay_cert *chain[ASSAY_MAX_CHAIN_CERTS];
	struct assay_jws jws = { 0 };
	struct assay_error ignored;
	size_t n = 0;

	if (!assay_jws_parse(text, &jws, &ignored))
		return now;
	if (signer_chain(&jws, chain, &n, &ignored)) {
		for (size_t i = 0; i < n; i++) {
			if (assay_cert_not_after(chain[i]) < now)
				now = assay_cert_not_after(chain[i]);
		}
		chain_free(chain, n);
	}
	assay_jws_free(&jws);
	return now;
}

/* Everything that decides whether the sender may; under the change lock. */
static bool
read_change(struct assay_policies *p, struct assay_bytes text,
    enum assay_policy_body body, int64_t now, struct assay_policy_jws *out,
    struct assay_error *err)
{
	if (!assay_signers_isolated(p->signers)) {
		if (assay_policy_jws_parse(text, body, now, out, err))
			return true;
		if (err->code != ASSAY_ERR_CERT_EXPIRED)
			return false;
		return assay_policy_jws_parse(text, body,
		    last_valid_time(text, now), out, err);
	}
	if (!assay_policy_jws_parse(text, body, now, out, err))
		return false;
	if (assay_signers_trust(p->signers, out, err))
		return true;
	assay_policy_jws_free(out);
	return false;
}

static struct entry *
changed_entry(const struct assay_type *type, struct assay_bytes jws,
    enum assay_policy_body body, json_t **details, struct assay_error *err)
{
	struct entry *e;

	if (body == ASSAY_POLICY_BODY_EMPTY)
		return default_entry(type, err);
	if ((e = entry_new(jws, err)) == NULL)
		return NULL;
	if (!fill_from_jws(e, details, err)) {
		entry_free(e);
		return NULL;
	}
	return e;
}

static bool
check_bound(const struct assay_policies *p,
    const struct assay_policy_jws *jws, const struct assay_type *type,
    const char *action, struct assay_error *err)
{
	return assay_policy_jws_bound(jws, type == NULL ? NULL : type->name,
	    action, p->service->config->require_policy_binding, err);
}

/* Read, judge and compile. The two are the caller's if it succeeds. */
static bool
prepare(struct assay_policies *p, const struct assay_type *type,
    struct assay_bytes jws, enum assay_policy_body body, int64_t now,
    struct assay_policy_jws *read, struct entry **e, json_t **details,
    struct assay_error *err)
{
	if (!read_change(p, jws, body, now, read, err))
		return false;
	*e = NULL;
	if (check_bound(p, read, type, body == ASSAY_POLICY_BODY_EMPTY ?
	    "reset" : "set", err))
		*e = changed_entry(type, jws, body, details, err);
	if (*e == NULL)
		assay_policy_jws_free(read);
	return *e != NULL;
}

static bool
set_locked(struct assay_policies *p, const struct assay_type *type,
    struct assay_bytes jws, enum assay_policy_body body,
    const struct assay_store_change *change, struct assay_policy_done *done,
    struct assay_error *err)
{
	static const struct assay_bytes none;
	struct assay_policy_jws read = { .is_signed = false };
	struct entry *e = NULL;
	bool ok;

	if (!prepare(p, type, jws, body, change->now, &read, &e,
	    &done->details, err))
		return false;
	ok = assay_store_policy_put(p->service->store, type->name,
	    body == ASSAY_POLICY_BODY_EMPTY ? none : jws,
	    read.has_serial ? &read.serial : NULL, change, err);
	if (ok) {
		done->signer = json_incref(e->public.signer);
		put_in_force(p, assay_type_index(type), e);
		e = NULL;
	}
	entry_free(e);
	assay_policy_jws_free(&read);
	return ok;
}

bool
assay_policies_set(struct assay_policies *policies,
    const struct assay_type *type, struct assay_bytes jws,
    enum assay_policy_body body, const struct assay_store_change *change,
    struct assay_policy_done *done, struct assay_error *err)
{
	bool ok;

	pthread_mutex_lock(&policies->change);
	ok = set_locked(policies, type, jws, body, change, done, err);
	pthread_mutex_unlock(&policies->change);
	return ok;
}

bool
assay_policies_try(struct assay_policies *policies,
    const struct assay_type *type, struct assay_bytes jws,
    enum assay_policy_body body, int64_t now, struct assay_policy_done *done,
    struct assay_error *err)
{
	struct assay_policy_jws read = { .is_signed = false };
	struct entry *e = NULL;
	bool ok;

	pthread_mutex_lock(&policies->change);
	ok = prepare(policies, type, jws, body, now, &read, &e,
	    &done->details, err);
	pthread_mutex_unlock(&policies->change);
	if (ok) {
		entry_free(e);
		assay_policy_jws_free(&read);
	}
	return ok;
}

bool
assay_policies_change_signer(struct assay_policies *policies,
    struct assay_bytes jws, bool add,
    const struct assay_store_change *change, struct assay_policy_done *done,
    struct assay_error *err)
{
	struct assay_policy_jws read = { .is_signed = false };
	bool ok;

	if (!assay_policies_isolated(policies))
		return assay_fail(err, ASSAY_ERR_INVALID_OPERATION,
		    "this instance is not isolated: it has no policy signers "
		    "to add to or to remove");
	pthread_mutex_lock(&policies->change);
	ok = read_change(policies, jws, ASSAY_POLICY_BODY_CERTIFICATE,
	    change->now, &read, err) &&
	    check_bound(policies, &read, NULL, add ? "add" : "remove", err) &&
	    assay_signers_change(policies->signers, read.certificate, add,
	    change, done->thumbprint, err);
	pthread_mutex_unlock(&policies->change);
	assay_policy_jws_free(&read);
	return ok;
}

json_t *
assay_policies_signers(struct assay_policies *policies,
    struct assay_error *err)
{
	json_t *keys;

	pthread_mutex_lock(&policies->change);
	keys = assay_signers_json(policies->signers, err);
	pthread_mutex_unlock(&policies->change);
	return keys;
}
