/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"
#include "json/json.h"
#include "token/jws.h"

/* RFC 7518 section 3.1, without the symmetric ones and those with SHA-1. */
static const struct {
	const char		*name;
	enum assay_sig_alg	 alg;
	enum assay_key_type	 type;
} algs[] = {
	{ "RS256", ASSAY_SIG_RS256, ASSAY_KEY_RSA },
	{ "RS384", ASSAY_SIG_RS384, ASSAY_KEY_RSA },
	{ "RS512", ASSAY_SIG_RS512, ASSAY_KEY_RSA },
	{ "PS256", ASSAY_SIG_PS256, ASSAY_KEY_RSA },
	{ "PS384", ASSAY_SIG_PS384, ASSAY_KEY_RSA },
	{ "PS512", ASSAY_SIG_PS512, ASSAY_KEY_RSA },
	{ "ES256", ASSAY_SIG_ES256_RAW, ASSAY_KEY_EC_P256 },
	{ "ES384", ASSAY_SIG_ES384_RAW, ASSAY_KEY_EC_P384 },
};

#define N_ALGS (sizeof(algs) / sizeof(algs[0]))

const char *
assay_jws_alg_name(enum assay_sig_alg alg)
{
	for (size_t i = 0; i < N_ALGS; i++)
		if (algs[i].alg == alg)
			return algs[i].name;
	return NULL;
}

bool
assay_jws_alg_parse(struct assay_bytes name, enum assay_sig_alg *out)
{
	for (size_t i = 0; i < N_ALGS; i++)
		if (assay_text_is(name, algs[i].name)) {
			*out = algs[i].alg;
			return true;
		}
	return false;
}

bool
assay_jws_alg_fits(enum assay_sig_alg alg, enum assay_key_type type)
{
	for (size_t i = 0; i < N_ALGS; i++)
		if (algs[i].alg == alg)
			return algs[i].type == type;
	return false;
}

enum assay_sig_alg
assay_jws_alg_default(enum assay_key_type type)
{
	switch (type) {
	case ASSAY_KEY_EC_P256:
		return ASSAY_SIG_ES256_RAW;
	case ASSAY_KEY_EC_P384:
		return ASSAY_SIG_ES384_RAW;
	case ASSAY_KEY_RSA:
		break;
	}
	return ASSAY_SIG_RS256;
}

bool
assay_jws_malformed(struct assay_error *err, const char *what)
{
	if (assay_code_class(err->code) == ASSAY_CLASS_MALFORMED)
		err->code = ASSAY_ERR_TOKEN_MALFORMED;
	return assay_fail_in(err, what);
}

/* ---- parsing ---------------------------------------------------------- */

struct parts {
	struct assay_bytes	 header, payload, signature;
};

/* BASE64URL(header) "." BASE64URL(payload) "." BASE64URL(signature) */
static bool
split(struct assay_bytes text, struct parts *out, struct assay_error *err)
{
	const uint8_t *end, *first, *second;

	if (text.len == 0)
		return assay_fail(err, ASSAY_ERR_TOKEN_MALFORMED,
		    "token is empty, want three parts");
	end = text.ptr + text.len;
	if ((first = memchr(text.ptr, '.', text.len)) == NULL ||
	    (second = memchr(first + 1, '.',
	    (size_t)(end - first - 1))) == NULL)
		return assay_fail(err, ASSAY_ERR_TOKEN_MALFORMED,
		    "token has fewer than three parts between dots");
	if (memchr(second + 1, '.', (size_t)(end - second - 1)) != NULL)
		return assay_fail(err, ASSAY_ERR_TOKEN_MALFORMED,
		    "token has more than three parts: a JWS has three "
		    "(encrypted tokens are not supported)");
	out->header = (struct assay_bytes){ text.ptr,
	    (size_t)(first - text.ptr) };
	out->payload = (struct assay_bytes){ first + 1,
	    (size_t)(second - first - 1) };
	out->signature = (struct assay_bytes){ second + 1,
	    (size_t)(end - second - 1) };
	return true;
}

/* Members that change how the rest is to be read; none is supported. */
static bool
check_meaning(const json_t *header, struct assay_error *err)
{
	static const char *const refused[] = { "crit", "b64", "zip", "enc" };

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (json_object_get(header, refused[i]) != NULL)
			return assay_fail(err, ASSAY_ERR_TOKEN_HEADER,
			    "token header has \"%s\", want none", refused[i]);
	return true;
}

static bool
parse_header(struct assay_jws *jws, struct assay_error *err)
{
	static const struct assay_json_options opt = {
		.max_bytes = ASSAY_MAX_TOKEN_HEADER,
	};

	jws->header = assay_json_parse(assay_buffer_bytes(&jws->header_text),
	    &opt, err);
	if (jws->header == NULL)
		return assay_jws_malformed(err, "token header");
	if (!json_is_object(jws->header))
		return assay_fail(err, ASSAY_ERR_TOKEN_MALFORMED,
		    "token header is not a JSON object");
	if (!assay_json_get_string(jws->header, "alg", &jws->alg, err)) {
		err->code = ASSAY_ERR_TOKEN_HEADER;
		return assay_fail_in(err, "token header");
	}
	return check_meaning(jws->header, err);
}

