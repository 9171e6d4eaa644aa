/* SPDX-License-Identifier: Apache-2.0 */
#include "token/bearer.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "json/json.h"
#include "token/jwt.h"

#define SUBJECT_MAX	255	/* OpenID Connect Core 1.0 section 2: sub */

/* ---- parsing ---------------------------------------------------------- */

static bool
read_issuer(struct assay_bearer *bearer, struct assay_error *err)
{
	const json_t *iss = json_object_get(bearer->payload, "iss");

	if (!json_is_string(iss))
		return assay_fail(err, ASSAY_ERR_TOKEN_ISSUER,
		    "token has no string iss");
	bearer->issuer = assay_json_string(iss);
	return true;
}

bool
assay_bearer_parse(struct assay_bytes text, struct assay_bearer *out,
    struct assay_error *err)
{
	struct assay_bearer bearer = { .payload = NULL };

	if (!assay_jws_parse_max(text, ASSAY_MAX_BEARER_BYTES, &bearer.jws,
	    err))
		return false;
	if (!assay_jws_header_string(&bearer.jws, "kid", &bearer.kid, err) ||
	    (bearer.payload = assay_jwt_payload(&bearer.jws, err)) == NULL ||
	    !read_issuer(&bearer, err)) {
		assay_bearer_free(&bearer);
		return false;
	}
	*out = bearer;
	return true;
}

void
assay_bearer_free(struct assay_bearer *bearer)
{
	if (bearer == NULL)
		return;
	assay_jws_free(&bearer->jws);
	json_decref(bearer->payload);
	memset(bearer, 0, sizeof(*bearer));
}

/* ---- header and signature --------------------------------------------- */

/*
 * RFC 9068 section 4: typ tells access tokens from others. Issuers that are
 * older than it write JWT or nothing.
 */
static bool
type_ok(const struct assay_jws *jws, struct assay_error *err)
{
	static const char *const types[] = { "JWT", "at+jwt",
	    "application/at+jwt" };
	char show[ASSAY_TEXT_SHOW];
	struct assay_bytes typ;

	if (!assay_jws_header_string(jws, "typ", &typ, err))
		return false;
	if (json_object_get(jws->header, "cty") != NULL)
		return assay_fail(err, ASSAY_ERR_TOKEN_HEADER,
		    "token header has cty: a nested token, want claims");
	if (typ.ptr == NULL)
		return true;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (assay_text_is_nocase(typ, types[i]))
			return true;
	return assay_fail(err, ASSAY_ERR_TOKEN_HEADER,
	    "token header: typ is \"%s\", want at+jwt or JWT",
	    assay_text_show(typ, show));
}

static bool
algorithm_ok(const struct assay_jws *jws, uint32_t algs,
    struct assay_error *err)
{
	char show[ASSAY_TEXT_SHOW];
	enum assay_sig_alg alg;

	if (assay_jws_alg_parse(jws->alg, &alg) && (algs & 1u << alg) != 0)
		return true;
	return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
	    "token names algorithm \"%s\", which is none of those that are "
	    "set for its issuer", assay_text_show(jws->alg, show));
}

/* The key says which algorithm it is for, the token only agrees. */
static bool
key_fits(const struct assay_jws *jws, const struct assay_jwk *jwk,
    struct assay_error *err)
{
	const char *want = assay_jws_alg_name(jwk->alg);
	char show[ASSAY_TEXT_SHOW];

	if (want != NULL && assay_text_is(jws->alg, want))
		return true;
	return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
	    "token names algorithm \"%s\", its key is for %s",
	    assay_text_show(jws->alg, show), want != NULL ? want : "none");
}

static bool
check_header(const struct assay_bearer *b, uint32_t algs,
    struct assay_checks *checks, struct assay_error *err)
{
	return assay_check(checks, ASSAY_CHECK_BEARER_TYPE,
	    type_ok(&b->jws, err)) &&
	    assay_check(checks, ASSAY_CHECK_BEARER_ALGORITHM,
	    algorithm_ok(&b->jws, algs, err));
}

