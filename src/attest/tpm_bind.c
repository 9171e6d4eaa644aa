/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "attest/tpm_bind.h"
#include "base/encode.h"
#include "base/text.h"
#include "evidence/tpm_public.h"

/* ---- the request -------------------------------------------------------- */

static bool
has_only(const json_t *header, const char **extra)
{
	static const char *const known[] = { "alg", "typ" };
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)header, name, value)
		if (strcmp(name, known[0]) != 0 &&
		    strcmp(name, known[1]) != 0) {
			*extra = name;
			return false;
		}
	return true;
}

bool
assay_tpm_bind_header(const struct assay_tpm_submission *m,
    struct assay_checks *checks, struct assay_error *err)
{
	char show[ASSAY_TEXT_SHOW];
	const char *extra = "";

	if (!assay_check(checks, ASSAY_CHECK_TPM_REQUEST_ALG,
	    assay_text_is(m->jws.alg, "PS256")))
		return assay_fail(err, ASSAY_ERR_ALGORITHM_REFUSED,
		    "request has alg \"%s\", want PS256",
		    assay_text_show(m->jws.alg, show));
	if (!assay_check(checks, ASSAY_CHECK_TPM_REQUEST_TYPE,
	    assay_text_is(m->type, "attReq") ||
	    assay_text_is(m->type, "attReqV2")))
		return assay_fail(err, ASSAY_ERR_TOKEN_HEADER,
		    "request has typ \"%s\", want attReq or attReqV2",
		    assay_text_show(m->type, show));
	/* RFC 8725 3.10: no kid, jwk, x5c or other hint of a key. */
	if (!assay_check(checks, ASSAY_CHECK_TPM_REQUEST_HEADER,
	    has_only(m->jws.header, &extra)))
		return assay_fail(err, ASSAY_ERR_TOKEN_HEADER,
		    "request has \"%s\" in its header, want alg and typ only",
		    assay_text_show(assay_bytes_of(extra), show));
	return true;
}

/* PS256 with any length of salt: old TPMs sign with the longest. */
bool
assay_tpm_bind_signature(const struct assay_tpm_submission *m,
    struct assay_checks *checks, struct assay_error *err)
{
	const struct assay_sig_parts sig = {
		.kind = ASSAY_SIG_KIND_RSAPSS, .hash = ASSAY_SHA256,
		.rsa = assay_buffer_bytes(&m->jws.signature),
	};
	bool ok = assay_sig_verify_parts(&sig, m->key.key,
	    m->jws.signing_input, err);

	if (!ok && assay_code_class(err->code) == ASSAY_CLASS_INTERNAL)
		return false;
	return assay_check(checks, ASSAY_CHECK_TPM_REQUEST_SIGNATURE, ok) ||
	    assay_fail_in(err, m->v2 ? "request, by request_key" :
	    "request, by attest_key");
}

bool
assay_tpm_bind_data(const struct assay_tpm_submission *m,
    struct assay_digest *out, struct assay_error *err)
{
	static const uint8_t zero[1];
	const struct assay_bytes parts[] = {
		m->key.jwk_text, { zero, 1 }, m->challenge,
	};

	if (m->v2 && m->key.binding == ASSAY_TPM_BY_QUOTE)
		return assay_digest_parts(m->key.hash, parts, 3, out, err);
	if (m->challenge.len > sizeof(out->bytes))
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "challenge has %zu bytes, at most %zu", m->challenge.len,
		    sizeof(out->bytes));
	memcpy(out->bytes, m->challenge.ptr, m->challenge.len);
	out->len = m->challenge.len;
	return true;
}

/* ---- certified keys ----------------------------------------------------- */

static bool
check_name(const struct assay_tpm_attest *a,
    const struct assay_tpm_public *pub, struct assay_checks *checks,
    struct assay_error *err)
{
	char found[2 * ASSAY_MAX_TPM_NAME + 1], wanted[sizeof(found)];
	struct assay_tpm_name name;

