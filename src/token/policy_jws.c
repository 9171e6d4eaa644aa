/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "base/when.h"
#include "crypto/digest.h"
#include "json/json.h"
#include "token/jwk.h"
#include "token/jwt.h"
#include "token/policy_jws.h"

/* ---- signature -------------------------------------------------------- */

/* The SDKs' names; no others, and nothing symmetric. */
static const struct {
	const char		*name;
	enum assay_key_type	 type;
} algs[] = {
	{ "RS256", ASSAY_KEY_RSA },
	{ "RSA256", ASSAY_KEY_RSA },		/* .NET, Python */
	{ "ES256", ASSAY_KEY_EC_P256 },
	{ "ECDH256", ASSAY_KEY_EC_P256 },	/* .NET, Python */
};

static bool
check_alg(struct assay_bytes name, enum assay_key_type type,
    struct assay_error *err)
{
	char show[ASSAY_TEXT_SHOW];

	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++)
		if (assay_text_is(name, algs[i].name) && algs[i].type == type)
			return true;
	return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
	    "policy is signed with \"%s\", want RS256 by an RSA certificate "
	    "or ES256 by a P-256 one", assay_text_show(name, show));
}

static bool
verify_signature(const struct assay_jws *jws, const struct assay_pkey *key,
    struct assay_error *err)
{
	enum assay_sig_alg alg = ASSAY_SIG_RS256;

	if (!check_alg(jws->alg, assay_pkey_type(key), err))
		return false;
	/*
	 * r || s has 64 bytes (RFC 7518 section 3.4). ECDSA-Sig-Value has 70
	 * to 72 but for one signature in 2^40.
	 */
	if (assay_pkey_type(key) == ASSAY_KEY_EC_P256)
		alg = jws->signature.len == 64 ? ASSAY_SIG_ES256_RAW :
		    ASSAY_SIG_ES256_DER;
	return assay_sig_verify(alg, key, jws->signing_input,
	    assay_buffer_bytes(&jws->signature), err);
}

/* x5c, or where Python puts it; both would be two answers. */
static bool
find_x5c(const json_t *header, const json_t **out, struct assay_error *err)
{
	const json_t *inner = json_object_get(json_object_get(header, "jwk"),
	    "x5c");

	*out = json_object_get(header, "x5c");
	if (*out != NULL && inner != NULL)
		return assay_fail(err, ASSAY_ERR_TOKEN_HEADER,
		    "policy header has both x5c and jwk.x5c");
	if (*out == NULL)
		*out = inner;
	if (*out == NULL)
		return assay_fail(err, ASSAY_ERR_TOKEN_HEADER,
		    "policy is signed, but its header has no x5c");
	return true;
}

static bool
check_chain(const struct assay_policy_jws *p, struct assay_error *err)
{
	for (size_t i = 0; i + 1 < p->n_chain; i++)
		if (!assay_cert_signed_by(p->chain[i], p->chain[i + 1], err))
			return assay_fail_in(err,
			    "x5c is not a chain, each signed by the next");
	return true;
}

static bool
check_signed(const struct assay_jws *jws, int64_t now,
    struct assay_policy_jws *p, struct assay_error *err)
{
	const json_t *x5c;

	if (!find_x5c(jws->header, &x5c, err) ||
	    !assay_jwk_x5c_parse(x5c, p->chain, ASSAY_MAX_CHAIN_CERTS,
	    &p->n_chain, err) ||
	    !verify_signature(jws, assay_cert_key(p->chain[0]), err) ||
	    !check_chain(p, err) ||
	    !assay_policy_signer_check(p->chain[0], now, err))
		return false;
	p->is_signed = true;
	return true;
}

bool
assay_policy_signer_check(const struct assay_cert *cert, int64_t now,
    struct assay_error *err)
{
	char when[ASSAY_WHEN_TEXT];
	const char *unknown;

