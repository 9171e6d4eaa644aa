/* SPDX-License-Identifier: Apache-2.0 */
#include "collateral/intel_cert.h"
#include "evidence/aik_cert.h"

static const struct assay_tpm_path_rules rules = {
	.trusted = ASSAY_CHECK_AIK_CHAIN_TRUSTED,
	.extensions = ASSAY_CHECK_AIK_CHAIN_EXTENSIONS,
	.ca = ASSAY_CHECK_AIK_CHAIN_CA,
	.purpose = ASSAY_CHECK_AIK_CERT_PURPOSE,
	.not_before = ASSAY_CHECK_AIK_CHAIN_NOT_BEFORE,
	.not_after = ASSAY_CHECK_AIK_CHAIN_NOT_AFTER,
	.not_revoked = ASSAY_CHECK_AIK_NOT_REVOKED,
	.oid = ASSAY_OID_AIK_CERTIFICATE,
	.what = "AIK certificate",
};

/* It signs quotes, nothing else. Azure's has no basicConstraints. */
static bool
is_leaf(const struct assay_cert *cert, struct assay_error *err)
{
	unsigned int usage;

	if (assay_cert_is_ca(cert, NULL))
		return assay_fail(err, ASSAY_ERR_CERT_PROFILE,
		    "certificate \"%s\" is a CA, want an end entity",
		    assay_cert_subject_text(cert));
	if (assay_cert_key_usage(cert, &usage) &&
	    (usage & ASSAY_KU_DIGITAL_SIGNATURE) == 0)
		return assay_fail(err, ASSAY_ERR_CERT_PROFILE,
		    "certificate \"%s\" may not sign data (key usage 0x%x)",
		    assay_cert_subject_text(cert), usage);
	return true;
}

/*
 * Without a subject the TPM must be named in subjectAltName, critical (RFC
 * 5280 4.1.2.6); whoever names one, names it completely.
 */
static bool
names_its_tpm(const struct assay_cert *cert, struct assay_tpm_attributes *out,
    struct assay_error *err)
{
	struct assay_bytes value;
	bool present, critical = false;

	if (!assay_tpm_cert_attributes(cert, out, &present, err))
		return false;
	if (assay_cert_subject_text(cert)[0] != '\0')
		return true;
	if (!assay_cert_extension(cert, "2.5.29.17", &value, &critical) ||
	    !critical || !present)
		return assay_fail(err, ASSAY_ERR_CERT_PROFILE, "certificate "
		    "issued by \"%s\" has neither a subject nor a critical "
		    "subjectAltName with a TPM's attributes",
		    assay_cert_issuer_text(cert));
	return true;
}

static bool
is_of_key(const struct assay_cert *cert, const struct assay_pkey *aik,
    struct assay_error *err)
{
	return assay_pkey_equal(assay_cert_key(cert), aik) ||
	    assay_fail(err, ASSAY_ERR_AIK_KEY_MISMATCH, "certificate \"%s\" "
	    "(issued by \"%s\") is for another key than the AIK given",
	    assay_cert_subject_text(cert), assay_cert_issuer_text(cert));
}

bool
assay_aik_validate(const struct assay_cert *cert,
    const struct assay_tpm_path *path, const struct assay_pkey *aik,
    struct assay_checks *checks, struct assay_aik_info *out,
    struct assay_error *err)
{
	struct assay_aik_info info = { .anchor = NULL };
	size_t anchor;

	if (aik != NULL && !assay_check_outcome(checks,
	    ASSAY_CHECK_AIK_CERT_KEY, is_of_key(cert, aik, err),
	    ASSAY_ERR_AIK_KEY_MISMATCH, rules.what, err))
		return false;
	if (!assay_tpm_path_verify(cert, path, &rules, checks, &anchor,
	    err) ||
	    !assay_check_outcome(checks, ASSAY_CHECK_AIK_CERT_USAGE,
	    is_leaf(cert, err), ASSAY_ERR_CERT_PROFILE, rules.what, err) ||
	    !assay_check_outcome(checks, ASSAY_CHECK_AIK_CERT_NAME,
	    names_its_tpm(cert, &info.tpm, err), ASSAY_ERR_CERT_PROFILE,
	    rules.what, err) ||
	    !assay_tpm_fingerprint(cert, info.fingerprint, err))
		return false;
	if (anchor < path->roots->n) {
		info.anchor = path->roots->root[anchor].name;
		info.builtin_anchor = anchor < path->roots->n_builtin;
	}
	*out = info;
	return true;
}
