/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/when.h"
#include "json/json.h"
#include "json/json_real.h"
#include "token/jwt.h"
#include "token/keyset.h"

#define SKEW_MAX	300
/* NumericDate that a double still tells to the second (RFC 7519 section 2). */
#define DATE_MAX	(INT64_C(1) << 52)

/* ---- header and payload ----------------------------------------------- */

bool
assay_jwt_check_type(const struct assay_jws *jws, struct assay_error *err)
{
	char show[ASSAY_TEXT_SHOW];
	struct assay_bytes typ;

	if (!assay_jws_header_string(jws, "typ", &typ, err))
		return false;
	if (typ.ptr != NULL && !assay_text_is_nocase(typ, "JWT"))
		return assay_fail(err, ASSAY_ERR_TOKEN_HEADER,
		    "token header: typ is \"%s\", want JWT",
		    assay_text_show(typ, show));
	if (json_object_get(jws->header, "cty") != NULL)
		return assay_fail(err, ASSAY_ERR_TOKEN_HEADER,
		    "token header has cty: a nested token, want claims");
	return true;
}

json_t *
assay_jwt_payload(const struct assay_jws *jws, struct assay_error *err)
{
	static const struct assay_json_options opt = {
		.max_bytes = ASSAY_MAX_TOKEN_BYTES,
		.max_depth = ASSAY_MAX_TOKEN_DEPTH,
	};
	json_t *out;

	if ((out = assay_json_parse(assay_buffer_bytes(&jws->payload), &opt,
	    err)) == NULL) {
		assay_jws_malformed(err, "token payload");
		return NULL;
	}
	if (json_is_object(out))
		return out;
	json_decref(out);
	assay_fail(err, ASSAY_ERR_TOKEN_MALFORMED,
	    "token payload is not a JSON object");
	return NULL;
}

bool
assay_jwt_header(const char *alg, const char *jku, const char *kid,
    struct assay_buffer *out, struct assay_error *err)
{
	json_t *header = json_pack("{s:s,s:s,s:s,s:s}", "alg",
	    alg != NULL ? alg : "none", "jku", jku, "kid", kid, "typ", "JWT");
	bool ok;

	if (header == NULL)
		return assay_fail_memory(err, "token header");
	ok = assay_json_write(header, out, err);
	json_decref(header);
	return ok;
}

/* ---- times ------------------------------------------------------------ */

/* A NumericDate: a number, fractions allowed (RFC 7519 section 2). */
static bool
read_date(const json_t *payload, const char *name, int64_t *out,
    struct assay_error *err)
{
	const json_t *value = json_object_get(payload, name);
	double v;

	if (value == NULL) {
		*out = 0;
		return true;
	}
	if (!json_is_number(value))
		return assay_fail(err, ASSAY_ERR_TOKEN_CLAIM,
		    "token claim \"%s\" is not a number", name);
	v = json_number_value(value);
	if (v <= 0 || v >= (double)DATE_MAX)
		return assay_fail(err, ASSAY_ERR_TOKEN_CLAIM,
		    "token claim \"%s\" is %.17g, which is no date", name, v);
	*out = (int64_t)v;
	return true;
}

bool
assay_jwt_read_times(const json_t *payload, struct assay_jwt_times *out,
    struct assay_error *err)
{
	struct assay_jwt_times t;

	if (!read_date(payload, "iat", &t.iat, err) ||
	    !read_date(payload, "nbf", &t.nbf, err) ||
	    !read_date(payload, "exp", &t.exp, err))
		return false;
	if (t.exp != 0 && (t.exp <= t.nbf || t.exp <= t.iat))
		return assay_fail(err, ASSAY_ERR_TOKEN_CLAIM,
		    "token expires (exp %" PRId64 ") before it begins "
		    "(nbf %" PRId64 ", iat %" PRId64 ")", t.exp, t.nbf,
		    t.iat);
	*out = t;
	return true;
}

static bool
fail_date(struct assay_error *err, enum assay_code code, const char *what,
    int64_t when, int64_t now)
{
	char a[ASSAY_WHEN_TEXT], b[ASSAY_WHEN_TEXT];

	return assay_fail(err, code, "token %s %s, it is %s", what,
	    assay_when_text(when, a), assay_when_text(now, b));
}