	/* Azure's words, which people search for. */
	if (!assay_cert_is_ca(cert, NULL))
		return assay_fail(err, ASSAY_ERR_CERT_PROFILE,
		    "unable to find issuer certificate: signing certificate "
		    "\"%s\" lacks basicConstraints CA=TRUE",
		    assay_cert_subject_text(cert));
	if (assay_pkey_type(assay_cert_key(cert)) == ASSAY_KEY_EC_P384)
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "signing certificate has a P-384 key, want RSA or P-256");
	unknown = assay_cert_unknown_critical(cert, NULL, 0);
	if (unknown != NULL)
		return assay_fail(err, ASSAY_ERR_CERT_PROFILE,
		    "signing certificate has the unknown critical extension "
		    "%s", unknown);
	if (now < assay_cert_not_before(cert))
		return assay_fail(err, ASSAY_ERR_CERT_NOT_YET_VALID,
		    "signing certificate is not valid before %s",
		    assay_when_text(assay_cert_not_before(cert), when));
	if (now > assay_cert_not_after(cert))
		return assay_fail(err, ASSAY_ERR_CERT_EXPIRED,
		    "signing certificate expired at %s",
		    assay_when_text(assay_cert_not_after(cert), when));
	return true;
}

bool
assay_policy_jws_trusted(const struct assay_policy_jws *jws,
    const struct assay_cert *const *signers, size_t n,
    struct assay_error *err)
{
	if (!jws->is_signed || jws->n_chain == 0)
		return assay_fail(err, ASSAY_ERR_INVALID_OPERATION,
		    "policy is unsigned, and this instance takes changes only "
		    "with a signature by one of its management certificates");
	for (size_t i = 0; i < n; i++)
		if (assay_bytes_equal(assay_cert_der(jws->chain[0]),
		    assay_cert_der(signers[i])))
			return true;
	return assay_fail(err, ASSAY_ERR_CERT_UNTRUSTED,
	    "signer \"%s\" is none of the %zu management certificates",
	    assay_cert_subject_text(jws->chain[0]), n);
}

/* ---- payload ---------------------------------------------------------- */

static bool
check_policy_text(struct assay_bytes text, struct assay_error *err)
{
	size_t bad;

	if (text.len == 0)
		return assay_fail(err, ASSAY_ERR_TOKEN_CLAIM,
		    "AttestationPolicy is empty");
	if (!assay_utf8_valid(text, &bad))
		return assay_fail(err, ASSAY_ERR_TOKEN_CLAIM,
		    "AttestationPolicy is not UTF-8 at offset %zu", bad);
	if (memchr(text.ptr, '\0', text.len) != NULL)
		return assay_fail(err, ASSAY_ERR_TOKEN_CLAIM,
		    "AttestationPolicy holds a NUL");
	return true;
}

static bool
claim_fails(struct assay_error *err)
{
	if (assay_code_class(err->code) == ASSAY_CLASS_MALFORMED)
		err->code = ASSAY_ERR_TOKEN_CLAIM;
	return assay_fail_in(err, "policy token");
}

/*
 * Clients of 2018-09-01-preview send the text as it is (2020-02) or encoded
 * (Az.Attestation since). No policy is without a brace, no base64 has one.
 */
static bool
is_plain(struct assay_bytes text)
{
	return text.len != 0 && memchr(text.ptr, '{', text.len) != NULL;
}

bool
assay_policy_jws_text(const struct assay_jws *jws, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_bytes text;
	json_t *payload = assay_jwt_payload(jws, err);
	bool ok;

	if (payload == NULL)
		return false;
	ok = assay_json_get_string(payload, "AttestationPolicy", &text, err);
	if (ok && is_plain(text))
		ok = assay_buffer_put(out, text) ||
		    assay_buffer_ok(out, "AttestationPolicy", err);
	else if (ok)
		ok = assay_base64_decode_any(text, out, err);
	json_decref(payload);
	return ok || assay_fail_in(err, "policy token");
}

static bool
read_policy(const json_t *payload, bool plain, struct assay_policy_jws *p,
    struct assay_error *err)
{
	struct assay_bytes text;

	p->policy = assay_buffer(ASSAY_MAX_POLICY_BYTES);
	if (!assay_json_get_string(payload, "AttestationPolicy", &text, err))
		return claim_fails(err);
	if (plain && is_plain(text)) {
		(void)assay_buffer_put(&p->policy, text);
		if (!assay_buffer_ok(&p->policy, "AttestationPolicy", err))
			return claim_fails(err);
	} else if (!assay_base64url_decode(text, &p->policy, err)) {
		(void)assay_fail_in(err, "AttestationPolicy");
		return claim_fails(err);
	}
	return check_policy_text(assay_buffer_bytes(&p->policy), err);
}

