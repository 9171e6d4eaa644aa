/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "attest/enrol.h"
#include "base/limits.h"
#include "collateral/intel_cert.h"

static const struct assay_tpm_path_rules rules = {
	.trusted = ASSAY_CHECK_EK_CHAIN_TRUSTED,
	.extensions = ASSAY_CHECK_EK_CHAIN_EXTENSIONS,
	.ca = ASSAY_CHECK_EK_CHAIN_CA,
	.purpose = ASSAY_CHECK_EK_CERT_PURPOSE,
	.not_before = ASSAY_CHECK_EK_CHAIN_NOT_BEFORE,
	.not_after = ASSAY_CHECK_EK_CHAIN_NOT_AFTER,
	.not_revoked = ASSAY_CHECK_EK_NOT_REVOKED,
	.oid = ASSAY_OID_EK_CERTIFICATE,
	.what = "EK certificate",
};

/* ---- the certificate --------------------------------------------------- */

/* Profile 3.2.7: keyEncipherment of RSA keys, keyAgreement of ECC keys. */
static bool
may_be_an_ek(const struct assay_cert *cert, struct assay_error *err)
{
	unsigned int usage;

	if (assay_cert_is_ca(cert, NULL))
		return assay_fail(err, ASSAY_ERR_CERT_PROFILE,
		    "certificate \"%s\" is a CA, want an end entity",
		    assay_cert_subject_text(cert));
	if (!assay_cert_key_usage(cert, &usage) ||
	    (usage & (ASSAY_KU_KEY_ENCIPHERMENT |
	    ASSAY_KU_KEY_AGREEMENT)) == 0)
		return assay_fail(err, ASSAY_ERR_CERT_PROFILE, "certificate "
		    "\"%s\" has neither keyEncipherment nor keyAgreement",
		    assay_cert_subject_text(cert));
	return true;
}

static bool
names_its_tpm(const struct assay_cert *cert, struct assay_tpm_attributes *out,
    struct assay_error *err)
{
	bool present;

	if (!assay_tpm_cert_attributes(cert, out, &present, err))
		return false;
	return present || assay_fail(err, ASSAY_ERR_CERT_PROFILE,
	    "certificate \"%s\" has no subjectAltName with manufacturer, "
	    "model and version of the TPM", assay_cert_subject_text(cert));
}

static bool
judge_cert(struct assay_enrolment *e, const struct assay_tpm_path *path,
    struct assay_checks *checks, struct assay_error *err)
{
	size_t anchor;

	return assay_tpm_path_verify(e->ek_cert, path, &rules, checks,
	    &anchor, err) &&
	    assay_check_outcome(checks, ASSAY_CHECK_EK_CERT_USAGE,
	    may_be_an_ek(e->ek_cert, err), ASSAY_ERR_CERT_PROFILE, rules.what,
	    err) &&
	    assay_check_outcome(checks, ASSAY_CHECK_EK_CERT_NAME,
	    names_its_tpm(e->ek_cert, &e->tpm, err), ASSAY_ERR_CERT_PROFILE,
	    rules.what, err) &&
	    assay_tpm_fingerprint(e->ek_cert, e->ek_fingerprint, err);
}

/* ---- the endorsement key ----------------------------------------------- */

/* Profile, annex B: templates L-1 and L-2; H-3 for P-384. */
static struct assay_ek
by_template(const struct assay_pkey *key)
{
	if (assay_pkey_type(key) == ASSAY_KEY_EC_P384)
		return (struct assay_ek){ key, ASSAY_SHA384, 256 };
	return (struct assay_ek){ key, ASSAY_SHA256, 128 };
}

static bool
has_attributes(const struct assay_tpm_public *pub, uint32_t want,
    uint32_t never, const char *what, struct assay_error *err)
{
	if ((pub->attributes & want) == want && (pub->attributes & never) == 0)
		return true;
	return assay_fail(err, ASSAY_ERR_AIK_REFUSED, "%s has the attributes "
	    "0x%08" PRIx32 ": 0x%08" PRIx32 " are missing, 0x%08" PRIx32
	    " must not be there", what, pub->attributes,
	    want & ~pub->attributes, pub->attributes & never);
}