static bool
check_signature(const struct assay_bearer *b, const struct assay_keyset *keys,
    struct assay_checks *checks, struct assay_error *err)
{
	const struct assay_jwk *jwk = NULL;
	bool found = assay_keyset_find(keys, b->kid, &jwk, err);

	/* Without a key there is nothing to go on with. */
	if (!assay_check(checks, ASSAY_CHECK_BEARER_KEY, found) || !found)
		return false;
	return assay_check(checks, ASSAY_CHECK_BEARER_KEY_ALGORITHM,
	    key_fits(&b->jws, jwk, err)) &&
	    assay_check(checks, ASSAY_CHECK_BEARER_SIGNATURE,
	    assay_sig_verify(jwk->alg, jwk->key, b->jws.signing_input,
	    assay_buffer_bytes(&b->jws.signature), err));
}

/* ---- claims ----------------------------------------------------------- */

static bool
issuer_ok(const struct assay_bearer *b, const char *issuer,
    struct assay_error *err)
{
	char show[ASSAY_TEXT_SHOW];

	return assay_text_is(b->issuer, issuer) ||
	    assay_fail(err, ASSAY_ERR_TOKEN_ISSUER,
	    "token is from \"%s\", want \"%s\"",
	    assay_text_show(b->issuer, show), issuer);
}

static bool
expiry_ok(const struct assay_jwt_times *t, int64_t now, int64_t skew,
    struct assay_error *err)
{
	const struct assay_jwt_times exp = { .exp = t->exp };

	if (t->exp == 0)
		return assay_fail(err, ASSAY_ERR_TOKEN_CLAIM,
		    "token has no exp: it would be good for ever");
	return assay_jwt_check_times(&exp, now, skew, err);
}

static bool
check_times(const struct assay_bearer *b, int64_t now, int64_t skew,
    struct assay_checks *checks, struct assay_error *err)
{
	struct assay_jwt_times t, nbf = { 0 }, iat = { 0 };

	if (!assay_jwt_read_times(b->payload, &t, err))
		return false;
	nbf.nbf = t.nbf;
	iat.iat = t.iat;
	return assay_check(checks, ASSAY_CHECK_BEARER_EXPIRY,
	    expiry_ok(&t, now, skew, err)) &&
	    assay_check(checks, ASSAY_CHECK_BEARER_NOT_BEFORE,
	    assay_jwt_check_times(&nbf, now, skew, err)) &&
	    assay_check(checks, ASSAY_CHECK_BEARER_ISSUED_AT,
	    assay_jwt_check_times(&iat, now, skew, err));
}

static bool
is_audience(const json_t *value, const struct assay_bearer_rules *rules)
{
	if (!json_is_string(value))
		return false;
	for (size_t i = 0; i < rules->n_audiences; i++)
		if (assay_text_is(assay_json_string(value),
		    rules->audiences[i]))
			return true;
	return false;
}

/* RFC 7519 section 4.1.3: one string, or an array that holds it. */
static bool
audience_ok(const json_t *payload, const struct assay_bearer_rules *rules,
    struct assay_error *err)
{
	const json_t *aud = json_object_get(payload, "aud");
	char show[ASSAY_TEXT_SHOW];

	if (is_audience(aud, rules))
		return true;
	for (size_t i = 0; i < json_array_size(aud); i++)
		if (is_audience(json_array_get(aud, i), rules))
			return true;
	if (json_array_size(aud) != 0)
		aud = json_array_get(aud, 0);
	return assay_fail(err, ASSAY_ERR_TOKEN_CLAIM,
	    "token is for the audience \"%s\", want \"%s\"",
	    assay_text_show(assay_json_string(aud), show),
	    rules->n_audiences != 0 ? rules->audiences[0] : "");
}

/* A token that only the holder of some key may use (RFC 7800 section 3):
 * whether the caller holds it is not looked at. */
static bool
unbound_ok(const json_t *payload, struct assay_error *err)
{
	return json_object_get(payload, "cnf") == NULL ||
	    assay_fail(err, ASSAY_ERR_TOKEN_CLAIM,
	    "token is bound to a key (cnf), want a bearer token");
}