/* A string that fits, or nothing. */
static bool
read_binding(const json_t *payload, const char *name,
    char out[ASSAY_POLICY_BINDING_MAX], struct assay_error *err)
{
	struct assay_bytes text;

	out[0] = '\0';
	if (json_object_get(payload, name) == NULL)
		return true;
	if (!assay_json_get_string(payload, name, &text, err))
		return claim_fails(err);
	if (text.len == 0 || text.len >= ASSAY_POLICY_BINDING_MAX)
		return assay_fail(err, ASSAY_ERR_TOKEN_CLAIM,
		    "%s has %zu bytes, want 1 to %d", name, text.len,
		    ASSAY_POLICY_BINDING_MAX - 1);
	memcpy(out, text.ptr, text.len);
	out[text.len] = '\0';
	return true;
}

static bool
read_bindings(const json_t *payload, struct assay_policy_jws *p,
    struct assay_error *err)
{
	return read_binding(payload, ASSAY_POLICY_TYPE, p->type, err) &&
	    read_binding(payload, ASSAY_POLICY_ACTION, p->action, err);
}

static bool
check_binding(const char *name, const char *found, const char *want,
    bool demanded, struct assay_error *err)
{
	char show[ASSAY_TEXT_SHOW];

	if (found[0] == '\0')
		return !demanded || assay_fail(err,
		    ASSAY_ERR_INVALID_OPERATION, "the change has no %s, and "
		    "this instance takes none without: it could have been "
		    "signed for another purpose", name);
	if (want != NULL && assay_text_is_nocase(assay_bytes_of(found), want))
		return true;
	return assay_fail(err, ASSAY_ERR_INVALID_OPERATION,
	    "the change has %s \"%s\", want %s: it was made for something "
	    "else", name, assay_text_show(assay_bytes_of(found), show),
	    want == NULL ? "none" : want);
}

bool
assay_policy_jws_bound(const struct assay_policy_jws *jws, const char *type,
    const char *action, bool demanded, struct assay_error *err)
{
	demanded = demanded && jws->is_signed;
	return check_binding(ASSAY_POLICY_TYPE, jws->type, type,
	    demanded && type != NULL, err) &&
	    check_binding(ASSAY_POLICY_ACTION, jws->action, action, demanded,
	    err);
}

static bool
read_serial(const json_t *payload, struct assay_policy_jws *p,
    struct assay_error *err)
{
	p->has_serial = json_object_get(payload, ASSAY_POLICY_SERIAL) != NULL;
	if (!p->has_serial)
		return true;
	return assay_json_get_int(payload, ASSAY_POLICY_SERIAL, 1, INT64_MAX,
	    &p->serial, err) || claim_fails(err);
}

/* The names that four generations of the API gave the member. */
static bool
find_certificate(const json_t *payload, const json_t **out,
    struct assay_error *err)
{
	static const char *const names[] = { "policyCertificate",
	    "aas-policyCertificate", "maa-policyCertificate",
	    "x-ms-policyCertificate" };
	const json_t *value;
	size_t found = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = json_object_get(payload, names[i]);
		if (value == NULL)
			continue;
		*out = value;
		found++;
	}
	if (found != 1)
		return assay_fail(err, ASSAY_ERR_TOKEN_CLAIM,
		    "token has %zu members policyCertificate, want one",
		    found);
	return true;
}

static bool
read_certificate(const json_t *payload, struct assay_policy_jws *p,
    struct assay_error *err)
{
	const json_t *jwk = NULL;
	size_t n;

	if (!find_certificate(payload, &jwk, err))
		return false;
	if (!assay_jwk_x5c_parse(json_object_get(jwk, "x5c"),
	    &p->certificate, 1, &n, err))
		return claim_fails(err);
	return true;
}

static bool
check_times(const json_t *payload, int64_t now, struct assay_error *err)
{
	struct assay_jwt_times times;

	return assay_jwt_read_times(payload, &times, err) &&
	    assay_jwt_check_times(&times, now, INT64_MAX, err);
}

/*
 * A reset is an empty payload; one that has to be newer than a policy with a
 * serial says so, or what it is made for, and nothing else.
 */
static bool
check_reset(const json_t *payload, const struct assay_policy_jws *p,
    struct assay_error *err)
{
	const size_t ours = (size_t)p->has_serial + (p->type[0] != '\0') +
	    (p->action[0] != '\0');

	return (ours != 0 && json_object_size(payload) == ours) ||
	    assay_fail(err, ASSAY_ERR_TOKEN_CLAIM,
	    "payload of a reset is not empty, want nothing or "
	    ASSAY_POLICY_SERIAL ", " ASSAY_POLICY_TYPE ", "
	    ASSAY_POLICY_ACTION " alone");
}