	if (!assay_tpm_public_name(pub, &name, err))
		return false;
	if (assay_check(checks, ASSAY_CHECK_TPM_CERTIFY_NAME,
	    assay_bytes_equal(a->name, (struct assay_bytes){ name.bytes,
	    name.len })))
		return true;
	assay_hex(a->name, found);
	assay_hex((struct assay_bytes){ name.bytes, name.len }, wanted);
	return assay_fail(err, ASSAY_ERR_KEY_MISMATCH,
	    "certification is of name %s, the public area has %s", found,
	    wanted);
}

bool
assay_tpm_bind_certified(const struct assay_tpm_certified *c,
    const struct assay_tpm_public *pub, struct assay_checks *checks,
    struct assay_error *err)
{
	static const struct assay_tpm_seal_rules certify = {
		"certification", ASSAY_TPM_ST_CERTIFY,
		ASSAY_CHECK_TPM_CERTIFY_MAGIC, ASSAY_CHECK_TPM_CERTIFY_TYPE,
		ASSAY_CHECK_TPM_CERTIFY_HASH,
		ASSAY_CHECK_TPM_CERTIFY_SIGNATURE,
	};
	char found[2 * ASSAY_MAX_TPM_NAME + 1];
	struct assay_tpm_attest a;
	enum assay_hash hash;

	if (!assay_tpm_seal_verify(&c->seal, &certify, checks, &a, &hash,
	    err))
		return false;
	assay_hex(a.extra_data, found);
	if (!assay_check(checks, ASSAY_CHECK_TPM_CERTIFY_DATA,
	    assay_bytes_equal(a.extra_data, c->qualifying)))
		return assay_fail(err, ASSAY_ERR_QUALIFYING_DATA_MISMATCH,
		    "certification has the qualifying data \"%s\", want %s "
		    "(%zu bytes)", found, c->qualifying.len == 0 ? "none" :
		    "the challenge", c->qualifying.len);
	if (!check_name(&a, pub, checks, err))
		return false;
	if (!assay_check(checks, ASSAY_CHECK_TPM_CERTIFY_KEY, c->key == NULL ||
	    assay_pkey_equal(c->key, pub->key)))
		return assay_fail(err, ASSAY_ERR_KEY_MISMATCH,
		    "jwk is another key than that of the public area");
	if (c->out != NULL)
		*c->out = a;
	return true;
}

static bool
check_certify(const struct assay_tpm_key *key,
    const struct assay_tpm_certifier *by, struct assay_checks *checks,
    struct assay_error *err)
{
	const struct assay_tpm_certified c = {
		.seal = { .attest = key->certification,
		    .signature = key->signature, .aik = by->aik,
		    .sha1 = by->sha1 },
		.qualifying = by->challenge, .key = key->key,
	};
	struct assay_tpm_public pub;
	bool ok;

	if (!assay_tpm_public_parse(key->public_area, &pub, err))
		return false;
	ok = assay_tpm_bind_certified(&c, &pub, checks, err);
	assay_tpm_public_free(&pub);
	return ok;
}

bool
assay_tpm_bind_keys(const struct assay_tpm_submission *m,
    const struct assay_tpm_certifier *by, struct assay_checks *checks,
    struct assay_error *err)
{
	if (!m->v2)
		return true;
	if (!assay_check(checks, ASSAY_CHECK_TPM_KEY_BOUND,
	    m->key.binding != ASSAY_TPM_UNBOUND))
		return assay_fail(err, ASSAY_ERR_KEY_NOT_BOUND,
		    "request_key has no info that binds it, want tpm_quote "
		    "or tpm_certify");
	if (m->key.binding == ASSAY_TPM_BY_CERTIFY &&
	    !check_certify(&m->key, by, checks, err))
		return assay_fail_in(err, "request_key");
	for (size_t i = 0; i < m->n_other; i++) {
		const struct assay_tpm_key *key = &m->other[i];

		if (!assay_check(checks, ASSAY_CHECK_TPM_OTHER_KEY_BINDING,
		    key->binding != ASSAY_TPM_BY_QUOTE))
			return assay_fail(err, ASSAY_ERR_KEY_NOT_BOUND,
			    "other_keys[%zu] is bound by tpm_quote, want "
			    "tpm_certify or nothing", i);
		if (key->binding == ASSAY_TPM_BY_CERTIFY &&
		    !check_certify(key, by, checks, err))
			return assay_fail_in(err, "other_keys");
	}
	return true;
}
