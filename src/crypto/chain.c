/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/when.h"
#include "crypto/chain.h"
#include "crypto/crl_impl.h"
#include "crypto/ossl.h"

/*
 * OpenSSL's scale: 112 bits, NIST SP 800-131A. Refuses SHA-1 and MD5 below
 * the anchor.
 */
#define SECURITY_LEVEL	2

struct path {
	const struct assay_cert			*leaf;
	const struct assay_chain_params		*params;
	X509_STORE				*store;
	X509_STORE_CTX				*ctx;
	STACK_OF(X509)				*untrusted;
	STACK_OF(X509_CRL)			*crls;
};

static const struct assay_cert *
find(const struct assay_cert *const *list, size_t n, const X509 *x509)
{
	for (size_t i = 0; i < n; i++)
		if (X509_cmp(list[i]->x509, x509) == 0)
			return list[i];
	return NULL;
}

/* Ours again, of a certificate that OpenSSL speaks of. */
static const struct assay_cert *
ours(const struct path *p, const X509 *x509)
{
	const struct assay_cert *found;

	if (x509 == NULL || X509_cmp(p->leaf->x509, x509) == 0)
		return p->leaf;
	found = find(p->params->untrusted, p->params->n_untrusted, x509);
	if (found == NULL)
		found = find(p->params->anchors, p->params->n_anchors, x509);
	return found != NULL ? found : p->leaf;
}

static bool
concerns_crl(int error)
{
	switch (error) {
	case X509_V_ERR_UNABLE_TO_GET_CRL:
	case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
	case X509_V_ERR_CRL_SIGNATURE_FAILURE:
	case X509_V_ERR_CRL_NOT_YET_VALID:
	case X509_V_ERR_CRL_HAS_EXPIRED:
	case X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD:
	case X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
	case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
	case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
	case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
	case X509_V_ERR_DIFFERENT_CRL_SCOPE:
	case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
		return true;
	default:
		return false;
	}
}

static enum assay_code
code_of(int error)
{
	switch (error) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_CERT_CHAIN_TOO_LONG:
	case X509_V_ERR_CERT_UNTRUSTED:
	case X509_V_ERR_CERT_REJECTED:
		return ASSAY_ERR_CERT_UNTRUSTED;
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return ASSAY_ERR_CERT_EXPIRED;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return ASSAY_ERR_CERT_NOT_YET_VALID;
	case X509_V_ERR_CERT_REVOKED:
		return ASSAY_ERR_CERT_REVOKED;
	case X509_V_ERR_UNABLE_TO_GET_CRL:
	case X509_V_ERR_DIFFERENT_CRL_SCOPE:	/* none for this one */
		return ASSAY_ERR_CRL_MISSING;
	case X509_V_ERR_CRL_HAS_EXPIRED:
		return ASSAY_ERR_CRL_EXPIRED;
	case X509_V_ERR_OUT_OF_MEM:
		return ASSAY_ERR_NO_MEMORY;
	case X509_V_OK:		/* a failure without a reason is none of X.509 */
	case X509_V_ERR_UNSPECIFIED:
	case X509_V_ERR_INVALID_CALL:
	case X509_V_ERR_STORE_LOOKUP:
		return ASSAY_ERR_CRYPTO_FAILED;
	default:
		return concerns_crl(error) ? ASSAY_ERR_CRL_INVALID :
		    ASSAY_ERR_CERT_PROFILE;
	}
}

/*
 * What is forgiven: an anchor is trusted as it is, so nobody need say that it
 * is not revoked; without require_crl a list that was not given; and the last
 * second of validity, which RFC 5280 4.1.2.5 includes and OpenSSL does not.
 */
static bool
forgiven(const struct path *p, int error, X509_STORE_CTX *ctx)
{
	int last = sk_X509_num(X509_STORE_CTX_get0_chain(ctx)) - 1;

	if (error == X509_V_ERR_CERT_HAS_EXPIRED)
		return ours(p, X509_STORE_CTX_get_current_cert(
		    ctx))->not_after == p->params->now;
	if (X509_STORE_CTX_get_error_depth(ctx) == last)
		return concerns_crl(error);
	return !p->params->require_crl &&
	    error == X509_V_ERR_UNABLE_TO_GET_CRL;
}

static int
on_error(int ok, X509_STORE_CTX *ctx)
{
	const struct path *p = X509_STORE_CTX_get_app_data(ctx);

	if (ok != 1 && forgiven(p, X509_STORE_CTX_get_error(ctx), ctx)) {
		X509_STORE_CTX_set_error(ctx, X509_V_OK);
		return 1;
	}
	return ok;
}

