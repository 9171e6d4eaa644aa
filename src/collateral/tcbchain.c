/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "collateral/crlrules.h"
#include "collateral/tcbchain.h"

#define CHAIN_CERTS 2

const struct assay_tcb_chain_rules assay_tcb_chain_rules = {
	.what = "TCB info chain",
	.signer_what = "signing certificate of TCB info",
	.root_what = "root certificate of the TCB info chain",
	.length = ASSAY_CHECK_TCB_CHAIN_LENGTH,
	.root = ASSAY_CHECK_TCB_CHAIN_ROOT,
	.signer = ASSAY_CHECK_TCB_CHAIN_SIGNER,
	.extensions = ASSAY_CHECK_TCB_CHAIN_EXTENSIONS,
	.usage = ASSAY_CHECK_TCB_CHAIN_USAGE,
	.root_signature = ASSAY_CHECK_TCB_CHAIN_ROOT_SIGNATURE,
	.signature = ASSAY_CHECK_TCB_CHAIN_SIGNATURE,
	.trusted = ASSAY_CHECK_TCB_CHAIN_TRUSTED,
	.not_revoked = ASSAY_CHECK_TCB_SIGNER_NOT_REVOKED,
	.not_before = ASSAY_CHECK_TCB_CHAIN_NOT_BEFORE,
	.not_after = ASSAY_CHECK_TCB_CHAIN_NOT_AFTER,
};

const struct assay_tcb_chain_rules assay_qe_chain_rules = {
	.what = "QE identity chain",
	.signer_what = "signing certificate of QE identity",
	.root_what = "root certificate of the QE identity chain",
	.length = ASSAY_CHECK_QE_CHAIN_LENGTH,
	.root = ASSAY_CHECK_QE_CHAIN_ROOT,
	.signer = ASSAY_CHECK_QE_CHAIN_SIGNER,
	.extensions = ASSAY_CHECK_QE_CHAIN_EXTENSIONS,
	.usage = ASSAY_CHECK_QE_CHAIN_USAGE,
	.root_signature = ASSAY_CHECK_QE_CHAIN_ROOT_SIGNATURE,
	.signature = ASSAY_CHECK_QE_CHAIN_SIGNATURE,
	.trusted = ASSAY_CHECK_QE_CHAIN_TRUSTED,
	.not_revoked = ASSAY_CHECK_QE_SIGNER_NOT_REVOKED,
	.not_before = ASSAY_CHECK_QE_CHAIN_NOT_BEFORE,
	.not_after = ASSAY_CHECK_QE_CHAIN_NOT_AFTER,
};

void
assay_tcb_chain_free(struct assay_tcb_chain *chain)
{
	if (chain == NULL)
		return;
	assay_cert_free(chain->signer);
	assay_cert_free(chain->root);
	*chain = (struct assay_tcb_chain){ 0 };
}

static void
assign(struct assay_tcb_chain *c, struct assay_cert *cert)
{
	struct assay_cert **slot = assay_cert_self_issued(cert) ?
	    &c->root : &c->signer;

	if (*slot == NULL)
		*slot = assay_cert_ref(cert);
}

static bool
check_roles(const struct assay_tcb_chain *c,
    const struct assay_tcb_chain_rules *rules, struct assay_checks *checks,
    struct assay_error *err)
{
	const enum assay_code code =
	    ASSAY_ERR_SGX_TCB_SIGNING_CERT_INVALID_EXTENSIONS;
	bool ok;

	if (!assay_check(checks, rules->root, c->root != NULL &&
	    assay_intel_cert_named(c->root, "SGX Root CA")))
		return assay_fail(err, ASSAY_ERR_SGX_ROOT_CA_MISSING,
		    "%s has no self-issued certificate named "
		    "\"SGX Root CA\"", rules->what);
	/* QVL looks for a signer that the root issued, not for any. */
	if (!assay_check(checks, rules->signer,
	    c->signer != NULL && c->root != NULL &&
	    assay_intel_cert_named(c->signer, "SGX TCB Signing") &&
	    assay_bytes_equal(assay_cert_issuer(c->signer),
	    assay_cert_subject(c->root))))
		return assay_fail(err, ASSAY_ERR_SGX_TCB_SIGNING_CERT_MISSING,
		    "%s has no certificate named \"SGX TCB Signing\" that "
		    "names the root as its issuer", rules->what);
	if (c->root == NULL || c->signer == NULL)
		return assay_fail(err, ASSAY_ERR_INTERNAL,
		    "%s lacks a certificate", rules->what);
	ok = assay_intel_cert_extensions(c->root, code, err) &&
	    assay_intel_cert_extensions(c->signer, code, err);
	return assay_check_outcome(checks, rules->extensions, ok, code,
	    rules->what, err);
}

