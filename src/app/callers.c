/* SPDX-License-Identifier: Apache-2.0 */
#include "app/callers.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/caller_cert.h"
#include "app/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypto/digest.h"

/* What one reading of the file came to. */
struct state {
	struct assay_caller_config	  config;
	struct assay_caller_keys	**keys;	/* one for each issuer */
};

struct assay_callers {
	char			*file;		/* NULL: none */
	char			*own_issuer;
	pthread_rwlock_t	 lock;		/* of state */
	struct state		*state;
	struct assay_buffer	 client_cas;
};

/* ---- beginning and end --------------------------------------------------------- */

static void
state_free(struct state *state)
{
	if (state == NULL)
		return;
	for (size_t i = 0; state->keys != NULL &&
	    i < state->config.n_issuers; i++)
		assay_caller_keys_close(state->keys[i]);
	free(state->keys);
	assay_caller_config_free(&state->config);
	free(state);
}

static struct assay_caller_keys *
find_keys(const struct state *state, const char *issuer)
{
	for (size_t i = 0; state != NULL && i < state->config.n_issuers; i++)
		if (strcmp(state->config.issuers[i].issuer, issuer) == 0)
			return state->keys[i];
	return NULL;
}

static bool
open_keys(struct state *state, const struct state *old,
    struct assay_error *err)
{
	struct assay_caller_config *c = &state->config;

	state->keys = assay_alloc(c->n_issuers + 1, sizeof(*state->keys));
	if (state->keys == NULL)
		return assay_fail_memory(err, "callers");
	for (size_t i = 0; i < c->n_issuers; i++)
		if (!assay_caller_keys_open(&c->issuers[i],
		    assay_caller_fetch, find_keys(old, c->issuers[i].issuer),
		    &state->keys[i], err))
			return assay_fail_in(err, c->issuers[i].issuer);
	return true;
}

static bool
read_state(const struct assay_callers *c, const struct state *old,
    struct state **out, struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(0);
	struct state *state = assay_alloc(1, sizeof(*state));
	bool ok;

	if (state == NULL)
		return assay_fail_memory(err, "callers");
	ok = c->file == NULL || (assay_file_read(c->file,
	    ASSAY_MAX_CALLERS_FILE, &text, err) &&
	    ((assay_caller_config_parse(assay_buffer_bytes(&text),
	    c->own_issuer, &state->config, err) &&
	    open_keys(state, old, err)) || assay_fail_in(err, c->file)));
	assay_buffer_free(&text);
	if (ok)
		*out = state;
	else
		state_free(state);
	return ok;
}

static bool
collect_cas(const struct state *state, struct assay_buffer *out,
    struct assay_error *err)
{
	for (size_t i = 0; i < state->config.n_certificates; i++) {
		(void)assay_buffer_put(out, assay_buffer_bytes(
		    &state->config.certificates[i].ca_pem));
		(void)assay_buffer_putc(out, '\n');
	}
	return assay_buffer_ok(out, "CAs of clients", err);
}

bool
assay_callers_open(const char *file, const char *own_issuer,
    struct assay_callers **out, struct assay_error *err)
{
	struct assay_callers *c = assay_alloc(1, sizeof(*c));

	if (c == NULL || pthread_rwlock_init(&c->lock, NULL) != 0) {
		free(c);
		return assay_fail_memory(err, "callers");
	}
	c->client_cas = assay_buffer((size_t)ASSAY_MAX_CALLER_RULES *
	    (ASSAY_MAX_PEM_BYTES + 1));
	if ((file != NULL && (c->file = strdup(file)) == NULL) ||
	    (c->own_issuer = strdup(own_issuer)) == NULL) {
		assay_callers_close(c);
		return assay_fail_memory(err, "callers");
	}
	if (!read_state(c, NULL, &c->state, err) ||
	    !collect_cas(c->state, &c->client_cas, err)) {
		assay_callers_close(c);
		return false;
	}
	*out = c;
	return true;
}

void
assay_callers_close(struct assay_callers *c)
{
	if (c == NULL)
		return;
	state_free(c->state);
	assay_buffer_free(&c->client_cas);
	pthread_rwlock_destroy(&c->lock);
	free(c->own_issuer);
	free(c->file);
	free(c);
}

