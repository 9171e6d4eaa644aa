/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "json/json.h"
#include "token/jwk.h"
#include "token/jws.h"

#define JWK_BYTES_MAX (ASSAY_MAX_RSA_BITS / 8)

static const struct {
	const char		*crv;
	enum assay_key_type	 type;
	size_t			 coordinate;	/* bytes of x and of y */
} curves[] = {
	{ "P-256", ASSAY_KEY_EC_P256, 32 },
	{ "P-384", ASSAY_KEY_EC_P384, 48 },
};

#define N_CURVES (sizeof(curves) / sizeof(curves[0]))

static struct assay_bytes
member(const json_t *jwk, const char *name)
{
	return assay_json_string(json_object_get(jwk, name));
}

static bool
has(const json_t *jwk, const char *name)
{
	return json_object_get(jwk, name) != NULL;
}

/* key_ops (RFC 7517 section 4.3), if there, must name verify. */
static bool
may_verify(const json_t *jwk)
{
	const json_t *ops = json_object_get(jwk, "key_ops");

	if (has(jwk, "use") && !assay_text_is(member(jwk, "use"), "sig"))
		return false;
	if (ops == NULL)
		return true;
	for (size_t i = 0; i < json_array_size(ops); i++)
		if (assay_text_is(assay_json_string(json_array_get(ops, i)),
		    "verify"))
			return true;
	return false;
}

bool
assay_jwk_usable(const json_t *jwk)
{
	enum assay_sig_alg alg;

	if (!json_is_object(jwk) || !may_verify(jwk))
		return false;
	if (has(jwk, "alg") && !assay_jws_alg_parse(member(jwk, "alg"), &alg))
		return false;
	if (assay_text_is(member(jwk, "kty"), "RSA"))
		return true;
	if (!assay_text_is(member(jwk, "kty"), "EC"))
		return false;
	if (!has(jwk, "crv"))
		return has(jwk, "x5c");
	for (size_t i = 0; i < N_CURVES; i++)
		if (assay_text_is(member(jwk, "crv"), curves[i].crv))
			return true;
	return false;
}

/* Base64urlUInt and its like: a string of canonical base64url. */
static bool
decode_member(const json_t *jwk, const char *name, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_bytes text;

	if (!assay_json_get_string(jwk, name, &text, err) ||
	    !assay_base64url_decode(text, out, err)) {
		if (assay_code_class(err->code) == ASSAY_CLASS_MALFORMED)
			err->code = ASSAY_ERR_KEY_INVALID;
		return assay_fail_in(err, name);
	}
	return true;
}

static bool
parse_rsa(const json_t *jwk, struct assay_pkey **out, struct assay_error *err)
{
	struct assay_buffer n = assay_buffer(JWK_BYTES_MAX);
	struct assay_buffer e = assay_buffer(JWK_BYTES_MAX);
	bool ok;

	ok = decode_member(jwk, "n", &n, err) &&
	    decode_member(jwk, "e", &e, err) &&
	    assay_pkey_from_rsa(assay_buffer_bytes(&n),
	    assay_buffer_bytes(&e), out, err);
	assay_buffer_free(&n);
	assay_buffer_free(&e);
	return ok;
}

/* RFC 7518 section 6.2.1.2: coordinates have the full length of the field. */
static bool
parse_ec(const json_t *jwk, struct assay_pkey **out, struct assay_error *err)
{
	struct assay_buffer xy = assay_buffer(JWK_BYTES_MAX);
	struct assay_bytes crv = member(jwk, "crv");
	char show[ASSAY_TEXT_SHOW];
	bool ok = false;
	size_t i, half;

	for (i = 0; i < N_CURVES; i++)
		if (assay_text_is(crv, curves[i].crv))
			break;
	if (i == N_CURVES)
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "crv is \"%s\", want P-256 or P-384",
		    assay_text_show(crv, show));
	if (!decode_member(jwk, "x", &xy, err))
		goto out;
	half = xy.len;
	if (!decode_member(jwk, "y", &xy, err))
		goto out;
	if (half != curves[i].coordinate || xy.len != 2 * half) {
		assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "x and y have %zu and %zu bytes, want %zu each", half,
		    xy.len - half, curves[i].coordinate);
		goto out;
	}
	ok = assay_pkey_from_point(curves[i].type, assay_buffer_bytes(&xy),
	    out, err);
out:
	assay_buffer_free(&xy);
	return ok;
}

static bool
parse_x5c_entry(const json_t *entry, struct assay_cert **out,
    struct assay_error *err)
{
	struct assay_buffer der = assay_buffer(ASSAY_MAX_CERT_BYTES);
	bool ok;