static void
path_free(struct path *p)
{
	X509_STORE_CTX_free(p->ctx);
	X509_STORE_free(p->store);
	sk_X509_free(p->untrusted);	/* the elements are the caller's */
	sk_X509_CRL_free(p->crls);
	ERR_clear_error();
}

static bool
collect(struct path *p)
{
	const struct assay_chain_params *in = p->params;

	if ((p->store = X509_STORE_new()) == NULL ||
	    (p->ctx = X509_STORE_CTX_new()) == NULL ||
	    (p->untrusted = sk_X509_new_null()) == NULL ||
	    (p->crls = sk_X509_CRL_new_null()) == NULL)
		return false;
	for (size_t i = 0; i < in->n_anchors; i++)
		if (X509_STORE_add_cert(p->store, in->anchors[i]->x509) != 1)
			return false;
	for (size_t i = 0; i < in->n_untrusted; i++)
		if (sk_X509_push(p->untrusted, in->untrusted[i]->x509) <= 0)
			return false;
	for (size_t i = 0; i < in->n_crls; i++)
		if (sk_X509_CRL_push(p->crls, in->crls[i]->x509) <= 0)
			return false;
	return true;
}

/* RFC 5280 6.1.1 (c): every policy is acceptable to the one who asks. */
static bool
any_policy(X509_VERIFY_PARAM *param)
{
	ASN1_OBJECT *any = OBJ_dup(OBJ_nid2obj(NID_any_policy));

	if (any != NULL && X509_VERIFY_PARAM_add0_policy(param, any) == 1)
		return true;
	ASN1_OBJECT_free(any);
	return false;
}

static bool
path_open(struct path *p)
{
	unsigned long flags = X509_V_FLAG_X509_STRICT |
	    X509_V_FLAG_PARTIAL_CHAIN |	/* an anchor need not be a root */
	    X509_V_FLAG_POLICY_CHECK;	/* a demand for policies is heard */
	X509_VERIFY_PARAM *param;

	if (p->params->require_crl || p->params->n_crls != 0)
		flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
	if (!collect(p) || X509_STORE_CTX_init(p->ctx, p->store,
	    p->leaf->x509, p->untrusted) != 1)
		return false;
	X509_STORE_CTX_set0_crls(p->ctx, p->crls);
	X509_STORE_CTX_set_verify_cb(p->ctx, on_error);
	if (X509_STORE_CTX_set_app_data(p->ctx, p) != 1)
		return false;
	param = X509_STORE_CTX_get0_param(p->ctx);
	X509_VERIFY_PARAM_set_time(param, (time_t)p->params->now);
	/* Between leaf and anchor. */
	X509_VERIFY_PARAM_set_depth(param, ASSAY_MAX_CHAIN_CERTS - 2);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	return any_policy(param) &&
	    X509_VERIFY_PARAM_set_flags(param, flags) == 1 &&
	    X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY) == 1;
}

static bool
refused(struct path *p, struct assay_error *err)
{
	int error = X509_STORE_CTX_get_error(p->ctx);
	const struct assay_cert *at = ours(p,
	    X509_STORE_CTX_get_current_cert(p->ctx));
	char from[ASSAY_WHEN_TEXT], to[ASSAY_WHEN_TEXT], now[ASSAY_WHEN_TEXT];

	return assay_fail(err, code_of(error), "certificate \"%s\" issued by "
	    "\"%s\", valid from %s to %s, at %s: %s (place %d from the leaf)",
	    at->subject_text, at->issuer_text,
	    assay_when_text(at->not_before, from),
	    assay_when_text(at->not_after, to),
	    assay_when_text(p->params->now, now),
	    X509_verify_cert_error_string(error),
	    X509_STORE_CTX_get_error_depth(p->ctx));
}

static bool
profile(struct assay_error *err, const struct assay_cert *cert,
    const char *what)
{
	return assay_fail(err, ASSAY_ERR_CERT_PROFILE,
	    "certificate \"%s\": %s", cert->subject_text, what);
}

/* What the profile demands on top, of each certificate but the anchor. */
static bool
conforms(const struct assay_cert *cert, struct assay_error *err)
{
	struct assay_reader alg = assay_reader(cert->algorithm);
	struct assay_sig_scheme scheme;
	struct assay_bytes value;
	bool critical;

	if (cert->version != 3)
		return profile(err, cert, "version 1, want 3");
	if (cert->serial.len == 1 && cert->serial.ptr[0] == 0)
		return profile(err, cert, "serial number is zero");
	if (assay_cert_extension(cert, ASSAY_OID_NAME_CONSTRAINTS, &value,
	    &critical) && (!critical || !cert->is_ca))	/* 4.2.1.10 */
		return profile(err, cert, "nameConstraints that are not "
		    "critical, or not in a CA");
	if (assay_sig_algorithm(&alg, &scheme, err))
		return true;
	err->code = ASSAY_ERR_CERT_PROFILE;
	return assay_fail_in(err, cert->subject_text);
}

