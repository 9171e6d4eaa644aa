/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this certificate's key an attestation identity key of a genuine TPM?
 * Source: TCG Credential Profiles for TPM 1.2 (AIK certificates, which those
 * of TPM 2.0 follow), RFC 5280; what Microsoft's CAs really issue.
 */
#ifndef ASSAY_EVIDENCE_AIK_CERT_H
#define ASSAY_EVIDENCE_AIK_CERT_H

#include "evidence/tpm_roots.h"

#define ASSAY_OID_AIK_CERTIFICATE	"2.23.133.8.3"

struct assay_aik_info {
	const char		*anchor;	/* name; borrowed from roots */
	bool			 builtin_anchor;
	uint8_t			 fingerprint[32];	/* SHA-256 of the DER */
	/* Borrowed from the certificate; empty: it has none (Azure). */
	struct assay_tpm_attributes tpm;
};

/*
 * Every named check aik-*. aik: the key that signed the quote, compared with
 * the certificate's; NULL: not compared, check not made. CERT_* or
 * AIK_KEY_MISMATCH, naming certificate and rule.
 */
ASSAY_MUST_USE bool assay_aik_validate(const struct assay_cert *cert,
    const struct assay_tpm_path *path, const struct assay_pkey *aik,
    struct assay_checks *checks, struct assay_aik_info *out,
    struct assay_error *err);

#endif