	if (!json_is_string(entry))
		return assay_fail(err, ASSAY_ERR_TOKEN_HEADER,
		    "x5c holds a value that is not a string");
	/* RFC 7515 section 4.1.6: base64, not base64url. */
	ok = assay_base64_decode(assay_json_string(entry), &der, err) &&
	    assay_cert_parse(assay_buffer_bytes(&der), out, err);
	assay_buffer_free(&der);
	return ok || assay_fail_in(err, "x5c");
}

bool
assay_jwk_x5c_parse(const json_t *x5c, struct assay_cert **out, size_t max,
    size_t *n, struct assay_error *err)
{
	size_t count = json_array_size(x5c), done = 0;

	if (!json_is_array(x5c) || count == 0 || count > max)
		return assay_fail(err, ASSAY_ERR_TOKEN_HEADER,
		    "x5c is not an array of 1 to %zu certificates", max);
	while (done < count && parse_x5c_entry(json_array_get(x5c, done),
	    &out[done], err))
		done++;
	if (done < count) {
		while (done > 0)
			assay_cert_free(out[--done]);
		return false;
	}
	*n = count;
	return true;
}

static bool
parse_x5c_key(const json_t *jwk, struct assay_pkey **out,
    struct assay_error *err)
{
	struct assay_cert *certs[ASSAY_MAX_CHAIN_CERTS];
	size_t n = 0;

	if (!assay_jwk_x5c_parse(json_object_get(jwk, "x5c"), certs,
	    ASSAY_MAX_CHAIN_CERTS, &n, err))
		return false;
	*out = assay_pkey_ref(assay_cert_key(certs[0]));
	for (size_t i = 0; i < n; i++)
		assay_cert_free(certs[i]);
	return true;
}

/* The key by its own members and by x5c: one of them, or both and equal. */
static bool
parse_key(const json_t *jwk, bool rsa, struct assay_pkey **out,
    struct assay_error *err)
{
	struct assay_pkey *bare = NULL, *certified = NULL;
	bool ok = false;

	if (has(jwk, rsa ? "n" : "x") || !has(jwk, "x5c"))
		if (!(rsa ? parse_rsa : parse_ec)(jwk, &bare, err))
			goto out;
	if (has(jwk, "x5c") && !parse_x5c_key(jwk, &certified, err))
		goto out;
	if (bare != NULL && certified != NULL &&
	    !assay_pkey_equal(bare, certified)) {
		assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "x5c holds another key than the other members");
		goto out;
	}
	*out = assay_pkey_ref(bare != NULL ? bare : certified);
	ok = true;
out:
	assay_pkey_free(bare);
	assay_pkey_free(certified);
	return ok;
}

static bool
choose_alg(const json_t *jwk, const struct assay_pkey *key, bool rsa,
    enum assay_sig_alg *out, struct assay_error *err)
{
	enum assay_key_type type = assay_pkey_type(key);
	struct assay_bytes name = member(jwk, "alg");
	char show[ASSAY_TEXT_SHOW];

	if (rsa != (type == ASSAY_KEY_RSA))
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "x5c holds a key of another kind than kty says");
	*out = assay_jws_alg_default(type);
	if (!has(jwk, "alg"))
		return true;
	if (!assay_jws_alg_parse(name, out) ||
	    !assay_jws_alg_fits(*out, type))
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "alg is \"%s\", which this key cannot do",
		    assay_text_show(name, show));
	return true;
}

bool
assay_jwk_parse(const json_t *jwk, struct assay_jwk *out,
    struct assay_error *err)
{
	struct assay_jwk k = { .key = NULL };
	struct assay_bytes kid = { NULL, 0 };
	bool rsa;

	if (!assay_jwk_usable(jwk))
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "JWK is not a signature key of a supported kind");
	/* Whoever publishes a private key has lost it. */
	if (has(jwk, "d"))
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "JWK holds the private member \"d\"");
	if (has(jwk, "kid") &&
	    !assay_json_get_string(jwk, "kid", &kid, err)) {
		err->code = ASSAY_ERR_KEY_INVALID;
		return false;
	}
	rsa = assay_text_is(member(jwk, "kty"), "RSA");
	if (!parse_key(jwk, rsa, &k.key, err))
		return false;
	if (!choose_alg(jwk, k.key, rsa, &k.alg, err)) {
		assay_jwk_free(&k);
		return false;
	}
	if ((k.kid = assay_strdup_bytes(kid)) == NULL) {
		assay_jwk_free(&k);
		return assay_fail_memory(err, "JWK");
	}
	*out = k;
	return true;
}

void
assay_jwk_free(struct assay_jwk *jwk)
{
	assay_pkey_free(jwk->key);
	free(jwk->kid);
	*jwk = (struct assay_jwk){ .key = NULL };
}

/* ---- writing ---------------------------------------------------------- */

static bool
set_text(json_t *object, const char *name, const struct assay_buffer *text)
{
	return !text->failed && json_object_set_new(object, name,
	    json_stringn(assay_buffer_str(text), text->len)) == 0;
}