static bool
subject_ok(const json_t *payload, struct assay_error *err)
{
	const json_t *sub = json_object_get(payload, "sub");

	if (json_is_string(sub) && json_string_length(sub) > 0 &&
	    json_string_length(sub) <= SUBJECT_MAX)
		return true;
	return assay_fail(err, ASSAY_ERR_TOKEN_CLAIM,
	    "token does not say who calls: want sub, a string of 1 to %d "
	    "bytes", SUBJECT_MAX);
}

static bool
check_claims(const struct assay_bearer *b,
    const struct assay_bearer_rules *rules, int64_t now,
    struct assay_checks *checks, struct assay_error *err)
{
	return assay_check(checks, ASSAY_CHECK_BEARER_ISSUER,
	    issuer_ok(b, rules->issuer, err)) &&
	    check_times(b, now, rules->skew, checks, err) &&
	    assay_check(checks, ASSAY_CHECK_BEARER_UNBOUND,
	    unbound_ok(b->payload, err)) &&
	    assay_check(checks, ASSAY_CHECK_BEARER_AUDIENCE,
	    audience_ok(b->payload, rules, err)) &&
	    assay_check(checks, ASSAY_CHECK_BEARER_SUBJECT,
	    subject_ok(b->payload, err));
}

bool
assay_bearer_verify(const struct assay_bearer *bearer,
    const struct assay_bearer_rules *rules, const struct assay_keyset *keys,
    int64_t now, struct assay_checks *checks, struct assay_error *err)
{
	static const enum assay_check_id wanted[] = {
		ASSAY_CHECK_BEARER_TYPE, ASSAY_CHECK_BEARER_ALGORITHM,
		ASSAY_CHECK_BEARER_KEY, ASSAY_CHECK_BEARER_KEY_ALGORITHM,
		ASSAY_CHECK_BEARER_SIGNATURE, ASSAY_CHECK_BEARER_ISSUER,
		ASSAY_CHECK_BEARER_EXPIRY, ASSAY_CHECK_BEARER_NOT_BEFORE,
		ASSAY_CHECK_BEARER_ISSUED_AT, ASSAY_CHECK_BEARER_UNBOUND,
		ASSAY_CHECK_BEARER_AUDIENCE, ASSAY_CHECK_BEARER_SUBJECT,
	};
	enum assay_check_id missing;

	if (!check_header(bearer, rules->algs, checks, err) ||
	    !check_signature(bearer, keys, checks, err) ||
	    !check_claims(bearer, rules, now, checks, err))
		return false;
	missing = assay_checks_missing(checks, wanted,
	    sizeof(wanted) / sizeof(wanted[0]));
	return missing == ASSAY_CHECK_COUNT ||
	    assay_fail(err, ASSAY_ERR_CHECKS_INCOMPLETE,
	    "check %s was not made", assay_check_name(missing));
}

/* ---- what a verified token says ---------------------------------------- */

struct assay_bytes
assay_bearer_subject(const struct assay_bearer *bearer)
{
	return assay_json_string(json_object_get(bearer->payload, "sub"));
}

/* One word after the other, each between single spaces. */
static bool
has_word(struct assay_bytes text, const char *word)
{
	while (text.len != 0) {
		const uint8_t *end = memchr(text.ptr, ' ', text.len);
		size_t n = end != NULL ? (size_t)(end - text.ptr) : text.len;

		if (assay_text_is((struct assay_bytes){ text.ptr, n }, word))
			return true;
		n += end != NULL;
		text.ptr += n;
		text.len -= n;
	}
	return false;
}

static bool
is_role(const json_t *value, bool words, const char *role)
{
	if (!json_is_string(value))
		return false;
	return words ? has_word(assay_json_string(value), role) :
	    assay_text_is(assay_json_string(value), role);
}

bool
assay_bearer_has_role(const struct assay_bearer *bearer,
    const struct assay_bearer_claim *claim, const char *role)
{
	const json_t *value = bearer->payload;

	if (role[0] == '\0' || claim->n == 0)
		return false;
	for (size_t i = 0; i < claim->n; i++)
		value = json_object_get(value, claim->path[i]);
	if (is_role(value, claim->words, role))
		return true;
	for (size_t i = 0; i < json_array_size(value); i++)
		if (is_role(json_array_get(value, i), false, role))
			return true;
	return false;
}