bool
assay_tcb_chain_parse(struct assay_bytes pem,
    const struct assay_tcb_chain_rules *rules, struct assay_checks *checks,
    struct assay_tcb_chain *out, struct assay_error *err)
{
	struct assay_cert *certs[ASSAY_MAX_CHAIN_CERTS];
	struct assay_tcb_chain c = { 0 };
	size_t n = 0;

	if (!assay_certs_from_pem(pem, certs, ASSAY_MAX_CHAIN_CERTS, &n, err))
		return assay_fail_as(err, ASSAY_ERR_UNSUPPORTED_CERT_FORMAT,
		    rules->what);
	for (size_t i = 0; i < n; i++) {
		assign(&c, certs[i]);
		assay_cert_free(certs[i]);
	}
	if (!assay_check(checks, rules->length, n == CHAIN_CERTS)) {
		(void)assay_fail(err, ASSAY_ERR_UNSUPPORTED_CERT_FORMAT,
		    "%s has %zu certificates, want %d", rules->what, n,
		    CHAIN_CERTS);
		goto out;
	}
	if (!check_roles(&c, rules, checks, err))
		goto out;
	*out = c;
	return true;
out:
	assay_tcb_chain_free(&c);
	return false;
}

static bool
check_signatures(const struct assay_tcb_chain *c,
    const struct assay_tcb_chain_rules *rules, struct assay_checks *checks,
    struct assay_error *err)
{
	bool ok;

	ok = assay_cert_signed_by(c->root, c->root, err);
	if (!assay_check_outcome(checks, rules->root_signature, ok,
	    ASSAY_ERR_SGX_ROOT_CA_INVALID_ISSUER, rules->root_what, err))
		return false;
	ok = assay_cert_signed_by(c->signer, c->root, err);
	return assay_check_outcome(checks, rules->signature, ok,
	    ASSAY_ERR_SGX_TCB_SIGNING_CERT_INVALID_ISSUER,
	    rules->signer_what, err);
}

bool
assay_tcb_chain_verify(const struct assay_tcb_chain *c,
    const struct assay_pkey *root_key, const struct assay_crl *root_crl,
    const struct assay_tcb_chain_rules *rules, struct assay_checks *checks,
    struct assay_error *err)
{
	const enum assay_code code =
	    ASSAY_ERR_SGX_TCB_SIGNING_CERT_INVALID_EXTENSIONS;

	if (!check_signatures(c, rules, checks, err))
		return false;
	if (!assay_check(checks, rules->trusted,
	    assay_pkey_equal(assay_cert_key(c->root), root_key)))
		return assay_fail(err,
		    ASSAY_ERR_SGX_TCB_SIGNING_CERT_CHAIN_UNTRUSTED,
		    "%s has another key than the trusted root of the PCK "
		    "chain", rules->root_what);
	if (!assay_crl_clears(root_crl, c->signer, rules->not_revoked,
	    ASSAY_ERR_SGX_TCB_SIGNING_CERT_REVOKED, checks, err))
		return false;
	return assay_check(checks, rules->usage,
	    assay_intel_cert_is_ca(c->root, 0, code, err) &&
	    assay_intel_cert_is_leaf(c->signer, code, err));
}

void
assay_tcb_chain_windows(const struct assay_tcb_chain *c,
    const struct assay_tcb_chain_rules *rules,
    struct assay_window out[ASSAY_TCB_CHAIN_WINDOWS])
{
	const struct assay_cert *certs[] = { c->root, c->signer };
	const char *what[] = { rules->root_what, rules->signer_what };

	for (size_t i = 0; i < ASSAY_TCB_CHAIN_WINDOWS; i++)
		out[i] = (struct assay_window){
			.what = what[i],
			.dated = ASSAY_DATED_CERTIFICATE,
			.from_check = rules->not_before,
			.until_check = rules->not_after,
			.from_code =
		    ASSAY_ERR_SGX_TCB_SIGNING_CERT_CHAIN_NOT_YET_VALID,
			.from = assay_cert_not_before(certs[i]),
			.until = assay_cert_not_after(certs[i]),
		};
}