static bool
set_base64url(json_t *object, const char *name, struct assay_bytes bytes)
{
	struct assay_buffer text = assay_buffer(2 * JWK_BYTES_MAX);
	bool ok;

	(void)assay_base64url_encode(bytes, &text);
	ok = set_text(object, name, &text);
	assay_buffer_free(&text);
	return ok;
}

static bool
put_rsa(json_t *out, const struct assay_pkey *key, struct assay_error *err)
{
	struct assay_buffer n = assay_buffer(JWK_BYTES_MAX);
	struct assay_buffer e = assay_buffer(JWK_BYTES_MAX);
	bool ok = false;

	if (!assay_pkey_rsa(key, &n, &e, err))
		goto out;
	ok = set_base64url(out, "n", assay_buffer_bytes(&n)) &&
	    set_base64url(out, "e", assay_buffer_bytes(&e));
	if (!ok)
		assay_fail_memory(err, "JWK");
out:
	assay_buffer_free(&n);
	assay_buffer_free(&e);
	return ok;
}

static bool
put_ec(json_t *out, const struct assay_pkey *key, struct assay_error *err)
{
	const size_t i = assay_pkey_type(key) == ASSAY_KEY_EC_P256 ? 0 : 1;
	const size_t half = curves[i].coordinate;
	struct assay_buffer xy = assay_buffer(JWK_BYTES_MAX);
	bool ok = false;

	if (!assay_pkey_point(key, &xy, err))
		goto out;
	ok = json_object_set_new(out, "crv",
	    json_string(curves[i].crv)) == 0 && xy.len == 2 * half &&
	    set_base64url(out, "x", (struct assay_bytes){ xy.ptr, half }) &&
	    set_base64url(out, "y",
	    (struct assay_bytes){ xy.ptr + half, half });
	if (!ok)
		assay_fail_memory(err, "JWK");
out:
	assay_buffer_free(&xy);
	return ok;
}

static json_t *
new_jwk(const struct assay_pkey *key)
{
	return json_pack("{s:s}", "kty",
	    assay_pkey_type(key) == ASSAY_KEY_RSA ? "RSA" : "EC");
}

json_t *
assay_jwk_of_key(const struct assay_pkey *key, struct assay_error *err)
{
	bool rsa = assay_pkey_type(key) == ASSAY_KEY_RSA;
	json_t *out;

	if ((out = new_jwk(key)) == NULL) {
		assay_fail_memory(err, "JWK");
		return NULL;
	}
	if ((rsa ? put_rsa : put_ec)(out, key, err))
		return out;
	json_decref(out);
	return NULL;
}

static bool
append_cert(json_t *x5c, const struct assay_cert *cert)
{
	struct assay_buffer text = assay_buffer(2 * ASSAY_MAX_CERT_BYTES);
	bool ok;

	ok = assay_base64_encode(assay_cert_der(cert), &text) &&
	    json_array_append_new(x5c,
	    json_stringn(assay_buffer_str(&text), text.len)) == 0;
	assay_buffer_free(&text);
	return ok;
}

json_t *
assay_jwk_of_certs(const struct assay_cert *const *certs, size_t n,
    struct assay_error *err)
{
	json_t *out, *x5c;
	bool ok = false;

	if (n == 0) {
		assay_fail(err, ASSAY_ERR_INTERNAL, "JWK of no certificate");
		return NULL;
	}
	out = new_jwk(assay_cert_key(certs[0]));
	x5c = json_array();
	if (json_object_set_new(out, "x5c", x5c) == 0) {
		ok = true;
		for (size_t i = 0; ok && i < n; i++)
			ok = append_cert(x5c, certs[i]);
	}
	if (ok)
		return out;
	json_decref(out);
	assay_fail_memory(err, "JWK");
	return NULL;
}

/* RFC 7638 section 3: required members only, sorted, compact. */
bool
assay_jwk_thumbprint(const struct assay_pkey *key,
    char out[ASSAY_JWK_THUMBPRINT_TEXT], struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(8 * JWK_BYTES_MAX);
	struct assay_buffer b64 = assay_buffer(ASSAY_JWK_THUMBPRINT_TEXT);
	struct assay_digest digest;
	json_t *jwk;
	bool ok = false;

	if ((jwk = assay_jwk_of_key(key, err)) == NULL)
		goto out;
	if (!assay_json_write(jwk, &text, err) ||
	    !assay_digest(ASSAY_SHA256, assay_buffer_bytes(&text), &digest,
	    err))
		goto out;
	(void)assay_base64url_encode(assay_digest_bytes(&digest), &b64);
	if (!assay_buffer_ok(&b64, "thumbprint", err))
		goto out;
	memcpy(out, b64.ptr, b64.len + 1);
	ok = true;
out:
	json_decref(jwk);
	assay_buffer_free(&text);
	assay_buffer_free(&b64);
	return ok;
}