bool
assay_jwt_check_times(const struct assay_jwt_times *t, int64_t now,
    int64_t skew, struct assay_error *err)
{
	if (skew < 0)
		skew = 0;
	if (skew > SKEW_MAX)
		skew = SKEW_MAX;
	/* "on or after" exp is too late: RFC 7519 section 4.1.4. */
	if (t->exp != 0 && now >= t->exp + skew)
		return fail_date(err, ASSAY_ERR_TOKEN_EXPIRED, "expired at",
		    t->exp, now);
	if (t->nbf > 0 && t->nbf - skew > now)
		return fail_date(err, ASSAY_ERR_TOKEN_NOT_YET_VALID,
		    "is not valid before (nbf)", t->nbf, now);
	if (t->iat > 0 && t->iat - skew > now)
		return fail_date(err, ASSAY_ERR_TOKEN_NOT_YET_VALID,
		    "was issued in the future (iat)", t->iat, now);
	return true;
}

/* ---- verification ----------------------------------------------------- */

static bool
check_signature(const struct assay_jws *jws, const struct assay_keyset *keys,
    bool allow_unsecured, bool *verified, struct assay_error *err)
{
	const struct assay_jwk *jwk;
	char show[ASSAY_TEXT_SHOW];
	enum assay_sig_alg alg;
	struct assay_bytes kid;

	*verified = false;
	if (assay_jws_is_unsecured(jws) && allow_unsecured)
		return true;
	if (!assay_jws_alg_parse(jws->alg, &alg))
		return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
		    "token names algorithm \"%s\", which is not allowed",
		    assay_text_show(jws->alg, show));
	if (!assay_jws_header_string(jws, "kid", &kid, err) ||
	    !assay_keyset_find(keys, kid, &jwk, err) ||
	    !assay_jws_verify(jws, jwk->key, jwk->alg, err))
		return false;
	*verified = true;
	return true;
}

static bool
check_issuer(const json_t *payload, const char *issuer,
    struct assay_error *err)
{
	const json_t *iss = json_object_get(payload, "iss");
	char show[ASSAY_TEXT_SHOW];

	if (issuer == NULL)
		return assay_fail(err, ASSAY_ERR_TOKEN_ISSUER,
		    "no issuer is expected, so none is trusted");
	if (!json_is_string(iss))
		return assay_fail(err, ASSAY_ERR_TOKEN_ISSUER,
		    "token has no string iss, want \"%s\"", issuer);
	if (!assay_text_is(assay_json_string(iss), issuer))
		return assay_fail(err, ASSAY_ERR_TOKEN_ISSUER,
		    "token is from \"%s\", want \"%s\"",
		    assay_text_show(assay_json_string(iss), show), issuer);
	return true;
}

/* RFC 7519 section 4.1.3: one string, or an array that holds it. */
static bool
check_audience(const json_t *payload, const char *audience,
    struct assay_error *err)
{
	const json_t *aud = json_object_get(payload, "aud");

	if (audience == NULL || (json_is_string(aud) &&
	    assay_text_is(assay_json_string(aud), audience)))
		return true;
	for (size_t i = 0; i < json_array_size(aud); i++)
		if (json_is_string(json_array_get(aud, i)) && assay_text_is(
		    assay_json_string(json_array_get(aud, i)), audience))
			return true;
	return assay_fail(err, ASSAY_ERR_TOKEN_CLAIM,
	    "token is not for the audience \"%s\"", audience);
}

static bool
check_claims(const json_t *payload,
    const struct assay_token_expectations *expect,
    struct assay_jwt_times *times, struct assay_error *err)
{
	if (!check_issuer(payload, expect->issuer, err) ||
	    !check_audience(payload, expect->audience, err) ||
	    !assay_jwt_read_times(payload, times, err))
		return false;
	if (times->exp == 0)
		return assay_fail(err, ASSAY_ERR_TOKEN_CLAIM,
		    "token has no exp: it would be good for ever");
	return assay_jwt_check_times(times, expect->now, expect->skew, err);
}

/* JSON text holds no NUL, so it may become a C string. */
static bool
fill(struct assay_token *out, const struct assay_jws *jws, bool verified,
    const struct assay_jwt_times *times, struct assay_error *err)
{
	struct assay_token t = {
		.header = assay_strdup_bytes(
		    assay_buffer_bytes(&jws->header_text)),
		.payload = assay_strdup_bytes(
		    assay_buffer_bytes(&jws->payload)),
		.verified = verified,
		.iat = times->iat, .nbf = times->nbf, .exp = times->exp,
	};

	if (t.header == NULL || t.payload == NULL) {
		assay_token_free(&t);
		return assay_fail_memory(err, "token");
	}
	*out = t;
	return true;
}

