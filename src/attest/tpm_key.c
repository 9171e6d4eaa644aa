/* SPDX-License-Identifier: Apache-2.0 */
#include "attest/tpm_key.h"
#include "attest/tpm_member.h"
#include "base/text.h"
#include "json/json.h"
#include "token/jwk.h"

bool
assay_tpm_key_parse(const json_t *jwk, struct assay_pkey **out,
    struct assay_error *err)
{
	struct assay_jwk parsed = { .key = NULL };

	if (!assay_jwk_usable(jwk))
		return assay_fail(err, ASSAY_ERR_KEY_INVALID,
		    "not a JWK for signatures with kty RSA, or EC on P-256 or "
		    "P-384");
	if (!assay_jwk_parse(jwk, &parsed, err))
		return false;
	*out = assay_pkey_ref(parsed.key);
	assay_jwk_free(&parsed);
	return true;
}

/* {"tpm_quote":{"hash_alg":"sha-256"}} */
static bool
read_by_quote(const json_t *how, struct assay_tpm_key *out,
    struct assay_error *err)
{
	static const struct {
		const char	*name;
		enum assay_hash	 hash;
	} algs[] = {
		{ "sha-256", ASSAY_SHA256 }, { "sha-384", ASSAY_SHA384 },
		{ "sha-512", ASSAY_SHA512 },
	};
	char show[ASSAY_TEXT_SHOW];
	struct assay_bytes name;

	if (!assay_json_get_string(how, "hash_alg", &name, err))
		return false;
	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++)
		if (assay_text_is(name, algs[i].name)) {
			out->binding = ASSAY_TPM_BY_QUOTE;
			out->hash = algs[i].hash;
			return true;
		}
	return assay_fail(err, ASSAY_ERR_BAD_FIELD,
	    "hash_alg is \"%s\", want sha-256, sha-384 or sha-512",
	    assay_text_show(name, show));
}

/* {"tpm_certify":{"public","certification","signature"}} */
static bool
read_by_certify(struct assay_tpm_submission *m, const json_t *how,
    struct assay_tpm_key *out, struct assay_error *err)
{
	static const char *const names[] = {
		"public", "certification", "signature",
	};
	struct assay_bytes *const members[] = {
		&out->public_area, &out->certification, &out->signature,
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct assay_tpm_member member = {
			names[i], ASSAY_MAX_TPM_BLOB, true
		};

		if (!assay_tpm_member(m, how, &member, members[i], err))
			return false;
	}
	out->binding = ASSAY_TPM_BY_CERTIFY;
	return true;
}

/* No info, or an empty one: the key is not bound. */
static bool
read_info(struct assay_tpm_submission *m, const json_t *value,
    struct assay_tpm_key *out, struct assay_error *err)
{
	char show[ASSAY_TEXT_SHOW];
	json_t *info, *how;
	const char *name;

	if (assay_tpm_absent(value, "info"))
		return true;
	if (!assay_json_get_object(value, "info", &info, err))
		return false;
	if (json_object_size(info) == 0)
		return true;
	name = json_object_iter_key(json_object_iter(info));
	if (json_object_size(info) != 1)
		return assay_fail(err, ASSAY_ERR_BAD_FIELD,
		    "info binds the key in %zu ways, want one",
		    json_object_size(info));
	if (!assay_json_get_object(info, name, &how, err))
		return assay_fail_in(err, "info");
	if (assay_text_is(assay_bytes_of(name), "tpm_quote"))
		return read_by_quote(how, out, err) ||
		    assay_fail_in(err, "info.tpm_quote");
	if (assay_text_is(assay_bytes_of(name), "tpm_certify"))
		return read_by_certify(m, how, out, err) ||
		    assay_fail_in(err, "info.tpm_certify");
	return assay_fail(err, ASSAY_ERR_BAD_FIELD,
	    "info has \"%s\", want tpm_quote or tpm_certify",
	    assay_text_show(assay_bytes_of(name), show));
}

bool
assay_tpm_key_read(struct assay_tpm_submission *m, const json_t *value,
    struct assay_tpm_key *out, bool must_use, struct assay_error *err)
{
	json_t *jwk;

	out->value = value;
	if (!assay_json_get_object(value, "jwk", &jwk, err) ||
	    !read_info(m, value, out, err))
		return false;
	if (!must_use && out->binding != ASSAY_TPM_BY_CERTIFY)
		return true;
	return assay_tpm_key_parse(jwk, &out->key, err) ||
	    assay_fail_in(err, "jwk");
}