static bool
read_payload(const struct assay_jws *jws, enum assay_policy_body body,
    int64_t now, struct assay_policy_jws *p, struct assay_error *err)
{
	json_t *payload;
	bool ok;

	if (body == ASSAY_POLICY_BODY_EMPTY && jws->payload.len == 0)
		return true;
	if ((payload = assay_jwt_payload(jws, err)) == NULL)
		return false;
	ok = check_times(payload, now, err) &&
	    read_serial(payload, p, err) && read_bindings(payload, p, err);
	if (ok && body == ASSAY_POLICY_BODY_EMPTY)
		ok = check_reset(payload, p, err);
	else if (ok && body == ASSAY_POLICY_BODY_CERTIFICATE)
		ok = read_certificate(payload, p, err);
	else if (ok)
		ok = read_policy(payload, body == ASSAY_POLICY_BODY_PLAIN, p,
		    err);
	json_decref(payload);
	return ok;
}

bool
assay_policy_jws_parse(struct assay_bytes text, enum assay_policy_body body,
    int64_t now, struct assay_policy_jws *out, struct assay_error *err)
{
	struct assay_policy_jws p = { .is_signed = false };
	struct assay_jws jws = { .header = NULL };
	bool ok = false;

	if (!assay_jws_parse(text, &jws, err) ||
	    !assay_jwt_check_type(&jws, err))
		goto out;
	if (!assay_jws_is_unsecured(&jws) &&
	    !check_signed(&jws, now, &p, err))
		goto out;
	if (!read_payload(&jws, body, now, &p, err))
		goto out;
	*out = p;
	ok = true;
out:
	if (!ok)
		assay_policy_jws_free(&p);
	assay_jws_free(&jws);
	return ok;
}

void
assay_policy_jws_free(struct assay_policy_jws *jws)
{
	if (jws == NULL)
		return;
	for (size_t i = 0; i < jws->n_chain; i++)
		assay_cert_free(jws->chain[i]);
	assay_cert_free(jws->certificate);
	assay_buffer_free(&jws->policy);
	memset(jws, 0, sizeof(*jws));
}

/* ---- what answers say of them ----------------------------------------- */

static const char *
alg_of(const struct assay_cert *cert)
{
	return assay_jws_alg_name(assay_jws_alg_default(
	    assay_pkey_type(assay_cert_key(cert))));
}

json_t *
assay_policy_signer_jwk(const struct assay_cert *const *chain, size_t n,
    struct assay_error *err)
{
	json_t *jwk;

	if ((jwk = assay_jwk_of_certs(chain, n, err)) == NULL)
		return NULL;
	if (json_object_set_new(jwk, "alg",
	    json_string(alg_of(chain[0]))) == 0 &&
	    json_object_set_new(jwk, "use", json_string("sig")) == 0)
		return jwk;
	json_decref(jwk);
	assay_fail_memory(err, "policy signer");
	return NULL;
}

bool
assay_policy_thumbprint(const struct assay_cert *cert,
    char out[ASSAY_THUMBPRINT_TEXT], struct assay_error *err)
{
	struct assay_digest digest;

	if (!assay_digest(ASSAY_SHA1, assay_cert_der(cert), &digest, err))
		return false;
	assay_hex(assay_digest_bytes(&digest), out);
	for (char *c = out; *c != '\0'; c++)
		if (*c >= 'a' && *c <= 'f')
			*c = (char)(*c - 'a' + 'A');
	return true;
}

bool
assay_policy_token_hash(struct assay_bytes jws,
    char out[ASSAY_POLICY_TOKEN_HASH_TEXT], struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(ASSAY_POLICY_TOKEN_HASH_TEXT);
	struct assay_digest digest;
	bool ok = false;

	if (!assay_digest(ASSAY_SHA256, jws, &digest, err))
		goto out;
	(void)assay_base64url_encode(assay_digest_bytes(&digest), &text);
	if (!assay_buffer_ok(&text, "policy token hash", err))
		goto out;
	memcpy(out, text.ptr, text.len + 1);
	ok = true;
out:
	assay_buffer_free(&text);
	return ok;
}

/* ---- making ----------------------------------------------------------- */

static bool
write_and_drop(json_t *value, struct assay_buffer *out,
    struct assay_error *err)
{
	bool ok;