bool
assay_callers_reload(struct assay_callers *c, struct assay_error *err)
{
	struct state *fresh, *old;

	/* Only this function writes state, and the main thread calls it. */
	if (!read_state(c, c->state, &fresh, err))
		return false;
	pthread_rwlock_wrlock(&c->lock);
	old = c->state;
	c->state = fresh;
	pthread_rwlock_unlock(&c->lock);
	state_free(old);
	return true;
}

bool
assay_callers_any(const struct assay_callers *c)
{
	return c->file != NULL;
}

struct assay_bytes
assay_callers_client_cas(const struct assay_callers *c)
{
	return assay_buffer_bytes(&c->client_cas);
}

/* ---- names ----------------------------------------------------------------------- */

static bool
name_caller(struct assay_bytes who, struct assay_bytes where,
    struct assay_caller *out, struct assay_error *err)
{
	static const uint8_t nul[1] = { 0 };
	const struct assay_bytes parts[] = { where, { nul, 1 }, who };
	char a[ASSAY_TEXT_SHOW], b[ASSAY_TEXT_SHOW];
	struct assay_digest d;

	if (!assay_digest_parts(ASSAY_SHA256, parts, 3, &d, err))
		return false;
	memcpy(&out->id, d.bytes, sizeof(out->id));
	(void)snprintf(out->name, sizeof(out->name), "%.60s (%.60s)",
	    assay_text_show(who, a), assay_text_show(where, b));
	out->known = true;
	return true;
}

/* ---- tokens ---------------------------------------------------------------------- */

/* RFC 6750 section 2.1: the scheme, a space or more, the token. */
static bool
cut_token(const struct assay_credentials *shown, struct assay_bytes *out,
    struct assay_error *err)
{
	struct assay_bytes text = shown->authorization;
	const uint8_t *space;

	if (shown->n_authorization != 1)
		return assay_fail(err, ASSAY_ERR_UNAUTHORIZED,
		    "%zu Authorization headers, want one",
		    shown->n_authorization);
	space = text.len == 0 ? NULL : memchr(text.ptr, ' ', text.len);
	if (space == NULL || !assay_text_is_nocase((struct assay_bytes){
	    text.ptr, (size_t)(space - text.ptr) }, "Bearer"))
		return assay_fail(err, ASSAY_ERR_UNAUTHORIZED,
		    "Authorization is not \"Bearer TOKEN\"");
	out->ptr = space;
	out->len = text.len - (size_t)(space - text.ptr);
	while (out->len != 0 && *out->ptr == ' ') {
		out->ptr++;
		out->len--;
	}
	return true;
}

static bool
find_issuer(const struct state *state, struct assay_bytes name, size_t *out,
    struct assay_error *err)
{
	char show[ASSAY_TEXT_SHOW];

	for (size_t i = 0; i < state->config.n_issuers; i++)
		if (assay_text_is(name, state->config.issuers[i].issuer)) {
			*out = i;
			return true;
		}
	return assay_fail(err, ASSAY_ERR_TOKEN_ISSUER,
	    "token is from \"%s\", which is none of the %zu issuers of "
	    "callers", assay_text_show(name, show),
	    state->config.n_issuers);
}

static bool
verify(const struct assay_bearer *bearer,
    const struct assay_caller_issuer *issuer, struct assay_caller_keys *keys,
    int64_t now, struct assay_error *err)
{
	const struct assay_bearer_rules rules = {
		.issuer = issuer->issuer,
		.audiences = (const char *const *)issuer->audiences.items,
		.n_audiences = issuer->audiences.n,
		.algs = issuer->algs, .skew = issuer->skew,
	};
	struct assay_checks checks = { .any_failed = false };
	struct assay_shared_keys *shared = NULL;
	bool ok;

	ok = assay_caller_keys_get(keys, bearer->kid, &shared, err) &&
	    assay_bearer_verify(bearer, &rules,
	    assay_shared_keys_set(shared), now, &checks, err);
	assay_shared_keys_release(shared);
	return ok;
}

static bool
has_any(const struct assay_bearer *bearer,
    const struct assay_caller_issuer *issuer,
    const struct assay_caller_texts *names)
{
	const struct assay_bearer_claim claim = {
		.path = (const char *const *)issuer->roles_claim.items,
		.n = issuer->roles_claim.n, .words = issuer->roles_words,
	};

	for (size_t i = 0; i < names->n; i++)
		if (assay_bearer_has_role(bearer, &claim, names->items[i]))
			return true;
	return false;
}