bool
assay_token_verify(struct assay_bytes token, const struct assay_keyset *keys,
    const struct assay_token_expectations *expect, struct assay_token *out,
    struct assay_error *err)
{
	struct assay_jws jws = { .header = NULL };
	struct assay_jwt_times times;
	json_t *payload = NULL;
	bool verified, ok = false;

	if (!assay_jws_parse(token, &jws, err) ||
	    !assay_jwt_check_type(&jws, err) ||
	    !check_signature(&jws, keys, expect->allow_unsecured, &verified,
	    err) ||
	    (payload = assay_jwt_payload(&jws, err)) == NULL ||
	    !check_claims(payload, expect, &times, err))
		goto out;
	ok = fill(out, &jws, verified, &times, err);
out:
	json_decref(payload);
	assay_jws_free(&jws);
	return ok;
}

bool
assay_token_decode(struct assay_bytes token, struct assay_token *out,
    struct assay_error *err)
{
	struct assay_jwt_times times = { .iat = 0 };
	struct assay_jws jws = { .header = NULL };
	struct assay_error ignored;
	json_t *payload = NULL;
	bool ok = false;

	if (!assay_jws_parse(token, &jws, err))
		return false;
	if (jws.payload.len != 0 &&
	    (payload = assay_jwt_payload(&jws, err)) == NULL)
		goto out;
	if (payload != NULL && !assay_jwt_read_times(payload, &times, &ignored))
		times = (struct assay_jwt_times){ .iat = 0 };
	ok = fill(out, &jws, false, &times, err);
out:
	json_decref(payload);
	assay_jws_free(&jws);
	return ok;
}

void
assay_token_free(struct assay_token *token)
{
	if (token == NULL)
		return;
	free(token->header);
	free(token->payload);
	memset(token, 0, sizeof(*token));
}

/* ---- claims ----------------------------------------------------------- */

/* The member with the whole name, else behind the first dot of it. */
static const json_t *
find_claim(const json_t *object, const char *name)
{
	const json_t *value;
	const char *dot;

	for (;;) {
		if ((value = json_object_get(object, name)) != NULL)
			return value;
		if ((dot = strchr(name, '.')) == NULL)
			return NULL;
		object = json_object_getn(object, name,
		    (size_t)(dot - name));
		name = dot + 1;
	}
}

static bool
equals_text(const json_t *value, const char *want, char *found, size_t size)
{
	char show[ASSAY_TEXT_SHOW], real[ASSAY_JSON_REAL_TEXT];

	switch (json_typeof(value)) {
	case JSON_STRING:
		(void)snprintf(found, size, "\"%s\"",
		    assay_text_show(assay_json_string(value), show));
		return assay_text_is(assay_json_string(value), want);
	case JSON_INTEGER:
		(void)snprintf(found, size, "%" JSON_INTEGER_FORMAT,
		    json_integer_value(value));
		return strcmp(found, want) == 0;
	case JSON_REAL:
		assay_json_real_text(json_real_value(value), real);
		(void)snprintf(found, size, "%s", real);
		return strcmp(found, want) == 0;
	case JSON_TRUE:
	case JSON_FALSE:
		(void)snprintf(found, size, "%s",
		    json_is_true(value) ? "true" : "false");
		return strcmp(found, want) == 0;
	case JSON_OBJECT:
	case JSON_ARRAY:
	case JSON_NULL:
		break;
	}
	(void)snprintf(found, size, "no string, number or boolean");
	return false;
}

bool
assay_token_require(const struct assay_token *token, const char *name,
    const char *value, struct assay_error *err)
{
	static const struct assay_json_options opt = {
		.max_depth = ASSAY_MAX_TOKEN_DEPTH,
	};
	char found[ASSAY_TEXT_SHOW + 8];
	const json_t *claim;
	json_t *payload;
	bool ok = false;

	if ((payload = assay_json_parse(assay_bytes_of(token->payload), &opt,
	    err)) == NULL)
		return assay_jws_malformed(err, "token payload");
	if ((claim = find_claim(payload, name)) == NULL)
		assay_fail(err, ASSAY_ERR_TOKEN_CLAIM,
		    "token has no claim \"%.128s\", want \"%.128s\"", name,
		    value);
	else if (!equals_text(claim, value, found, sizeof(found)))
		assay_fail(err, ASSAY_ERR_TOKEN_CLAIM,
		    "token claim \"%.128s\" is %s, want \"%.128s\"", name,
		    found, value);
	else
		ok = true;
	json_decref(payload);
	return ok;
}