static bool
is_ek(const struct assay_tpm_public *pub, struct assay_error *err)
{
	enum assay_hash hash;

	if (!has_attributes(pub, ASSAY_TPMA_FIXED_TPM |
	    ASSAY_TPMA_FIXED_PARENT | ASSAY_TPMA_SENSITIVE_DATA_ORIGIN |
	    ASSAY_TPMA_RESTRICTED | ASSAY_TPMA_DECRYPT, ASSAY_TPMA_SIGN,
	    "endorsement key", err))
		return false;
	if (!assay_tpm_hash(pub->name_alg, &hash) || hash == ASSAY_SHA1 ||
	    pub->symmetric != ASSAY_TPM_ALG_AES)
		return assay_fail(err, ASSAY_ERR_AIK_REFUSED, "endorsement "
		    "key has the name algorithm 0x%04x and the cipher 0x%04x, "
		    "want SHA-2 and AES", pub->name_alg, pub->symmetric);
	return true;
}

static bool
is_of_cert(const struct assay_enrolment *e, struct assay_error *err)
{
	return assay_pkey_equal(e->ek_pub.key, assay_cert_key(e->ek_cert)) ||
	    assay_fail(err, ASSAY_ERR_EK_KEY_MISMATCH, "EK certificate "
	    "\"%s\" is for another key than the public area of the EK",
	    assay_cert_subject_text(e->ek_cert));
}

/*
 * One EK in two forms must be one EK (CVE-2021-3406): what is encrypted to is
 * the certificate's key in any case.
 */
static bool
judge_ek(struct assay_enrolment *e, struct assay_checks *checks,
    struct assay_error *err)
{
	enum assay_hash hash = ASSAY_SHA256;

	e->ek = by_template(assay_cert_key(e->ek_cert));
	if (!assay_check_outcome(checks, ASSAY_CHECK_EK_CERT_KEY,
	    e->ek_pub.key == NULL || is_of_cert(e, err),
	    ASSAY_ERR_EK_KEY_MISMATCH, "EK", err) ||
	    !assay_check_outcome(checks, ASSAY_CHECK_EK_ATTRIBUTES,
	    e->ek_pub.key == NULL || is_ek(&e->ek_pub, err),
	    ASSAY_ERR_AIK_REFUSED, "EK", err))
		return false;
	if (e->ek_pub.key == NULL)
		return true;
	(void)assay_tpm_hash(e->ek_pub.name_alg, &hash);
	e->ek.name_alg = hash;
	e->ek.aes_bits = e->ek_pub.symmetric_bits;
	return true;
}

/* ---- the AIK ----------------------------------------------------------- */

static bool
is_sha2(uint16_t alg)
{
	enum assay_hash hash;

	return assay_tpm_hash(alg, &hash) && hash != ASSAY_SHA1;
}

/* A restricted key has a scheme; what it signs with must be verifiable. */
static bool
has_algorithms(const struct assay_tpm_public *aik, struct assay_error *err)
{
	bool scheme = aik->scheme == 0x0014 || aik->scheme == 0x0016 ||
	    aik->scheme == 0x0018;	/* RSASSA, RSAPSS, ECDSA */

	if (is_sha2(aik->name_alg) && scheme && is_sha2(aik->scheme_hash))
		return true;
	return assay_fail(err, ASSAY_ERR_AIK_REFUSED, "AIK has the name "
	    "algorithm 0x%04x, the scheme 0x%04x and its hash 0x%04x, want "
	    "SHA-2, and RSASSA, RSAPSS or ECDSA with SHA-2", aik->name_alg,
	    aik->scheme, aik->scheme_hash);
}

/*
 * restricted: signs nothing from outside that looks like a quote; the fixed
 * ones and sensitiveDataOrigin: born in this TPM, never to leave it.
 */