/* A dNSName, [2], with an asterisk in subjectAltName (4.2.1.6). */
static bool
has_wildcard(const struct assay_cert *cert)
{
	struct assay_bytes value, name;
	struct assay_reader r, seq;
	uint8_t tag;

	if (!assay_cert_extension(cert, ASSAY_OID_SAN, &value, NULL))
		return false;
	r = assay_reader(value);
	if (!assay_der_next(&r, ASSAY_DER_SEQUENCE, &seq))
		return true;
	while (assay_der_any(&seq, &tag, &name, NULL))
		if (tag == 0x82 && name.len != 0 &&
		    memchr(name.ptr, '*', name.len) != NULL)
			return true;
	return false;
}

/*
 * Neither RFC 5280 nor RFC 9525 says what a constraint on names means for a
 * wildcard, and validators erred here (CVE-2025-61727): never both.
 */
static bool
wildcard_meets_constraint(const struct path *p,
    const STACK_OF(X509) *chain, const struct assay_cert **which)
{
	const struct assay_cert *cert, *wild = NULL;
	bool constrained = false;
	struct assay_bytes value;

	for (int i = 0; i < sk_X509_num(chain); i++) {
		cert = ours(p, sk_X509_value(chain, i));
		if (has_wildcard(cert))
			wild = cert;
		if (assay_cert_extension(cert, ASSAY_OID_NAME_CONSTRAINTS,
		    &value, NULL))
			constrained = true;
	}
	*which = wild;
	return constrained && wild != NULL;
}

static bool
all_conform(struct path *p, struct assay_error *err)
{
	const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(p->ctx);
	const struct assay_cert *wild;
	int n = sk_X509_num(chain);

	if (n < 1)
		return assay_fail(err, ASSAY_ERR_CRYPTO_FAILED,
		    "a verified chain is empty");
	for (int i = 0; i + 1 < n; i++)
		if (!conforms(ours(p, sk_X509_value(chain, i)), err))
			return false;
	if (wildcard_meets_constraint(p, chain, &wild))
		return profile(err, wild, "a wildcard name in a path with "
		    "nameConstraints");
	return true;
}

/*
 * OpenSSL does not ask how strong the signature of a CRL is, or whether it has
 * a number, and passes over delta lists in silence: what is revoked only there
 * would be believed. Of the critical extensions it processes
 * issuingDistributionPoint (5.2.5).
 */
static bool
crl_conforms(const struct assay_crl *crl, struct assay_error *err)
{
	struct assay_reader alg = assay_reader(crl->outer.algorithm);
	struct assay_sig_scheme scheme;

	if (!assay_sig_algorithm(&alg, &scheme, err)) {
		err->code = ASSAY_ERR_CRL_INVALID;
		return assay_fail_in(err, "CRL");
	}
	if (crl->version != 2 || !crl->has_number)	/* 5.1.2.1, 5.2.3 */
		return assay_fail(err, ASSAY_ERR_CRL_INVALID,
		    "CRL: not of version 2 with a CRL number");
	if (crl->unknown_to_chain != NULL)
		return assay_fail(err, ASSAY_ERR_CRL_INVALID,
		    "CRL: critical extension %s is not processed",
		    crl->unknown_to_chain);
	return true;
}

static bool
crls_conform(const struct assay_chain_params *params, struct assay_error *err)
{
	for (size_t i = 0; i < params->n_crls; i++)
		if (!crl_conforms(params->crls[i], err))
			return false;
	return true;
}

bool
assay_chain_verify(const struct assay_cert *leaf,
    const struct assay_chain_params *params, struct assay_error *err)
{
	struct path p = { .leaf = leaf, .params = params };
	bool ok = false;

	if (params->n_untrusted > ASSAY_MAX_CHAIN_UNTRUSTED)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED, "%zu "
		    "certificates to build a path from, at most %d",
		    params->n_untrusted, ASSAY_MAX_CHAIN_UNTRUSTED);
	if (!crls_conform(params, err))
		return false;
	if (!path_open(&p))
		(void)assay_fail(err, ASSAY_ERR_CRYPTO_FAILED,
		    "prepare a path: %s", assay_ossl_reason());
	else if (X509_verify_cert(p.ctx) != 1 ||
	    X509_STORE_CTX_get_error(p.ctx) != X509_V_OK)
		(void)refused(&p, err);
	else
		ok = all_conform(&p, err);
	path_free(&p);
	return ok;
}
