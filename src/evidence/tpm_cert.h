/* SPDX-License-Identifier: Apache-2.0 */
/* One certificate of a TPM: of an endorsement key or of an AIK. */
#ifndef ASSAY_EVIDENCE_TPM_CERT_H
#define ASSAY_EVIDENCE_TPM_CERT_H

#include "crypto/cert.h"

/* SHA-256 of the DER: by this, certificates are revoked. */
ASSAY_MUST_USE bool assay_tpm_fingerprint(const struct assay_cert *cert,
    uint8_t out[32], struct assay_error *err);

/*
 * One certificate in DER, and behind it nothing, or the padding that NV
 * indices have: only 00 or only ff. CERT_MALFORMED.
 */
ASSAY_MUST_USE bool assay_tpm_cert_parse(struct assay_bytes in,
    struct assay_cert **out, struct assay_error *err);

/*
 * subjectAltName of TPM certificates (TCG EK Credential Profile 3.2.9): the
 * attributes 2.23.133.2.1, .2 and .3, in UTF-8, borrowed from the
 * certificate. *present: it has any. False if one is missing, empty or given
 * twice, or the extension malformed; err says which.
 */
struct assay_tpm_attributes {
	struct assay_bytes	manufacturer;	/* "id:4E544300" */
	struct assay_bytes	model, version;
};
ASSAY_MUST_USE bool assay_tpm_cert_attributes(const struct assay_cert *cert,
    struct assay_tpm_attributes *out, bool *present, struct assay_error *err);

#endif