static unsigned int
roles_of(const struct assay_bearer *bearer,
    const struct assay_caller_issuer *issuer)
{
	if (has_any(bearer, issuer, &issuer->contributors))
		return ASSAY_ROLE_READER | ASSAY_ROLE_CONTRIBUTOR;
	return has_any(bearer, issuer, &issuer->readers) ?
	    ASSAY_ROLE_READER : 0;
}

static bool
by_token(const struct state *state, struct assay_bytes token, int64_t now,
    struct assay_caller *out, struct assay_error *err)
{
	const struct assay_caller_issuer *issuer;
	struct assay_bearer bearer;
	bool ok = false;
	size_t i = 0;

	if (!assay_bearer_parse(token, &bearer, err))
		return false;
	if (!find_issuer(state, bearer.issuer, &i, err))
		goto out;
	issuer = &state->config.issuers[i];
	if (!verify(&bearer, issuer, state->keys[i], now, err) ||
	    !name_caller(assay_bearer_subject(&bearer),
	    assay_bytes_of(issuer->issuer), out, err))
		goto out;
	out->roles = roles_of(&bearer, issuer);
	ok = true;
out:
	assay_bearer_free(&bearer);
	return ok;
}

/* ---- certificates ------------------------------------------------------------------ */

/* How near a rule came to mean it. */
static int
nearness(const struct assay_error *why)
{
	switch (why->code) {
	case ASSAY_ERR_UNAUTHORIZED:	/* good, and another's */
		return 3;
	case ASSAY_ERR_CERT_UNTRUSTED:
		return 1;
	default:
		return 2;
	}
}

/* All rules that mean it add up; of none, the one that came nearest tells. */
static bool
match_rules(const struct state *state, const struct assay_caller_chain *chain,
    int64_t now, struct assay_caller *out, struct assay_error *err)
{
	bool any = false;
	int nearest = 0;

	assay_fail(err, ASSAY_ERR_UNAUTHORIZED,
	    "no client certificates are believed here");
	for (size_t i = 0; i < state->config.n_certificates; i++) {
		const struct assay_caller_certificate *rule =
		    &state->config.certificates[i];
		struct assay_checks checks = { .any_failed = false };
		struct assay_error why = { 0 };

		if (assay_caller_cert_matches(rule, chain, now, &checks,
		    &why)) {
			out->roles |= rule->role;
			any = true;
		} else if (nearness(&why) > nearest) {
			nearest = nearness(&why);
			*err = why;
		}
	}
	return any;
}

static bool
by_certificate(const struct state *state,
    const struct assay_credentials *shown, int64_t now,
    struct assay_caller *out, struct assay_error *err)
{
	struct assay_caller_chain chain;
	bool ok;

	if (!assay_caller_chain_parse(shown->certs, shown->n_certs, &chain,
	    err))
		return assay_fail_in(err, "client certificate");
	ok = (match_rules(state, &chain, now, out, err) ||
	    assay_fail_in(err, "client certificate")) &&
	    name_caller(assay_bytes_of(assay_cert_subject_text(
	    chain.certs[0])), assay_bytes_of(assay_cert_issuer_text(
	    chain.certs[0])), out, err);
	assay_caller_chain_free(&chain);
	return ok;
}

/* ---- either ------------------------------------------------------------------------ */

bool
assay_callers_identify(struct assay_callers *c,
    const struct assay_credentials *shown, int64_t now,
    struct assay_caller *out, struct assay_error *err)
{
	struct assay_caller caller = { .known = false };
	struct assay_bytes token;
	bool ok = true;

	pthread_rwlock_rdlock(&c->lock);
	if (shown->n_authorization != 0)
		ok = (cut_token(shown, &token, err) &&
		    by_token(c->state, token, now, &caller, err)) ||
		    assay_fail_in(err, "bearer token");
	else if (shown->n_certs != 0)
		ok = by_certificate(c->state, shown, now, &caller, err);
	pthread_rwlock_unlock(&c->lock);
	if (ok)
		*out = caller;
	return ok;
}