static bool
judge_aik(struct assay_enrolment *e, struct assay_checks *checks,
    struct assay_error *err)
{
	return assay_check_outcome(checks, ASSAY_CHECK_AIK_ATTRIBUTES,
	    has_attributes(&e->aik_pub, ASSAY_TPMA_RESTRICTED |
	    ASSAY_TPMA_FIXED_TPM | ASSAY_TPMA_FIXED_PARENT |
	    ASSAY_TPMA_SENSITIVE_DATA_ORIGIN | ASSAY_TPMA_SIGN,
	    ASSAY_TPMA_DECRYPT, "AIK", err), ASSAY_ERR_AIK_REFUSED,
	    "enrolment", err) &&
	    assay_check_outcome(checks, ASSAY_CHECK_AIK_ALGORITHMS,
	    has_algorithms(&e->aik_pub, err), ASSAY_ERR_AIK_REFUSED,
	    "enrolment", err) &&
	    assay_tpm_public_name(&e->aik_pub, &e->aik_name, err);
}

/* ---- all of it --------------------------------------------------------- */

/* With a size prefix the first two bytes count the rest; a TPMT_PUBLIC begins
 * with its type, which counts nothing that long. */
static bool
parse_public(struct assay_bytes in, struct assay_tpm_public *out,
    struct assay_error *err)
{
	if (in.len > 2 && ((size_t)in.ptr[0] << 8 | in.ptr[1]) == in.len - 2)
		return assay_tpm2b_public_parse(in, out, err);
	return assay_tpm_public_parse(in, out, err);
}

static bool
parse(const struct assay_enrolment_request *request,
    struct assay_enrolment *e, struct assay_error *err)
{
	if (!assay_tpm_cert_parse(request->ek_cert, &e->ek_cert, err))
		return assay_fail_in(err, "EK certificate");
	if (request->ek_pub.len != 0 && !parse_public(request->ek_pub,
	    &e->ek_pub, err))
		return assay_fail_in(err, "EK");
	return parse_public(request->aik_pub, &e->aik_pub, err) ||
	    assay_fail_in(err, "AIK");
}

bool
assay_enrolment_judge(const struct assay_enrolment_request *request,
    const struct assay_tpm_path *path, struct assay_checks *checks,
    struct assay_enrolment *out, struct assay_error *err)
{
	struct assay_enrolment e = { .ek_cert = NULL };

	if (!parse(request, &e, err) || !judge_cert(&e, path, checks, err) ||
	    !judge_ek(&e, checks, err) || !judge_aik(&e, checks, err)) {
		assay_enrolment_free(&e);
		return false;
	}
	*out = e;
	return true;
}

/* As many as parse; *n counts them in any case. */
static bool
parse_chain(const struct assay_enrolment_request *request,
    struct assay_cert **certs, size_t *n, struct assay_error *err)
{
	*n = 0;
	if (request->n_chain > ASSAY_MAX_CHAIN_CERTS)
		return assay_fail(err, ASSAY_ERR_LIMIT_EXCEEDED, "chain of "
		    "the EK certificate: %zu certificates, at most %d",
		    request->n_chain, ASSAY_MAX_CHAIN_CERTS);
	for (; *n < request->n_chain; (*n)++)
		if (!assay_tpm_cert_parse(request->chain[*n], &certs[*n],
		    err))
			return assay_fail_in(err, "chain of the EK "
			    "certificate");
	return true;
}

bool
assay_enrol(const struct assay_enrolment_request *request,
    const struct assay_tpm_anchors *anchors, int64_t now,
    struct assay_enrolment *out, struct assay_error *err)
{
	struct assay_cert *certs[ASSAY_MAX_CHAIN_CERTS];
	struct assay_tpm_path path = {
		.roots = assay_tpm_anchors_roots(anchors),
		.extra = (const struct assay_cert *const *)certs,
		.now = now,
	};
	struct assay_checks checks = { .any_failed = false };
	bool ok;

	ok = parse_chain(request, certs, &path.n_extra, err) &&
	    assay_enrolment_judge(request, &path, &checks, out, err);
	for (size_t i = 0; i < path.n_extra; i++)
		assay_cert_free(certs[i]);
	return ok;
}

void
assay_enrolment_free(struct assay_enrolment *e)
{
	if (e == NULL)
		return;
	assay_cert_free(e->ek_cert);
	assay_tpm_public_free(&e->ek_pub);
	assay_tpm_public_free(&e->aik_pub);
	*e = (struct assay_enrolment){ .ek_cert = NULL };
}
