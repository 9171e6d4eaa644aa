/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/input.h"
#include "cli/policy_key.h"

static bool
load_signer(const char *path, struct assay_signer **out,
    struct assay_error *err)
{
	struct assay_buffer pem = { 0 };
	bool ok;

	ok = cli_read(path, ASSAY_MAX_PEM_BYTES, &pem, err) &&
	    (assay_signer_from_pem(assay_buffer_bytes(&pem), out, err) ||
	    assay_fail_in(err, path));
	assay_buffer_wipe(&pem);
	return ok;
}

static bool
load_certs(const char *path, int64_t now, struct cli_policy_key *out,
    struct assay_error *err)
{
	struct assay_buffer pem = { 0 };
	bool ok;

	ok = cli_read(path, ASSAY_MAX_PEM_BYTES, &pem, err) &&
	    ((assay_certs_from_pem(assay_buffer_bytes(&pem), out->certs,
	    ASSAY_MAX_CHAIN_CERTS, &out->n_certs, err) &&
	    assay_policy_signer_check(out->certs[0], now, err)) ||
	    assay_fail_in(err, path));
	assay_buffer_free(&pem);
	return ok;
}

bool
cli_policy_key_load(const char *key, const char *cert, int64_t now,
    struct cli_policy_key *out, struct assay_error *err)
{
	struct cli_policy_key loaded = { 0 };

	if (key == NULL && cert == NULL)
		return true;
	if (key == NULL || cert == NULL)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "--key and --cert come together");
	if (load_signer(key, &loaded.signer, err) &&
	    load_certs(cert, now, &loaded, err)) {
		*out = loaded;
		return true;
	}
	cli_policy_key_free(&loaded);
	return false;
}

void
cli_policy_key_free(struct cli_policy_key *key)
{
	assay_signer_free(key->signer);
	for (size_t i = 0; i < key->n_certs; i++)
		assay_cert_free(key->certs[i]);
	memset(key, 0, sizeof(*key));
}

static bool
make(const struct cli_policy_key *key, const struct assay_buffer *payload,
    struct assay_buffer *out, struct assay_error *err)
{
	const struct assay_cert *chain[ASSAY_MAX_CHAIN_CERTS];
	const struct assay_policy_signer signer = { .key = key->signer,
	    .chain = chain, .n_chain = key->n_certs };

	for (size_t i = 0; i < key->n_certs; i++)
		chain[i] = key->certs[i];
	return assay_policy_jws_make(assay_buffer_bytes(payload),
	    key->signer != NULL ? &signer : NULL, out, err);
}

bool
cli_policy_wrap(const struct cli_policy_key *key, struct assay_bytes policy,
    const struct assay_policy_terms *terms, struct assay_buffer *out,
    struct assay_error *err)
{
	struct assay_buffer payload = assay_buffer(ASSAY_MAX_TOKEN_BYTES);
	bool ok;

	if (terms->serial != NULL && key->signer == NULL)
		return assay_fail(err, ASSAY_ERR_USAGE,
		    "--serial protects nothing without --key and --cert");
	ok = assay_policy_payload(policy, terms, &payload, err) &&
	    make(key, &payload, out, err);
	assay_buffer_free(&payload);
	return ok;
}

bool
cli_policy_wrap_certificate(const struct cli_policy_key *key,
    const struct assay_cert *cert, const char *action,
    struct assay_buffer *out, struct assay_error *err)
{
	struct assay_buffer payload = assay_buffer(ASSAY_MAX_TOKEN_BYTES);
	bool ok;

	ok = assay_policy_certificate_payload(cert, action, &payload, err) &&
	    make(key, &payload, out, err);
	assay_buffer_free(&payload);
	return ok;
}