	if (value == NULL)
		return assay_fail_memory(err, "policy token");
	ok = assay_json_write(value, out, err);
	json_decref(value);
	return ok;
}

static bool
set_member(json_t *payload, const char *name, json_t *value,
    struct assay_error *err)
{
	return json_object_set_new(payload, name, value) == 0 ||
	    assay_fail_memory(err, "policy token");
}

static bool
set_terms(json_t *payload, const struct assay_policy_terms *terms,
    struct assay_error *err)
{
	return (terms->serial == NULL || set_member(payload,
	    ASSAY_POLICY_SERIAL, json_integer(*terms->serial), err)) &&
	    (terms->type == NULL || set_member(payload, ASSAY_POLICY_TYPE,
	    json_string(terms->type), err)) &&
	    (terms->action == NULL || set_member(payload,
	    ASSAY_POLICY_ACTION, json_string(terms->action), err));
}

static bool
set_policy(json_t *payload, struct assay_bytes policy,
    struct assay_error *err)
{
	struct assay_buffer text = assay_buffer(2 * ASSAY_MAX_POLICY_BYTES);
	bool ok;

	if (policy.len > ASSAY_MAX_POLICY_BYTES)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED,
		    "policy of %zu bytes, at most %u", policy.len,
		    ASSAY_MAX_POLICY_BYTES);
	if (!check_policy_text(policy, err))
		return false;
	(void)assay_base64url_encode(policy, &text);
	ok = assay_buffer_ok(&text, "policy", err) && set_member(payload,
	    "AttestationPolicy", json_string(assay_buffer_str(&text)), err);
	assay_buffer_free(&text);
	return ok;
}

bool
assay_policy_payload(struct assay_bytes policy,
    const struct assay_policy_terms *terms, struct assay_buffer *out,
    struct assay_error *err)
{
	json_t *payload = json_object();

	if (payload == NULL)
		return assay_fail_memory(err, "policy token");
	if ((policy.ptr != NULL && !set_policy(payload, policy, err)) ||
	    !set_terms(payload, terms, err)) {
		json_decref(payload);
		return false;
	}
	if (json_object_size(payload) != 0)
		return write_and_drop(payload, out, err);
	json_decref(payload);
	return true;
}

bool
assay_policy_certificate_payload(const struct assay_cert *cert,
    const char *action, struct assay_buffer *out, struct assay_error *err)
{
	const struct assay_policy_terms terms = { .action = action };
	json_t *jwk, *payload;

	if ((jwk = assay_jwk_of_certs(&cert, 1, err)) == NULL)
		return false;
	payload = json_pack("{s:o}", "policyCertificate", jwk);
	if (payload != NULL && !set_terms(payload, &terms, err)) {
		json_decref(payload);
		return false;
	}
	return write_and_drop(payload, out, err);
}

static bool
put_header(const struct assay_policy_signer *signer, const char *alg,
    struct assay_buffer *out, struct assay_error *err)
{
	json_t *jwk, *header;

	if (signer == NULL)
		return write_and_drop(json_pack("{s:s}", "alg", alg), out,
		    err);
	if ((jwk = assay_jwk_of_certs(signer->chain, signer->n_chain,
	    err)) == NULL)
		return false;
	header = json_pack("{s:s,s:O}", "alg", alg, "x5c",
	    json_object_get(jwk, "x5c"));
	json_decref(jwk);
	return write_and_drop(header, out, err);
}

bool
assay_policy_jws_make(struct assay_bytes payload,
    const struct assay_policy_signer *signer, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_buffer header = assay_buffer(ASSAY_MAX_TOKEN_HEADER);
	const struct assay_pkey *key;
	enum assay_sig_alg alg;
	bool ok = false;

	if (signer == NULL) {
		ok = put_header(NULL, "none", &header, err) &&
		    assay_jws_unsecured(assay_buffer_bytes(&header), payload,
		    out, err);
		goto out;
	}
	key = assay_signer_public(signer->key);
	alg = assay_jws_alg_default(assay_pkey_type(key));
	if (signer->n_chain == 0 ||
	    !assay_pkey_equal(key, assay_cert_key(signer->chain[0]))) {
		assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "signing key is not that of the certificate");
		goto out;
	}
	ok = put_header(signer, assay_jws_alg_name(alg), &header, err) &&
	    assay_jws_sign(signer->key, alg, assay_buffer_bytes(&header),
	    payload, out, err);
out:
	assay_buffer_free(&header);
	return ok;
}