static bool
decode_parts(const struct parts *parts, size_t max, struct assay_jws *jws,
    struct assay_error *err)
{
	jws->header_text = assay_buffer(ASSAY_MAX_TOKEN_HEADER);
	jws->payload = assay_buffer(max);
	jws->signature = assay_buffer(ASSAY_MAX_SIGNATURE_BYTES);
	if (!assay_base64url_decode(parts->header, &jws->header_text, err))
		return assay_jws_malformed(err, "token header");
	if (!assay_base64url_decode(parts->payload, &jws->payload, err))
		return assay_jws_malformed(err, "token payload");
	if (!assay_base64url_decode(parts->signature, &jws->signature, err))
		return assay_jws_malformed(err, "token signature");
	return true;
}

bool
assay_jws_parse(struct assay_bytes text, struct assay_jws *out,
    struct assay_error *err)
{
	return assay_jws_parse_max(text, ASSAY_MAX_TOKEN_BYTES, out, err);
}

bool
assay_jws_parse_max(struct assay_bytes text, size_t max,
    struct assay_jws *out, struct assay_error *err)
{
	struct assay_jws jws = { .header = NULL };
	struct parts parts;

	if (text.len > max)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "token of %zu bytes, at most %zu", text.len, max);
	if (!split(text, &parts, err))
		return false;
	if (!decode_parts(&parts, max, &jws, err) || !parse_header(&jws, err)) {
		assay_jws_free(&jws);
		return false;
	}
	jws.signing_input = (struct assay_bytes){ text.ptr,
	    parts.header.len + 1 + parts.payload.len };
	*out = jws;
	return true;
}

void
assay_jws_free(struct assay_jws *jws)
{
	if (jws == NULL)
		return;
	json_decref(jws->header);
	assay_buffer_free(&jws->header_text);
	assay_buffer_free(&jws->payload);
	assay_buffer_free(&jws->signature);
	memset(jws, 0, sizeof(*jws));
}

bool
assay_jws_is_unsecured(const struct assay_jws *jws)
{
	return assay_text_is(jws->alg, "none") && jws->signature.len == 0;
}

bool
assay_jws_header_string(const struct assay_jws *jws, const char *name,
    struct assay_bytes *out, struct assay_error *err)
{
	const json_t *value = json_object_get(jws->header, name);

	if (value != NULL && !json_is_string(value))
		return assay_fail(err, ASSAY_ERR_TOKEN_HEADER,
		    "token header: \"%s\" is not a string", name);
	*out = assay_json_string(value);
	return true;
}

bool
assay_jws_verify(const struct assay_jws *jws, const struct assay_pkey *key,
    enum assay_sig_alg alg, struct assay_error *err)
{
	const char *want = assay_jws_alg_name(alg);
	char show[ASSAY_TEXT_SHOW];

	if (want == NULL || !assay_jws_alg_fits(alg, assay_pkey_type(key)))
		return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
		    "key is not one for %s", want != NULL ? want : "JWS");
	if (!assay_text_is(jws->alg, want))
		return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
		    "token names algorithm \"%s\", its key is for %s",
		    assay_text_show(jws->alg, show), want);
	return assay_sig_verify(alg, key, jws->signing_input,
	    assay_buffer_bytes(&jws->signature), err);
}

/* ---- making ----------------------------------------------------------- */

static bool
check_own_header(struct assay_bytes header_json, const char *alg,
    struct assay_error *err)
{
	struct assay_bytes named;
	json_t *header;
	bool ok;

	if ((header = assay_json_parse(header_json, NULL, err)) == NULL)
		return false;
	ok = assay_json_get_string(header, "alg", &named, err) &&
	    (assay_text_is(named, alg) ||
	    assay_fail(err, ASSAY_ERR_INTERNAL,
	    "header of a token to be made does not say \"%s\"", alg));
	json_decref(header);
	return ok;
}

static void
put_signing_input(struct assay_bytes header_json, struct assay_bytes payload,
    struct assay_buffer *out)
{
	(void)assay_base64url_encode(header_json, out);
	(void)assay_buffer_putc(out, '.');
	(void)assay_base64url_encode(payload, out);
}

bool
assay_jws_sign(const struct assay_signer *signer, enum assay_sig_alg alg,
    struct assay_bytes header_json, struct assay_bytes payload,
    struct assay_buffer *out, struct assay_error *err)
{
	struct assay_buffer sig = assay_buffer(ASSAY_MAX_SIGNATURE_BYTES);
	const char *name = assay_jws_alg_name(alg);
	size_t start = out->len;
	bool ok = false;

	if (name == NULL)
		return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
		    "algorithm has no name in JWS");
	if (!check_own_header(header_json, name, err))
		return false;
	put_signing_input(header_json, payload, out);
	if (!assay_buffer_ok(out, "token", err))
		goto out;
	if (!assay_sign(signer, alg, (struct assay_bytes){ out->ptr + start,
	    out->len - start }, &sig, err))
		goto out;
	(void)assay_buffer_putc(out, '.');
	(void)assay_base64url_encode(assay_buffer_bytes(&sig), out);
	ok = assay_buffer_ok(out, "token", err);
out:
	assay_buffer_free(&sig);
	return ok;
}

bool
assay_jws_unsecured(struct assay_bytes header_json,
    struct assay_bytes payload, struct assay_buffer *out,
    struct assay_error *err)
{
	if (!check_own_header(header_json, "none", err))
		return false;
	put_signing_input(header_json, payload, out);
	(void)assay_buffer_putc(out, '.');
	return assay_buffer_ok(out, "token", err);
}
